//! Dialogues in messages as scenarios see them, on backends that have them: [`Chats`].

use std::io;
use std::time::Duration;

use standpipe_core::chat::{ChatOptions, MessageEnd, Terminator};
use standpipe_core::flow::Producer;
use standpipe_core::{Layer, Negotiated};
use standpipe_sys::Stream;

/// A backend whose connections may be dialogues in messages.
pub trait Chats: Sync {
    /// A dialogue over a connection, whose first message ends so.
    fn chat(&self, stream: Stream, terminator: Terminator, options: ChatOptions) -> Box<dyn ChatStream>;

    /// The same behind a layer, whose handshake is still to come.
    fn layered(
        &self,
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: Terminator,
        options: ChatOptions,
    ) -> Box<dyn ChatStream>;
}

/// A dialogue in messages. Each call may wait for as long as it was told.
pub trait ChatStream {
    /// Says how long each call may wait. At first they wait without limit.
    fn set_timeout(&mut self, timeout: Option<Duration>);

    /// Ends messages so from now on.
    fn set_terminator(&mut self, terminator: Terminator);

    /// The next message and what ended it; `None` after the peer's end.
    ///
    /// # Errors
    /// The message is over its limit; the time is over; the connection has failed.
    fn next_message(&mut self) -> io::Result<Option<(Vec<u8>, MessageEnd)>>;

    /// What has come of a message that has not ended; `None` where that is not told.
    fn partial(&self) -> Option<&[u8]>;

    /// Sends this.
    ///
    /// # Errors
    /// The peer takes nothing any more; the time is over; it was closed.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Sends what the producer makes.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    fn send_with_producer(&mut self, producer: Box<dyn Producer + Send + Sync>) -> io::Result<()>;

    /// Performs the handshake of its layer.
    ///
    /// # Errors
    /// Why nothing was agreed upon.
    fn handshake(&mut self) -> io::Result<()>;

    /// Puts a layer over it from here on, and performs its handshake.
    ///
    /// # Errors
    /// As [`handshake`](Self::handshake).
    fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()>;

    /// What was agreed upon in its layer.
    fn negotiated(&self) -> Option<Negotiated>;

    /// Half-close: the peer reads to its end, and may still answer.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    fn close_write(&mut self) -> io::Result<()>;

    /// Closes it once what was sent has left.
    ///
    /// # Errors
    /// Not everything has left.
    fn close(self: Box<Self>) -> io::Result<()>;
}
