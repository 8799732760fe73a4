//! The calls on sockets: what is made is close-on-exec, nothing waits that need not, and what comes beside bytes has an owner.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use standpipe_core::Side;
use standpipe_core::socket::constants::{
    MSG_CTRUNC, SO_ACCEPTCONN, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET,
};
use standpipe_core::socket::{
    ControlMessage, Family, OptionValue, Received, SocketAddress, SocketOption, UnixAddress,
};
use standpipe_sys::PollSet;
use standpipe_sys::socket::{Beside, Message, call, option, receive, send, socket_type};

/// Only to catch a hang.
const LONG: Duration = Duration::from_secs(60);

fn flags(fd: &OwnedFd) -> (bool, bool) {
    let get = |command| {
        // SAFETY: takes numbers; the descriptor is open.
        unsafe { libc::fcntl(fd.as_raw_fd(), command) }
    };
    (get(libc::F_GETFD) & libc::FD_CLOEXEC != 0, get(libc::F_GETFL) & libc::O_NONBLOCK != 0)
}

fn wait(fd: BorrowedFd<'_>, side: Side) {
    let mut set = PollSet::default();
    set.add(fd, side);
    set.wait(Some(LONG)).expect("it can be waited for");
    assert!(set.is_ready(0), "nothing has come");
}

fn listener(family: Family, kind: i32, address: &SocketAddress) -> (OwnedFd, SocketAddress) {
    let fd = call::open(family, kind, 0).expect("a socket");
    call::bind(fd.as_fd(), address).expect("it is free");
    call::listen(fd.as_fd(), 16).expect("it listens");
    let local = call::local(fd.as_fd()).expect("it has an address");
    (fd, local)
}

fn read(fd: BorrowedFd<'_>, kind: i32, len: usize, control: usize) -> io::Result<(Vec<u8>, Message)> {
    let mut bytes = vec![0; len];
    let message = receive(fd, kind, &mut [IoSliceMut::new(&mut bytes)], control, 0)?;
    bytes.truncate(message.received.len());
    Ok((bytes, message))
}

/// Every family and type that has connections: a byte goes both ways, and both sides agree on the addresses.
#[test]
fn connections_of_every_family_are_made_and_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = UnixAddress::path(folder.path().join("s").to_string_lossy().as_bytes()).expect("short");
    let cases: [(SocketAddress, i32); 5] = [
        ("127.0.0.1:0".parse().expect("good"), SOCK_STREAM),
        ("[::1]:0".parse().expect("good"), SOCK_STREAM),
        (path.into(), SOCK_STREAM),
        (UnixAddress::UNNAMED.into(), SOCK_STREAM), // the kernel chooses an abstract name
        (UnixAddress::UNNAMED.into(), SOCK_SEQPACKET),
    ];
    for (address, kind) in cases {
        let (listening, local) = listener(address.family(), kind, &address);
        let client = call::open(address.family(), kind | SOCK_NONBLOCK, 0).expect("a socket");
        assert_eq!(flags(&client), (true, false), "close-on-exec, and it waits");
        if !call::connect(client.as_fd(), &local).expect("somebody listens") {
            wait(client.as_fd(), Side::Write);
            assert!(call::connected(client.as_fd()).expect("it was accepted"));
        }
        assert!(!flags(&client).1, "its flag is as it was");
        wait(listening.as_fd(), Side::Read);
        let (server, peer) = call::accept(listening.as_fd()).expect("one waits");
        assert_eq!(flags(&server), (true, false), "nothing is inherited from the listener");
        assert_eq!(call::peer(client.as_fd()).expect("it is connected"), local);
        assert_eq!(peer.and_then(|peer| peer.port()), call::local(client.as_fd()).expect("it is").port());
        for (from, to) in [(&client, &server), (&server, &client)] {
            send(from.as_fd(), &[IoSlice::new(b"x")], &Beside::default()).expect("there is room");
            wait(to.as_fd(), Side::Read);
            let (bytes, message) = read(to.as_fd(), kind, 4, 0).expect("it has come");
            assert_eq!((&bytes[..], message.received), (&b"x"[..], Received::Bytes(1)), "{local}");
        }
    }
}

