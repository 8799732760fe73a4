//! Stopping, with what is open drained.

use std::time::Duration;

use standpipe_blocking::dispatch::{ConnectionOptions, ListenerOptions};
use standpipe_blocking::{ListenOptions, bind};

use crate::hearing::*;

#[test]
fn a_stop_lets_what_was_pushed_leave() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    let (_, mut client) = served(&mut event_loop, move || Hearing::new(&told));
    run_until(&mut event_loop, || log.has("accepted"));
    for key in event_loop.keys().collect::<Vec<_>>() {
        if let Some(mut channel) = event_loop.channel(key) {
            channel.push(&vec![b'x'; 4 << 20]).expect("it is taken");
        }
    }
    event_loop.stop();
    let reader = std::thread::spawn(move || heard(&mut client).expect("a clean end").len());
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic"), 4 << 20);
    assert_eq!(log.lines(), ["accepted", "closed clean"]);
}

#[test]
fn nobody_is_accepted_after_a_stop() {
    let mut event_loop = event_loop();
    let (listener, _client) = served(&mut event_loop, || Echo);
    let address = event_loop.local(listener).expect("it listens").to_string();
    run_until_idle(&mut event_loop);
    event_loop.stop();
    run_until_idle(&mut event_loop);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn what_is_open_when_the_drain_is_over_is_reset() {
    let (mut event_loop, log, events) = (event_loop(), Log::default(), Log::default());
    let told = events.clone();
    event_loop.set_log(move |event| told.push(event.to_string()));
    event_loop.set_drain(Duration::from_millis(50));
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").push(&vec![7; 15 << 20]).expect("it is taken");
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed aborted"]);
    assert_eq!(events.lines(), ["aborting what is still open"]);
    assert!(heard(&mut theirs).is_err());
}

#[test]
fn a_second_stop_waits_for_nobody() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let (ours, _theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").push(&vec![7; 15 << 20]).expect("it is taken");
    event_loop.stop();
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed aborted"]);
}

#[test]
fn a_handler_stops_its_loop() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    let (_, mut client) = served(&mut event_loop, move || {
        Hearing::answering(&told, |told, channel| {
            if told.starts_with("read") {
                channel.push(b"bye")?;
                channel.stop_loop();
            }
            Ok(())
        })
    });
    say(&mut client, "shutdown");
    end(&client);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut client).expect("a clean end"), "bye");
}

#[test]
fn a_loop_that_has_stopped_can_be_used_again() {
    let mut event_loop = event_loop();
    event_loop.stop();
    for _ in 0..2 {
        let (ours, mut theirs) = pair();
        let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
        event_loop.channel(key).expect("it is there").push(b"hello").expect("it is open");
        event_loop.stop();
        run_until_idle(&mut event_loop);
        assert_eq!(heard(&mut theirs).expect("a clean end"), "hello");
        drop(theirs);
        event_loop.run().expect("it can wait");
    }
}

#[test]
fn a_listener_alone_is_stopped_and_its_connections_go_on() {
    let mut event_loop = event_loop();
    let (listener, mut client) = served(&mut event_loop, || Echo);
    run_until_idle(&mut event_loop);
    event_loop.listener(listener).expect("it is there").stop();
    run_until_idle(&mut event_loop);
    say(&mut client, "still served");
    end(&client);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut client).expect("a clean end"), "still served");
}

#[test]
fn a_listener_is_paused_and_resumed() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = event_loop.listen(&address, move |_| Hearing::new(&told)).expect("a port is free");
    event_loop.listener(listener).expect("it is there").pause();
    let _client = client(&event_loop, listener);
    run_until_idle(&mut event_loop);
    assert!(log.lines().is_empty());
    event_loop.listener(listener).expect("it is there").resume();
    run_until(&mut event_loop, || log.has("accepted"));
}

#[test]
fn no_more_are_open_at_once_than_may() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    let listen = ListenOptions { max_connections: 1, ..Default::default() };
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let options = ListenerOptions { listen, ..Default::default() };
    let listener = event_loop.listen_with(bound, options, move |_| Hearing::new(&told));
    let first = client(&event_loop, listener);
    let _second = client(&event_loop, listener);
    run_until(&mut event_loop, || !log.lines().is_empty());
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["accepted"]);
    drop(first);
    run_until(&mut event_loop, || log.lines().len() == 4);
    assert_eq!(log.lines(), ["accepted", "ended", "closed clean", "accepted"]);
}

#[test]
fn one_too_many_of_an_address_is_closed_and_told() {
    let (mut event_loop, events) = (event_loop(), Log::default());
    let told = events.clone();
    event_loop.set_log(move |event| told.push(event.to_string()));
    let listen = ListenOptions { max_per_address: 1, ..Default::default() };
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let options = ListenerOptions { listen, ..Default::default() };
    let listener = event_loop.listen_with(bound, options, |_| Echo);
    let _first = client(&event_loop, listener);
    let mut second = client(&event_loop, listener);
    run_until(&mut event_loop, || !events.lines().is_empty());
    assert_eq!(heard(&mut second).expect("a clean end"), "");
    assert!(events.lines()[0].contains("as many connections as it may have"), "{:?}", events.lines());
}
