//! Sockets that were made elsewhere: taken over, handed over at the start, handed on.

use std::env;
use std::fs::File;
use std::io::pipe;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use rustix::io::{Errno, FdFlags, fcntl_getfd, fcntl_setfd};
use standpipe_blocking::Command;
use standpipe_core::process::Exit;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, OptionValue};
use standpipe_sys::socket::ActivationError;
use standpipe_tests::harness::{Scenario, Socket, Sockets, Verdict};

use super::support::{
    LIMIT, SHORT, accept, bounded, bytes, connect, fine, known, late, listener, many, plain, receive, send,
    system,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("every_kind_of_socket_is_taken_over", every_kind),
    many("a_connection_that_was_taken_over_talks", talks),
    many("a_flag_of_whoever_made_it_changes_no_wait", flags),
    plain("what_is_taken_over_closes_in_children", close_on_exec),
    plain("what_is_no_socket_is_refused", refused),
    plain("nothing_was_handed_over_to_who_was_handed_nothing", nothing),
    plain("what_was_handed_over_is_taken_by_its_name", handed_over),
    plain("what_was_handed_over_is_handed_on", handed_on),
];

fn every_kind(on: &dyn Sockets) -> Verdict {
    let ((stream, _other), (datagram, _another)) =
        (UnixStream::pair().expect("a pair"), UnixDatagram::pair().expect("a pair"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let client = TcpStream::connect(server.local_addr().expect("it is bound")).expect("it listens");
    let unix_server = UnixListener::bind(folder.path().join("socket")).expect("it is free");
    let sockets: [(OwnedFd, Family, i32); 6] = [
        (server.into(), Family::INET, SOCK_STREAM),
        (client.into(), Family::INET, SOCK_STREAM),
        (UdpSocket::bind("[::1]:0").expect("a port is free").into(), Family::INET6, SOCK_DGRAM),
        (stream.into(), Family::UNIX, SOCK_STREAM),
        (datagram.into(), Family::UNIX, SOCK_DGRAM),
        (unix_server.into(), Family::UNIX, SOCK_STREAM),
    ];
    for (fd, family, kind) in sockets {
        let socket = on.adopt(fd).expect("it is a socket");
        let told = ["SO_DOMAIN", "SO_TYPE"].map(|name| socket.option(known(name)));
        assert_eq!(told, [family.0.into(), kind].map(|number| Ok(OptionValue::Int(number))));
    }
    fine()
}

fn talks(on: &dyn Sockets) -> Verdict {
    let (server, local) = listener(on, Family::INET, SOCK_STREAM);
    let theirs = TcpStream::connect(local.to_string()).expect("it listens");
    let client = bounded(on.adopt(theirs.into()).expect("it is a socket"));
    let peer = accept(&*server);
    assert_eq!((send(&*client, b"there"), bytes(&*peer, 8)), (Ok(5), Ok(b"there".to_vec())));
    assert_eq!((send(&*peer, b"back"), bytes(&*client, 8)), (Ok(4), Ok(b"back".to_vec())));
    fine()
}

fn flags(on: &dyn Sockets) -> Verdict {
    for nonblocking in [false, true] {
        let (left, right) = UnixStream::pair().expect("a pair");
        left.set_nonblocking(nonblocking).expect("it is open");
        let mut left = on.adopt(left.into()).expect("it is a socket");
        left.set_timeout(SHORT);
        assert_eq!(receive(&*left, &mut [0]), Err(late(Operation::Receive)));
        let right = bounded(on.adopt(right.into()).expect("it is a socket"));
        assert_eq!((send(&*right, b"x"), bytes(&*left, 2)), (Ok(1), Ok(b"x".to_vec())));
    }
    fine()
}

fn close_on_exec(on: &dyn Sockets) -> Verdict {
    let (left, _right) = UnixStream::pair().expect("a pair");
    fcntl_setfd(&left, FdFlags::empty()).expect("it is open");
    let socket = on.adopt(left.into()).expect("it is a socket");
    assert_eq!(fcntl_getfd(socket.as_fd()).expect("it is open"), FdFlags::CLOEXEC);
    fine()
}

/// Each is closed by that.
fn refused(on: &dyn Sockets) -> Verdict {
    let (reader, writer) = pipe().expect("a pipe");
    let file = tempfile::tempfile().expect("a file");
    let folder = File::open("/").expect("it is there");
    for fd in [reader.into(), writer.into(), file.into(), OwnedFd::from(folder)] {
        let refused = on.adopt(fd).err();
        assert_eq!(refused, Some(system(Operation::Open, Errno::NOTSOCK)));
    }
    fine()
}

fn nothing(on: &dyn Sockets) -> Verdict {
    for _ in 0..2 {
        assert!(on.activated().expect("that is no error").is_empty());
    }
    fine()
}

/// How often a process is to hand on what was handed over to it.
const HANDS: &str = "STANDPIPE_HANDS";

fn handed_over(on: &dyn Sockets) -> Verdict {
    answers(on, 0)
}

fn handed_on(on: &dyn Sockets) -> Verdict {
    answers(on, 2)
}

/// Clients of two listeners are answered by a process that got them after so many others.
fn answers(on: &dyn Sockets, hands: usize) -> Verdict {
    let ((web, at), (admin, other)) =
        (listener(on, Family::INET, SOCK_STREAM), listener(on, Family::UNIX, SOCK_STREAM));
    let clients = [at, other].map(|address| connect(on, &address, SOCK_STREAM));
    let status = hand_over([("web", &*web), ("admin", &*admin)], hands);
    assert!(status.success(), "{status}");
    for (name, client) in ["web", "admin"].into_iter().zip(clients) {
        assert_eq!(bytes(&*client, 16), Ok(name.as_bytes().to_vec()));
    }
    fine()
}

/// This program again, for the same scenario.
fn hand_over<'a>(sockets: impl IntoIterator<Item = (&'a str, &'a dyn Socket)>, hands: usize) -> Exit {
    let own =
        |(name, socket): (_, &dyn Socket)| (name, socket.as_fd().try_clone_to_owned().expect("a descriptor"));
    let program = env::current_exe().expect("it runs");
    let command = Command::listen_fds(program, sockets.into_iter().map(own)).expect("good names");
    command.env(HANDS, hands.to_string()).timeout(LIMIT).status().expect("it runs")
}

/// Answers for the sockets that were handed over to this process, or hands them on, where it was started for that.
pub(crate) fn take_part(on: Option<&dyn Sockets>) -> bool {
    let Some(hands) = env::var(HANDS).ok().and_then(|hands| hands.parse::<usize>().ok()) else {
        return false;
    };
    let on = on.expect("no trial is made elsewhere");
    let sockets = on.activated().expect("they were handed over");
    assert!(matches!(on.activated(), Err(ActivationError::Taken)), "they have an owner");
    let sockets = sockets.iter().map(|(name, socket)| (name.as_str(), &**socket));
    match hands.checked_sub(1) {
        Some(hands) => assert!(hand_over(sockets, hands).success()),
        None => sockets.for_each(|(name, server)| {
            assert_eq!(fcntl_getfd(server.as_fd()).expect("it is open"), FdFlags::CLOEXEC);
            assert_eq!(send(&*accept(server), name.as_bytes()), Ok(name.len()));
        }),
    }
    true
}
