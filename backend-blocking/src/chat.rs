//! A dialogue in messages in the standard library's habits: [`ChatStream`].

use std::fmt;
use std::io;
use std::time::Duration;

use standpipe_core::chat::{ChatOptions, MessageEnd, Terminator};
use standpipe_core::flow::Producer;
use standpipe_core::{Layer, Moment, Negotiated, Progress};
use standpipe_sys::socket::Endpoint;
use standpipe_sys::{Conversation, Goal, Received};

use crate::{Child, Stream, Waiter};

/// A dialogue in messages over a connection, a secured connection or a child's pipes (ACH-02): what comes is cut at the
/// terminator, which may be another one for each message, and what is sent has left when the call returns.
///
/// Every call waits for as long as [`ChatStream::set_timeout`] allows. A message that has come in part by then is whole in
/// a later call; what was not sent leaves with what is sent later, or when it is closed. Dropping it closes the connection
/// without vouching for what was sent; [`ChatStream::close`] does.
///
/// ```
/// use standpipe_blocking::{ChatStream, Listener, Terminator, connect};
///
/// let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
/// let client = std::thread::spawn({
///     let address = listener.local().to_string().parse()?;
///     move || -> std::io::Result<Option<Vec<u8>>> {
///         let mut chat = ChatStream::new(connect(&address)?, Terminator::CRLF);
///         chat.send("BODY 5\r\nhelloQUIT\r\n")?;
///         Ok(chat.next_message()?.map(Into::into))
///     }
/// });
/// let mut chat = ChatStream::new(listener.accept()?.0, Terminator::CRLF);
/// while let Some(message) = chat.next_message()? {
///     match &message[..] {
///         b"BODY 5" => chat.set_terminator(5),
///         b"hello" => chat.set_terminator(Terminator::CRLF),
///         _ => chat.send("BYE\r\n")?,
///     }
/// }
/// chat.close()?;
/// assert_eq!(client.join().unwrap()?, Some(b"BYE".to_vec()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ChatStream {
    conversation: Conversation,
    waiter: Waiter,
    timeout: Option<Duration>,
    child: Option<Child>,
}

/// So much is under way before some of it must have left.
const PIECE: usize = 64 << 10;

impl ChatStream {
    /// Over a connection, with the usual limits: a message of at most 64 KiB.
    pub fn new(stream: Stream, terminator: impl Into<Terminator>) -> Self {
        Self::with_options(stream, terminator, ChatOptions::default())
    }

    /// Over a connection, with these limits.
    pub fn with_options(stream: Stream, terminator: impl Into<Terminator>, options: ChatOptions) -> Self {
        Self::over(Conversation::new(stream.into_inner(), terminator, options))
    }

    /// Over a connection behind a layer such as a TLS session, whose handshake is still to come: the first call performs it,
    /// or [`ChatStream::handshake`].
    pub fn layered(
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: impl Into<Terminator>,
        options: ChatOptions,
    ) -> Self {
        Self::over(Conversation::layered(stream.into_inner(), layer, terminator, options))
    }

    /// Over a child's standard streams, which must be pipes or a terminal.
    pub(crate) fn with_child(
        mut child: Child,
        terminator: impl Into<Terminator>,
        options: ChatOptions,
    ) -> io::Result<Self> {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let both = standpipe_sys::Stream::pair(stdout.into_inner(), stdin.into_inner());
        let chat = Self::with_options(both.into(), terminator, options);
        Ok(Self { child: Some(child), ..chat })
    }

    fn over(conversation: Conversation) -> Self {
        Self { conversation, waiter: Waiter::default(), timeout: None, child: None }
    }

