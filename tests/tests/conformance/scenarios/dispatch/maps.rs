//! Loops as maps: walked, closed all at once, side by side.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use standpipe_core::End;

use standpipe_sys::dispatch::{Channel, ConnectionOptions, Dispatcher};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{
    Echo, Hearing, Log, end, event_loop, fine, heard, many, pair, panic_quietly, plain, run_until, say,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    plain("a_loop_with_nothing_in_it_ends_at_once", empty),
    many("a_map_is_walked_by_its_keys", walked),
    many("all_are_closed_at_once_and_each_is_told", all_closed),
    many("one_that_panics_when_all_are_closed_leaves_nobody_behind", panicking),
    many("a_handler_reaches_the_others", reaching),
    many("two_loops_are_used_side_by_side", side_by_side),
    many("so_many_passes_are_run_at_most", so_many_passes),
    many("a_handler_borrows_what_outlives_its_loop", borrowing),
    many("one_that_is_dropped_with_something_unsent_does_not_vouch_for_it", dropped),
];

fn empty(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    assert!(!event_loop.run_once(None).expect("there is nothing to wait for"));
    event_loop.run().expect("there is nothing to wait for");
    assert!(event_loop.is_empty());
    fine()
}

fn walked(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (a, mut first) = pair();
    let (b, mut second) = pair();
    event_loop.insert(a, ConnectionOptions::default(), Echo);
    event_loop.insert(b, ConnectionOptions::default(), Echo);
    for key in event_loop.keys() {
        let mut channel = event_loop.channel(key).expect("it is there");
        assert_eq!(channel.key(), key);
        channel.push(b"to all").expect("it is open");
        channel.close();
    }
    [&first, &second].into_iter().for_each(end);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut first).expect("a clean end"), "to all");
    assert_eq!(heard(&mut second).expect("a clean end"), "to all");
    fine()
}

/// ACO-68.
fn all_closed(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let peers = [(); 3].map(|()| {
        let (ours, theirs) = pair();
        event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
        theirs
    });
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = event_loop.listen(&address, |_| Echo).expect("a port is free");
    let address = event_loop.local(listener).expect("it listens").to_string();
    event_loop.close_all();
    assert!(event_loop.is_empty());
    assert_eq!(log.lines(), ["closed aborted"; 3]);
    assert!(std::net::TcpStream::connect(address).is_err());
    peers.into_iter().for_each(|mut peer| assert!(heard(&mut peer).is_err()));
    event_loop.run().expect("there is nothing to wait for");
    log.verdict()
}

/// ACO-68: in the original those behind it stay open.
fn panicking(on: &dyn Dispatching) -> Verdict {
    struct Panicking;
    impl Dispatcher for Panicking {
        fn handle_close(&mut self, _: &mut Channel<'_>, _: End) {
            panic_quietly("the handler");
        }
    }
    let mut event_loop = event_loop(on);
    let peers = [(); 3].map(|()| {
        let (ours, theirs) = pair();
        event_loop.insert(ours, ConnectionOptions::default(), Panicking);
        theirs
    });
    assert!(catch_unwind(AssertUnwindSafe(|| event_loop.close_all())).is_err());
    assert!(event_loop.is_empty());
    peers.into_iter().for_each(|mut peer| assert!(heard(&mut peer).is_err()));
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    say(&mut theirs, "again");
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "again");
    fine()
}

/// What one handler wants of others is done when it has returned, its own channel included; one that is gone is none.
fn reaching(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, gone) = (event_loop(on), Log::default(), Log::default());
    let [(first, mut first_client), (second, second_client), (third, mut third_client)] =
        [(); 3].map(|()| pair());
    let first = event_loop.insert(first, ConnectionOptions::default(), Hearing::new(&log));
    let second = event_loop.insert(second, ConnectionOptions::default(), Hearing::new(&gone));
    let asked = log.clone();
    let handler = Hearing::answering(&log, move |told, channel| {
        let (own, asked) = (channel.key(), asked.clone());
        if told == "read all" {
            channel.afterwards(move |others| {
                asked.push(format!("{} keys", others.keys().len()));
                for key in [first, second, own] {
                    match others.channel(key) {
                        Some(mut channel) => channel.push(b"hello").expect("it is open"),
                        None => asked.push("one is gone"),
                    }
                }
            });
            channel.push(b"first, ").expect("it is open");
        }
        Ok(())
    });
    event_loop.insert(third, ConnectionOptions::default(), handler);
    drop(second_client);
    run_until(&mut event_loop, || gone.has_closed());
    say(&mut third_client, "all");
    run_until(&mut event_loop, || log.has("one is gone"));
    for key in event_loop.keys() {
        event_loop.channel(key).expect("it is there").close_when_done();
    }
    [&first_client, &third_client].into_iter().for_each(end);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut first_client).expect("a clean end"), "hello");
    assert_eq!(heard(&mut third_client).expect("a clean end"), "first, hello");
    assert_eq!(log.lines()[..3], ["read all", "2 keys", "one is gone"]);
    fine()
}

fn side_by_side(on: &dyn Dispatching) -> Verdict {
    let (mut one, mut other) = (event_loop(on), event_loop(on));
    let (ours, mut theirs) = pair();
    one.insert(ours, ConnectionOptions::default(), Echo);
    let (also_ours, mut also_theirs) = pair();
    other.insert(also_ours, ConnectionOptions::default(), Echo);
    say(&mut theirs, "one");
    say(&mut also_theirs, "other");
    [&theirs, &also_theirs].into_iter().for_each(end);
    while !(one.is_empty() && other.is_empty()) {
        one.run_once(Some(Duration::from_millis(1))).expect("it can wait");
        other.run_once(Some(Duration::from_millis(1))).expect("it can wait");
    }
    assert_eq!(heard(&mut theirs).expect("a clean end"), "one");
    assert_eq!(heard(&mut also_theirs).expect("a clean end"), "other");
    fine()
}

/// The `count` of asyncore's loop.
fn so_many_passes(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.run_count(Some(Duration::ZERO), 3).expect("it can wait");
    assert!(log.lines().is_empty() && event_loop.len() == 1);
    say(&mut theirs, "hello");
    run_until(&mut event_loop, || log.has("read hello"));
    log.verdict()
}

/// A handler may borrow from whoever runs the loop.
fn borrowing(on: &dyn Dispatching) -> Verdict {
    let seen = RefCell::new(Vec::new());
    struct Into<'a>(&'a RefCell<Vec<u8>>);
    impl Dispatcher for Into<'_> {
        fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> std::io::Result<()> {
            self.0.borrow_mut().extend_from_slice(data);
            Ok(())
        }
    }
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Into(&seen));
    say(&mut theirs, "hello");
    drop(theirs);
    event_loop.run().expect("it can wait");
    drop(event_loop);
    assert_eq!(seen.into_inner(), b"hello");
    fine()
}

fn dropped(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    event_loop.channel(key).expect("it is there").push(b"lost").expect("it is taken");
    drop(event_loop);
    assert!(heard(&mut theirs).is_err());
    fine()
}
