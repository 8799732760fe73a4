//! A dialogue in messages in the standard library's habits: [`ChatStream`].

use std::fmt;
use std::io;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::time::Duration;

use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, MessageEnd, MessageError, Terminator};
use standpipe_core::flow::Producer;
use standpipe_core::{Blocked, End, Layer, Machine, Moment, Negotiated, Progress};
use standpipe_sys::socket::Endpoint;
use standpipe_sys::{Ends, fault};

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
    chat: Chat,
    ends: Ends,
    waiter: Waiter,
    timeout: Option<Duration>,
    /// How long a closing one waits for the other side.
    patience: Duration,
    /// Why there are no more messages.
    failure: Option<MessageError>,
    /// The peer will send no more.
    has_peer_ended: bool,
    /// How it has ended.
    end: Option<End>,
    child: Option<Child>,
}

/// A message, or what there is of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// Its bytes, without the terminator.
    pub bytes: Vec<u8>,
    /// What ended it: a terminator, unless [`OverLimit`](standpipe_core::chat::OverLimit) asks for others.
    pub end: MessageEnd,
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
        Self::over(Chat::new(terminator, both_ways(options)), stream, options)
    }

    /// Over a connection behind a layer such as a TLS session, whose handshake is still to come: the first call performs it,
    /// or [`ChatStream::handshake`].
    pub fn layered(
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: impl Into<Terminator>,
        options: ChatOptions,
    ) -> Self {
        Self::over(Chat::layered(layer, terminator, both_ways(options)), stream, options)
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

    fn over(chat: Chat, stream: Stream, options: ChatOptions) -> Self {
        let ends = Ends::default().with(Chat::SOCKET, stream.into_inner());
        Self {
            chat,
            ends,
            waiter: Waiter::default(),
            timeout: None,
            patience: options.channel.close,
            failure: None,
            has_peer_ended: false,
            end: None,
            child: None,
        }
    }

    /// How long each call may wait. Default: without limit.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Ends messages so from now on, those included whose bytes have come already (ACH-09).
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.chat.handle().set_terminator(terminator);
    }

    /// The next message; `None` when the peer has ended, cleanly, and all that came was told: a last message without its
    /// terminator is told first, as [`MessageEnd::Eof`].
    ///
    /// # Errors
    /// `InvalidData` for a message over its limit, with the [`MessageError`] inside,
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
        if let Some(error) = self.failure {
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        let deadline = self.deadline();
        loop {
            if let Some(found) = self.take_event(Some(bytes))? {
                return Ok(found);
            }
            match self.end {
                Some(end) if !end.is_clean() => return Err(fault::end_error(end)),
                None if !self.has_peer_ended => self.turn(deadline)?,
                _ => return Ok(None),
            }
        }
    }

    /// Takes what is to be told, up to a message or the peer's end. Where nothing is read there is no message.
    fn take_event(&mut self, mut bytes: Option<&mut Vec<u8>>) -> io::Result<Option<Option<MessageEnd>>> {
        while let Some((event, _)) = self.chat.next_event() {
            match event {
                ChatEvent::Message(message) => {
                    if let Some(bytes) = bytes.as_deref_mut() {
                        bytes.clear();
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

    /// Goes on until it is there, and nothing more can be done for it without waiting.
    fn run_until(&mut self, is_there: impl Fn(&mut Chat) -> bool) -> io::Result<()> {
        let deadline = self.deadline();
        loop {
            match self.waiter.turn(&mut self.chat, &mut self.ends) {
                Progress::Blocked(_) if is_there(&mut self.chat) => return Ok(()),
                Progress::Blocked(blocked) => self.wait(blocked, deadline)?,
                _ => drop(self.take_event(None)?),
            }
            if let Some(end) = self.end {
                return Err(fault::end_error(end));
            }
        }
    }

    fn wait(&mut self, blocked: Blocked, deadline: Option<Moment>) -> io::Result<()> {
        match self.waiter.wait_before(&self.ends, blocked, deadline)? {
            true => Ok(()),
            false => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Goes on, or waits for what it would go on by.
    fn turn(&mut self, deadline: Option<Moment>) -> io::Result<()> {
        match self.waiter.turn(&mut self.chat, &mut self.ends) {
            Progress::Blocked(blocked) => self.wait(blocked, deadline),
            _ => Ok(()),
        }
    }

    /// The same without looking at what comes.
    fn run_deaf_until(&mut self, is_there: impl Fn(&mut Chat) -> bool) -> io::Result<()> {
        self.chat.handle().set_reading(false);
        let there = self.run_until(is_there);
        self.chat.handle().set_reading(true);
        there
    }

    /// Sends this, and returns when all of it has left.
    ///
    /// # Errors
    /// The peer takes nothing any more; `TimedOut`, and the rest stays to be sent; `BrokenPipe` after it was closed.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        for piece in bytes.as_ref().chunks(PIECE) {
            self.chat.handle().push(piece).map_err(fault::push_error)?;
            self.flush()?;
        }
        Ok(())
    }

    /// Sends what the producer makes, as fast as it leaves (ACH-31).
    ///
    /// # Errors
    /// As [`ChatStream::send`].
    pub fn send_with_producer(&mut self, producer: impl Producer + Send + Sync + 'static) -> io::Result<()> {
        self.chat.handle().push_with_producer(producer).map_err(fault::push_error)?;
        self.flush()
    }

    /// Returns when everything has left: what a time-out has kept back as well. Nothing is read meanwhile.
    ///
    /// # Errors
    /// As [`ChatStream::send`].
    pub fn flush(&mut self) -> io::Result<()> {
        self.run_deaf_until(|chat| {
            let is_under_way = chat.handle().unsent() > 0 || chat.wants(Chat::SOCKET).write;
            chat.is_connected() && !is_under_way
        })
    }

    /// Performs the handshake of a layer, if that was not done yet.
    ///
    /// # Errors
    /// Why nothing was agreed upon: `InvalidData` with a [`TlsFault`](standpipe_core::TlsFault) inside, `TimedOut`,
    /// `UnexpectedEof`, or the connection's own failure.
    pub fn handshake(&mut self) -> io::Result<()> {
        self.run_deaf_until(|chat| chat.is_connected())
    }

    /// Puts a layer such as TLS over the connection from here on, as STARTTLS asks for, and performs its handshake. What has
    /// come before it is the layer's: nothing that was read in plain text is taken for secured (RFC 3207, 4.2).
    ///
    /// # Errors
    /// As [`ChatStream::handshake`]; or it is closing, or has a layer.
    pub fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        self.chat.begin_layer(layer).map_err(io::Error::other)?;
        self.handshake()
    }

    /// What was agreed upon in a layer, once its handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.chat.negotiated()
    }

    /// What has come of a message that has not ended.
    pub fn partial(&self) -> &[u8] {
        self.chat.partial()
    }

    /// Half-close: the peer reads to its end, and may still answer.
    ///
    /// # Errors
    /// As [`ChatStream::send`].
    pub fn close_write(&mut self) -> io::Result<()> {
        self.chat.handle().close_write();
        self.run_deaf_until(|chat| {
            let wants = chat.wants(Chat::SOCKET);
            !wants.write && wants.duty.is_none()
        })
    }

    /// Closes it: what was sent leaves, and the peer's end is awaited for as long as the close deadline allows (5 s by
    /// default), so that nothing is lost by a reset. What the peer still sends is dropped. A child has as long again to come to its own
    /// end, and is ended then.
    ///
    /// # Errors
    /// Not everything has left, or the stream was truncated.
    pub fn close(mut self) -> io::Result<()> {
        self.chat.handle().close();
        let deadline = self.deadline();
        loop {
            self.take_event(None)?;
            if self.end.is_some() {
                break;
            }
            self.turn(deadline)?;
        }
        if let Some(child) = &mut self.child {
            child.wait_timeout(self.patience)?;
        }
        match self.end {
            Some(end) if !end.is_clean() => Err(fault::end_error(end)),
            _ => Ok(()),
        }
    }

    /// The child at the other end, if it is one. To let it come to its own end, [`close_write`](Self::close_write), read
    /// to the end, and wait for it.
    pub fn child(&mut self) -> Option<&mut Child> {
        self.child.as_mut()
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Option<Endpoint> {
        self.ends.descriptor(Chat::SOCKET).map(|fd| Endpoint::local(fd.as_fd()))
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.ends.descriptor(Chat::SOCKET).map(|fd| Endpoint::peer(fd.as_fd()))
    }

    fn deadline(&self) -> Option<Moment> {
        self.timeout.map(|wait| self.waiter.now() + wait)
    }
}

/// Whether the peer's end is the end of the dialogue is for the caller to say.
fn both_ways(mut options: ChatOptions) -> ChatOptions {
    options.channel.half_open = true;
    options
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