    /// How long each call may wait. Default: without limit.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Ends messages so from now on, those included whose bytes have come already (ACH-09).
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.conversation.set_terminator(terminator);
    }

    /// The next message; `None` when the peer has ended, cleanly, and all that came was told: a last message without its
    /// terminator is told first, as [`MessageEnd::Eof`].
    ///
    /// # Errors
    /// `InvalidData` for a message over its limit, with the [`MessageError`](standpipe_core::chat::MessageError) inside,
    /// after which there are no more; `TimedOut`; `UnexpectedEof` for a truncated stream; the connection's own failure.
    pub fn next_message(&mut self) -> io::Result<Option<Received>> {
        let mut bytes = Vec::new();
        Ok(self.read_message(&mut bytes)?.map(|end| Received { bytes, end }))
    }

    /// The next message, in place of what is in `bytes`, whose memory is used again.
    ///
    /// # Errors
    /// As [`ChatStream::next_message`].
    pub fn read_message(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<MessageEnd>> {
        let deadline = self.deadline();
        loop {
            if let Some(told) = self.conversation.take_message(bytes) {
                return told;
            }
            self.turn(deadline, |_| Ok(false))?;
        }
    }

    /// Goes on until it has come to this.
    fn run_to(&mut self, goal: Goal) -> io::Result<()> {
        let deadline = self.deadline();
        while !self.conversation.has_come_to(goal)? {
            self.turn(deadline, |conversation| conversation.has_come_to(goal))?;
        }
        Ok(())
    }

    /// Goes on, or waits for what it would go on by, unless that has become needless.
    fn turn(
        &mut self,
        deadline: Option<Moment>,
        is_there: impl FnOnce(&mut Conversation) -> io::Result<bool>,
    ) -> io::Result<()> {
        let (chat, ends) = self.conversation.parts();
        let Progress::Blocked(blocked) = self.waiter.turn(chat, ends) else { return Ok(()) };
        if is_there(&mut self.conversation)? {
            return Ok(());
        }
        let (_, ends) = self.conversation.parts();
        if self.waiter.wait_before(ends, blocked, deadline)? {
            return Ok(());
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Sends this, and returns when all of it has left.
    ///
    /// # Errors
    /// The peer takes nothing any more; `TimedOut`, and the rest stays to be sent; `BrokenPipe` after it was closed.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        for piece in bytes.as_ref().chunks(PIECE) {
            self.conversation.push_copy(piece)?;
            self.flush()?;
        }
        Ok(())
    }

    /// Sends what the producer makes, as fast as it leaves (ACH-31).
    ///
    /// # Errors
    /// As [`ChatStream::send`].
    pub fn send_with_producer(&mut self, producer: impl Producer + Send + Sync + 'static) -> io::Result<()> {
        self.conversation.push_with_producer(producer)?;
        self.flush()
    }

    /// Returns when everything has left: what a time-out has kept back as well. Nothing is read meanwhile.
    ///
    /// # Errors
    /// As [`ChatStream::send`].
    pub fn flush(&mut self) -> io::Result<()> {
        self.run_to(Goal::Sent)
    }

    /// Performs the handshake of a layer, if that was not done yet.
    ///
    /// # Errors
    /// Why nothing was agreed upon: `InvalidData` with a [`TlsFault`](standpipe_core::TlsFault) inside, `TimedOut`,
    /// `UnexpectedEof`, or the connection's own failure.
    pub fn handshake(&mut self) -> io::Result<()> {
        self.run_to(Goal::Agreed)
    }

    /// Puts a layer such as TLS over the connection from here on, as STARTTLS asks for, and performs its handshake. What has
    /// come before it is the layer's: nothing that was read in plain text is taken for secured (RFC 3207, 4.2).
    ///
    /// # Errors
    /// As [`ChatStream::handshake`]; or it is closing, or has a layer.
    pub fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        self.conversation.begin_layer(layer)?;
        self.handshake()
    }

    /// What was agreed upon in a layer, once its handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.conversation.negotiated()
    }

    /// What has come of a message that has not ended.
    pub fn partial(&self) -> &[u8] {
        self.conversation.partial()
    }

    /// Half-close: the peer reads to its end, and may still answer.
    ///
    /// # Errors
    /// As [`ChatStream::send`].
    pub fn close_write(&mut self) -> io::Result<()> {
        self.conversation.close_write();
        self.run_to(Goal::HalfClosed)
    }

    /// Closes it: what was sent leaves, and the peer's end is awaited for as long as the close deadline allows (5 s by
    /// default), so that nothing is lost by a reset. What the peer still sends is dropped. A child has as long again to come to its own
    /// end, and is ended then.
    ///
    /// # Errors
    /// Not everything has left, or the stream was truncated.
    pub fn close(mut self) -> io::Result<()> {
        self.conversation.close();
        let deadline = self.deadline();
        let closed = loop {
            if let Some(closed) = self.conversation.closed() {
                break closed;
            }
            self.turn(deadline, |_| Ok(false))?;
        };
        if let Some(child) = &mut self.child {
            child.wait_timeout(self.conversation.patience())?;
        }
        closed
    }

    /// The child at the other end, if it is one. To let it come to its own end, [`close_write`](Self::close_write), read
    /// to the end, and wait for it.
    pub fn child(&mut self) -> Option<&mut Child> {
        self.child.as_mut()
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Option<Endpoint> {
        self.conversation.local()
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.conversation.peer()
    }

    fn deadline(&self) -> Option<Moment> {
        self.timeout.map(|wait| self.waiter.now() + wait)
    }
}

impl Iterator for ChatStream {
    type Item = io::Result<Received>;

    /// [`ChatStream::next_message`].
    fn next(&mut self) -> Option<io::Result<Received>> {
        self.next_message().transpose()
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream")
            .field("peer", &self.peer())
            .field("end", &self.conversation.end())
            .finish_non_exhaustive()
    }
}