#[test]
fn nothing_waits_although_the_description_would() {
    let (listening, _) = listener(Family::INET, SOCK_STREAM, &"127.0.0.1:0".parse().expect("a good address"));
    assert_eq!(call::accept(listening.as_fd()).expect_err("nobody").kind(), io::ErrorKind::WouldBlock);
    let (left, right) = call::pair(Family::UNIX, SOCK_STREAM, 0).expect("a pair");
    assert_eq!([flags(&left), flags(&right)], [(true, false); 2]);
    assert_eq!(read(left.as_fd(), SOCK_STREAM, 1, 0).expect_err("empty").kind(), io::ErrorKind::WouldBlock);
    let piece = vec![0; 1 << 16];
    let full = loop {
        if let Err(error) = send(left.as_fd(), &[IoSlice::new(&piece)], &Beside::default()) {
            break error;
        }
    };
    assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn a_peer_that_is_gone_is_an_error_and_no_signal() {
    let (left, right) = call::pair(Family::UNIX, SOCK_STREAM, 0).expect("a pair");
    drop(right);
    // The Rust runtime ignores SIGPIPE in tests; that no signal is asked for is seen by its default action.
    // SAFETY: sets a default action, which no other test of this program relies on.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let error = send(left.as_fd(), &[IoSlice::new(b"x")], &Beside::default()).expect_err("nobody is there");
    // SAFETY: puts back what was there.
    unsafe { libc::signal(libc::SIGPIPE, before) };
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert!(
        read(left.as_fd(), SOCK_STREAM, 1, 0).is_ok_and(|(_, message)| message.received == Received::Eof)
    );
}

/// The kernel would go on with an attempt after its time-out (SOC-T17).
#[test]
fn an_attempt_that_was_given_up_can_be_made_elsewhere() {
    let (_full, local) = full_listener();
    let attempt = call::open(Family::INET, SOCK_STREAM, 0).expect("a socket");
    let under_way = call::connect(attempt.as_fd(), &local);
    assert!(!under_way.expect("it begins"), "nobody answers");
    call::disconnect(attempt.as_fd()).expect("it can be given up");
    let (_listening, elsewhere) =
        listener(Family::INET, SOCK_STREAM, &"127.0.0.1:0".parse().expect("a good address"));
    if !call::connect(attempt.as_fd(), &elsewhere).expect("somebody listens") {
        wait(attempt.as_fd(), Side::Write);
        assert!(call::connected(attempt.as_fd()).expect("it was accepted"));
    }
}

/// A listener whose backlog is full, so that it answers no more, and the connections that fill it.
fn full_listener() -> ((OwnedFd, Vec<OwnedFd>), SocketAddress) {
    let fd = call::open(Family::INET, SOCK_STREAM, 0).expect("a socket");
    call::bind(fd.as_fd(), &"127.0.0.1:0".parse().expect("a good address")).expect("it is free");
    call::listen(fd.as_fd(), 0).expect("it listens");
    let local = call::local(fd.as_fd()).expect("it has an address");
    let fill = || {
        let client = call::open(Family::INET, SOCK_STREAM, 0).expect("a socket");
        let _begun = call::connect(client.as_fd(), &local).expect("it begins");
        client
    };
    ((fd, (0..8).map(|_| fill()).collect()), local)
}

#[test]
fn a_full_unix_listener_is_waited_for_as_long_as_was_said() {
    let name = UnixAddress::UNNAMED.into();
    let listening = call::open(Family::UNIX, SOCK_STREAM, 0).expect("a socket");
    call::bind(listening.as_fd(), &name).expect("the kernel chooses");
    call::listen(listening.as_fd(), 0).expect("it listens");
    let local = call::local(listening.as_fd()).expect("it has an address");
    let open = || call::open(Family::UNIX, SOCK_STREAM, 0).expect("a socket");
    let mut waiting = Vec::new();
    let full = loop {
        let client = open();
        match call::connect(client.as_fd(), &local) {
            Ok(_) => waiting.push(client),
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
    let client = open();
    let late = call::connect_within(client.as_fd(), &local, Some(Duration::from_millis(1)));
    assert_eq!(late.expect_err("nobody accepts").kind(), io::ErrorKind::WouldBlock);
    let limit = option(client.as_fd(), SocketOption::by_name("SO_SNDTIMEO").expect("it is known"));
    assert_eq!(limit, Ok(OptionValue::Time(Duration::ZERO)), "its limit is as it was");
    std::thread::scope(|scope| {
        let connecting = scope.spawn(|| call::connect_within(client.as_fd(), &local, Some(LONG)));
        call::accept(listening.as_fd()).expect("one waits");
        connecting.join().expect("no panic").expect("there is room now");
    });
}

#[test]
fn descriptors_that_come_are_owned_and_close_on_exec() {
    let (left, right) = call::pair(Family::UNIX, SOCK_STREAM, 0).expect("a pair");
    let pass = SocketOption::by_name("SO_PASSCRED").expect("it is known");
    standpipe_sys::socket::set_option(right.as_fd(), pass, &OptionValue::Bool(true)).expect("it can be set");
    let beside = Beside { descriptors: &[left.as_fd(), right.as_fd()], ..Beside::default() };
    send(left.as_fd(), &[IoSlice::new(b"x")], &beside).expect("there is room");
    let (_, message) = read(right.as_fd(), SOCK_STREAM, 4, 128).expect("it has come");
    assert_eq!(message.descriptors.len(), 2);
    assert!(message.descriptors.iter().all(|fd| flags(fd).0));
    assert!(matches!(message.control[..], [ControlMessage::Credentials { pid, .. }] if pid > 0));
    // With too little room they are closed, and that is told.
    send(left.as_fd(), &[IoSlice::new(b"x")], &beside).expect("there is room");
    let (_, message) = read(right.as_fd(), SOCK_STREAM, 4, 0).expect("it has come");
    assert!(message.descriptors.is_empty() && message.is_control_cut());
    assert_ne!(message.flags & MSG_CTRUNC, 0);
}

#[test]
fn a_datagram_says_from_where_it_came_and_how_long_it_was() {
    let bound = || {
        let fd = call::open(Family::INET, SOCK_DGRAM, 0).expect("a socket");
        call::bind(fd.as_fd(), &"127.0.0.1:0".parse().expect("a good address")).expect("it is free");
        let local = call::local(fd.as_fd()).expect("it has an address");
        (fd, local)
    };
    let ((left, from), (right, to)) = (bound(), bound());
    let beside = Beside { to: Some(&to), ..Beside::default() };
    send(left.as_fd(), &[IoSlice::new(b"abc"), IoSlice::new(b"defgh")], &beside).expect("there is room");
    wait(right.as_fd(), Side::Read);
    let (bytes, message) = read(right.as_fd(), SOCK_DGRAM, 4, 0).expect("it has come");
    assert_eq!((&bytes[..], message.from), (&b"abcd"[..], Some(from)));
    assert_eq!(message.received, Received::Datagram { len: 4, whole: 8, control_cut: false });
}

#[test]
fn what_is_no_socket_and_what_no_kernel_knows_is_an_error() {
    let (pipe, _other) = standpipe_sys::fd::pipe().expect("a pipe");
    assert_eq!(socket_type(pipe.as_fd()).expect_err("a pipe").raw_os_error(), Some(libc::ENOTSOCK));
    let unknown = call::open(Family(99), SOCK_STREAM, 0).expect_err("there is no such family");
    assert!(matches!(unknown.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EINVAL)), "{unknown}");
    let accepting = SocketOption::by_number(SOL_SOCKET, SO_ACCEPTCONN).expect("it is known");
    let error = option(pipe.as_fd(), accepting).expect_err("a pipe").to_string();
    assert!(error.starts_with("SO_ACCEPTCONN: reading an option: "), "{error}");
}
