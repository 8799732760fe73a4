//! Urgent data.

use standpipe_core::dispatch::ChannelOptions;
use standpipe_core::{Done, Duty, End, Fault, FaultKind, Machine, Progress, Side};

use crate::scripted::RESET;
use crate::{Told, connected, data, failed};

/// One byte, one event (ACO-23, ACO-55).
#[test]
fn an_urgent_byte_is_told_once() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().set_urgent(true);
    talk.peer.urgent.push_back(b'!');
    assert_eq!(talk.told(), [Told::Urgent(b'!')]);
    assert_eq!(talk.told(), []);
    talk.peer.urgent.push_back(b'?');
    assert_eq!(talk.told(), [Told::Urgent(b'?')]);
}

/// Only whoever has asked for it is told, and whoever has not is not woken for it.
#[test]
fn an_urgent_byte_is_told_to_who_asked_for_it() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.urgent.push_back(b'!');
    let Progress::Blocked(blocked) = talk.run() else { panic!("nothing is told") };
    assert!(blocked.urgent.is_empty());
    talk.machine.out().set_urgent(true);
    assert_eq!(talk.told(), [Told::Urgent(b'!')]);
    let Progress::Blocked(blocked) = talk.run() else { panic!("there is no more of it") };
    assert!(!blocked.urgent.is_empty());
    talk.machine.out().set_urgent(false);
    assert!(matches!(talk.run(), Progress::Blocked(blocked) if blocked.urgent.is_empty()));
}

/// It goes before what is read in the same turn.
#[test]
fn urgent_data_goes_first() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().set_urgent(true);
    talk.peer.says("slow");
    talk.peer.urgent.push_back(b'!');
    assert_eq!(talk.told(), [Told::Urgent(b'!'), data("slow")]);
}

/// A failure is no urgent data, nor is urgent data a failure (ACO-16, ACO-52).
#[test]
fn a_failure_is_not_taken_for_urgent_data() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().set_urgent(true);
    talk.machine.handle_done(
        standpipe_core::dispatch::Channel::SOCKET,
        Duty::Urgent,
        Done::Failed(Fault::new(FaultKind::Other, 22)),
    );
    talk.peer.says("hello");
    talk.peer.breaks(RESET);
    assert_eq!(talk.told(), [data("hello"), failed(Side::Read, RESET)]);

    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().set_urgent(true);
    talk.peer.urgent.push_back(b'!');
    talk.peer.ends();
    assert_eq!(talk.told(), [Told::Urgent(b'!'), Told::Ended, Told::Closed(End::Clean)]);
}
