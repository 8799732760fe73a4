//! Datagrams: their bounds, their addresses, and what becomes of those that cannot go.

use std::collections::BTreeSet;
use std::io::{IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::thread;

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, OptionValue, Received, TimeoutMode};
use standpipe_sys::socket::Beside;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Scenario, Sockets, Verdict};

use super::support::{
    FAMILIES, LONG, blocked, bound, bytes, fine, many, pair, receive, receive_from, receive_with, send,
    send_to, set, socket, system, whole,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("datagrams_go_to_and_come_from_addresses", addresses),
    many("datagrams_keep_their_bounds_and_their_order", bounds),
    many("an_empty_datagram_is_no_end", empty),
    many("a_datagram_that_was_cut_is_told_with_its_whole_length", cut),
    many("a_datagram_is_gathered_and_scattered", parts),
    many("the_length_of_a_datagram_is_asked_without_taking_it", length),
    many("a_datagram_that_is_too_long_is_refused", too_long),
    many("a_socket_with_a_peer_hears_nobody_else", one_peer),
    many("a_peer_can_be_changed", other_peer),
    many("a_datagram_to_nobody_is_told_by_the_next_call", to_nobody),
    many("a_datagram_without_a_destination_is_refused", no_destination),
    many("a_unix_queue_that_is_full_is_waited_for", full_queue),
    many("a_unix_peer_that_is_gone_is_told_at_once", gone),
    many("a_datagram_goes_to_one_of_the_threads_that_wait", threads),
    many("a_wait_for_datagrams_is_ended_by_an_end_of_reading", ended_wait),
];

fn addresses(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, from), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        let mut buffer = [0; 8];
        assert_eq!(send_to(&*left, b"there", &to), Ok(5));
        assert_eq!(receive_from(&*right, &mut buffer), Ok((whole(5), Some(from.clone()))));
        assert_eq!(send_to(&*right, b"back", &from), Ok(4));
        assert_eq!(receive_from(&*left, &mut buffer), Ok((whole(4), Some(to))));
        assert_eq!(&buffer[..4], b"back");
    }
    fine()
}

/// A few at a time, since what has no room may be lost.
fn bounds(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, _), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        for round in 0..100 {
            for len in [round, 0, 1000] {
                assert_eq!(send_to(&*left, &pattern(len, len), &to), Ok(len));
            }
            for len in [round, 0, 1000] {
                assert!(bytes(&*right, 2000) == Ok(pattern(len, len)), "{family} {round} {len}");
            }
        }
    }
    fine()
}

/// SOC-T18.
fn empty(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, from), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        assert_eq!((send_to(&*left, b"", &to), send_to(&*left, b"x", &to)), (Ok(0), Ok(1)));
        assert_eq!(receive_from(&*right, &mut [0; 4]), Ok((whole(0), Some(from))));
        assert_eq!(bytes(&*right, 4), Ok(b"x".to_vec()));
    }
    fine()
}

/// SOC-T14.
fn cut(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, _), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        for room in [0, 3] {
            let mut buffer = vec![0; room];
            assert_eq!(send_to(&*left, b"12345", &to), Ok(5));
            let cut = Received::Datagram { len: room, whole: 5, control_cut: false };
            assert_eq!((receive(&*right, &mut buffer), &buffer[..]), (Ok(cut), &b"12345"[..room]));
        }
        assert_eq!((send_to(&*left, b"next", &to), bytes(&*right, 8)), (Ok(4), Ok(b"next".to_vec())));
    }
    fine()
}

fn parts(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, _), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        let beside = Beside { to: Some(&to), ..Beside::default() };
        assert_eq!(left.send(&[IoSlice::new(b"two "), IoSlice::new(b"parts")], &beside), Ok(9));
        let (mut first, mut second) = ([0; 2], [0; 16]);
        let mut into = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(right.receive(&mut into, 0, 0).expect("it has come").received, whole(9));
        assert_eq!((&first, &second[..7]), (b"tw", &b"o parts"[..]));
    }
    fine()
}

fn length(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, _), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        assert_eq!(send_to(&*left, b"12345", &to), Ok(5));
        let asked = Received::Datagram { len: 0, whole: 5, control_cut: false };
        assert_eq!(receive_with(&*right, &mut [], MSG_PEEK), Ok(asked));
        assert_eq!(bytes(&*right, 5), Ok(b"12345".to_vec()));
    }
    fine()
}

