//! What is held back, and until when.

use standpipe_core::dispatch::{Channel, ChannelOptions};
use standpipe_core::{Duty, End, Machine};

use crate::{Told, connected, data, short};

/// A peer who does not read its answers asks no more (ACH-T6): nothing is read, nothing told, until there is room.
#[test]
fn a_peer_who_does_not_read_is_not_read_from() {
    let mut talk = connected(short());
    talk.peer.takes = 0;
    for _ in 0..10 {
        talk.peer.says("question");
    }
    let answer = |told: &Told, out: &mut standpipe_core::dispatch::Outgoing| {
        if matches!(told, Told::Data(_)) {
            out.push(b"answers").expect("there is room");
        }
    };
    assert_eq!(talk.told_to(answer), [data("question"), data("question")]);
    assert_eq!((talk.peer.reads, talk.machine.out().unsent()), (2, 14));
    assert!(talk.machine.out().is_full() && !talk.machine.wants(Channel::SOCKET).read);
    // Above the low mark nothing changes yet.
    talk.peer.takes = 9;
    assert_eq!(talk.told_to(answer), []);
    talk.peer.takes = 1;
    assert_eq!(talk.told_to(answer), [Told::Room, data("question")]);
    assert!(talk.machine.out().is_full());
    talk.peer.takes = usize::MAX;
    let told = talk.told_to(answer);
    assert_eq!(told.iter().filter(|told| matches!(told, Told::Data(_))).count(), 7);
    assert_eq!(talk.peer.heard().len(), 70);
}

/// The same in the other direction: one who does not take what came reads no more of it (ACH-T6).
#[test]
fn an_owner_who_takes_nothing_reads_nothing() {
    let mut talk = connected(ChannelOptions::default());
    for _ in 0..10 {
        talk.peer.says("hello");
    }
    for _ in 0..10 {
        let _progress = talk.run();
    }
    assert_eq!(talk.peer.reads, 1);
    talk.machine.out().push(b"what was pushed leaves all the same").expect("it is taken");
    let _progress = talk.run();
    assert_eq!((talk.peer.heard.len(), talk.peer.reads), (35, 1));
}

/// Room is told once, and only after there was none (ACO-54).
#[test]
fn room_is_told_when_there_was_none() {
    let mut talk = connected(short());
    talk.machine.out().push(b"123456789").expect("it is taken");
    assert_eq!(talk.told(), []);
    talk.machine.out().push(b"1234567890").expect("it is taken");
    assert_eq!(talk.told(), [Told::Room]);
    assert_eq!(talk.told(), []);
}

/// While data is not wanted nothing is read, and so no end is seen (ACH-24, ACO-39).
#[test]
fn nothing_is_read_while_data_is_not_wanted() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().set_reading(false);
    talk.peer.says("hello");
    talk.peer.ends();
    assert_eq!((talk.told(), talk.peer.reads), (vec![], 0));
    assert!(!talk.machine.wants(Channel::SOCKET).read);
    talk.machine.out().push(b"still sent").expect("it is taken");
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "still sent");
    talk.machine.out().set_reading(true);
    assert_eq!(talk.told(), [data("hello"), Told::Ended, Told::Closed(End::Clean)]);
}

/// Nor is told what was read before it was said so.
#[test]
fn nothing_is_told_while_data_is_not_wanted() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("hello");
    talk.peer.ends();
    let _progress = talk.run();
    talk.machine.out().set_reading(false);
    assert!(!talk.machine.has_event());
    assert_eq!(talk.told(), []);
    talk.machine.out().set_reading(true);
    assert_eq!(talk.told(), [data("hello"), Told::Ended, Told::Closed(End::Clean)]);
}

/// Nor the end, which has been read with it.
#[test]
fn no_end_is_told_while_data_is_not_wanted() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.ends();
    let _progress = talk.run();
    talk.machine.out().set_reading(false);
    assert_eq!(talk.told(), []);
    talk.machine.out().set_reading(true);
    assert_eq!(talk.told(), [Told::Ended, Told::Closed(End::Clean)]);
}

/// Whoever closes without wanting what has come need not want it to be closed.
#[test]
fn a_close_does_not_wait_for_what_is_not_wanted() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("hello");
    talk.peer.ends();
    let _progress = talk.run();
    talk.machine.out().set_reading(false);
    talk.machine.out().push(b"bye").expect("it is taken");
    talk.machine.out().close_when_done();
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!((talk.peer.heard().as_str(), talk.peer.lent()), ("bye", 0));
    talk.machine.out().set_reading(true);
    assert_eq!(talk.told(), []);
}

/// Nor does the end of a connection that was given up.
#[test]
fn nothing_is_told_after_the_end_though_it_is_wanted_again() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 0;
    talk.machine.out().push(b"never taken").expect("it is taken");
    talk.machine.out().close_write();
    talk.peer.says("hello");
    let _progress = talk.run();
    talk.machine.out().set_reading(false);
    assert_eq!(talk.told(), []);
    talk.pass(ChannelOptions::default().close);
    let timed_out = Told::Closed(End::TimedOut(standpipe_core::Timer::Close));
    assert_eq!(talk.told(), [timed_out]);
    talk.machine.out().set_reading(true);
    assert_eq!((talk.told(), talk.peer.lent()), (vec![], 0));
    assert_eq!(talk.peer.duties, [Duty::Reset]);
}
