//! What is the blocking backend's own of its sockets. What every backend's sockets do is a scenario.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl};
use standpipe_blocking::socket::{Family, Received, Socket, TimeoutMode, constants::*, socket_pair};
use standpipe_blocking::{Command, Stream};

/// Only to catch a hang: ten times what an idle machine takes, and more.
const LONG: TimeoutMode = TimeoutMode::Timed(Duration::from_secs(60));

fn pair(kind: i32) -> [Socket; 2] {
    let (left, right) = socket_pair(Family::UNIX, kind, 0).expect("a pair");
    [left, right].map(|mut socket| {
        socket.set_timeout(LONG);
        socket
    })
}

#[test]
fn the_standard_librarys_types_go_in_and_come_out() {
    let theirs = TcpListener::bind("127.0.0.1:0").expect("it is free");
    let server = Socket::from(theirs);
    let client = TcpStream::connect(server.local().expect("it has one").to_string()).expect("it listens");
    let server = TcpStream::try_from(server).expect_err("it listens, and is no connection");
    let (peer, _) = server.accept().expect("one comes");
    let mut peer = TcpStream::try_from(peer).expect("it is a connection");
    let mut client = Stream::try_from(Socket::from(client)).expect("it is a stream");
    let copy = Socket::try_from(&client).expect("it is a socket");
    peer.write_all(b"both ways").expect("it holds");
    drop(peer);
    let mut text = String::new();
    client.read_to_string(&mut text).expect("text");
    assert_eq!((text.as_str(), copy.recv(&mut [0])), ("both ways", Ok(Received::Eof)));
    assert!(
        UdpSocket::try_from(Socket::new(Family::INET6, SOCK_DGRAM, 0).expect("the kernel has it")).is_ok()
    );
    assert!(
        UnixStream::try_from(Socket::new(Family::INET, SOCK_STREAM, 0).expect("the kernel has it")).is_err()
    );
    let [left, _right] = pair(SOCK_STREAM);
    assert!(UnixStream::try_from(left).is_ok());
    let [left, _right] = pair(SOCK_DGRAM);
    assert!(Stream::try_from(left).is_err());
}

#[test]
fn a_child_has_the_end_that_it_was_given_and_no_other() {
    let [ours, theirs] = pair(SOCK_STREAM);
    let command = Command::shell("cat <&9 >&9").fd(9, theirs);
    let child = std::thread::spawn(move || command.output());
    ours.send_all(b"hello").expect("there is room");
    ours.shutdown(Shutdown::Write).expect("it is connected");
    let text = ours.reader().read_to_end().expect("it ends with the child");
    let output = child.join().expect("no panic").expect("it runs");
    assert!(output.exit.success(), "{:?}", output.exit);
    assert_eq!(text, b"hello");
    let (left, right): (Socket, Socket) = pair(SOCK_SEQPACKET).into();
    drop(left);
    assert_eq!(right.recv(&mut [0]), Ok(Received::Eof));
}

#[test]
fn no_flag_of_the_descriptor_is_changed() {
    let [mut left, right] = pair(SOCK_STREAM);
    let copy = left.try_clone().expect("a descriptor");
    left.set_timeout(TimeoutMode::NonBlocking);
    assert!(left.recv(&mut [0]).is_err());
    assert!(!fcntl_getfl(left.as_fd()).expect("it is open").contains(OFlags::NONBLOCK));
    assert_eq!((copy.timeout(), left.timeout()), (LONG, TimeoutMode::NonBlocking));
    right.send(b"x").expect("there is room");
    assert_eq!(copy.recv(&mut [0]), Ok(Received::Bytes(1)));
}
