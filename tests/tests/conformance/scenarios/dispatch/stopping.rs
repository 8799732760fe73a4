//! Stopping, with what is open drained.

use std::time::Duration;

use standpipe_core::socket::ListenOptions;
use standpipe_sys::dispatch::{ConnectionOptions, ListenerOptions};
use standpipe_sys::socket::bind;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{
    Echo, Hearing, Log, client, end, event_loop, fine, heard, many, pair, run_until, run_until_idle, say,
    served,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_stop_lets_what_was_pushed_leave", pushed),
    many("nobody_is_accepted_after_a_stop", nobody_accepted),
    many("what_is_open_when_the_drain_is_over_is_reset", drain),
    many("a_second_stop_waits_for_nobody", second_stop),
    many("a_handler_stops_its_loop", by_a_handler),
    many("a_loop_that_has_stopped_can_be_used_again", used_again),
    many("a_listener_alone_is_stopped_and_its_connections_go_on", listener_alone),
    many("a_listener_is_paused_and_resumed", paused),
    many("no_more_are_open_at_once_than_may", most_at_once),
    many("one_too_many_of_an_address_is_closed_and_told", one_too_many),
];

fn pushed(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let (_, mut client) = served(&mut event_loop, move || Hearing::new(&told));
    run_until(&mut event_loop, || log.has("accepted"));
    for key in event_loop.keys() {
        if let Some(mut channel) = event_loop.channel(key) {
            channel.push(&vec![b'x'; 4 << 20]).expect("it is taken");
        }
    }
    event_loop.stop();
    let reader = std::thread::spawn(move || heard(&mut client).expect("a clean end").len());
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic"), 4 << 20);
    assert_eq!(log.lines(), ["accepted", "closed clean"]);
    log.verdict()
}

fn nobody_accepted(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (listener, _client) = served(&mut event_loop, || Echo);
    let address = event_loop.local(listener).expect("it listens").to_string();
    run_until_idle(&mut event_loop);
    event_loop.stop();
    run_until_idle(&mut event_loop);
    assert!(std::net::TcpStream::connect(address).is_err());
    fine()
}

fn drain(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, events) = (event_loop(on), Log::default(), Log::default());
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
    log.verdict()
}

fn second_stop(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, _theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").push(&vec![7; 15 << 20]).expect("it is taken");
    event_loop.stop();
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed aborted"]);
    log.verdict()
}

fn by_a_handler(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
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
    fine()
}

fn used_again(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
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
    fine()
}

fn listener_alone(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (listener, mut client) = served(&mut event_loop, || Echo);
    run_until_idle(&mut event_loop);
    event_loop.listener(listener).expect("it is there").stop();
    run_until_idle(&mut event_loop);
    say(&mut client, "still served");
    end(&client);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut client).expect("a clean end"), "still served");
    fine()
}

fn paused(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = event_loop.listen(&address, move |_| Hearing::new(&told)).expect("a port is free");
    event_loop.listener(listener).expect("it is there").pause();
    let _client = client(&event_loop, listener);
    run_until_idle(&mut event_loop);
    assert!(log.lines().is_empty());
    event_loop.listener(listener).expect("it is there").resume();
    run_until(&mut event_loop, || log.has("accepted"));
    log.verdict()
}

fn most_at_once(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
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
    log.verdict()
}

fn one_too_many(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, events) = (event_loop(on), Log::default());
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
    fine()
}
