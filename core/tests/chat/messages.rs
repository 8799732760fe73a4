//! Where messages end.

use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, MessageEnd, MessageOptions, Terminator};
use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::{End, Machine};

use crate::scripted::Talk;
use crate::{Told, message, talk};

/// However they are cut (ACH-15 to ACH-19).
#[test]
fn messages_are_told_whole() {
    let mut talk = talk(Terminator::CRLF);
    for chunk in ["one\r\ntw", "o\r", "\n\r\nthr\ree\r", "\rfour\r\n"] {
        talk.peer.says(chunk);
    }
    assert_eq!(talk.told(), ["one", "two", "", "thr\ree\r\rfour"].map(message));
}

/// What ends the next message may be said in any handler, and holds for what has come already (ACH-09, ACH-47).
#[test]
fn the_terminator_may_be_changed_in_mid_chunk() {
    let mut talk = talk(Terminator::from(b"\r\n\r\n"));
    talk.peer.says("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello\nand a line\n");
    let told = talk.told_to(|told, handle| match told {
        Told::Message(text, _) if text.starts_with("POST") => handle.set_terminator(5),
        _ => handle.set_terminator(Terminator::LF),
    });
    let headers = message("POST / HTTP/1.0\r\nContent-Length: 5");
    assert_eq!(told, [headers, message("hello"), message(""), message("and a line")]);
}

/// A count of nothing is reached at once, before anything has come (ACH-T3).
#[test]
fn a_count_of_nothing_is_reached_at_once() {
    let mut talk = talk(Terminator::from(b"\r\n\r\n"));
    talk.peer.says("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
    let mut lengths = [Terminator::count(0), Terminator::LF].into_iter();
    let told = talk.told_to(|_, handle| handle.set_terminator(lengths.next().expect("two messages")));
    assert_eq!(told, [message("POST / HTTP/1.0\r\nContent-Length: 0"), message("")]);

    let chat = Chat::new(0, ChatOptions::default());
    assert!(chat.has_event());
}

/// A count is reached once, however it comes; what follows has no terminator until there is another (ACH-11 to ACH-13).
#[test]
fn a_count_is_reached_once() {
    let mut talk = talk(5);
    talk.peer.says("abc");
    assert_eq!((talk.told(), talk.machine.handle().remaining()), (vec![], Some(2)));
    talk.peer.says("defgh");
    talk.peer.says("ijklm");
    assert_eq!(talk.told(), [message("abcde")]);
    assert_eq!((talk.machine.handle().remaining(), talk.machine.partial()), (Some(0), &b"fghijklm"[..]));
    talk.machine.handle().set_terminator(2);
    assert_eq!(talk.told(), [message("fg")]);
}

/// Without a terminator everything is one message, which its end ends (ACH-48).
#[test]
fn without_a_terminator_the_end_ends_the_message() {
    let mut talk = talk(Terminator::none());
    talk.peer.says("all of\r\n");
    talk.peer.says("this");
    talk.peer.ends();
    let all = Told::Message("all of\r\nthis".into(), MessageEnd::Eof);
    assert_eq!(talk.told(), [all, Told::Ended, Told::Closed(End::Clean)]);
}

/// A message counts as taken once it was told, whatever its handler came to (ACH-T12).
#[test]
fn a_message_is_not_told_again() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("one\ntwo\n");
    let _progress = talk.run();
    assert_eq!(talk.machine.next_event().map(|(event, _)| Told::from(event)), Some(message("one")));
    assert_eq!(talk.told(), [message("two")]);
}

/// Bytes that could have become a terminator come out when nothing follows them (ACH-T2).
#[test]
fn what_was_held_as_a_terminator_comes_out_at_the_end() {
    let mut talk = talk(Terminator::CRLF);
    talk.peer.says("ab\r");
    assert_eq!((talk.told(), talk.machine.partial()), (vec![], &b"ab\r"[..]));
    talk.peer.ends();
    let last = Told::Message("ab\r".into(), MessageEnd::Eof);
    assert_eq!(talk.told(), [last, Told::Ended, Told::Closed(End::Clean)]);
}

/// The channel was used for something else before: what it has not told belongs to the chat.
#[test]
fn a_chat_goes_on_where_its_channel_has_stopped() {
    let mut plain = Talk::new(Channel::connected(ChannelOptions::default()));
    plain.peer.says("preface");
    let _progress = plain.run();
    assert!(matches!(plain.machine.next_event(), Some((ChannelEvent::Data(b"preface"), _))));
    plain.peer.says("one\ntw");
    let _progress = plain.run();

    let mut talk = plain.over(|channel| Chat::over(channel, Terminator::LF, MessageOptions::default()));
    talk.peer.says("o\n");
    assert_eq!(talk.told(), [message("one"), message("two")]);
}

/// An event by hand, as a loop of one's own takes it.
#[test]
fn a_message_in_one_read_is_lent_from_there() {
    let mut talk = talk(Terminator::LF);
    talk.peer.says("hello\nwor");
    let _progress = talk.run();
    let Some((ChatEvent::Message(told), handle)) = talk.machine.next_event() else { panic!("a message") };
    assert_eq!((told.bytes, handle.terminator()), (&b"hello"[..], &Terminator::LF));
    assert_eq!(talk.told(), []);
    assert_eq!((talk.machine.partial(), talk.peer.lent()), (&b"wor"[..], 0));
}
