//! What comes.

use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::{Blocked, End, Machine, Progress, Side};

use crate::scripted::{GONE, RESET};
use crate::{Told, connected, data, failed};

#[test]
fn data_is_told_as_it_comes() {
    let mut talk = connected(ChannelOptions::default());
    for text in ["one", "two", "three"] {
        talk.peer.says(text);
    }
    assert_eq!(talk.told(), [data("one"), data("two"), data("three")]);
}

/// An event that nobody takes stops the reading, and nothing spins (ACO-53, ACO-T9).
#[test]
fn nothing_is_read_while_an_event_waits_to_be_taken() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("one");
    talk.peer.says("two");
    for _ in 0..3 {
        assert_eq!(talk.run(), Progress::Events);
        assert_eq!(talk.peer.reads, 1);
    }
    assert_eq!(talk.told(), [data("one"), data("two")]);
}

/// A channel that has nothing to say waits to read, and for nothing else (ACO-40, ACO-66, ACO-T9).
#[test]
fn only_what_can_be_done_is_wanted() {
    let mut talk = connected(ChannelOptions::default());
    let Progress::Blocked(blocked) = talk.run() else { panic!("there is nothing to do") };
    assert!(blocked.read.contains(Channel::SOCKET) && blocked.write.is_empty() && blocked.urgent.is_empty());
    talk.peer.takes = 0;
    talk.machine.out().push(b"hello").expect("it is taken");
    let Progress::Blocked(blocked) = talk.run() else { panic!("the peer takes nothing") };
    assert!(blocked.write.contains(Channel::SOCKET));
    talk.peer.takes = 5;
    let Progress::Blocked(blocked) = talk.run() else { panic!("all has left") };
    assert!(blocked.write.is_empty());
}

/// All that a peer has sent before it went away is told, then its end (ACO-T2).
#[test]
fn all_that_came_before_the_end_is_told_before_it() {
    let mut talk = connected(ChannelOptions::default());
    for _ in 0..10 {
        talk.peer.says([b'x'; 100]);
    }
    talk.peer.ends();
    let mut told = talk.told();
    assert_eq!(told.pop(), Some(Told::Closed(End::Clean)));
    assert_eq!(told.pop(), Some(Told::Ended));
    assert_eq!(told, vec![data("x".repeat(100)); 10]);
}

/// Also where a write has told already that it is gone (ACO-T2).
#[test]
fn all_that_came_is_told_though_a_write_has_failed() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.write_fault = Some(GONE);
    talk.machine.out().push(b"hello").expect("it is taken");
    talk.peer.says("good");
    talk.peer.says("bye");
    talk.peer.ends();
    let told = talk.told_to(|_, out| assert!(out.is_closing() && out.unsent() == 0));
    assert_eq!(told, [data("good"), data("bye"), Told::Ended, failed(Side::Write, GONE)]);
}

/// A reset is no end of input (ACO-19), and takes nothing from what was read before it.
#[test]
fn a_reset_is_told_as_one_after_what_came() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("half an ans");
    talk.peer.breaks(RESET);
    let told = talk.told();
    assert_eq!(told, [data("half an ans"), failed(Side::Read, RESET)]);
    assert!(matches!(talk.machine.end(), Some(end) if end.is_reset()));
}

/// The failure of a read that finds something untold (ACO-17, ACO-18).
#[test]
fn data_that_waits_is_told_although_reading_has_failed() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("hello");
    talk.peer.breaks(RESET);
    assert_eq!(talk.run(), Progress::Events);
    // What no driver does while data waits: the fact is not wanted, and changes nothing.
    talk.machine.handle_failed(Channel::SOCKET, Side::Read, RESET);
    assert_eq!(talk.told(), [data("hello"), failed(Side::Read, RESET)]);
}

/// Data counts as taken once it was told, whatever its handler came to (ACH-T12).
#[test]
fn data_is_not_told_again() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("hello");
    let _progress = talk.run();
    let taken = talk.machine.next_event().map(|(event, _)| Told::from(event));
    assert_eq!(taken, Some(data("hello")));
    assert_eq!(talk.told(), []);
}

/// A read that finds nothing is nobody's error (ACO-45).
#[test]
fn would_block_is_no_event() {
    let mut talk = connected(ChannelOptions::default());
    assert!(matches!(talk.run(), Progress::Blocked(Blocked { wake: None, .. })));
    assert!(talk.machine.next_event().is_none());
    talk.peer.says("hello");
    assert_eq!(talk.run(), Progress::Events);
    assert!(matches!(talk.machine.next_event(), Some((ChannelEvent::Data(b"hello"), _))));
}
