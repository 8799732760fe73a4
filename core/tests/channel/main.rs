//! A channel and a peer that does as it is told: what is told when, one scenario each.

mod data;
mod ending;
mod holding_back;
#[cfg(feature = "ring")]
mod layered;
mod opening;
mod pushing;
#[allow(dead_code, reason = "other tests have more to ask of it")]
#[path = "../scripted/mod.rs"]
mod scripted;
mod time;
mod urgent;

use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions, Outgoing};
use standpipe_core::{End, Port, Progress, Side};

use scripted::Talk;

/// An event, to be compared.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Told {
    Connected,
    Unwrapped,
    Urgent(u8),
    Data(String),
    Ended,
    Room,
    Closed(End),
}

fn data(text: impl Into<String>) -> Told {
    Told::Data(text.into())
}

fn failed(side: Side, fault: standpipe_core::Fault) -> Told {
    Told::Closed(End::Failed { port: Port::new(0), side, fault })
}

impl From<ChannelEvent<'_>> for Told {
    fn from(event: ChannelEvent<'_>) -> Self {
        match event {
            ChannelEvent::Connected => Self::Connected,
            ChannelEvent::Unwrapped => Self::Unwrapped,
            ChannelEvent::Urgent(byte) => Self::Urgent(byte),
            ChannelEvent::Data(bytes) => data(String::from_utf8_lossy(bytes)),
            ChannelEvent::Ended => Self::Ended,
            ChannelEvent::Room => Self::Room,
            ChannelEvent::Closed(end) => Self::Closed(end),
            event => panic!("an unknown event: {event:?}"),
        }
    }
}

/// One that is connected.
fn connected(options: ChannelOptions) -> Talk<Channel> {
    Talk::new(Channel::connected(options))
}

/// One whose queue is short.
fn short() -> ChannelOptions {
    ChannelOptions { high_water: 10, low_water: 4, most_unsent: 20, ..ChannelOptions::default() }
}

impl Talk<Channel> {
    /// Everything that is told, without an answer.
    fn told(&mut self) -> Vec<Told> {
        self.told_to(|_, _| {})
    }

    /// Everything that is told to this handler, until only waiting is left.
    fn told_to(&mut self, mut handler: impl FnMut(&Told, &mut Outgoing)) -> Vec<Told> {
        let mut all = Vec::new();
        while self.run() == Progress::Events {
            while let Some((event, out)) = self.machine.next_event() {
                let told = event.into();
                handler(&told, out);
                all.push(told);
            }
        }
        all
    }
}