/// An internet datagram has 65535 bytes with its headers, one of a Unix socket what the sender's buffer holds.
fn too_long(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((mut left, _), (right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        set(&mut *left, "SO_SNDBUF", &OptionValue::Int(1 << 12));
        let refused = Err(system(Operation::Send, Errno::MSGSIZE));
        assert_eq!(send_to(&*left, &[0; 1 << 17], &to), refused, "{family}");
        assert_eq!((send_to(&*left, b"short", &to), bytes(&*right, 8)), (Ok(5), Ok(b"short".to_vec())));
    }
    fine()
}

fn one_peer(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        let ((left, from), (mut right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        let (stranger, _) = bound(on, family, SOCK_DGRAM);
        right.connect(&from).expect("it is an address");
        assert_eq!((send_to(&*stranger, b"strange", &to), send_to(&*left, b"known", &to)), (Ok(7), Ok(5)));
        assert_eq!(receive_from(&*right, &mut [0; 8]), Ok((whole(5), Some(from.clone()))));
        assert_eq!((right.peer(), send(&*right, b"x")), (Ok(from), Ok(1)));
        assert_eq!(bytes(&*left, 8), Ok(b"x".to_vec()));
    }
    fine()
}

fn other_peer(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let mut client = socket(on, family, SOCK_DGRAM);
        for _ in 0..2 {
            let (server, local) = bound(on, family, SOCK_DGRAM);
            client.connect(&local).expect("it is an address");
            assert_eq!((client.peer(), send(&*client, b"x")), (Ok(local), Ok(1)));
            assert_eq!(bytes(&*server, 8), Ok(b"x".to_vec()));
        }
    }
    fine()
}

/// The datagram went; that nobody was there comes back.
fn to_nobody(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        let (taken, nobody) = bound(on, family, SOCK_DGRAM);
        let mut client = socket(on, family, SOCK_DGRAM);
        client.connect(&nobody).expect("it is an address");
        drop(taken);
        assert_eq!(send(&*client, b"x"), Ok(1));
        let told = Err(system(Operation::Receive, Errno::CONNREFUSED));
        assert_eq!(receive(&*client, &mut [0; 8]), told, "{family}");
        client.set_timeout(TimeoutMode::NonBlocking);
        assert_eq!(receive(&*client, &mut [0; 8]), Err(blocked(Operation::Receive)), "it is told once");
    }
    fine()
}

fn no_destination(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        let (alone, _) = bound(on, family, SOCK_DGRAM);
        assert_eq!(send(&*alone, b"x"), Err(system(Operation::Send, Errno::DESTADDRREQ)));
    }
    let (alone, _) = bound(on, Family::UNIX, SOCK_DGRAM);
    assert_eq!(send(&*alone, b"x"), Err(system(Operation::Send, Errno::NOTCONN)));
    fine()
}

fn full_queue(on: &dyn Sockets) -> Verdict {
    let [mut left, right] = pair(on, SOCK_DGRAM);
    left.set_timeout(TimeoutMode::NonBlocking);
    let mut sent = 0_u32;
    while send(&*left, &sent.to_ne_bytes()).is_ok() {
        sent += 1;
    }
    assert_eq!(send(&*left, b"x"), Err(blocked(Operation::Send)));
    left.set_timeout(LONG);
    thread::scope(|scope| {
        let sending = scope.spawn(|| send(&*left, &sent.to_ne_bytes()));
        let came: Vec<_> = (0..=sent).map(|_| bytes(&*right, 4).expect("it comes")).collect();
        assert_eq!(sending.join().expect("no panic"), Ok(4));
        assert!(came.into_iter().eq((0..=sent).map(|number| number.to_ne_bytes().to_vec())), "in order");
    });
    fine()
}

fn gone(on: &dyn Sockets) -> Verdict {
    let (left, _) = bound(on, Family::UNIX, SOCK_DGRAM);
    let (right, to) = bound(on, Family::UNIX, SOCK_DGRAM);
    drop(right);
    assert_eq!(send_to(&*left, b"x", &to), Err(system(Operation::Send, Errno::CONNREFUSED)));
    let [left, right] = pair(on, SOCK_DGRAM);
    drop(right);
    assert_eq!(send(&*left, b"x"), Err(system(Operation::Send, Errno::CONNREFUSED)));
    fine()
}

fn threads(on: &dyn Sockets) -> Verdict {
    let (server, to) = bound(on, Family::INET, SOCK_DGRAM);
    let (client, _) = bound(on, Family::INET, SOCK_DGRAM);
    let came: Vec<Vec<u8>> = thread::scope(|scope| {
        let waiting: Vec<_> = (0..4).map(|_| scope.spawn(|| bytes(&*server, 8))).collect();
        (0..4).for_each(|number| assert_eq!(send_to(&*client, &[number], &to), Ok(1)));
        waiting.into_iter().map(|thread| thread.join().expect("no panic").expect("one comes")).collect()
    });
    let came: BTreeSet<_> = came.into_iter().collect();
    assert!(came.into_iter().eq((0..4).map(|number| vec![number])));
    fine()
}

/// What has come before is received first.
fn ended_wait(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let ((left, from), (mut right, to)) = (bound(on, family, SOCK_DGRAM), bound(on, family, SOCK_DGRAM));
        right.connect(&from).expect("it is an address");
        thread::scope(|scope| {
            let waiting = scope.spawn(|| [(); 2].map(|()| receive(&*right, &mut [0; 8])));
            assert_eq!(send_to(&*left, b"before", &to), Ok(6));
            right.shutdown(Shutdown::Read).expect("it is connected");
            assert_eq!(waiting.join().expect("no panic"), [Ok(whole(6)), Ok(Received::Eof)], "{family}");
        });
    }
    fine()
}
