//! What a handler's errors and panics come to: never more than its own channel.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use standpipe_blocking::dispatch::{ConnectionOptions, Loop, LoopEvent};

use crate::hearing::*;

fn failing(log: &Log) -> Hearing {
    Hearing::answering(log, |told, channel| {
        if told.starts_with("read") {
            channel.push(b"sorry")?;
            return Err(io::Error::other("no such command"));
        }
        Ok(())
    })
}

#[test]
fn an_error_closes_its_channel_alone_and_is_told() {
    let (mut event_loop, log, events) = (event_loop(), Log::default(), Log::default());
    let told = events.clone();
    event_loop.set_log(move |event| told.push(event.to_string()));
    let (bad, mut client) = pair();
    let (good, mut other) = pair();
    event_loop.insert(bad, ConnectionOptions::default(), failing(&log));
    event_loop.insert(good, ConnectionOptions::default(), Echo);
    say(&mut client, "what");
    end(&client);
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines(), ["read what", "error no such command", "closed clean"]);
    assert_eq!(heard(&mut client).expect("what was pushed leaves"), "sorry");
    assert_eq!(events.lines().len(), 1);
    assert!(events.lines()[0].ends_with("given up: no such command"), "{:?}", events.lines());

    say(&mut other, "still here");
    end(&other);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut other).expect("a clean end"), "still here");
}

fn panics(event_loop: &mut Loop<'_>) -> String {
    let result = catch_unwind(AssertUnwindSafe(|| event_loop.run()));
    let panic = result.expect_err("it panics");
    panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).expect("a text")
}

fn panicking(when: &'static str) -> impl FnMut(&Log) -> Hearing {
    move |log| {
        Hearing::answering(log, move |told, _| {
            assert!(!told.starts_with(when), "the handler");
            Ok(())
        })
    }
}

#[test]
fn a_panic_resets_its_own_channel_and_leaves_the_loop_usable() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let (bad, mut client) = pair();
    let (good, mut other) = pair();
    let key = event_loop.insert(bad, ConnectionOptions::default(), panicking("read")(&log));
    event_loop.insert(good, ConnectionOptions::default(), Echo);
    say(&mut client, "boom");
    assert_eq!(panics(&mut event_loop), "the handler");
    assert!(event_loop.channel(key).is_none());
    assert_eq!(event_loop.len(), 1);
    let reset = heard(&mut client).expect_err("what was not said is not vouched for");
    assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);

    say(&mut other, "still here");
    end(&other);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut other).expect("a clean end"), "still here");
}

#[test]
fn a_panic_of_one_that_was_accepted_gives_its_place_back() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    let options = standpipe_blocking::ListenOptions { max_connections: 1, ..Default::default() };
    let options = standpipe_blocking::dispatch::ListenerOptions { listen: options, ..Default::default() };
    let bound = standpipe_blocking::bind(&"127.0.0.1:0".parse().expect("one")).expect("a port is free");
    let listener = event_loop.listen_with(bound, options, move |_| panicking("read boom")(&told));
    let mut first = client(&event_loop, listener);
    let mut second = client(&event_loop, listener);
    say(&mut first, "boom");
    say(&mut second, "hello");
    assert_eq!(panics(&mut event_loop), "the handler");
    run_until(&mut event_loop, || log.has("read hello"));
}

#[test]
fn a_panic_while_a_handler_is_made_costs_that_connection_alone() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let (told, mut count) = (log.clone(), 0);
    let (listener, mut first) = served(&mut event_loop, move || {
        count += 1;
        assert!(count > 1, "the handler");
        Hearing::new(&told)
    });
    assert_eq!(panics(&mut event_loop), "the handler");
    assert!(heard(&mut first).map_or(true, |text| text.is_empty()));
    let mut second = client(&event_loop, listener);
    say(&mut second, "hello");
    run_until(&mut event_loop, || log.has("read hello"));
}

#[test]
fn a_panic_in_a_call_leaves_everybody_in_the_loop() {
    let mut event_loop = event_loop();
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    event_loop.call_after(std::time::Duration::ZERO, |_| panic!("the handler"));
    assert_eq!(panics(&mut event_loop), "the handler");
    say(&mut theirs, "still here");
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "still here");
}

/// ACO-58: the original asks the handler what is to become of it, and one that does nothing spins.
#[test]
fn an_error_at_every_event_is_told_for_each_and_ends_all_the_same() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let (ours, mut theirs) = pair();
    let hearing = Hearing::answering(&log, |_, _| Err(io::Error::other("always")));
    let key = event_loop.insert(ours, ConnectionOptions::default(), hearing);
    event_loop.channel(key).expect("it is there").set_timer(std::time::Duration::ZERO);
    say(&mut theirs, "hello");
    drop(theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines().last().map(String::as_str), Some("closed clean"));
    assert!(log.has("error always"));
}

#[test]
fn a_push_over_the_limit_is_an_error_of_its_kind() {
    let mut event_loop = event_loop();
    let (ours, _theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.push(&vec![0; 16 << 20]).expect("it is taken whole");
    assert_eq!(channel.push(b"!").expect_err("it is full").kind(), io::ErrorKind::WouldBlock);
    channel.close_when_done();
    assert_eq!(channel.push(b"!").expect_err("it is closing").kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn events_have_words() {
    let error = io::Error::other("no such command");
    let mut event_loop = event_loop();
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    let event = LoopEvent::Failed { key, peer: None, error };
    assert_eq!(event.to_string(), format!("{key:?} given up: no such command"));
    theirs.flush().expect("it is open");
}
