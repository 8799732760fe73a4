//! A dialogue in messages over a connection: [`Chat`].

mod handle;
mod machine;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Message, MessageError, MessageOptions, Messages, Terminator};
use crate::dispatch::{Channel, ChannelEvent, ChannelOptions, LayerError};
use crate::{End, Layer, Negotiated, Port};

pub use handle::Handle;

/// Limits of a [`Chat`].
///
/// ```
/// use standpipe_core::chat::{ChatOptions, MessageOptions, OverLimit};
///
/// let message = MessageOptions { limit: 8 << 10, over: OverLimit::Skip };
/// let options = ChatOptions { message, ..ChatOptions::default() };
/// assert_eq!(options.channel.high_water, 256 << 10);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChatOptions {
    /// Those of a message.
    pub message: MessageOptions,
    /// Those of the connection.
    pub channel: ChannelOptions,
}

/// What has happened to a [`Chat`], in this order where several things have.
///
/// ```
/// use standpipe_core::chat::{ChatEvent, Handle};
/// use standpipe_core::dispatch::PushError;
///
/// /// Echoes lines, and says why it leaves.
/// fn respond(event: ChatEvent<'_>, handle: &mut Handle<'_>) -> Result<(), PushError> {
///     match event {
///         ChatEvent::Message(message) => handle.push(message.bytes),
///         ChatEvent::Failed(error) => handle.push(error.to_string().as_bytes()),
///         ChatEvent::Ended => handle.push(b"goodbye"),
///         _ => Ok(()),
///     }
/// }
/// # let _ = respond;
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChatEvent<'a> {
    /// The connection is made, and the handshake of its layer is over. See [`ChannelEvent::Connected`].
    Connected,
    /// The layer that was to be taken off is off. See [`ChannelEvent::Unwrapped`]: a message has no part on either side of it.
    Unwrapped,
    /// Urgent data has come: this byte.
    Urgent(u8),
    /// A message has come, or a part of one, or news of one that was too long. It counts as taken (ACH-20, ACH-22).
    Message(Message<'a>),
    /// There will be no more messages. What is pushed now still leaves; then the chat closes.
    Failed(MessageError),
    /// The peer has ended, cleanly, and all that came was told, a last message without its terminator as well.
    Ended,
    /// Enough has left for messages to be told again, and for more to be pushed.
    Room,
    /// The chat is closed, and this is how it has ended. Always the last event, and told once.
    Closed(End),
}

/// A dialogue in messages over a connection: asynchat's `async_chat` (ACH-02), with or without a layer such as TLS.
///
/// Its port is [`Chat::SOCKET`]. A message that lies whole in what was read is lent from there. While more waits to be sent than
/// should, neither messages are told nor bytes read, so that a peer who does not read its answers asks no more questions
/// (ACH-T6). An idle chat holds no buffer but the beginning of a message that has come.
///
/// ```
/// use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, Terminator};
/// use standpipe_core::{Machine, Pool, Window};
///
/// let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
/// # let mut pool = Pool::default();
/// # let Window::Slice(room) = chat.window(Chat::SOCKET, &mut pool) else { unreachable!() };
/// # room[..21].copy_from_slice(b"BODY 5\nhello\nQUIT\nBYE");
/// # chat.handle_read(Chat::SOCKET, 21);
/// // The driver has read "BODY 5\nhello\nQUIT\nBYE".
/// let mut told = Vec::new();
/// while let Some((event, mut handle)) = chat.next_event() {
///     let ChatEvent::Message(message) = event else { continue };
///     told.push(String::from_utf8_lossy(message.bytes).into_owned());
///     match message.bytes {
///         b"BODY 5" => handle.set_terminator(5), // in the middle of what has come
///         b"QUIT" => handle.close(),             // nothing more is told
///         _ => handle.set_terminator(Terminator::LF),
///     }
/// }
/// assert_eq!(told, ["BODY 5", "hello", "", "QUIT"]);
/// ```
///
/// For input that is too large to be kept there is [`Scanner`](super::Scanner), over the data of a
/// [`Channel`].
#[derive(Debug)]
pub struct Chat {
    channel: Channel,
    messages: Messages,
    failure: Failure,
}

/// Whether messages have come to an end before the connection has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Failure {
    None,
    /// It was told, and its handler has yet to return.
    Told,
    /// The chat closes.
    Acted,
}

impl Chat {
    /// The connection.
    pub const SOCKET: Port = Channel::SOCKET;

    /// Over a connection that is made already.
    pub fn new(terminator: impl Into<Terminator>, options: ChatOptions) -> Self {
        Self::over(Channel::connected(options.channel), terminator, options.message)
    }

    /// Over a connection behind a layer such as a TLS session. Its handshake is still to come.
    ///
    /// ```
    /// use standpipe_core::Layer;
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// fn serve(session: Box<dyn Layer>) -> Chat {
    ///     Chat::layered(session, Terminator::CRLF, ChatOptions::default())
    /// }
    /// ```
    pub fn layered(layer: Box<dyn Layer>, terminator: impl Into<Terminator>, options: ChatOptions) -> Self {
        Self::over(Channel::layered(layer, options.channel), terminator, options.message)
    }

