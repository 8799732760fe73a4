//! Connections: made, accepted, refused, given up, and turned into the standard library's.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;

use standpipe_blocking::Stream;
use standpipe_blocking::socket::{
    ConnectionError, Family, Operation, Received, Socket, SocketError, TimeoutMode, UnixAddress,
    constants::*, create_connection,
};
use standpipe_core::FaultKind;

use crate::{LIMIT, LONG, SHORT, accept, anywhere, listener, pair, socket};

#[test]
fn every_family_echoes() {
    let kinds = [
        (Family::INET, SOCK_STREAM),
        (Family::INET6, SOCK_STREAM),
        (Family::UNIX, SOCK_STREAM),
        (Family::UNIX, SOCK_SEQPACKET),
    ];
    for (family, kind) in kinds {
        let (server, local) = listener(family, kind);
        let echo = std::thread::spawn(move || {
            let peer = accept(&server);
            let mut buffer = [0; 1024];
            loop {
                match peer.recv(&mut buffer).expect("it holds") {
                    Received::Eof => return,
                    received => peer.send_all(&buffer[..received.len()]).expect("it holds"),
                }
            }
        });
        let mut client = socket(family, kind);
        client.connect(&local).expect("somebody listens");
        assert_eq!((client.family(), client.kind()), (Ok(family), kind));
        assert_eq!(client.peer(), Ok(local));
        client.send_all(b"Hello, world").expect("it holds");
        let mut buffer = [0; 64];
        let came = client.recv(&mut buffer).expect("it is answered").len();
        assert_eq!(&buffer[..came], b"Hello, world");
        client.shutdown(Shutdown::Write).expect("it is connected");
        assert_eq!(client.recv(&mut buffer), Ok(Received::Eof));
        echo.join().expect("no panic");
    }
}

#[test]
fn a_refusal_says_what_was_done() {
    let (server, local) = listener(Family::INET, SOCK_STREAM);
    drop(server);
    let error = socket(Family::INET, SOCK_STREAM).connect(&local).expect_err("nobody listens");
    assert!(matches!(error, SocketError::System { operation: Operation::Connect, fault }
        if fault.kind() == FaultKind::ConnectionRefused));
    let taken = listener(Family::INET, SOCK_STREAM);
    let error = socket(Family::INET, SOCK_STREAM).bind(&taken.1).expect_err("it is taken");
    assert!(matches!(error, SocketError::System { operation: Operation::Bind, fault }
        if fault.kind() == FaultKind::AddressInUse));
    let error = socket(Family::INET, SOCK_STREAM).accept().expect_err("nothing listens");
    assert!(matches!(error, SocketError::System { operation: Operation::Accept, .. }), "{error:?}");
    assert!(matches!(
        socket(Family::INET, SOCK_STREAM).peer(),
        Err(SocketError::System { operation: Operation::Name, .. })
    ));
}

/// A listener whose backlog is full answers no more. The attempt is given up (SOC-T17), and the socket can be used again.
#[test]
fn an_attempt_that_took_too_long_is_given_up() {
    let mut server = socket(Family::INET, SOCK_STREAM);
    server.bind(&anywhere(Family::INET)).expect("it is free");
    server.listen(0).expect("it listens");
    let local = server.local().expect("it has an address");
    let mut filling: Vec<Socket> = (0..8).map(|_| socket(Family::INET, SOCK_STREAM)).collect();
    for client in &mut filling {
        client.set_timeout(TimeoutMode::NonBlocking);
        let _begun = client.connect(&local);
    }
    let mut client = socket(Family::INET, SOCK_STREAM);
    client.set_timeout(SHORT);
    let late = client.connect(&local);
    assert_eq!(late, Err(SocketError::TimedOut { operation: Operation::Connect, done: 0 }));
    let (_other, elsewhere) = listener(Family::INET, SOCK_STREAM);
    client.set_timeout(LONG);
    client.connect(&elsewhere).expect("it was given up, so it can be made anew");
    assert_eq!(client.peer(), Ok(elsewhere));
}

#[test]
fn an_attempt_that_must_not_wait_is_asked_after_by_the_same_call() {
    let (server, local) = listener(Family::INET, SOCK_STREAM);
    let mut client = socket(Family::INET, SOCK_STREAM);
    client.set_timeout(TimeoutMode::NonBlocking);
    let begun = client.connect(&local);
    let under_way = Err(SocketError::WouldBlock { operation: Operation::Connect, done: 0 });
    assert!(begun == under_way || begun == Ok(()), "{begun:?}");
    let (_peer, from) = server.accept().expect("it was begun");
    if begun == under_way {
        client.set_timeout(LONG);
        client.connect(&local).expect("it is there by now");
    }
    assert_eq!(from, client.local().ok());
}

