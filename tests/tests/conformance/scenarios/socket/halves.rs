//! The two directions of a connection, and how each comes to its end.

use std::net::Shutdown;
use std::thread;

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, Received};
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Scenario, Sockets, Verdict};

use super::support::{
    CONNECTED, FAMILIES, accept, bytes, connect, connection, exactly, fine, listener, many, pair, plain,
    receive, send, socket, system, to_end,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("an_end_of_one_direction_leaves_the_other", one_direction),
    many("a_reply_after_the_clients_end_is_not_lost", late_reply),
    many("what_was_sent_before_the_end_comes_before_it", before_end),
    many("an_end_is_told_again_and_again", again),
    many("an_end_of_reading_is_an_end_to_the_reader", end_of_reading),
    many("a_unix_peer_that_reads_no_more_is_told_when_writing", reads_no_more),
    many("the_end_of_both_directions_is_both", both),
    many("a_wait_is_ended_by_an_end_from_another_thread", ended_wait),
    many("an_accept_is_ended_by_an_end_from_another_thread", ended_accept),
    many("a_connection_ends_with_its_last_copy", last_copy),
    many("an_end_of_a_copy_is_every_copys", end_of_copy),
    plain("what_is_not_connected_has_no_end", not_connected),
];

fn one_direction(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        assert_eq!(left.shutdown(Shutdown::Write), Ok(()));
        assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
        assert_eq!(send(&*left, b"x"), Err(system(Operation::Send, Errno::PIPE)));
        assert_eq!((send(&*right, b"still"), bytes(&*left, 8)), (Ok(5), Ok(b"still".to_vec())));
    }
    fine()
}

/// The server answers once it has seen the end, and closes at once.
fn late_reply(on: &dyn Sockets) -> Verdict {
    let reply = pattern(0, 1 << 20);
    for family in FAMILIES {
        let (server, local) = listener(on, family, SOCK_STREAM);
        let came = thread::scope(|scope| {
            scope.spawn(|| {
                let peer = accept(&*server);
                assert_eq!(to_end(&*peer), b"the question");
                peer.send_all(&reply).expect("somebody reads");
            });
            let client = connect(on, &local, SOCK_STREAM);
            client.send_all(b"the question").expect("there is room");
            client.shutdown(Shutdown::Write).expect("it is connected");
            exactly(&*client, reply.len() + 1)
        });
        assert!(came == reply, "each byte and the end: {family}");
    }
    fine()
}

fn before_end(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let [left, right] = connection(on, family, SOCK_STREAM);
        left.send_all(&pattern(0, 50_000)).expect("there is room");
        drop(left);
        assert!(exactly(&*right, 50_001) == pattern(0, 50_000), "{family}");
    }
    fine()
}

fn again(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        drop(left);
        for _ in 0..3 {
            assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
        }
    }
    fine()
}

fn end_of_reading(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        assert_eq!(right.shutdown(Shutdown::Read), Ok(()));
        assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
        assert_eq!((send(&*right, b"still"), bytes(&*left, 8)), (Ok(5), Ok(b"still".to_vec())));
    }
    fine()
}

/// TCP has no word for it.
fn reads_no_more(on: &dyn Sockets) -> Verdict {
    for kind in [SOCK_STREAM, SOCK_SEQPACKET] {
        let [left, right] = pair(on, kind);
        assert_eq!(right.shutdown(Shutdown::Read), Ok(()));
        assert_eq!(send(&*left, b"x"), Err(system(Operation::Send, Errno::PIPE)));
    }
    fine()
}

fn both(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        assert_eq!(left.shutdown(Shutdown::Both), Ok(()));
        assert_eq!(
            (receive(&*left, &mut [0]), receive(&*right, &mut [0])),
            (Ok(Received::Eof), Ok(Received::Eof))
        );
        assert_eq!(send(&*left, b"x"), Err(system(Operation::Send, Errno::PIPE)));
    }
    fine()
}

fn ended_wait(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, _right] = connection(on, family, kind);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| receive(&*left, &mut [0]));
            assert_eq!(left.shutdown(Shutdown::Both), Ok(()));
            assert_eq!(waiting.join().expect("no panic"), Ok(Received::Eof));
        });
    }
    fine()
}

/// Linux has it so: a listener that was shut down accepts no more.
fn ended_accept(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (server, _) = listener(on, family, kind);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| server.accept().map(drop));
            assert_eq!(server.shutdown(Shutdown::Both), Ok(()));
            let ended = waiting.join().expect("no panic");
            assert_eq!(ended, Err(system(Operation::Accept, Errno::INVAL)), "{family}");
        });
    }
    fine()
}

fn last_copy(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        let copy = left.copy().expect("a descriptor");
        drop(left);
        assert_eq!((send(&*copy, b"still"), bytes(&*right, 8)), (Ok(5), Ok(b"still".to_vec())));
        drop(copy);
        assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
    }
    fine()
}

fn end_of_copy(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let [left, right] = connection(on, family, kind);
        let copy = left.copy().expect("a descriptor");
        assert_eq!(copy.shutdown(Shutdown::Write), Ok(()));
        assert_eq!(receive(&*right, &mut [0]), Ok(Received::Eof));
        assert_eq!(send(&*left, b"x"), Err(system(Operation::Send, Errno::PIPE)));
    }
    fine()
}

fn not_connected(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        let alone = socket(on, family, SOCK_STREAM);
        let expected = system(Operation::Shutdown, Errno::NOTCONN);
        assert_eq!(alone.shutdown(Shutdown::Both), Err(expected), "{family}");
    }
    fine()
}
