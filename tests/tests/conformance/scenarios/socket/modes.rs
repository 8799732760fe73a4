//! Whether calls wait and for how long: one deadline for each, and what was done by then.

use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, Received, SendAllReason, SocketError, TimeoutMode};
use standpipe_sys::Clock;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Scenario, Socket, Sockets, Verdict};

use super::support::{
    CONNECTED, LONG, SHORT, accept, blocked, bounded, bytes, connect, connection, exactly, fine, late,
    listener, many, pair, receive, send, system,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("every_waiting_call_has_its_three_modes", three_modes),
    many("a_deadline_is_kept_and_is_one", one_deadline),
    many("a_limit_of_no_time_takes_what_is_there", no_time),
    many("a_call_that_was_late_has_taken_nothing", took_nothing),
    many("a_copy_has_a_mode_of_its_own", copies),
    many("what_is_accepted_waits_whatever_the_listener_does", accepted),
    many("what_went_by_the_deadline_is_told", sent_by_deadline),
    many("what_went_without_waiting_is_told", sent_at_once),
    many("what_went_before_the_peer_left_is_told", sent_before_end),
    many("a_wait_ends_by_what_another_thread_sends", woken),
];

fn three_modes(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (mut server, _) = listener(on, family, kind);
        let [mut left, _right] = connection(on, family, kind);
        let modes = [
            (TimeoutMode::NonBlocking, blocked as fn(Operation) -> SocketError),
            (SHORT, late as fn(Operation) -> SocketError),
        ];
        for (mode, expected) in modes {
            server.set_timeout(mode);
            left.set_timeout(mode);
            assert_eq!(server.accept().err(), Some(expected(Operation::Accept)));
            assert_eq!(receive(&*left, &mut [0]), Err(expected(Operation::Receive)));
            // What has no room at one moment may have some at the next.
            let mut sent = std::iter::repeat_with(|| send(&*left, &[0; 1 << 12]));
            let full = sent.find_map(Result::err);
            assert_eq!(full, Some(expected(Operation::Send)), "{family} {kind}");
        }
    }
    fine()
}

/// Signals come within it, and neither end it nor begin it anew.
fn one_deadline(on: &dyn Sockets) -> Verdict {
    let [mut left, _right] = pair(on, SOCK_STREAM);
    let limit = Duration::from_millis(300);
    left.set_timeout(TimeoutMode::Timed(limit));
    let clock = Clock::start();
    let begun = clock.now();
    assert_eq!(receive(&*left, &mut [0]), Err(late(Operation::Receive)));
    assert!(clock.now().since(begun) >= limit);
    fine()
}

fn no_time(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    right.set_timeout(TimeoutMode::Timed(Duration::ZERO));
    assert_eq!(receive(&*right, &mut [0]), Err(late(Operation::Receive)));
    assert_eq!(send(&*left, b"there"), Ok(5));
    assert_eq!(bytes(&*right, 8), Ok(b"there".to_vec()));
    fine()
}

fn took_nothing(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, mut right] = connection(on, family, kind);
        right.set_timeout(SHORT);
        let mut buffer = *b"kept";
        assert_eq!(receive(&*right, &mut buffer), Err(late(Operation::Receive)));
        assert_eq!((&buffer, send(&*left, b"whole")), (b"kept", Ok(5)));
        right.set_timeout(LONG);
        assert_eq!(bytes(&*right, 8), Ok(b"whole".to_vec()));
    }
    fine()
}

/// SOC-T7: nothing of what they share is changed.
fn copies(on: &dyn Sockets) -> Verdict {
    let [mut left, right] = pair(on, SOCK_STREAM);
    let copy = left.copy().expect("a descriptor");
    left.set_timeout(TimeoutMode::NonBlocking);
    assert_eq!(receive(&*left, &mut [0]), Err(blocked(Operation::Receive)));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| receive(&*copy, &mut [0]));
        assert_eq!(send(&*right, b"x"), Ok(1));
        assert_eq!(waiting.join().expect("no panic"), Ok(Received::Bytes(1)));
    });
    fine()
}

/// SOC-T6.
fn accepted(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (mut server, local) = listener(on, family, kind);
        server.set_timeout(TimeoutMode::NonBlocking);
        let client = connect(on, &local, kind);
        let (mut peer, _) = server.accept().expect("it is there");
        peer.set_timeout(SHORT);
        assert_eq!(receive(&*peer, &mut [0]), Err(late(Operation::Receive)));
        let peer = bounded(peer);
        assert_eq!((send(&*client, b"x"), bytes(&*peer, 2)), (Ok(1), Ok(b"x".to_vec())));
    }
    fine()
}

/// More than any buffer takes.
const MUCH: usize = 1 << 23;

/// Goes on where the error says that it has to, and compares.
fn goes_on(left: &mut dyn Socket, right: &dyn Socket, mode: TimeoutMode, reason: SendAllReason) {
    let data = pattern(0, MUCH);
    left.set_timeout(mode);
    let error = left.send_all(&data).expect_err("nobody reads");
    assert_eq!(error.reason, reason);
    assert!(error.sent > 0 && error.sent < MUCH, "{error}");
    left.set_timeout(LONG);
    let came = thread::scope(|scope| {
        let reading = scope.spawn(|| exactly(right, MUCH));
        left.send_all(&data[error.sent..]).expect("somebody reads");
        reading.join().expect("no panic")
    });
    assert!(came == data, "each byte once and in order");
}

fn sent_by_deadline(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::UNIX] {
        let [mut left, right] = connection(on, family, SOCK_STREAM);
        goes_on(&mut *left, &*right, SHORT, SendAllReason::TimedOut);
    }
    fine()
}

fn sent_at_once(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::UNIX] {
        let [mut left, right] = connection(on, family, SOCK_STREAM);
        goes_on(&mut *left, &*right, TimeoutMode::NonBlocking, SendAllReason::WouldBlock);
    }
    fine()
}

fn sent_before_end(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::UNIX] {
        let [left, right] = connection(on, family, SOCK_STREAM);
        let data = pattern(0, MUCH);
        let error = thread::scope(|scope| {
            let sending = scope.spawn(|| left.send_all(&data));
            assert!(exactly(&*right, 100) == data[..100]);
            drop(right);
            sending.join().expect("no panic").expect_err("nobody reads any more")
        });
        let gone = [Errno::PIPE, Errno::CONNRESET].map(|errno| system(Operation::Send, errno));
        let gone = gone.map(|error| standpipe_sys::socket::error::send_all_error(error, 0).reason);
        assert!(gone.contains(&error.reason), "{error}");
        assert!(error.sent >= 100 && error.sent < MUCH, "{error}");
    }
    fine()
}

fn woken(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (server, local) = listener(on, family, kind);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let peer = accept(&*server);
                bytes(&*peer, 8).and_then(|came| send(&*peer, &came))
            });
            let client = connect(on, &local, kind);
            assert_eq!((send(&*client, b"wake"), bytes(&*client, 8)), (Ok(4), Ok(b"wake".to_vec())));
            assert_eq!(waiting.join().expect("no panic"), Ok(4));
        });
    }
    fine()
}
