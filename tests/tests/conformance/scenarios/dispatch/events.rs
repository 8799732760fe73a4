//! The order of asyncore's events, and what each is told of.

use std::io::{self, Read};
use std::time::Duration;

use socket2::SockRef;
use standpipe_sys::Stream;
use standpipe_sys::dispatch::ConnectionOptions;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{
    Echo, Hearing, Log, end, event_loop, fine, heard, many, pair, run_until, run_until_idle, say, served,
    verdict,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("an_echo_returns_every_byte", echo),
    many("one_that_is_accepted_is_told_so_first_and_never_that_it_is_connected", accepted),
    many("one_that_connects_is_told_so_before_its_data", connected),
    many("a_hang_up_takes_nothing_from_what_can_be_read", hang_up),
    many("a_reset_is_told_once_and_as_one", reset),
    many("an_urgent_byte_is_told_to_who_asked_for_it", urgent_byte),
    many("nothing_is_sent_within_a_handler_and_all_of_it_after", sent_after),
    many("room_is_told_when_there_was_none", room),
    many("one_that_is_half_open_answers_after_its_peers_end", half_open),
    many("a_close_within_a_handler_is_the_last_that_it_hears_of_data", closing),
];

fn echo(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (listener, mut client) = served(&mut event_loop, || Echo);
    let text = "x".repeat(100_000);
    say(&mut client, &text);
    end(&client);
    event_loop.run_once(None).expect("it can wait");
    event_loop.listener(listener).expect("it is there").stop();
    let reader = std::thread::spawn(move || heard(&mut client));
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic").expect("a clean end"), text);
    fine()
}

fn accepted(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let (_, mut client) = served(&mut event_loop, move || Hearing::new(&told));
    say(&mut client, "hello");
    end(&client);
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines(), ["accepted", "read hello", "ended", "closed clean"]);
    log.verdict()
}

fn connected(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("bound").to_string().parse().expect("an address");
    event_loop.connect(&address, Hearing::new(&log)).expect("numbers need no look-up");
    run_until(&mut event_loop, || !log.lines().is_empty());
    let (mut peer, _) = listener.accept().expect("it was connected to");
    say(&mut peer, "hello");
    drop(peer);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["connected", "read hello", "ended", "closed clean"]);
    log.verdict()
}

/// ACO-T2: with poll, the original gives the first hundred bytes and closes.
fn hang_up(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let ours = Stream::socket(ours.into());
    let mut theirs = theirs;
    std::io::Write::write_all(&mut theirs, &[b'x'; 100_000]).expect("it fits");
    drop(theirs);
    event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), [&format!("read {}", "x".repeat(100_000)), "ended", "closed clean"]);
    log.verdict()
}

/// ACO-19, ACO-T3: told once, and as what it is.
fn reset(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).expect("a socket");
    drop(theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed reading failed: connection reset by peer (os error 104)"]);
    log.verdict()
}

fn urgent_byte(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").set_urgent(true);
    run_until_idle(&mut event_loop);
    SockRef::from(&theirs).send_out_of_band(b"!").expect("it is open");
    run_until(&mut event_loop, || !log.lines().is_empty());
    say(&mut theirs, "data");
    drop(theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["urgent !", "read data", "ended", "closed clean"]);
    log.verdict()
}

fn sent_after(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    theirs.set_nonblocking(true).expect("a socket");
    let peer = theirs.try_clone().expect("there are descriptors");
    let hearing = Hearing::answering(&log, move |told, channel| {
        if told.starts_with("read") {
            channel.push(b"one ")?;
            channel.push(b"two")?;
            let nothing = (&peer).read(&mut [0; 8]).expect_err("nothing was sent yet");
            assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
            channel.close_when_done();
        }
        Ok(())
    });
    event_loop.insert(ours, ConnectionOptions::default(), hearing);
    say(&mut theirs, "?");
    end(&theirs);
    event_loop.run().expect("it can wait");
    theirs.set_nonblocking(false).expect("a socket");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "one two");
    fine()
}

/// ACO-54.
fn room(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.push(&vec![7; 16 << 20]).expect("it is taken whole");
    assert!(channel.is_full() && channel.push(b"!").is_err());
    say(&mut theirs, "waits");
    run_until_idle(&mut event_loop);
    assert!(log.lines().is_empty(), "no data is told while it is full");
    let reader = std::thread::spawn(move || {
        let mut all = vec![0; 16 << 20];
        theirs.read_exact(&mut all).expect("it comes");
        theirs
    });
    run_until(&mut event_loop, || log.lines().len() == 2);
    let mut lines = log.lines();
    lines.sort();
    assert_eq!(lines, ["read waits", "write"]);
    // There is room before everything has left.
    while !reader.is_finished() {
        event_loop.run_once(Some(Duration::from_millis(1))).expect("it can wait");
    }
    drop(reader.join().expect("no panic"));
    verdict(&lines)
}

fn half_open(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let hearing = Hearing::answering(&log, |told, channel| {
        if told == "ended" {
            channel.set_timer(Duration::from_millis(1));
        }
        if told == "timer" {
            channel.push(b"late")?;
            channel.close_when_done();
        }
        Ok(())
    });
    event_loop.insert(ours, ConnectionOptions::default(), hearing.half_open());
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "late");
    assert_eq!(log.lines(), ["ended", "timer", "closed clean"]);
    log.verdict()
}

fn closing(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let hearing = Hearing::answering(&log, |_, channel| {
        channel.close();
        channel.close();
        Ok(())
    });
    event_loop.insert(ours, ConnectionOptions::default(), hearing);
    say(&mut theirs, "one");
    run_until(&mut event_loop, || !log.lines().is_empty());
    say(&mut theirs, "two");
    run_until_idle(&mut event_loop);
    assert_eq!(heard(&mut theirs).expect("a clean end"), "");
    drop(theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["read one", "closed clean"]);
    log.verdict()
}