    /// Over this channel, connecting or connected. What has come and was not told yet belongs to the chat.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, MessageOptions, Terminator};
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    /// use standpipe_core::{Duty, Machine};
    ///
    /// let channel = Channel::connecting(None, ChannelOptions::default());
    /// let chat = Chat::over(channel, Terminator::CRLF, MessageOptions::default());
    /// assert_eq!(chat.wants(Chat::SOCKET).duty, Some(Duty::Connect(0)));
    /// ```
    pub fn over(channel: Channel, terminator: impl Into<Terminator>, options: MessageOptions) -> Self {
        let messages = Messages::new(terminator.into()).with_options(options);
        let mut chat = Self { channel, messages, failure: Failure::None };
        chat.release();
        chat
    }

    /// Under these limits of a message, before the first has begun.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatOptions, MessageOptions, Terminator};
    ///
    /// let chat = Chat::new(Terminator::LF, ChatOptions::default());
    /// let chat = chat.with_message_options(MessageOptions { limit: 8 << 10, ..MessageOptions::default() });
    /// assert_eq!(chat.partial(), b"");
    /// ```
    #[must_use]
    pub fn with_message_options(mut self, options: MessageOptions) -> Self {
        self.messages = self.messages.with_options(options);
        self
    }

    /// What the chat may be told between events: what is to go out, how it is to end, what ends a message.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// let mut chat = Chat::new(Terminator::CRLF, ChatOptions::default());
    /// chat.handle().push(b"220 ready\r\n")?;
    /// # Ok::<(), standpipe_core::dispatch::PushError>(())
    /// ```
    pub fn handle(&mut self) -> Handle<'_> {
        Handle { out: self.channel.out(), finder: self.messages.finder() }
    }

    /// Puts a layer such as TLS over the connection from here on, as STARTTLS asks for: see [`Channel::begin_layer`]. What has
    /// come behind the request, the beginning of a message included, is the layer's.
    ///
    /// # Errors
    /// [`LayerError`]; nothing has changed then.
    ///
    /// ```
    /// use standpipe_core::Layer;
    /// use standpipe_core::chat::{Chat, ChatEvent};
    ///
    /// fn serve(chat: &mut Chat, session: fn() -> Box<dyn Layer>) -> Result<(), Box<dyn std::error::Error>> {
    ///     while let Some((event, mut handle)) = chat.next_event() {
    ///         match event {
    ///             ChatEvent::Message(message) if message.bytes == b"STARTTLS" => {
    ///                 handle.push(b"220 go ahead\r\n")?;
    ///                 chat.begin_layer(session())?;
    ///             }
    ///             _ => {}
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn begin_layer(&mut self, layer: Box<dyn Layer>) -> Result<(), LayerError> {
        self.release();
        let early = self.messages.partial().to_vec();
        self.channel.begin_layer_over(layer, early)?;
        self.messages.clear();
        self.look();
        Ok(())
    }

    /// Takes the layer off, after which plain text goes both ways: see [`Channel::end_layer`]. A last message that came by it
    /// without its terminator is told as before the peer's end.
    ///
    /// # Errors
    /// [`LayerError`]; nothing has changed then.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, Terminator};
    /// use standpipe_core::dispatch::LayerError;
    ///
    /// fn serve(chat: &mut Chat) -> Result<(), Box<dyn std::error::Error>> {
    ///     while let Some((event, mut handle)) = chat.next_event() {
    ///         match event {
    ///             ChatEvent::Message(message) if message.bytes == b"CCC" => {
    ///                 handle.push(b"200 going on in plain text\r\n")?;
    ///                 chat.end_layer()?;
    ///             }
    ///             _ => {}
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// # let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
    /// # serve(&mut chat).unwrap();
    /// # assert_eq!(chat.end_layer(), Err(LayerError::Clear));
    /// ```
    pub fn end_layer(&mut self) -> Result<(), LayerError> {
        let ended = self.channel.end_layer();
        self.release();
        ended
    }

    /// What has come of a message that has not ended: for whoever can make use of it although the connection is broken.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// assert_eq!(Chat::new(Terminator::LF, ChatOptions::default()).partial(), b"");
    /// ```
    pub fn partial(&self) -> &[u8] {
        self.messages.partial()
    }

    /// Takes what has come and was not told, whole messages as well, for whoever goes on with the connection by other means. What is
    /// held back, since the chat does not read or waits for room, is left.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, Terminator};
    /// use standpipe_core::{Machine, Pool, Window};
    ///
    /// let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
    /// # let mut pool = Pool::default();
    /// # let Window::Slice(room) = chat.window(Chat::SOCKET, &mut pool) else { unreachable!() };
    /// # room[..18].copy_from_slice(b"SWITCH\none\ntwo\nthr");
    /// # chat.handle_read(Chat::SOCKET, 18);
    /// // The driver has read "SWITCH\none\ntwo\nthr".
    /// assert!(matches!(chat.next_event(), Some((ChatEvent::Message(message), _)) if message.bytes == b"SWITCH"));
    /// assert_eq!(chat.take_untold(), b"one\ntwo\nthr");
    /// assert!(chat.next_event().is_none());
    /// ```
    pub fn take_untold(&mut self) -> Vec<u8> {
        self.release();
        let mut untold = self.messages.partial().to_vec();
        let data = self.channel.data();
        untold.extend_from_slice(data);
        let all = data.len();
        self.channel.consume(all);
        self.messages.clear();
        self.look();
        untold
    }

    /// Whether the connection is made, and the handshake of its layer over.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// assert!(Chat::new(Terminator::LF, ChatOptions::default()).is_connected());
    /// ```
    pub fn is_connected(&self) -> bool {
        self.channel.is_connected()
    }

    /// What was agreed upon in the layer, once the handshake is over.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// assert_eq!(Chat::new(Terminator::LF, ChatOptions::default()).negotiated(), None); // it has no layer
    /// ```
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.channel.negotiated()
    }

    /// Whether nothing more comes of the peer, for whatever reason. What came may still be told.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
    /// chat.handle_eof(Chat::SOCKET);
    /// assert!(chat.has_peer_ended());
    /// ```
    pub fn has_peer_ended(&self) -> bool {
        self.channel.has_peer_ended()
    }

    /// How it has ended, once both directions have: [`End::Limit`] for a message that was too long, or else the first reason
    /// that is not clean.
    ///
    /// ```
    /// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
    ///
    /// assert_eq!(Chat::new(Terminator::LF, ChatOptions::default()).end(), None);
    /// ```
    pub fn end(&self) -> Option<End> {
        let end = self.channel.end()?;
        Some(if self.failure == Failure::None { end } else { End::Limit })
    }

    /// The next event, and what its handler may answer with. A message counts as taken once the next event is asked for; what
    /// is next depends on what the handler did, so ask until there is none.
    pub fn next_event(&mut self) -> Option<(ChatEvent<'_>, Handle<'_>)> {
        self.release();
        let has_unwrapped = self.channel.has_unwrapped();
        if !has_unwrapped && let Some(event) = self.channel.next_before_data() {
            return Some((self.as_told(event), self.handle()));
        }
        if has_unwrapped || self.channel.has_end() {
            self.messages.look_at_end();
        }
        if self.is_failure_due() {
            return self.fail();
        }
        if self.has_message() {
            let (data, out) = self.channel.data_and_out();
            let (message, finder) = self.messages.take(data)?;
            return Some((ChatEvent::Message(message), Handle { out, finder }));
        }
        if has_unwrapped {
            let event = self.channel.next_before_data()?;
            return Some((self.as_told(event), self.handle()));
        }
        let event = self.channel.next_after_data()?;
        Some((self.as_told(event), self.handle()))
    }

    /// The handler has returned: what it was given is taken, and what it asked for is done. Looks for what is told next.
    fn release(&mut self) {
        let used = self.messages.accept();
        self.channel.consume(used);
        if self.failure == Failure::Told {
            self.failure = Failure::Acted;
            self.channel.out().close();
        }
        let discards = self.channel.out().drops_input();
        self.channel.release();
        if discards {
            self.messages.clear();
        }
        self.look();
    }

    /// Looks for a message in what has come, and keeps what is none. What is held back is not looked at.
    fn look(&mut self) {
        if self.channel.out().drops_input() {
            return self.messages.clear();
        }
        if !self.channel.may_deliver() {
            return;
        }
        let used = self.messages.accept();
        self.channel.consume(used);
        let data = self.channel.data();
        if data.is_empty() && self.messages.is_at_rest() {
            return self.channel.set_retained(false);
        }
        self.messages.look(data);
        if self.messages.is_found() == Ok(false) {
            self.messages.absorb(data);
            let all = data.len();
            self.channel.consume(all);
        }
        self.channel.set_retained(self.messages.is_found() != Ok(false));
    }

    fn has_message(&self) -> bool {
        self.channel.may_deliver() && self.messages.is_found() == Ok(true)
    }

    fn is_failure_due(&self) -> bool {
        self.failure == Failure::None && self.channel.may_deliver() && self.messages.is_found().is_err()
    }

    fn fail(&mut self) -> Option<(ChatEvent<'_>, Handle<'_>)> {
        let error = self.messages.is_found().err()?;
        self.failure = Failure::Told;
        Some((ChatEvent::Failed(error), self.handle()))
    }

    fn as_told(&self, event: ChannelEvent<'static>) -> ChatEvent<'static> {
        match event {
            ChannelEvent::Connected => ChatEvent::Connected,
            ChannelEvent::Unwrapped => ChatEvent::Unwrapped,
            ChannelEvent::Urgent(byte) => ChatEvent::Urgent(byte),
            ChannelEvent::Room => ChatEvent::Room,
            ChannelEvent::Closed(end) => ChatEvent::Closed(self.end().unwrap_or(end)),
            ChannelEvent::Data(_) | ChannelEvent::Ended => ChatEvent::Ended,
        }
    }
}
