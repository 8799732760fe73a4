//! A dialogue in messages as a stream of them and a sink of bytes: [`Chat`].

mod driven;
mod halves;
mod sides;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::time::Duration;

use standpipe_core::chat::{ChatOptions, Terminator};
use standpipe_core::{Layer, Negotiated, Side};
use standpipe_sys::socket::Endpoint;
use standpipe_sys::{Conversation, Goal};

use crate::{Child, Stream};
use driven::Driven;
pub use halves::{ChatReader, ChatWriter};
use sides::{receiving, sending};

/// A dialogue in messages over a connection, a secured connection or a child's pipes (ACH-02): what comes is cut at the
/// terminator, which may be another one for each message, and what is sent has left when the future of [`Chat::send`] is ready.
///
/// It is a [`Stream`](futures_lite::Stream) of messages and a [`Sink`](futures_sink::Sink) of bytes. While something is sent no message is read:
/// whoever wants both at once splits it. Dropping it closes the connection without vouching for what was sent; [`Chat::close`] does.
///
/// Any future of it may be dropped at its await. A message that has come in part is whole in a later one, and is taken only by a poll
/// that returns it. What is to be sent is taken once there is room, all of it or nothing; what was taken leaves with what is sent
/// later, or when it is closed, and never a second time. A task whose peer always has messages lets others run now and then.
///
/// ```
/// use smol::stream::StreamExt;
/// use standpipe_smol::{Chat, Listener, Terminator, connect};
///
/// smol::block_on(async {
///     let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
///     let address = listener.local().to_string().parse()?;
///     let client = smol::spawn(async move {
///         let mut chat = Chat::new(connect(&address).await?, Terminator::CRLF);
///         chat.send("BODY 5\r\nhelloQUIT\r\n").await?;
///         Ok::<_, std::io::Error>(chat.try_next().await?.map(Vec::from))
///     });
///     let mut chat = Chat::new(listener.accept().await?.0, Terminator::CRLF).limit(8 << 10);
///     while let Some(message) = chat.try_next().await? {
///         match &message[..] {
///             b"BODY 5" => chat.set_terminator(5),
///             b"hello" => chat.set_terminator(Terminator::CRLF),
///             _ => chat.send("BYE\r\n").await?,
///         }
///     }
///     chat.close().await?;
///     assert_eq!(client.await?, Some(b"BYE".to_vec()));
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Chat {
    driven: Driven,
    child: Option<Child>,
}

impl Chat {
    /// Over a connection, with the usual limits: a message of at most 64 KiB.
    pub fn new(stream: Stream, terminator: impl Into<Terminator>) -> Self {
        Self::with_options(stream, terminator, ChatOptions::default())
    }

    /// Over a connection, with these limits.
    pub fn with_options(stream: Stream, terminator: impl Into<Terminator>, options: ChatOptions) -> Self {
        Self::over(Conversation::new(stream.into_inner(), terminator, options))
    }

    /// Over a connection behind a layer such as a TLS session, whose handshake is still to come: the first future performs it,
    /// or [`Chat::handshake`].
    pub fn layered(
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: impl Into<Terminator>,
        options: ChatOptions,
    ) -> Self {
        Self::over(Conversation::layered(stream.into_inner(), layer, terminator, options))
    }

    /// Over a child's standard streams, which must be pipes or a terminal. Dropping it ends the child as dropping the child does.
    ///
    /// ```
    /// use smol::stream::StreamExt;
    /// use standpipe_smol::{Chat, Command, Exit, Stdio, Terminator};
    ///
    /// smol::block_on(async {
    ///     let line = "while read -r a b; do echo $((a + b)); done";
    ///     let child = Command::shell(line).stdin(Stdio::Pipe).stdout(Stdio::Pipe).spawn()?;
    ///     let mut bc = Chat::with_child(child, Terminator::LF, Default::default())?;
    ///     bc.send("20 22\n").await?;
    ///     assert_eq!(bc.try_next().await?.map(Vec::from), Some(b"42".to_vec()));
    ///     bc.close_write().await?;
    ///     assert!(bc.try_next().await?.is_none());
    ///     assert_eq!(bc.child().unwrap().wait().await?, Exit::Code(0));
    ///     Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `NotConnected`: its standard input or output is not there. The child is ended then.
    pub fn with_child(
        mut child: Child,
        terminator: impl Into<Terminator>,
        options: ChatOptions,
    ) -> io::Result<Self> {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let both = standpipe_sys::Stream::pair(stdout.into_inner(), stdin.into_inner());
        let chat = Self::over(Conversation::new(both, terminator, options));
        Ok(Self { child: Some(child), ..chat })
    }

