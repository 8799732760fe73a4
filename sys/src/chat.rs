//! A dialogue in messages, for whoever asks for each of them: [`Conversation`].

use std::fmt;
use std::io;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::time::Duration;

use standpipe_core::chat::{
    Chat, ChatEvent, ChatOptions, MessageEnd, MessageError, MessageOptions, Terminator,
};
use standpipe_core::flow::Producer;
use standpipe_core::{Bytes, End, Layer, Machine, Negotiated};

use crate::socket::Endpoint;
use crate::{Ends, Stream, fault};

/// A dialogue in messages over its descriptor, for whoever asks for each message and waits for what he sends: what a driver is to
/// wait for, and what has come of it, in the standard library's errors. It never waits itself.
///
/// ```
/// use standpipe_core::chat::{ChatOptions, Terminator};
/// use standpipe_core::{BUDGET, Moment, Pool, advance};
/// use standpipe_sys::{Conversation, Goal, PortIo, Readiness, Stream, fd};
///
/// let (read, write) = fd::pipe()?;
/// let both = Stream::pair(Stream::pipe(read)?, Stream::pipe(write)?); // it hears itself
/// let mut conversation = Conversation::new(both, Terminator::LF, ChatOptions::default());
/// conversation.push("hello\n".into())?;
/// let (mut ready, mut pool) = (Readiness::default(), Pool::default());
/// let mut turn = |conversation: &mut Conversation| {
///     let (chat, ends) = conversation.parts();
///     let mut io = PortIo::new(ends, &mut ready, &mut pool, ());
///     advance(chat, &mut io, Moment::ORIGIN, BUDGET)
/// };
/// while !conversation.has_come_to(Goal::Sent)? {
///     turn(&mut conversation); // and wait, where that says so
/// }
/// let mut message = Vec::new();
/// while conversation.take_message(&mut message).transpose()?.is_none() {
///     turn(&mut conversation);
/// }
/// assert_eq!(message, b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Conversation {
    chat: Chat,
    ends: Ends,
    message: MessageOptions,
    /// How long a closing one waits for the other side.
    patience: Duration,
    has_layer: bool,
    /// Our own end was asked for.
    is_closing: bool,
    /// Why there are no more messages.
    failure: Option<MessageError>,
    /// The peer will send no more.
    has_peer_ended: bool,
    /// How it has ended.
    end: Option<End>,
}

/// What is waited for in a [`Conversation`], messages apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Goal {
    /// The connection is made, and the handshake of its layer over.
    Agreed,
    /// Less waits to be sent than the high mark, or than the low one since the high one was reached.
    Room,
    /// Everything has left.
    Sent,
    /// Everything has left, and the half-close that was asked for.
    HalfClosed,
}

/// A message, or what there is of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// Its bytes, without the terminator.
    pub bytes: Vec<u8>,
    /// What ended it: a terminator, unless [`OverLimit`](standpipe_core::chat::OverLimit) asks for others.
    pub end: MessageEnd,
}

impl Conversation {
    /// Over a connection, or a pipe for each direction.
    pub fn new(stream: Stream, terminator: impl Into<Terminator>, options: ChatOptions) -> Self {
        Self::over(Chat::new(terminator, both_ways(options)), stream, options)
    }

    /// The same behind a layer, whose handshake is still to come.
    pub fn layered(
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: impl Into<Terminator>,
        options: ChatOptions,
    ) -> Self {
        let chat = Chat::layered(layer, terminator, both_ways(options));
        Self { has_layer: true, ..Self::over(chat, stream, options) }
    }

    fn over(chat: Chat, stream: Stream, options: ChatOptions) -> Self {
        Self {
            chat,
            ends: Ends::default().with(Chat::SOCKET, stream),
            message: options.message,
            patience: options.channel.close,
            has_layer: false,
            is_closing: false,
            failure: None,
            has_peer_ended: false,
            end: None,
        }
    }

