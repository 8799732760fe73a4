//! How a chat ends.

use standpipe_core::chat::{Chat, MessageEnd, MessageOptions, Terminator};
use standpipe_core::dispatch::{Channel, ChannelOptions, PushError};
use standpipe_core::{Done, Duty, End, Machine, Port, Progress, Side};

use crate::scripted::{GONE, REFUSED, RESET, Talk};
use crate::{Told, message, talk};

/// The rest of the chunk is dropped, as is all that follows (ACH-T1).
#[test]
fn a_close_within_a_handler_stops_delivery_at_once() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("a\nb\nc\nd");
    talk.peer.says("e\n");
    talk.peer.ends();
    let told = talk.told_to(|_, handle| handle.close());
    assert_eq!(told, [message("a"), Told::Closed(End::Clean)]);
    assert_eq!((talk.machine.partial(), talk.peer.lent()), (&b""[..], 0));
}

/// To be closed when done is no reason not to be told what has come (ACH-32).
#[test]
fn a_close_when_done_tells_what_has_come() {
    let mut talk = talk(Terminator::LF);
    talk.peer.takes = 0;
    talk.peer.says("a\nb\nc");
    talk.peer.ends();
    let told = talk.told_to(|told, handle| {
        if *told == message("a") {
            handle.push(b"bye").expect("it is taken");
            handle.close_when_done();
        }
    });
    let last = Told::Message("c".into(), MessageEnd::Eof);
    assert_eq!(told, [message("a"), message("b"), last, Told::Ended]);
    talk.peer.takes = 3;
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!(talk.peer.heard(), "bye");
}

/// Pushing on is an error and no silence (ACH-33, ACH-T11).
#[test]
fn a_push_after_a_close_is_an_error() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("QUIT\n");
    let _told = talk.told_to(|_, handle| {
        handle.push(b"221 bye\r\n").expect("it is taken");
        handle.close_when_done();
        assert_eq!(handle.push(b"never sent"), Err(PushError::Closing));
    });
    assert_eq!((talk.peer.heard().as_str(), &talk.peer.duties[..]), ("221 bye\r\n", &[Duty::CloseWrite][..]));
}

/// Input and output are dropped, the terminator and the request to close are not (ACH-37, ACH-T10).
#[test]
fn a_discard_keeps_the_request_to_close() {
    let mut talk = talk(Terminator::CRLF);
    talk.peer.says("half a li");
    talk.peer.says("ne\r\nnext\r\nlast");
    talk.peer.takes = 0;
    let told = talk.told_to(|_, handle| {
        handle.push(b"never sent").expect("it is taken");
        handle.close_when_done();
        handle.discard_buffers();
        assert!(handle.is_closing());
        assert_eq!((handle.unsent(), handle.terminator()), (0, &Terminator::CRLF));
    });
    assert_eq!(told, [message("half a line")]);
    assert_eq!((talk.peer.heard().as_str(), &talk.peer.duties[..]), ("", &[Duty::CloseWrite][..]));
    assert_eq!(talk.machine.partial(), b"");
}

/// The dialogue goes on with what comes after a discard.
#[test]
fn a_discard_drops_the_rest_of_the_chunk() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\ntwo\nthr");
    talk.peer.says("four\n");
    let told = talk.told_to(|told, handle| {
        if *told == message("one") {
            handle.discard_buffers();
        }
    });
    assert_eq!(told, [message("one"), message("four")]);
}

/// What has come of a message is what has come.
#[test]
fn a_discard_forgets_half_a_message() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("half");
    assert_eq!((talk.told(), talk.machine.partial()), (vec![], &b"half"[..]));
    talk.machine.handle().discard_buffers();
    talk.peer.says("whole\n");
    assert_eq!(talk.told(), [message("whole")]);
}

/// All messages that have come are told, though a write has failed before (ACO-T2).
#[test]
fn messages_are_told_though_a_write_has_failed() {
    let mut talk = talk(Terminator::LF);
    talk.peer.write_fault = Some(GONE);
    talk.machine.handle().push(b"hello").expect("it is taken");
    talk.peer.says("one\ntwo\nthr");
    talk.peer.says("ee");
    talk.peer.ends();
    let failed = End::Failed { port: Port::new(0), side: Side::Write, fault: GONE };
    let last = Told::Message("three".into(), MessageEnd::Eof);
    assert_eq!(talk.told(), [message("one"), message("two"), last, Told::Ended, Told::Closed(failed)]);
}

/// What a reset has cut off is no message, but who wants it finds it.
#[test]
fn what_a_reset_cuts_off_is_no_message() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\ntwo");
    talk.peer.breaks(RESET);
    let failed = End::Failed { port: Port::new(0), side: Side::Read, fault: RESET };
    assert_eq!(talk.told(), [message("one"), Told::Closed(failed)]);
    assert_eq!(talk.machine.partial(), b"two");
}

/// Told once, and last; then facts are ignored (ACH-36, ACO-T3).
#[test]
fn the_end_is_told_once_and_last() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\n");
    talk.peer.ends();
    assert_eq!(talk.told(), [message("one"), Told::Ended, Told::Closed(End::Clean)]);
    talk.machine.handle_read(Chat::SOCKET, 4);
    talk.machine.handle_eof(Chat::SOCKET);
    talk.machine.handle().set_terminator(0);
    talk.machine.handle().close();
    assert_eq!(talk.told(), []);
    assert_eq!((talk.run(), talk.machine.end()), (Progress::Done, Some(End::Clean)));
}

#[test]
fn an_abort_tells_no_more_messages() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\ntwo\n");
    assert_eq!(talk.told_to(|_, handle| handle.abort()), [message("one"), Told::Closed(End::Aborted)]);
    assert_eq!(talk.peer.duties, [Duty::Reset]);
}

#[test]
fn a_chat_that_cannot_be_connected_says_why() {
    let channel = Channel::connecting(None, ChannelOptions::default());
    let mut talk = Talk::new(Chat::over(channel, Terminator::LF, MessageOptions::default()));
    talk.peer.connects = Done::Failed(REFUSED);
    assert!(!talk.machine.is_connected());
    assert_eq!(talk.told(), [Told::Closed(End::NotConnected(REFUSED))]);
}
