//! What goes beside the bytes: descriptors, and who sent them.

use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, FdFlags, fcntl_getfd};
use rustix::process::{getgid, getpid, getuid};
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{ControlMessage, Operation, OptionValue, Received, SocketError};
use standpipe_sys::socket::{Beside, Message};
use standpipe_tests::harness::{Scenario, Socket, Sockets, Verdict};

use super::support::{bounded, bytes, fine, many, pair, receive, send, set, system, whole};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("descriptors_come_with_their_bytes", descriptors),
    many("a_descriptor_that_was_passed_is_the_same_file", same_file),
    many("a_descriptor_under_way_outlives_its_sender", under_way),
    many("what_comes_closes_in_children", close_on_exec),
    many("descriptors_that_are_not_taken_are_closed", not_taken),
    many("descriptors_without_any_room_are_closed_and_missed", no_room),
    many("of_many_descriptors_those_come_that_have_room", some_room),
    many("descriptors_stay_with_their_own_bytes", own_bytes),
    many("descriptors_go_with_datagrams_and_packets", every_type),
    many("more_descriptors_than_may_go_are_refused", too_many),
    many("who_has_sent_is_told", credentials),
    many("descriptors_and_their_sender_come_together", together),
];

fn pass(socket: &dyn Socket, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> Result<usize, SocketError> {
    socket.send(&[IoSlice::new(bytes)], &Beside { descriptors, ..Beside::default() })
}

/// What comes with up to 16 bytes, with so much room beside them.
fn take(socket: &dyn Socket, room: usize) -> Message {
    socket.receive(&mut [IoSliceMut::new(&mut [0; 16])], room, 0).expect("it has come")
}

/// Enough for a few descriptors.
const ROOM: usize = 128;

/// Whether nobody has the other end any more.
fn is_alone(kept: &dyn Socket) -> bool {
    receive(kept, &mut [0]) == Ok(Received::Eof)
}

fn descriptors(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let [given, kept] = pair(on, SOCK_STREAM);
    assert_eq!(pass(&*left, b"three", &[given.as_fd(); 3]), Ok(5));
    drop(given);
    let message = take(&*right, ROOM);
    assert_eq!((message.received, message.descriptors.len()), (Received::Bytes(5), 3));
    assert!(!message.is_control_cut() && message.error.is_none() && message.control.is_empty());
    for fd in message.descriptors {
        let taken = on.adopt(fd).expect("it is a socket");
        assert_eq!((send(&*taken, b"through"), bytes(&*kept, 8)), (Ok(7), Ok(b"through".to_vec())));
    }
    assert!(is_alone(&*kept));
    fine()
}

fn same_file(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let mut file = tempfile::tempfile().expect("a file");
    assert_eq!(pass(&*left, b"x", &[file.as_fd()]), Ok(1));
    let [fd] = <[OwnedFd; 1]>::try_from(take(&*right, ROOM).descriptors).expect("one");
    file.write_all(b"written here").expect("there is room");
    let mut theirs = File::from(fd);
    assert_eq!(theirs.stream_position().expect("a file"), 12, "the position is shared");
    theirs.rewind().expect("a file");
    let mut text = String::new();
    file.read_to_string(&mut text).expect("text");
    assert_eq!(text, "written here");
    fine()
}

fn under_way(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let [given, kept] = pair(on, SOCK_STREAM);
    assert_eq!(pass(&*left, b"x", &[given.as_fd()]), Ok(1));
    drop((given, left));
    assert_eq!(send(&*kept, b"meanwhile"), Ok(9));
    let [fd] = <[OwnedFd; 1]>::try_from(take(&*right, ROOM).descriptors).expect("one");
    assert_eq!(bytes(&*on.adopt(fd).expect("it is a socket"), 16), Ok(b"meanwhile".to_vec()));
    fine()
}

/// SOC-T8, of whatever comes to be.
fn close_on_exec(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    assert_eq!(pass(&*left, b"x", &[left.as_fd()]), Ok(1));
    let message = take(&*right, ROOM);
    let copy = left.copy().expect("a descriptor");
    for fd in [left.as_fd(), right.as_fd(), copy.as_fd(), message.descriptors[0].as_fd()] {
        assert_eq!(fcntl_getfd(fd).expect("it is open"), FdFlags::CLOEXEC);
    }
    fine()
}

fn not_taken(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let [given, kept] = pair(on, SOCK_STREAM);
    assert_eq!(pass(&*left, b"x", &[given.as_fd(); 2]), Ok(1));
    drop(given);
    drop(take(&*right, ROOM));
    assert!(is_alone(&*kept));
    fine()
}

fn no_room(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let [given, kept] = pair(on, SOCK_STREAM);
    assert_eq!(pass(&*left, b"x", &[given.as_fd()]), Ok(1));
    drop(given);
    let message = take(&*right, 0);
    assert_eq!(message.received, Received::Bytes(1));
    assert!(message.descriptors.is_empty() && message.is_control_cut());
    assert!(is_alone(&*kept));
    fine()
}

/// The kernel gives as many as fit; the others are closed.
fn some_room(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let [given, kept] = pair(on, SOCK_STREAM);
    assert_eq!(pass(&*left, b"x", &[given.as_fd(); 5]), Ok(1));
    drop(given);
    let message = take(&*right, ControlMessage::Rights(vec![0; 2]).space());
    assert_eq!((message.received, message.descriptors.len()), (Received::Bytes(1), 2));
    assert!(message.is_control_cut());
    drop(message);
    assert!(is_alone(&*kept));
    fine()
}

/// One receive never takes those of two sends.
fn own_bytes(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let here = [left.as_fd(); 2];
    assert_eq!((pass(&*left, b"one", &here[..1]), pass(&*left, b"two", &here)), (Ok(3), Ok(3)));
    assert_eq!(send(&*left, b"none"), Ok(4));
    let came = [(); 3]
        .map(|()| take(&*right, ROOM))
        .map(|message| (message.received.len(), message.descriptors.len()));
    assert_eq!(came, [(3, 1), (3, 2), (4, 0)]);
    fine()
}

fn every_type(on: &dyn Sockets) -> Verdict {
    let [given, kept] = pair(on, SOCK_STREAM);
    for (kind, received) in [(SOCK_DGRAM, whole(4)), (SOCK_SEQPACKET, Received::Bytes(4))] {
        let [left, right] = pair(on, kind);
        assert_eq!(pass(&*left, b"here", &[given.as_fd(); 2]), Ok(4));
        let mut message = take(&*right, ROOM);
        assert_eq!((message.received, message.descriptors.len()), (received, 2));
        let taken = bounded(on.adopt(message.descriptors.remove(0)).expect("it is a socket"));
        assert_eq!((send(&*kept, b"x"), bytes(&*taken, 2)), (Ok(1), Ok(b"x".to_vec())));
    }
    let [left, right] = pair(on, SOCK_DGRAM);
    assert_eq!(pass(&*left, b"", &[given.as_fd()]), Ok(0), "with an empty one as well");
    assert_eq!(take(&*right, ROOM).descriptors.len(), 1);
    fine()
}

fn too_many(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let refused = pass(&*left, b"x", &[left.as_fd(); 254]);
    assert_eq!(refused, Err(system(Operation::Send, Errno::INVAL)));
    assert_eq!((send(&*left, b"next"), bytes(&*right, 8)), (Ok(4), Ok(b"next".to_vec())), "nothing went");
    fine()
}

/// This process, as the kernel tells of it.
fn ourselves() -> ControlMessage {
    let pid = getpid().as_raw_nonzero().get();
    ControlMessage::Credentials { pid, uid: getuid().as_raw(), gid: getgid().as_raw() }
}

fn credentials(on: &dyn Sockets) -> Verdict {
    for kind in [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] {
        let [left, mut right] = pair(on, kind);
        set(&mut *right, "SO_PASSCRED", &OptionValue::Bool(true));
        assert_eq!(send(&*left, b"x"), Ok(1));
        assert_eq!(take(&*right, ROOM).control, [ourselves()]);
        let beside = Beside { control: &[ourselves()], ..Beside::default() };
        assert_eq!(left.send(&[IoSlice::new(b"x")], &beside), Ok(1), "as one says itself");
        assert_eq!(take(&*right, ROOM).control, [ourselves()]);
    }
    fine()
}

fn together(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    set(&mut *right, "SO_PASSCRED", &OptionValue::Bool(true));
    assert_eq!(pass(&*left, b"x", &[left.as_fd(); 2]), Ok(1));
    let message = take(&*right, ROOM);
    assert_eq!((message.descriptors.len(), message.control, message.error), (2, vec![ourselves()], None));
    fine()
}
