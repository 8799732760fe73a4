//! Messages that are too long, and what becomes of them (ACH-T4).

use standpipe_core::chat::{
    Chat, ChatOptions, MessageEnd, MessageError, MessageOptions, OverLimit, Terminator,
};
use standpipe_core::{Duty, End};

use crate::scripted::Talk;
use crate::{Told, message};

const TOO_LONG: MessageError = MessageError::TooLong { limit: 4 };

fn limited(over: OverLimit) -> Talk<Chat> {
    let message = MessageOptions { limit: 4, over };
    Talk::new(Chat::new(Terminator::LF, ChatOptions { message, ..ChatOptions::default() }))
}

/// By default it is the end of the dialogue, whatever follows; but what its handler says still leaves.
#[test]
fn a_message_over_the_limit_ends_the_chat() {
    let mut talk = limited(OverLimit::Error);
    talk.peer.says("four\nfive!\nsix\n");
    talk.peer.says("seven");
    talk.peer.ends();
    let told = talk.told_to(|told, handle| {
        if *told == Told::Failed(TOO_LONG) {
            handle.push(b"500 line too long\r\n").expect("it is not closed yet");
        }
    });
    assert_eq!(told, [message("four"), Told::Failed(TOO_LONG), Told::Closed(End::Limit)]);
    assert_eq!(talk.peer.heard(), "500 line too long\r\n");
    assert_eq!(talk.peer.duties, [Duty::CloseWrite, Duty::Close]);
}

/// It is told when it is too long, not when it ends, if it ever does.
#[test]
fn a_message_without_an_end_is_told_when_it_is_too_long() {
    let mut talk = limited(OverLimit::Error);
    talk.peer.says("four");
    assert_eq!(talk.told(), []);
    talk.peer.says("!");
    assert_eq!(talk.told(), [Told::Failed(TOO_LONG)]);
    assert_eq!(talk.machine.partial(), b"");
    talk.peer.says("and on and on\n");
    talk.peer.ends();
    assert_eq!(talk.told(), [Told::Closed(End::Limit)]);
}

#[test]
fn a_message_over_the_limit_may_be_skipped() {
    let mut talk = limited(OverLimit::Skip);
    for chunk in ["four\nfive", " is mo", "re\nsix\n", "and more"] {
        talk.peer.says(chunk);
    }
    talk.peer.ends();
    let skipped = |bytes| Told::Message(String::new(), MessageEnd::Skipped { bytes });
    let expected = [message("four"), skipped(12), message("six"), skipped(8)];
    assert_eq!(talk.told(), [&expected[..], &[Told::Ended, Told::Closed(End::Clean)]].concat());
}

#[test]
fn a_message_over_the_limit_may_be_taken_in_parts() {
    let mut talk = limited(OverLimit::Parts);
    for chunk in ["four\nfive", " is mo", "re\nsix\n"] {
        talk.peer.says(chunk);
    }
    let part = |text: &str| Told::Message(text.into(), MessageEnd::Part);
    let expected = [message("four"), part("five"), part(" is "), message("more"), message("six")];
    assert_eq!(talk.told(), expected);
}
