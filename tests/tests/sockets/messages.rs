//! Messages: datagrams with their bounds and addresses, descriptors, flags.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::AsFd;

use standpipe_blocking::Command;
use standpipe_blocking::socket::{
    ControlMessage, Family, OptionValue, Outgoing, Received, Socket, SocketOption, constants::*,
};

use crate::{accept, anywhere, listener, pair, socket};

#[test]
fn datagrams_go_to_and_come_from_addresses() {
    for family in [Family::INET, Family::INET6, Family::UNIX] {
        let [mut left, mut right] = [socket(family, SOCK_DGRAM), socket(family, SOCK_DGRAM)];
        left.bind(&anywhere(family)).expect("it is free");
        right.bind(&anywhere(family)).expect("it is free");
        let (from, to) = (left.local().expect("one"), right.local().expect("one"));
        assert_eq!(left.send_to(b"", &to), Ok(0));
        assert_eq!(left.send_to(b"12345", &to), Ok(5));
        let mut buffer = [0; 3];
        let empty = Received::Datagram { len: 0, whole: 0, control_cut: false };
        assert_eq!(right.recv_from(&mut buffer), Ok((empty, Some(from.clone()))));
        let cut = Received::Datagram { len: 3, whole: 5, control_cut: false };
        assert_eq!(right.recv_from(&mut buffer), Ok((cut, Some(from))));
        assert_eq!(&buffer, b"123");
        left.connect(&to).expect("it has a peer from now on");
        assert_eq!((left.send(b"x"), left.peer()), (Ok(1), Ok(to)));
    }
}

#[test]
fn a_stream_tells_no_address_and_peeking_takes_nothing() {
    let (server, local) = listener(Family::INET, SOCK_STREAM);
    let mut client = socket(Family::INET, SOCK_STREAM);
    client.connect(&local).expect("somebody listens");
    let peer = accept(&server);
    client.send(b"seen").expect("there is room");
    let mut buffer = [0; 8];
    assert_eq!(peer.recv_with(&mut buffer, MSG_PEEK), Ok(Received::Bytes(4)));
    assert_eq!(peer.recv_from(&mut buffer), Ok((Received::Bytes(4), None)));
    assert_eq!(peer.recv(&mut []), Ok(Received::NothingAsked));
}

#[test]
fn descriptors_and_credentials_come_with_their_bytes() {
    let [left, mut right] = pair(SOCK_STREAM);
    let option = SocketOption::by_name("SO_PASSCRED").expect("it is known");
    right.set_option(option, &OptionValue::Bool(true)).expect("it can be set");
    let [given, kept] = pair(SOCK_STREAM);
    let descriptors = [given.as_fd(), given.as_fd()];
    let beside = Outgoing { descriptors: &descriptors, ..Outgoing::default() };
    let parts = [IoSlice::new(b"two "), IoSlice::new(b"parts")];
    assert_eq!(left.send_msg(&parts, &beside), Ok(9));
    let (mut first, mut second) = ([0; 4], [0; 16]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    let message = right.recv_msg(&mut buffers, 128, 0).expect("it has come");
    assert_eq!((message.received, message.descriptors.len()), (Received::Bytes(9), 2));
    assert_eq!((&first, &second[..5]), (b"two ", &b"parts"[..]));
    let pid = std::process::id() as i32;
    assert!(
        matches!(message.control[..], [ControlMessage::Credentials { pid: from, .. }] if from == pid),
        "{message:?}"
    );
    // What is not taken is closed: with our own end, nobody has it any more.
    drop((message, given));
    assert_eq!(kept.recv(&mut [0]), Ok(Received::Eof));
}

#[test]
fn descriptors_without_room_are_closed_and_missed() {
    let [left, right] = pair(SOCK_STREAM);
    let [given, kept] = pair(SOCK_STREAM);
    let descriptors = [given.as_fd()];
    let beside = Outgoing { descriptors: &descriptors, ..Outgoing::default() };
    left.send_msg(&[IoSlice::new(b"x")], &beside).expect("there is room");
    let mut buffer = [0];
    let message = right.recv_msg(&mut [IoSliceMut::new(&mut buffer)], 0, 0).expect("it has come");
    assert!(message.descriptors.is_empty() && message.is_control_cut());
    drop(given);
    assert_eq!(kept.recv(&mut [0]), Ok(Received::Eof));
}

#[test]
fn a_child_has_the_end_that_it_was_given_and_no_other() {
    let [ours, theirs] = pair(SOCK_STREAM);
    let command = Command::shell("cat <&9 >&9").fd(9, theirs);
    let child = std::thread::spawn(move || command.output());
    ours.send_all(b"hello").expect("there is room");
    ours.shutdown(std::net::Shutdown::Write).expect("it is connected");
    let text = ours.reader().read_to_end().expect("it ends with the child");
    let output = child.join().expect("no panic").expect("it runs");
    assert!(output.exit.success(), "{:?}", output.exit);
    assert_eq!(text, b"hello");
    let (left, right): (Socket, Socket) = pair(SOCK_SEQPACKET).into();
    drop(left);
    assert_eq!(right.recv(&mut [0]), Ok(Received::Eof));
}
