//! What a handler's errors and panics come to: never more than its own channel.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use standpipe_core::socket::ListenOptions;
use standpipe_sys::dispatch::{ConnectionOptions, ListenerOptions};
use standpipe_sys::socket::bind;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{
    Echo, Hearing, Log, client, end, event_loop, fine, heard, many, pair, panic_quietly, plain, run_until,
    say, served,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("an_error_closes_its_channel_alone_and_is_told", error),
    many("a_panic_resets_its_own_channel_and_leaves_the_loop_usable", panic_in_a_handler),
    many("a_panic_of_one_that_was_accepted_gives_its_place_back", panic_of_one_accepted),
    many("a_panic_while_a_handler_is_made_costs_that_connection_alone", panic_while_made),
    many("a_panic_in_a_call_leaves_everybody_in_the_loop", panic_in_a_call),
    many("an_error_at_every_event_is_told_for_each_and_ends_all_the_same", always),
    plain("a_push_over_the_limit_is_an_error_of_its_kind", over_the_limit),
];

fn failing(log: &Log) -> Hearing {
    Hearing::answering(log, |told, channel| {
        if told.starts_with("read") {
            channel.push(b"sorry")?;
            return Err(io::Error::other("no such command"));
        }
        Ok(())
    })
}

fn error(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, events) = (event_loop(on), Log::default(), Log::default());
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
    log.verdict()
}

fn panics(event_loop: &mut Loop<'_>) -> String {
    let result = catch_unwind(AssertUnwindSafe(|| event_loop.run()));
    let panic = result.expect_err("it panics");
    panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).expect("a text")
}

fn panicking(when: &'static str) -> impl FnMut(&Log) -> Hearing {
    move |log| {
        Hearing::answering(log, move |told, _| {
            if told.starts_with(when) {
                panic_quietly("the handler");
            }
            Ok(())
        })
    }
}

fn panic_in_a_handler(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
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
    fine()
}

fn panic_of_one_accepted(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let options = ListenOptions { max_connections: 1, ..Default::default() };
    let options = ListenerOptions { listen: options, ..Default::default() };
    let bound = bind(&"127.0.0.1:0".parse().expect("one")).expect("a port is free");
    let listener = event_loop.listen_with(bound, options, move |_| panicking("read boom")(&told));
    let mut first = client(&event_loop, listener);
    let mut second = client(&event_loop, listener);
    say(&mut first, "boom");
    say(&mut second, "hello");
    assert_eq!(panics(&mut event_loop), "the handler");
    run_until(&mut event_loop, || log.has("read hello"));
    fine()
}

fn panic_while_made(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (told, mut count) = (log.clone(), 0);
    let (listener, mut first) = served(&mut event_loop, move || {
        count += 1;
        if count == 1 {
            panic_quietly("the handler");
        }
        Hearing::new(&told)
    });
    assert_eq!(panics(&mut event_loop), "the handler");
    assert!(heard(&mut first).map_or(true, |text| text.is_empty()));
    let mut second = client(&event_loop, listener);
    say(&mut second, "hello");
    run_until(&mut event_loop, || log.has("read hello"));
    log.verdict()
}

fn panic_in_a_call(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    event_loop.call_after(std::time::Duration::ZERO, |_| panic_quietly("the handler"));
    assert_eq!(panics(&mut event_loop), "the handler");
    say(&mut theirs, "still here");
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "still here");
    fine()
}

/// ACO-58: the original asks the handler what is to become of it, and one that does nothing spins.
fn always(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let hearing = Hearing::answering(&log, |_, _| Err(io::Error::other("always")));
    let key = event_loop.insert(ours, ConnectionOptions::default(), hearing);
    event_loop.channel(key).expect("it is there").set_timer(std::time::Duration::ZERO);
    say(&mut theirs, "hello");
    drop(theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines().last().map(String::as_str), Some("closed clean"));
    assert!(log.has("error always"));
    fine()
}

fn over_the_limit(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, _theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.push(&vec![0; 16 << 20]).expect("it is taken whole");
    assert_eq!(channel.push(b"!").expect_err("it is full").kind(), io::ErrorKind::WouldBlock);
    channel.close_when_done();
    assert_eq!(channel.push(b"!").expect_err("it is closing").kind(), io::ErrorKind::BrokenPipe);
    fine()
}
