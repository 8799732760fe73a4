//! Who has a turn, and who has none.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use standpipe_sys::Stream;
use standpipe_sys::dispatch::{ConnectionOptions, Dispatcher};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{
    Echo, Hearing, LIMIT, Log, client, end, event_loop, fine, many, pair, run_until, run_until_idle, say,
    served,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_busy_peer_starves_nobody_and_no_timer", busy_peer),
    many("a_pass_gives_everybody_one_turn", one_turn),
    many("who_is_ready_waits_for_no_other_pass", ready),
    many("one_who_takes_no_answers_asks_no_more_questions", no_answers),
    many("a_stale_event_never_reaches_a_new_connection", stale_event),
    many("two_hundred_connections_are_served_by_one_thread", two_hundred),
];

/// A client that sends without end, in a thread of its own, until its connection is gone.
fn flood(mut stream: TcpStream) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || while stream.write_all(&[7; 1 << 16]).is_ok() {})
}

fn busy_peer(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, quiet, timed) = (event_loop(on), Log::default(), Log::default());
    let (busy, flooding) = pair();
    let busy = event_loop.insert(busy, ConnectionOptions::default(), Silent);
    let flooding = flood(flooding);
    let told = timed.clone();
    event_loop.call_after(Duration::from_millis(20), move |_| told.push("timer"));
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&quiet));
    for n in 0..20 {
        say(&mut theirs, format!("{n},"));
        let all = format!("{n},");
        run_until(&mut event_loop, || quiet.lines().last().is_some_and(|line| line.ends_with(&all)));
    }
    run_until(&mut event_loop, || timed.has("timer"));
    event_loop.channel(busy).expect("it goes on").abort();
    run_until_idle(&mut event_loop);
    flooding.join().expect("no panic");
    quiet.verdict()
}

struct Silent;
impl Dispatcher for Silent {}

/// ACO-04: each of those that are ready has one turn in a pass.
fn one_turn(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    event_loop.set_budget(1);
    let log = Log::default();
    let mut peers = Vec::new();
    for name in ["a", "b", "c"] {
        let (ours, mut theirs) = pair();
        let told = log.clone();
        let hearing = Hearing::answering(&Log::default(), move |_, _| {
            told.push(name);
            Ok(())
        });
        event_loop.insert(ours, ConnectionOptions::default(), hearing);
        say(&mut theirs, "x".repeat(300_000));
        peers.push(theirs);
    }
    while log.lines().len() < 6 {
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
    }
    let lines = log.lines();
    assert_eq!((&lines[..3], &lines[3..6]), (&lines[3..6], &lines[..3]), "they take turns");
    assert_eq!(lines[..3].iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    fine()
}

/// What was sent over a Unix socket has come already.
fn ready(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let mut peers = ["a", "b", "c"].map(|name| {
        let (ours, theirs) = UnixStream::pair().expect("there are descriptors");
        let told = log.clone();
        let hearing = Hearing::answering(&Log::default(), move |_, _| {
            told.push(name);
            Ok(())
        });
        event_loop.insert(Stream::socket(ours.into()), ConnectionOptions::default(), hearing);
        theirs
    });
    for _ in 0..2 {
        run_until_idle(&mut event_loop);
        peers.iter_mut().for_each(|peer| peer.write_all(b"x").expect("there is room"));
        let before = log.lines().len();
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
        let mut told = log.lines().split_off(before);
        told.sort();
        assert_eq!(told, ["a", "b", "c"]);
    }
    fine()
}

/// A peer that takes nothing is not read from, so its questions cost nothing.
fn no_answers(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    theirs.set_nonblocking(true).expect("a socket");
    let mut sent = 0;
    while !event_loop.channel(key).expect("it waits").is_full() {
        sent += (&theirs).write(&[7; 1 << 16]).unwrap_or_default();
        assert!(sent < 1 << 28, "somebody has to hold it back");
        run_until_idle(&mut event_loop);
    }
    // Full as it is, it reads no more.
    (0..100).for_each(|_| drop((&theirs).write(&[7; 1 << 16])));
    run_until_idle(&mut event_loop);
    let channel = event_loop.channel(key).expect("it waits");
    assert!(channel.unsent() < 1 << 20, "{}", channel.unsent());
    fine()
}

/// ACO-T6: between the wait that has told of the old one's data and the turns, its descriptor's number is another's.
fn stale_event(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, old, new) = (event_loop(on), Log::default(), Log::default());
    let (ours, mut theirs) = UnixStream::pair().expect("there are descriptors");
    let number = ours.as_raw_fd();
    let ours = Stream::socket(ours.into());
    let old_key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&old));
    run_until_idle(&mut event_loop);
    theirs.write_all(b"for the old one").expect("it is open");
    let (told, kept) = (new.clone(), Rc::new(RefCell::new(None)));
    let keep = kept.clone();
    event_loop.call_after(Duration::ZERO, move |event_loop| {
        event_loop.close_all();
        let (ours, theirs) = UnixStream::pair().expect("there are descriptors");
        let again = ours.as_raw_fd() == number;
        let ours = Stream::socket(ours.into());
        let key = event_loop.insert(ours, ConnectionOptions::default(), Box::new(Hearing::new(&told)));
        keep.replace(Some((key, again, theirs)));
    });
    run_until(&mut event_loop, || kept.borrow().is_some());
    run_until_idle(&mut event_loop);
    let (key, again, mut peer) = kept.take().expect("it was called");
    assert!(again, "the number is used again");
    assert_ne!(key, old_key);
    assert!(event_loop.channel(old_key).is_none(), "the old key stays stale");
    assert_eq!((old.lines(), new.lines()), (vec!["closed aborted".to_owned()], vec![]));
    peer.write_all(b"for the new one").expect("it is open");
    run_until(&mut event_loop, || new.has("read for the new one"));
    new.verdict()
}

fn two_hundred(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (listener, first) = served(&mut event_loop, || Echo);
    let mut clients: Vec<_> = (1..200).map(|_| client(&event_loop, listener)).collect();
    clients.push(first);
    for (n, client) in clients.iter_mut().enumerate() {
        say(client, n.to_string());
        end(client);
    }
    let waker = event_loop.waker();
    let reader = std::thread::spawn(move || {
        let all = clients.iter_mut().map(|client| {
            let mut text = String::new();
            client.read_to_string(&mut text).expect("a clean end");
            text
        });
        let all: Vec<_> = all.collect();
        waker.stop();
        all
    });
    event_loop.run().expect("it can wait");
    let expected: Vec<_> = (0..200).map(|n| n.to_string()).collect();
    assert_eq!(reader.join().expect("no panic"), expected);
    fine()
}