    fn over(conversation: Conversation) -> Self {
        Self { driven: Driven::new(conversation), child: None }
    }

    /// With another limit of bytes for a message, said before the first one.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { driven: self.driven.limit(limit), ..self }
    }

    /// How long each future may wait, and each item of the stream from its first poll. Default: without limit.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.driven.set_timeout(Side::Read, timeout);
        self.driven.set_timeout(Side::Write, timeout);
    }

    /// What has come of a message that has not ended.
    pub fn partial(&self) -> &[u8] {
        self.driven.conversation.partial()
    }

    /// Performs the handshake of a layer, if that was not done yet. Dropping the future leaves it to the next one.
    ///
    /// # Errors
    /// Why nothing was agreed upon: `InvalidData` with a [`TlsFault`](standpipe_core::TlsFault) inside, `TimedOut`,
    /// `UnexpectedEof`, or the connection's own failure.
    pub async fn handshake(&mut self) -> io::Result<()> {
        self.driven.reset(Side::Write);
        poll_fn(|context| self.driven.poll_goal(Goal::Agreed, context)).await
    }

    /// Puts a layer such as TLS over the connection from here on, as STARTTLS asks for, and performs its handshake. What has
    /// come before it is the layer's: nothing that was read in plain text is taken for secured (RFC 3207, 4.2).
    ///
    /// Dropping the future leaves the layer in place and the handshake to the next one.
    ///
    /// # Errors
    /// As [`Chat::handshake`]; or it is closing, or has a layer.
    pub async fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        self.driven.conversation.begin_layer(layer)?;
        self.handshake().await
    }

    /// What was agreed upon in a layer, once its handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.driven.conversation.negotiated()
    }

    /// Closes it: what was sent leaves, and the peer's end is awaited for as long as the close deadline allows (5 s by
    /// default), so that nothing is lost by a reset. What the peer still sends is dropped. A child has as long again to come to its own
    /// end, and is ended then.
    ///
    /// Dropping the future is dropping the chat.
    ///
    /// # Errors
    /// Not everything has left, or the stream was truncated.
    pub async fn close(mut self) -> io::Result<()> {
        self.driven.conversation.close();
        self.driven.reset(Side::Write);
        let closed = match poll_fn(|context| self.driven.poll_closed(context)).await {
            Err(error) if self.driven.conversation.end().is_none() => return Err(error),
            closed => closed,
        };
        if let Some(child) = &mut self.child {
            child.wait_timeout(self.driven.conversation.patience()).await?;
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
        self.driven.conversation.local()
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.driven.conversation.peer()
    }

    /// Gives the connection back, to go on by other means, and what has come by it and was not told as a message.
    ///
    /// ```
    /// use smol::io::AsyncWriteExt;
    /// use smol::stream::StreamExt;
    /// use standpipe_smol::{Chat, Listener, Stream, Terminator, connect};
    ///
    /// smol::block_on(async {
    ///     let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
    ///     let mut client = connect(&listener.local().to_string().parse()?).await?;
    ///     client.write_all(b"RAW\r\nbytes").await?;
    ///     let mut chat = Chat::new(listener.accept().await?.0, Terminator::CRLF);
    ///     assert_eq!(chat.try_next().await?.map(Vec::from), Some(b"RAW".to_vec()));
    ///     let (stream, came) = chat.into_inner().expect("it is as it was");
    ///     assert!(b"bytes".starts_with(&came)); // the rest is still to be read
    ///     Stream::new(stream)?.close().await?;
    ///     Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Something waits to be sent, it was closed, or has a layer or a child: the chat comes back.
    pub fn into_inner(self) -> Result<(standpipe_sys::Stream, Vec<u8>), Box<Self>> {
        if self.child.is_some() {
            return Err(Box::new(self));
        }
        self.driven.into_inner().map_err(|driven| Box::new(Self { driven: *driven, child: None }))
    }

    /// Cuts it into halves for two tasks: the messages, and what is sent. Neither waits for the other: they share a lock that is held for
    /// one poll, and never across an await.
    pub fn split(self) -> (ChatReader, ChatWriter) {
        halves::split(self)
    }

    fn driven<T>(&mut self, act: impl FnOnce(&mut Driven) -> T) -> T {
        act(&mut self.driven)
    }
}

receiving!(Chat);
sending!(Chat);

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("peer", &self.peer())
            .field("end", &self.driven.conversation.end())
            .finish_non_exhaustive()
    }
}