    /// With another limit of bytes for a message. Before the first one.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.message.limit = limit;
        Self { chat: self.chat.with_message_options(self.message), ..self }
    }

    /// The machine, and what is behind its port: to be advanced.
    pub fn parts(&mut self) -> (&mut Chat, &mut Ends) {
        (&mut self.chat, &mut self.ends)
    }

    /// Takes the next message, in place of what is in `bytes`, whose memory is used again. `Some(Ok(None))` when the peer has ended,
    /// cleanly, and all that came was told. `None` where it is to be advanced first; messages are read by that from now on.
    ///
    /// # Errors
    /// `InvalidData` for a message over its limit, with the [`MessageError`] inside, after which there are no more; `UnexpectedEof`
    /// for a truncated stream; the connection's own failure.
    pub fn take_message(&mut self, bytes: &mut Vec<u8>) -> Option<io::Result<Option<MessageEnd>>> {
        if let Some(error) = self.failure {
            return Some(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        self.chat.handle().set_reading(true);
        if let Some(told) = self.take_event(Some(bytes)).transpose() {
            return Some(told);
        }
        match self.end {
            Some(end) if !end.is_clean() => Some(Err(fault::end_error(end))),
            None if !self.has_peer_ended => None,
            _ => Some(Ok(None)),
        }
    }

    /// Takes what is to be told, up to a message or the peer's end. Where nothing is read there is no message.
    fn take_event(&mut self, mut bytes: Option<&mut Vec<u8>>) -> io::Result<Option<Option<MessageEnd>>> {
        while let Some((event, handle)) = self.chat.next_event() {
            match event {
                ChatEvent::Message(message) => {
                    if let Some(bytes) = bytes.as_deref_mut() {
                        bytes.clear();
                        // An answer that is ended in the same way is made of it without another allocation.
                        let end = handle.terminator().patterns().map(<[u8]>::len).max().unwrap_or(0);
                        bytes.reserve_exact(message.bytes.len() + end);
                        bytes.extend_from_slice(message.bytes);
                    }
                    return Ok(Some(Some(message.end)));
                }
                ChatEvent::Failed(error) => {
                    self.failure = Some(error);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
                ChatEvent::Ended => {
                    self.has_peer_ended = true;
                    return Ok(Some(None));
                }
                ChatEvent::Closed(end) => self.end = Some(end),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Whether it has come to this. Where it has not it is to be advanced, after which this is asked before anything is waited for. No
    /// message is read or told by that until one is asked for again.
    ///
    /// # Errors
    /// It will not come to this any more: why the connection or its handshake has failed, or `BrokenPipe`.
    pub fn has_come_to(&mut self, goal: Goal) -> io::Result<bool> {
        // Before the handler of a failure has returned: what it pushes now still leaves.
        if goal == Goal::Room && self.is_there(goal) {
            return Ok(true);
        }
        self.chat.handle().set_reading(false);
        self.take_event(None)?;
        match self.end {
            // Both sides have said their end, ours behind all that was pushed.
            Some(End::Clean) if matches!(goal, Goal::Sent | Goal::HalfClosed) => return Ok(true),
            Some(end) => return Err(fault::end_error(end)),
            None => {}
        }
        let is_there = self.is_there(goal);
        if is_there && goal != Goal::Agreed && self.has_lost_the_peer() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(is_there)
    }

    fn is_there(&mut self, goal: Goal) -> bool {
        let wants = self.chat.wants(Chat::SOCKET);
        let (is_full, unsent) = (self.chat.handle().is_full(), self.chat.handle().unsent());
        match goal {
            Goal::Agreed => self.chat.is_connected(),
            Goal::Room => !is_full,
            Goal::Sent => self.chat.is_connected() && unsent == 0 && !wants.write,
            Goal::HalfClosed => !wants.write && wants.duty.is_none(),
        }
    }

    /// Whether what was to be sent was dropped, since the peer takes nothing any more.
    fn has_lost_the_peer(&mut self) -> bool {
        self.chat.handle().is_closing() && !self.is_closing && self.failure.is_none()
    }

    /// Appends these bytes to what is to be sent. Only a few are ever copied.
    ///
    /// # Errors
    /// `BrokenPipe` where it was closed or the peer takes nothing any more, `WouldBlock` where more waits than may.
    pub fn push(&mut self, bytes: Bytes) -> io::Result<()> {
        self.chat.handle().push_bytes(bytes).map_err(fault::push_error)
    }

    /// Appends a copy of these bytes.
    ///
    /// # Errors
    /// As [`Conversation::push`].
    pub fn push_copy(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.chat.handle().push(bytes).map_err(fault::push_error)
    }

    /// Appends what a producer makes.
    ///
    /// # Errors
    /// As [`Conversation::push`].
    pub fn push_with_producer(&mut self, producer: impl Producer + Send + Sync + 'static) -> io::Result<()> {
        self.chat.handle().push_with_producer(producer).map_err(fault::push_error)
    }

    /// Ends messages so from now on, those included whose bytes have come already (ACH-09).
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.chat.handle().set_terminator(terminator);
    }

    /// Puts a layer over it from here on; [`Goal::Agreed`] is its handshake. What has come before it is the layer's.
    ///
    /// # Errors
    /// It is closing, or has a layer.
    pub fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        self.chat.begin_layer(layer).map_err(io::Error::other)?;
        self.has_layer = true;
        Ok(())
    }

    /// What was agreed upon in a layer, once its handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.chat.negotiated()
    }

    /// What has come of a message that has not ended.
    pub fn partial(&self) -> &[u8] {
        self.chat.partial()
    }

    /// Asks for the half-close: [`Goal::HalfClosed`].
    pub fn close_write(&mut self) {
        self.is_closing = true;
        self.chat.handle().close_write();
    }

    /// Asks for the end: what was pushed leaves, and what the peer still sends is dropped. [`Conversation::closed`] tells of it.
    pub fn close(&mut self) {
        self.is_closing = true;
        self.chat.handle().close();
    }

    /// How it has ended; `None` where it is to be advanced first.
    ///
    /// # Errors
    /// Not everything has left, or the stream was truncated.
    pub fn closed(&mut self) -> Option<io::Result<()>> {
        if let Err(error) = self.take_event(None) {
            return Some(Err(error));
        }
        let end = self.end?;
        Some(if end.is_clean() { Ok(()) } else { Err(fault::end_error(end)) })
    }

    /// How it has ended, once that was told.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// How long one that closes waits for the other side.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Gives the connection back, and what has come by it and was not told as a message.
    ///
    /// # Errors
    /// Something waits to be sent, it was closed, or has a layer: the conversation comes back.
    pub fn into_inner(mut self) -> Result<(Stream, Vec<u8>), Box<Self>> {
        let handle = self.chat.handle();
        let is_bare = !self.has_layer && handle.unsent() == 0 && !handle.is_closing() && self.end.is_none();
        if !is_bare || self.chat.wants(Chat::SOCKET).write {
            return Err(Box::new(self));
        }
        self.chat.handle().set_reading(true);
        let untold = self.chat.take_untold();
        match self.ends.into_stream(Chat::SOCKET) {
            Some(stream) => Ok((stream, untold)),
            None => unreachable!("it is there until it was closed"),
        }
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Option<Endpoint> {
        self.ends.descriptor(Chat::SOCKET).map(|fd| Endpoint::local(fd.as_fd()))
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.ends.descriptor(Chat::SOCKET).map(|fd| Endpoint::peer(fd.as_fd()))
    }
}

/// Whether the peer's end is the end of the dialogue is for the caller to say.
fn both_ways(mut options: ChatOptions) -> ChatOptions {
    options.channel.half_open = true;
    options
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("peer", &self.peer())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Deref for Received {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Received> for Vec<u8> {
    fn from(received: Received) -> Self {
        received.bytes
    }
}

impl From<Received> for Bytes {
    fn from(received: Received) -> Self {
        received.bytes.into()
    }
}
