//! What is pushed.

use std::sync::{Arc, Mutex};

use standpipe_core::Bytes;
use standpipe_core::dispatch::{ChannelOptions, PushError};
use standpipe_core::flow::{More, Producer};

use crate::scripted::GONE;
use crate::{connected, data, short};

/// Makes these texts, or what these producers make.
struct Script(Vec<More>);

impl Script {
    fn new(mut script: Vec<More>) -> Self {
        script.reverse();
        Self(script)
    }
}

impl Producer for Script {
    fn more(&mut self) -> More {
        self.0.pop().unwrap_or(More::End)
    }
}

fn text(text: &'static str) -> More {
    More::Bytes(Bytes::from_static(text.as_bytes()))
}

/// A producer within a producer, and what is behind it, each in its turn (ACH-26, ACH-27).
#[test]
fn nested_producers_come_out_in_order() {
    let mut talk = connected(ChannelOptions::default());
    let inner =
        Script::new(vec![text("b"), More::Producer(Box::new(Script::new(vec![text("c")]))), text("d")]);
    let outer = Script::new(vec![text("a"), More::Producer(Box::new(inner)), text("e")]);
    let out = talk.machine.out();
    out.push(b"<").expect("it is taken");
    out.push_with_producer(outer).expect("it is taken");
    out.push(b">").expect("it is taken");
    out.close_write();
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "<abcde>");
}

/// One that has nothing to say, at all or just now, keeps nobody (ACH-27, ACH-T7, ACH-T8).
#[test]
fn empty_producers_and_pushes_hold_nothing_up() {
    let mut talk = connected(ChannelOptions::default());
    let out = talk.machine.out();
    out.push_with_producer(Script::new(vec![])).expect("it is taken");
    out.push(b"").expect("it is taken");
    out.push_bytes(Bytes::new()).expect("it is taken");
    assert_eq!(out.unsent(), 0);
    out.push(b"a").expect("it is taken");
    out.push_with_producer(Script::new(vec![])).expect("it is taken");
    out.push_with_producer(Script::new(vec![text(""), text(""), text("b"), text("")])).expect("it is taken");
    out.push(b"").expect("it is taken");
    out.push(b"c").expect("it is taken");
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "abc");
}

/// It is asked once everything before it has gone, and no more than there is room for.
#[test]
fn a_producer_is_asked_when_its_turn_has_come() {
    struct Asked(Arc<Mutex<u32>>);
    impl Producer for Asked {
        fn more(&mut self) -> More {
            *self.0.lock().expect("no panic") += 1;
            text("more ")
        }
    }
    let asked = Arc::new(Mutex::new(0));
    let count = || *asked.lock().expect("no panic");
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 3;
    talk.machine.out().push(b"first ").expect("it is taken");
    talk.machine.out().push_with_producer(Asked(Arc::clone(&asked))).expect("it is taken");
    assert_eq!((talk.told(), count()), (vec![], 0));
    talk.peer.takes = 7;
    assert_eq!((talk.told(), count()), (vec![], 1));
    assert_eq!(talk.peer.heard(), "first more");
}

/// Nothing is taken that would never be sent (ACH-33, ACH-T11).
#[test]
fn a_push_after_a_close_is_an_error() {
    let mut talk = connected(ChannelOptions::default());
    let out = talk.machine.out();
    out.push(b"all").expect("it is taken");
    out.close_when_done();
    assert_eq!(out.push(b"more"), Err(PushError::Closing));
    assert_eq!(out.push_bytes("more".into()), Err(PushError::Closing));
    assert_eq!(out.push_with_producer(Script::new(vec![text("more")])), Err(PushError::Closing));
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "all");
}

/// A peer that takes nothing any more is told apart from one that takes nothing now (ACH-31, ACH-T14).
#[test]
fn a_push_to_a_peer_that_is_gone_is_an_error() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 0;
    talk.machine.out().push(b"hello").expect("it is taken");
    assert_eq!(talk.told(), []);
    assert_eq!((talk.machine.out().push(b"hello"), talk.machine.out().unsent()), (Ok(()), 10));
    talk.peer.write_fault = Some(GONE);
    assert_eq!(talk.told(), []);
    assert_eq!(
        (talk.machine.out().push(b"hello"), talk.machine.out().unsent()),
        (Err(PushError::Closing), 0)
    );
}

/// What a handler pushes stays where it is until the handler has returned (ACH-25, ACH-T13).
#[test]
fn nothing_is_sent_within_a_handler() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("question");
    let _progress = talk.run();
    let (_, out) = talk.machine.next_event().expect("the question");
    out.push(b"ans").expect("it is taken");
    out.push(b"wer").expect("it is taken");
    assert_eq!((out.unsent(), talk.peer.heard().as_str()), (6, ""));
    assert_eq!(talk.told(), []);
    assert_eq!(talk.peer.heard(), "answer");
}

/// What a short write leaves is sent next, and nothing twice (ACH-29, ACO-65).
#[test]
fn what_a_short_write_leaves_goes_next() {
    let mut talk = connected(ChannelOptions::default());
    talk.machine.out().push(&[b'x'; 25]).expect("it is taken");
    for left in [15, 5, 0] {
        talk.peer.takes = 10;
        assert_eq!(talk.told(), []);
        assert_eq!(talk.machine.out().unsent(), left);
    }
    assert_eq!(talk.peer.heard(), "x".repeat(25));
}

/// A push is taken whole, or not at all (ACO-44).
#[test]
fn a_push_over_the_limit_is_an_error() {
    let mut talk = connected(short());
    talk.peer.takes = 0;
    let out = talk.machine.out();
    out.push(&[b'x'; 19]).expect("there is room");
    out.push(b"yy").expect("one byte was left, so it is taken whole");
    let full = PushError::Full { unsent: 21, limit: 20 };
    assert_eq!((out.push(b"z"), out.push_bytes("z".into())), (Err(full), Err(full)));
    assert_eq!(full.to_string(), "21 bytes wait to be sent, and 20 may: push while the channel is not full");
    talk.peer.takes = 2;
    talk.told();
    talk.machine.out().push(b"z").expect("there is room again");
    talk.peer.takes = 100;
    talk.told();
    assert_eq!(talk.peer.heard(), format!("{}yyz", "x".repeat(19)));
}

/// What came and was not told, and what waits, are dropped; the request to close is not (ACH-37, ACH-T10).
#[test]
fn a_request_to_close_survives_a_discard() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.takes = 0;
    talk.peer.says("hello");
    let out = talk.machine.out();
    out.push(b"never seen").expect("it is taken");
    out.push_with_producer(Script::new(vec![text("nor this")])).expect("it is taken");
    out.close_when_done();
    out.discard_buffers();
    assert!(out.is_closing());
    let told = talk.told();
    assert!(told.is_empty() || told == [data("hello")], "{told:?}");
    assert_eq!(talk.peer.duties, [standpipe_core::Duty::CloseWrite]);
    assert_eq!(talk.peer.heard(), "");
}

/// Data that came before the discard is gone, and what comes after it is told.
#[test]
fn a_discard_drops_what_was_not_told() {
    let mut talk = connected(ChannelOptions::default());
    talk.peer.says("before");
    let _progress = talk.run();
    talk.machine.out().discard_buffers();
    talk.peer.says("after");
    assert_eq!(talk.told(), [data("after")]);
}
