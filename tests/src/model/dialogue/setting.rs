//! What is said to a chat, and how, and what messages that is: [`Setting`].

use arbitrary::Arbitrary;
use standpipe_core::Layer;
use standpipe_core::chat::{
    Chat, ChatOptions, MessageEnd, MessageError, MessageOptions, Messages, OverLimit, Terminator,
};
use standpipe_core::dispatch::ChannelOptions;

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) layered: bool,
    limit: u8,
    over: Over,
    /// What ends the first message, and the ones after each.
    script: [u8; 3],
    pub(super) capacity: u8,
    pub(super) budget: u8,
    pub(super) paces: [Option<u32>; 2],
}

/// Whatever had come of what was said when so many messages were told, and so much had been read, is dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) told: usize,
    pub(super) read: usize,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Over {
    Error,
    Skip,
    Parts,
}

impl Setting {
    fn options(self) -> MessageOptions {
        let over = match self.over {
            Over::Error => OverLimit::Error,
            Over::Skip => OverLimit::Skip,
            Over::Parts => OverLimit::Parts,
        };
        MessageOptions { limit: (self.limit % 24).into(), over }
    }

    fn first(self) -> Terminator {
        terminator(self.script[0]).unwrap_or(Terminator::LF)
    }

    /// What ends the messages behind so many. An empty one that is followed by an empty one for ever would be no history.
    pub(super) fn next(self, told: usize) -> Option<Terminator> {
        let next = terminator(self.script[told % 3])?;
        (next != Terminator::count(0) || told.is_multiple_of(2)).then_some(next)
    }

    /// The messages of all that was said, taken at once, but for what was dropped.
    pub(super) fn messages_of(
        self,
        said: &[u8],
        gaps: &[Gap],
    ) -> (Vec<(Vec<u8>, MessageEnd)>, Option<MessageError>) {
        let mut messages = Messages::new(self.first()).with_options(self.options());
        let (mut all, mut rest) = (Vec::new(), said);
        loop {
            let found = match messages.next(rest) {
                Ok((used, Some(message))) => {
                    let found = (message.bytes.to_vec(), message.end);
                    rest = &rest[used..];
                    Some(found)
                }
                Ok((used, None)) => {
                    rest = &rest[used..];
                    match messages.finish() {
                        Ok(last) => last.map(|message| (message.bytes.to_vec(), message.end)),
                        Err(error) => return (all, Some(error)),
                    }
                }
                Err(error) => return (all, Some(error)),
            };
            let Some(found) = found else { return (all, None) };
            all.push(found);
            if let Some(gap) = gaps.iter().rfind(|gap| gap.told == all.len()) {
                messages.clear();
                rest = &said[gap.read..];
            }
            if let Some(next) = self.next(all.len()) {
                messages.set_terminator(next);
            }
            assert!(all.len() < 10_000, "a count of 0 again and again");
        }
    }
}

fn terminator(name: u8) -> Option<Terminator> {
    let any = Terminator::any_of(["\r\n", "b"]).expect("neither begins the other");
    [
        None,
        Some(Terminator::LF),
        Some(Terminator::CRLF),
        Some(Terminator::count(0)),
        Some(Terminator::count(5)),
        Some(any),
    ][usize::from(name) % 6]
        .clone()
}

pub(super) fn chat(setting: Setting, layer: Option<Box<dyn Layer>>) -> Chat {
    let channel = ChannelOptions { high_water: 1000, low_water: 300, ..ChannelOptions::default() };
    let options = ChatOptions { message: setting.options(), channel };
    match layer {
        Some(layer) => Chat::layered(layer, setting.first(), options),
        None => Chat::new(setting.first(), options),
    }
}