#[test]
fn a_full_unix_listener_is_waited_for_until_the_deadline() {
    let mut server = socket(Family::UNIX, SOCK_STREAM);
    server.bind(&UnixAddress::UNNAMED.into()).expect("the kernel chooses");
    server.listen(0).expect("it listens");
    let local = server.local().expect("it has an address");
    let mut first = socket(Family::UNIX, SOCK_STREAM);
    first.connect(&local).expect("there is room for one");
    let mut client = socket(Family::UNIX, SOCK_STREAM);
    client.set_timeout(SHORT);
    assert!(matches!(client.connect(&local), Err(SocketError::TimedOut { .. })));
    client.set_timeout(TimeoutMode::NonBlocking);
    assert!(matches!(client.connect(&local), Err(SocketError::WouldBlock { .. })));
    client.set_timeout(LONG);
    std::thread::scope(|scope| {
        let connecting = scope.spawn(|| client.connect(&local));
        server.accept().expect("the first waits");
        assert_eq!(connecting.join().expect("no panic"), Ok(()));
    });
}

#[test]
fn the_standard_librarys_types_go_in_and_come_out() {
    let theirs = TcpListener::bind("127.0.0.1:0").expect("it is free");
    let server = Socket::from(theirs);
    let client = TcpStream::connect(server.local().expect("it has one").to_string()).expect("it listens");
    let server = TcpStream::try_from(server).expect_err("it listens, and is no connection");
    let peer = accept(&server);
    let mut peer = TcpStream::try_from(peer).expect("it is a connection");
    let mut client = Stream::try_from(Socket::from(client)).expect("it is a stream");
    let copy = Socket::try_from(&client).expect("it is a socket");
    peer.write_all(b"both ways").expect("it holds");
    drop(peer);
    let mut text = String::new();
    client.read_to_string(&mut text).expect("text");
    assert_eq!((text.as_str(), copy.recv(&mut [0])), ("both ways", Ok(Received::Eof)));
    assert!(UdpSocket::try_from(socket(Family::INET6, SOCK_DGRAM)).is_ok());
    assert!(UnixStream::try_from(socket(Family::INET, SOCK_STREAM)).is_err());
    let [left, _right] = pair(SOCK_STREAM);
    assert!(UnixStream::try_from(left).is_ok());
    let [left, _right] = pair(SOCK_DGRAM);
    assert!(Stream::try_from(left).is_err());
}

#[test]
fn what_is_no_socket_is_refused() {
    let file = tempfile::tempfile().expect("a file");
    let error = Socket::from_fd(file).expect_err("a file");
    assert_eq!(error.code(), Some(88)); // ENOTSOCK
}

#[test]
fn a_raw_socket_is_made_or_forbidden() {
    match Socket::new(Family::INET, SOCK_RAW, IPPROTO_ICMP) {
        Ok(socket) => assert_eq!((socket.kind(), socket.protocol()), (SOCK_RAW, Ok(IPPROTO_ICMP))),
        Err(SocketError::System { operation, fault }) => {
            assert_eq!((operation, fault.kind()), (Operation::Open, FaultKind::PermissionDenied));
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_host_that_refuses_at_every_address_says_so_for_each() {
    let (server, local) = listener(Family::INET, SOCK_STREAM);
    let port = local.port().expect("it has one");
    let connection = create_connection("127.0.0.1", port, Some(LIMIT), None).expect("somebody listens");
    assert_eq!((connection.peer(), connection.timeout()), (Ok(local.clone()), LONG));
    let source = "127.0.0.1:0".parse().ok();
    create_connection("127.0.0.1", port, Some(LIMIT), source).expect("it may come from there");
    drop(server);
    match create_connection("127.0.0.1", port, Some(LIMIT), None) {
        Err(ConnectionError::Failed { reasons, timed_out: false }) => {
            assert_eq!(reasons.len(), 1);
            assert_eq!((&reasons[0].0, reasons[0].1.kind()), (&local, FaultKind::ConnectionRefused));
        }
        other => panic!("{other:?}"),
    }
    let error = create_connection("a..b", port, Some(LIMIT), None).expect_err("no name");
    assert!(matches!(error, ConnectionError::Socket(SocketError::Resolve(_))), "{error:?}");
}
