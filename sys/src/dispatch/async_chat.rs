//! Messages in pieces, as asynchat tells them: [`AsyncChat`], [`ChatDispatcher`].

use std::io;

use standpipe_core::chat::{Piece, Scanner, Terminator};

use super::chatting::{Chatting, Feed};
use super::{Channel, Chat, Dispatcher};

/// What happens in a dialogue of messages that are collected piece by piece: asynchat's `async_chat` (ACH-02). What else
/// happens at the connection is told by [`Dispatcher`], of which `handle_read` is not called.
pub trait AsyncChat: Dispatcher {
    /// These bytes of a message have come, never none; where they are cut means nothing (ACH-20). What could still become the
    /// terminator is held back, and told before the peer's end where it has not.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn collect_incoming_data(&mut self, chat: &mut Chat<'_>, data: &[u8]) -> io::Result<()>;

    /// The message ends here (ACH-22). Another terminator that is set now governs what has come already, in mid-chunk.
    ///
    /// # Errors
    /// Whatever closes the channel.
    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()>;
}

/// A dispatcher for an [`AsyncChat`]. Nothing is kept of a message, so there is no limit to it; whoever collects has to have
/// one.
pub type ChatDispatcher<H> = Chatting<Collecting<H>>;

/// Tells pieces and terminators.
#[derive(Debug)]
pub struct Collecting<H> {
    handler: H,
    scanner: Scanner,
    terminator: Terminator,
}

impl<H: AsyncChat> ChatDispatcher<H> {
    /// One whose first message ends so.
    pub fn new(terminator: impl Into<Terminator>, handler: H) -> Self {
        let terminator = terminator.into();
        let scanner = Scanner::new(terminator.clone());
        Self::over(Collecting { handler, scanner, terminator })
    }
}

impl<H: AsyncChat> Feed for Collecting<H> {
    type Handler = H;

    fn handler(&self) -> &H {
        &self.handler
    }

    fn handler_mut(&mut self) -> &mut H {
        &mut self.handler
    }

    fn set_terminator(&mut self, terminator: Terminator) {
        self.scanner.set_terminator(terminator.clone());
        self.terminator = terminator;
    }

    fn step(&mut self, data: &[u8], channel: &mut Channel<'_>) -> io::Result<Option<usize>> {
        let remaining = self.scanner.remaining();
        let (used, piece) = self.scanner.scan(data);
        let mut chat = Chat { channel: channel.reborrow(), terminator: &self.terminator, remaining };
        let told = match piece {
            Piece::More => return Ok(None),
            Piece::Data(data) | Piece::Unterminated(data) => {
                chat.remaining = remaining.map(|count| count.saturating_sub(data.len() as u64));
                self.handler.collect_incoming_data(&mut chat, data)
            }
            Piece::Found(_) => self.handler.found_terminator(&mut chat),
        };
        told.map(|()| Some(used))
    }

    fn finish(&mut self, channel: &mut Channel<'_>) -> io::Result<bool> {
        let remaining = self.scanner.remaining();
        let mut chat = Chat { channel: channel.reborrow(), terminator: &self.terminator, remaining };
        let told = match self.scanner.finish() {
            Piece::More => return Ok(false),
            Piece::Data(data) | Piece::Unterminated(data) => {
                self.handler.collect_incoming_data(&mut chat, data)
            }
            Piece::Found(_) => self.handler.found_terminator(&mut chat),
        };
        told.map(|()| true)
    }

    /// Of a count, what is left stays.
    fn clear(&mut self) {
        let left = match self.scanner.remaining() {
            None => self.terminator.clone(),
            Some(0) => Terminator::none(),
            Some(count) => Terminator::count(count),
        };
        self.scanner = Scanner::new(left);
    }

    fn take_back(&mut self, into: &mut Vec<u8>) {
        loop {
            match self.scanner.finish() {
                Piece::More => return self.clear(),
                Piece::Data(held) | Piece::Unterminated(held) => into.extend_from_slice(held),
                Piece::Found(_) => {}
            }
        }
    }
}
