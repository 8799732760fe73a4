//! Whole messages: [`MessageHandler`], [`MessageDispatcher`].

use std::io;

use standpipe_core::chat::{Message, MessageOptions, Messages, Terminator};

use super::chatting::{Chatting, Feed};
use super::{Channel, Chat, Dispatcher};

/// What happens in a dialogue of whole messages. What else happens at the connection is told by [`Dispatcher`], of which
/// `handle_read` is not called.
///
/// ```
/// use std::io;
/// use standpipe_core::chat::Message;
/// use standpipe_sys::dispatch::{Chat, Dispatcher, MessageHandler};
///
/// struct Shout;
///
/// impl Dispatcher for Shout {}
///
/// impl MessageHandler for Shout {
///     fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
///         chat.push(&message.bytes.to_ascii_uppercase())?;
///         chat.push(b"\n")
///     }
/// }
/// ```
pub trait MessageHandler: Dispatcher {
    /// A message has come, or a part of one, or news of one that was too long, as its end says.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()>;
}

/// A dispatcher for a [`MessageHandler`]. A message over its limit is `InvalidData` to
/// [`Dispatcher::handle_error`], unless [`OverLimit`](standpipe_core::chat::OverLimit) asks for something else.
pub type MessageDispatcher<H> = Chatting<Reading<H>>;

/// Tells messages.
#[derive(Debug)]
pub struct Reading<H> {
    handler: H,
    messages: Messages,
    terminator: Terminator,
}

impl<H: MessageHandler> MessageDispatcher<H> {
    /// One whose first message ends so, with the usual limit of 64 KiB.
    pub fn new(terminator: impl Into<Terminator>, handler: H) -> Self {
        Self::with_options(terminator, MessageOptions::default(), handler)
    }

    /// One with these limits.
    pub fn with_options(terminator: impl Into<Terminator>, options: MessageOptions, handler: H) -> Self {
        let terminator = terminator.into();
        let messages = Messages::new(terminator.clone()).with_options(options);
        Self::over(Reading { handler, messages, terminator })
    }
}

impl<H: MessageHandler> Feed for Reading<H> {
    type Handler = H;

    fn handler(&self) -> &H {
        &self.handler
    }

    fn handler_mut(&mut self) -> &mut H {
        &mut self.handler
    }

    fn set_terminator(&mut self, terminator: Terminator) {
        self.messages.set_terminator(terminator.clone());
        self.terminator = terminator;
    }

    /// In place, since it is most of what a short message costs.
    #[inline]
    fn step(&mut self, data: &[u8], channel: &mut Channel<'_>) -> io::Result<Option<usize>> {
        if data.is_empty() && self.messages.is_at_rest() {
            return Ok(None);
        }
        let (used, message) = self.messages.next(data).map_err(too_long)?;
        let Some(message) = message else { return Ok(None) };
        let mut chat = Chat { channel: channel.reborrow(), terminator: &self.terminator, remaining: None };
        self.handler.handle_message(&mut chat, message)?;
        Ok(Some(used))
    }

    fn finish(&mut self, channel: &mut Channel<'_>) -> io::Result<bool> {
        let Some(message) = self.messages.finish().map_err(too_long)? else { return Ok(false) };
        let mut chat = Chat { channel: channel.reborrow(), terminator: &self.terminator, remaining: None };
        self.handler.handle_message(&mut chat, message)?;
        Ok(true)
    }

    fn clear(&mut self) {
        self.messages.clear();
    }

    fn take_back(&mut self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.messages.partial());
        self.messages.clear();
    }
}

fn too_long(error: standpipe_core::chat::MessageError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
