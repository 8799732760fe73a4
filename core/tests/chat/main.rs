//! A chat and a peer that does as it is told: what is told when, one scenario each.

mod ending;
mod limits;
mod messages;
mod pace;
#[allow(dead_code, reason = "other tests have more to ask of it")]
#[path = "../scripted/mod.rs"]
mod scripted;
#[cfg(feature = "ring")]
mod secured;

use standpipe_core::chat::{
    Chat, ChatEvent, ChatOptions, Handle, Message, MessageEnd, MessageError, Terminator,
};
use standpipe_core::{End, Progress};

use scripted::Talk;

/// An event, to be compared.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Told {
    Connected,
    Urgent(u8),
    Message(String, MessageEnd),
    Failed(MessageError),
    Ended,
    Room,
    Closed(End),
}

/// One that its only terminator ends.
fn message(text: impl Into<String>) -> Told {
    Told::Message(text.into(), MessageEnd::Found(0))
}

impl From<ChatEvent<'_>> for Told {
    fn from(event: ChatEvent<'_>) -> Self {
        match event {
            ChatEvent::Connected => Self::Connected,
            ChatEvent::Urgent(byte) => Self::Urgent(byte),
            ChatEvent::Message(Message { bytes, end }) => {
                Self::Message(String::from_utf8_lossy(bytes).into_owned(), end)
            }
            ChatEvent::Failed(error) => Self::Failed(error),
            ChatEvent::Ended => Self::Ended,
            ChatEvent::Room => Self::Room,
            ChatEvent::Closed(end) => Self::Closed(end),
            event => panic!("an unknown event: {event:?}"),
        }
    }
}

fn talk(terminator: impl Into<Terminator>) -> Talk<Chat> {
    Talk::new(Chat::new(terminator, ChatOptions::default()))
}

impl Talk<Chat> {
    /// Everything that is told, without an answer.
    fn told(&mut self) -> Vec<Told> {
        self.told_to(|_, _| {})
    }

    /// Everything that is told to this handler, until only waiting is left.
    fn told_to(&mut self, mut handler: impl FnMut(&Told, &mut Handle<'_>)) -> Vec<Told> {
        let mut all = Vec::new();
        while self.run() == Progress::Events {
            while let Some((event, mut handle)) = self.machine.next_event() {
                let told = event.into();
                handler(&told, &mut handle);
                all.push(told);
            }
        }
        all
    }
}
