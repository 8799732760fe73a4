//! Questions and answers in step.

use std::sync::{Arc, Mutex};

use standpipe_core::Bytes;
use standpipe_core::chat::{Chat, ChatOptions, MessageEnd, MessageOptions, SimpleProducer, Terminator};
use standpipe_core::dispatch::{Channel, ChannelOptions};
use standpipe_core::flow::{More, Producer};
use standpipe_core::{Done, End, Machine};

use crate::scripted::Talk;
use crate::{Told, message, talk};

fn short() -> ChatOptions {
    let channel = ChannelOptions { high_water: 10, low_water: 4, ..ChannelOptions::default() };
    ChatOptions { channel, ..ChatOptions::default() }
}

/// A peer who does not read its answers asks no more, not even what it has asked already (ACH-T6).
#[test]
fn a_peer_who_does_not_read_is_not_listened_to() {
    let mut talk = Talk::new(Chat::new(Terminator::LF, short()));
    talk.peer.takes = 0;
    talk.peer.says("a\nb\nc\nd\n");
    talk.peer.says("e\n");
    let answer = |told: &Told, handle: &mut standpipe_core::chat::Handle<'_>| {
        if matches!(told, Told::Message(..)) {
            handle.push(b"answer").expect("there is room");
        }
    };
    assert_eq!(talk.told_to(answer), [message("a"), message("b")]);
    assert_eq!((talk.peer.reads, talk.machine.wants(Chat::SOCKET).read), (1, false));
    talk.peer.takes = 8;
    // The answer to it takes the room there was.
    assert_eq!(talk.told_to(answer), [message("c")]);
    talk.peer.takes = usize::MAX;
    let told = talk.told_to(answer);
    assert_eq!(told, [message("d"), Told::Room, message("e")]);
    assert_eq!(talk.peer.heard(), "answer".repeat(5));
}

/// The last message, which has no terminator, is told before the end, also where both wait for room.
#[test]
fn the_end_is_told_after_what_is_held_back() {
    let mut talk = Talk::new(Chat::new(Terminator::LF, short()));
    talk.peer.says("ab");
    talk.peer.ends();
    let _progress = talk.run();
    talk.peer.takes = 0;
    talk.machine.handle().push(b"more than the mark").expect("it is taken");
    assert_eq!(talk.told(), []);
    talk.peer.takes = usize::MAX;
    let mut told = talk.told();
    told.retain(|told| *told != Told::Room);
    let last = Told::Message("ab".into(), MessageEnd::Eof);
    assert_eq!(told, [last, Told::Ended, Told::Closed(End::Clean)]);
}

/// A handler that cannot answer yet says so, and is told the next message when it can: also one that has come already.
#[test]
fn a_handler_that_waits_is_told_nothing() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\ntwo\nthr");
    talk.peer.ends();
    let mut paused = talk.told_to(|_, handle| handle.set_reading(false));
    assert_eq!(paused, [message("one")]);
    assert_eq!(talk.told(), []);
    talk.machine.handle().set_reading(true);
    paused = talk.told();
    let last = Told::Message("thr".into(), MessageEnd::Eof);
    assert_eq!(paused, [message("two"), last, Told::Ended, Told::Closed(End::Clean)]);
}

/// It may also have had enough.
#[test]
fn a_handler_that_waits_may_close() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\ntwo\nthr");
    talk.peer.ends();
    let told = talk.told_to(|_, handle| {
        handle.set_reading(false);
        handle.close_when_done();
    });
    assert_eq!(told, [message("one"), Told::Closed(End::Clean)]);
    assert_eq!((talk.machine.partial(), talk.peer.lent()), (&b""[..], 0));
}

/// What a handler pushes leaves when it has returned, all of it together (ACH-25, ACH-T13).
#[test]
fn a_push_within_a_handler_sends_nothing_yet() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("question\n");
    let _progress = talk.run();
    let (event, mut handle) = talk.machine.next_event().expect("a question");
    assert_eq!(Told::from(event), message("question"));
    for part in [&b"an"[..], b"sw", b"er"] {
        handle.push(part).expect("it is taken");
    }
    assert_eq!((handle.unsent(), talk.peer.heard().as_str()), (6, ""));
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "answer");
}

/// Nothing is sent of an empty push, and nothing behind it waits (ACH-30, ACH-T8).
#[test]
fn an_empty_push_is_none() {
    let mut talk = talk(Terminator::LF);
    talk.machine.handle().push(b"").expect("it is taken");
    talk.machine.handle().push_bytes(Bytes::new()).expect("it is taken");
    assert!(!talk.machine.wants(Chat::SOCKET).write);
    talk.machine.handle().push(b"behind it").expect("it is taken");
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "behind it");
}

/// Producers between bytes, one that has nothing and one whose parts are producers (ACH-26, ACH-27, ACH-T7).
#[test]
fn producers_take_their_turn() {
    struct Parts(Vec<&'static str>);
    impl Producer for Parts {
        fn more(&mut self) -> More {
            match self.0.pop() {
                Some(part) => More::Producer(Box::new(SimpleProducer::new(part))),
                None => More::End,
            }
        }
    }
    let mut talk = talk(Terminator::LF);
    talk.peer.says("go\n");
    let _told = talk.told_to(|_, handle| {
        handle.push(b"<").expect("it is taken");
        handle.push_with_producer(Parts(vec![])).expect("it is taken");
        handle.push_with_producer(Parts(vec!["hij", "defg", "", "abc"])).expect("it is taken");
        handle.push(b">").expect("it is taken");
        handle.close_when_done();
    });
    assert_eq!(talk.peer.heard(), "<abcdefghij>");
}

/// A long answer is made while it leaves: a slow peer holds up what makes it, not memory (ACH-T6).
#[test]
fn a_producer_makes_no_more_than_is_taken() {
    struct Endless(Arc<Mutex<usize>>);
    impl Producer for Endless {
        fn more(&mut self) -> More {
            *self.0.lock().expect("no panic") += 4;
            More::Bytes(Bytes::from_static(b"more"))
        }
    }
    let made = Arc::new(Mutex::new(0));
    let mut talk = Talk::new(Chat::new(Terminator::LF, short()));
    talk.peer.takes = 101;
    talk.machine.handle().push_with_producer(Endless(Arc::clone(&made))).expect("it is taken");
    assert_eq!(talk.told(), []);
    assert_eq!((*made.lock().expect("no panic"), talk.peer.heard.len()), (104, 101));
}

/// What is pushed before there is a connection waits for it (ACH-28).
#[test]
fn a_push_before_there_is_a_connection_waits() {
    let channel = Channel::connecting(None, ChannelOptions::default());
    let mut talk = Talk::new(Chat::over(channel, Terminator::CRLF, MessageOptions::default()));
    talk.peer.connects = Done::Blocked;
    talk.machine.handle().push(b"HELO there\r\n").expect("it is taken");
    assert_eq!((talk.told(), talk.peer.heard().as_str()), (vec![], ""));
    talk.peer.connects = Done::Ok(0);
    talk.peer.says("250 hello\r\n");
    assert_eq!(talk.told(), [Told::Connected, message("250 hello")]);
    assert_eq!(talk.peer.heard(), "HELO there\r\n");
}

/// Urgent data does not end up among the messages (ACO-23).
#[test]
fn an_urgent_byte_is_in_no_message() {
    let mut talk = talk(Terminator::LF);
    talk.machine.handle().set_urgent(true);
    talk.peer.urgent.push_back(b'!');
    talk.peer.says("one\n");
    assert_eq!(talk.told(), [Told::Urgent(b'!'), message("one")]);
}
