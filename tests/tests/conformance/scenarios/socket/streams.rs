//! What a stream carries: every byte once and in order, however it is cut.

use std::io::{IoSlice, IoSliceMut};

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, OptionValue, Received, TimeoutMode};
use standpipe_sys::socket::Beside;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Scenario, Sockets, Verdict};

use super::support::{
    CONNECTED, FAMILIES, accept, anywhere, blocked, bytes, connection, exactly, fine, listener, many, pair,
    receive, receive_from, receive_with, send, set, socket, system,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("pieces_of_every_length_join", pieces),
    many("parts_are_gathered_and_scattered", parts),
    many("peeking_takes_nothing", peeking),
    many("nothing_asked_is_no_end", nothing_asked),
    many("nothing_sent_is_nothing_to_receive", nothing_sent),
    many("a_stream_tells_no_address", no_address),
    many("packets_in_sequence_keep_their_bounds", packets),
    many("a_byte_out_of_band_comes_apart", out_of_band),
    many("a_byte_out_of_band_stays_in_line_where_that_is_said", in_line),
    many("a_pair_of_each_type_talks", pairs),
    many("a_socket_without_a_peer_moves_nothing", no_peer),
];

fn pieces(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let [left, right] = connection(on, family, SOCK_STREAM);
        let data = pattern(0, 200 * 201 / 2);
        let mut at = 0;
        for len in 1..=200 {
            left.send_all(&data[at..at + len]).expect("there is room");
            at += len;
        }
        assert!(exactly(&*right, data.len()) == data, "{family}");
    }
    fine()
}

fn parts(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        let sent = [IoSlice::new(b"three "), IoSlice::new(b""), IoSlice::new(b"parts")];
        assert_eq!(left.send(&sent, &Beside::default()), Ok(11));
        let (mut first, mut second) = ([0; 4], [0; 16]);
        let mut into = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut []), IoSliceMut::new(&mut second)];
        assert_eq!(right.receive(&mut into, 0, 0).expect("it has come").received, Received::Bytes(11));
        assert_eq!((&first, &second[..7]), (b"thre", &b"e parts"[..]));
    }
    fine()
}

fn peeking(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        assert_eq!(send(&*left, b"seen"), Ok(4));
        let mut buffer = [0; 8];
        for _ in 0..2 {
            assert_eq!(receive_with(&*right, &mut buffer, MSG_PEEK), Ok(Received::Bytes(4)));
        }
        assert_eq!((bytes(&*right, 8), &buffer[..4]), (Ok(b"seen".to_vec()), &b"seen"[..]));
    }
    fine()
}

/// SOC-T18. It does not wait for anything either.
fn nothing_asked(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        assert_eq!(receive(&*right, &mut []), Ok(Received::NothingAsked));
        assert_eq!(send(&*left, b"x"), Ok(1));
        assert_eq!(receive(&*right, &mut []), Ok(Received::NothingAsked));
        assert_eq!(bytes(&*right, 8), Ok(b"x".to_vec()));
        drop(left);
        assert_eq!(receive(&*right, &mut []), Ok(Received::NothingAsked));
        assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
    }
    fine()
}

fn nothing_sent(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let [left, mut right] = connection(on, family, SOCK_STREAM);
        right.set_timeout(TimeoutMode::NonBlocking);
        assert_eq!((send(&*left, b""), left.send_all(b"")), (Ok(0), Ok(())));
        assert_eq!(receive(&*right, &mut [0]), Err(blocked(Operation::Receive)));
    }
    fine()
}

/// SOC-10, whether its peer has an address or not.
fn no_address(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let (server, local) = listener(on, family, SOCK_STREAM);
        let mut client = socket(on, family, SOCK_STREAM);
        client.bind(&anywhere(family)).expect("it is free");
        client.connect(&local).expect("somebody listens");
        let peer = accept(&*server);
        assert_eq!(send(&*client, b"seen"), Ok(4));
        assert_eq!(receive_from(&*peer, &mut [0; 8]), Ok((Received::Bytes(4), None)), "{family}");
    }
    fine()
}

fn packets(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_SEQPACKET);
    assert_eq!((send(&*left, b"one"), send(&*left, b"three")), (Ok(3), Ok(5)));
    assert_eq!((bytes(&*right, 8), bytes(&*right, 2)), (Ok(b"one".to_vec()), Ok(b"th".to_vec())));
    drop(left);
    assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof), "the rest of a packet is gone");
    fine()
}

/// It is there as soon as the other end has heard of it, and until what is behind it is read.
fn out_of_band(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        let [left, right] = connection(on, family, SOCK_STREAM);
        let urgent = Beside { flags: MSG_OOB, ..Beside::default() };
        assert_eq!(send(&*left, b"a"), Ok(1));
        assert_eq!(left.send(&[IoSlice::new(b"!")], &urgent), Ok(1));
        assert_eq!((send(&*left, b"b"), exactly(&*right, 1)), (Ok(1), b"a".to_vec()));
        let (mut byte, none) = ([0], Err(system(Operation::Receive, Errno::INVAL)));
        let mut asked = std::iter::repeat_with(|| receive_with(&*right, &mut byte, MSG_OOB));
        assert_eq!(asked.find(|came| *came != none), Some(Ok(Received::Bytes(1))));
        assert_eq!((&byte, exactly(&*right, 1)), (b"!", b"b".to_vec()));
        assert_eq!(receive_with(&*right, &mut byte, MSG_OOB), none, "it came once");
    }
    fine()
}

fn in_line(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = connection(on, Family::INET, SOCK_STREAM);
    set(&mut *right, "SO_OOBINLINE", &OptionValue::Bool(true));
    let urgent = Beside { flags: MSG_OOB, ..Beside::default() };
    assert_eq!(send(&*left, b"a"), Ok(1));
    assert_eq!(left.send(&[IoSlice::new(b"!")], &urgent), Ok(1));
    assert_eq!((send(&*left, b"b"), exactly(&*right, 3)), (Ok(1), b"a!b".to_vec()));
    fine()
}

/// SOC-47. An internet socket has no such pairs.
fn pairs(on: &dyn Sockets) -> Verdict {
    for kind in [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] {
        let [left, right] = pair(on, kind);
        assert_eq!((send(&*left, b"there"), bytes(&*right, 8)), (Ok(5), Ok(b"there".to_vec())));
        assert_eq!((send(&*right, b"back"), bytes(&*left, 8)), (Ok(4), Ok(b"back".to_vec())));
        assert_eq!((left.local(), left.peer()), (Ok(anywhere(Family::UNIX)), Ok(anywhere(Family::UNIX))));
    }
    let none = on.pair(Family::INET, SOCK_STREAM);
    assert_eq!(none.err(), Some(system(Operation::Open, Errno::OPNOTSUPP)));
    fine()
}

fn no_peer(on: &dyn Sockets) -> Verdict {
    let alone = socket(on, Family::UNIX, SOCK_STREAM);
    assert_eq!(receive(&*alone, &mut [0]), Err(system(Operation::Receive, Errno::INVAL)));
    assert_eq!(send(&*alone, b"x"), Err(system(Operation::Send, Errno::NOTCONN)));
    let alone = socket(on, Family::INET, SOCK_STREAM);
    assert_eq!(receive(&*alone, &mut [0]), Err(system(Operation::Receive, Errno::NOTCONN)));
    assert_eq!(send(&*alone, b"x"), Err(system(Operation::Send, Errno::PIPE)));
    fine()
}
