//! Peers that are gone: what is told of them, and never by a signal.

use std::time::Duration;

use rustix::io::Errno;
use standpipe_core::signal::Signal;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, OptionValue, Received, SocketError};
use standpipe_sys::signals::set_default;
use standpipe_tests::harness::{Scenario, Socket, Sockets, Verdict};

use super::support::{
    CONNECTED, accept, bytes, connect, connection, fine, listener, many, pair, reader, receive, send, set,
    system, writer,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_reset_is_told_when_reading", when_reading),
    many("a_reset_is_told_when_writing", when_writing),
    many("a_reset_is_told_once_and_then_it_is_the_end", told_once),
    many("a_reset_ends_a_file_and_leaves_what_had_come", in_a_file),
    many("a_peer_that_left_unread_bytes_has_reset", unread),
    many("a_peer_that_is_gone_is_told_when_writing", gone),
    many("nobody_is_signalled_of_a_peer_that_is_gone", no_signal),
    many("one_that_was_reset_in_the_queue_keeps_nobody_waiting", in_the_queue),
];

/// Ends a connection so that the other side sees a reset.
fn reset(mut socket: Box<dyn Socket>) {
    set(&mut *socket, "SO_LINGER", &OptionValue::Linger(Some(Duration::ZERO)));
}

/// What comes of sending until it fails.
fn failed_send(socket: &dyn Socket) -> SocketError {
    loop {
        if let Err(error) = send(socket, &[0; 1 << 10]) {
            return error;
        }
    }
}

const INTERNET: [Family; 2] = [Family::INET, Family::INET6];

fn when_reading(on: &dyn Sockets) -> Verdict {
    for family in INTERNET {
        let [left, right] = connection(on, family, SOCK_STREAM);
        reset(left);
        assert_eq!(receive(&*right, &mut [0]), Err(system(Operation::Receive, Errno::CONNRESET)));
    }
    fine()
}

fn when_writing(on: &dyn Sockets) -> Verdict {
    for family in INTERNET {
        let [left, right] = connection(on, family, SOCK_STREAM);
        reset(left);
        assert_eq!(failed_send(&*right), system(Operation::Send, Errno::CONNRESET));
        assert_eq!(failed_send(&*right), system(Operation::Send, Errno::PIPE));
    }
    fine()
}

fn told_once(on: &dyn Sockets) -> Verdict {
    for family in INTERNET {
        let [left, right] = connection(on, family, SOCK_STREAM);
        reset(left);
        assert!(receive(&*right, &mut [0]).is_err());
        assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
    }
    fine()
}

fn in_a_file(on: &dyn Sockets) -> Verdict {
    let [left, right] = connection(on, Family::INET, SOCK_STREAM);
    let mut file = reader(&*right);
    assert_eq!(send(&*left, b"a line\nhalf"), Ok(11));
    assert_eq!(file.readline(None), Ok(Some(b"a line\n".to_vec())));
    reset(left);
    assert_eq!(file.readline(None), Err(system(Operation::Receive, Errno::CONNRESET).into()));
    assert_eq!(file.into_buffered(), b"half");
    fine()
}

fn unread(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        assert_eq!(send(&*right, b"unread"), Ok(6));
        assert_eq!(bytes(&*left, 1).map(|came| came.len()), Ok(1));
        if kind == SOCK_SEQPACKET {
            assert_eq!(send(&*right, b"unread"), Ok(6));
        }
        drop(left);
        assert_eq!(receive(&*right, &mut [0]), Err(system(Operation::Receive, Errno::CONNRESET)), "{family}");
    }
    fine()
}

/// An internet peer answers the first of them by a reset.
fn gone(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        drop(left);
        let told = failed_send(&*right);
        let expected = [Errno::PIPE, Errno::CONNRESET].map(|errno| system(Operation::Send, errno));
        assert!(expected.contains(&told), "{told}");
        assert_eq!(failed_send(&*right), system(Operation::Send, Errno::PIPE));
    }
    fine()
}

/// It would kill this process, which does not ignore it as it usually does.
fn no_signal(on: &dyn Sockets) -> Verdict {
    let _deadly = set_default(Signal::PIPE).expect("it can be set");
    for kind in [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] {
        let [left, right] = pair(on, kind);
        drop(left);
        assert!(send(&*right, b"x").is_err() && right.send_all(b"x").is_err());
        let mut file = writer(&*right);
        assert_eq!(file.write(b"kept"), Ok(4));
        assert!(file.close().is_err());
    }
    fine()
}

fn in_the_queue(on: &dyn Sockets) -> Verdict {
    for family in INTERNET {
        let (server, local) = listener(on, family, SOCK_STREAM);
        reset(connect(on, &local, SOCK_STREAM));
        let client = connect(on, &local, SOCK_STREAM);
        assert_eq!(send(&*client, b"x"), Ok(1));
        let mut peer = accept(&*server);
        if receive(&*peer, &mut []).is_ok() && peer.peer().ok() != client.local().ok() {
            peer = accept(&*server);
        }
        assert_eq!(bytes(&*peer, 2), Ok(b"x".to_vec()));
    }
    fine()
}
