//! What a handler may touch: [`Channel`].

use std::io;
use std::time::Duration;

use standpipe_core::chat::Terminator;
use standpipe_core::dispatch::{Key, Outgoing, TimerKey};
use standpipe_core::flow::Producer;
use standpipe_core::socket::Address;
use standpipe_core::{Bytes, Layer, Moment, Negotiated};

use super::others::Errand;
use super::own::{Own, Upgrade};
use super::{ConnectionOptions, Dispatcher, Opening, Others};
use crate::fault;
use crate::socket::{Destination, Endpoint};

/// What a handler may do to its channel: push, say how it is to end, set timers. Nothing of it is sent, and nobody is called,
/// before the handler has returned.
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use standpipe_core::dispatch::TimerKey;
/// use standpipe_sys::dispatch::{Channel, Dispatcher};
///
/// /// Says goodbye to who is silent for a minute.
/// #[derive(Default)]
/// struct Patient(Option<TimerKey>);
///
/// impl Dispatcher for Patient {
///     fn handle_accepted(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
///         self.0 = Some(channel.set_timer(Duration::from_secs(60)));
///         channel.push(b"hello\n")
///     }
///
///     fn handle_read(&mut self, channel: &mut Channel<'_>, _: &[u8]) -> io::Result<()> {
///         let next = channel.set_timer(Duration::from_secs(60));
///         self.0.replace(next).map(|timer| channel.cancel_timer(timer));
///         Ok(())
///     }
///
///     fn handle_timer(&mut self, channel: &mut Channel<'_>, _: TimerKey) -> io::Result<()> {
///         channel.push(b"goodbye\n")?;
///         channel.close_when_done();
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Channel<'a> {
    pub(super) out: &'a mut Outgoing,
    pub(super) own: &'a mut Own,
    pub(super) layer: Option<&'a dyn Layer>,
}

impl Channel<'_> {
    /// The same for a shorter time.
    pub(super) fn reborrow(&mut self) -> Channel<'_> {
        Channel { out: self.out, own: self.own, layer: self.layer }
    }

    fn touch(&mut self) -> &mut Outgoing {
        self.own.touched = true;
        self.out
    }

    fn outgoing(&mut self) -> io::Result<&mut Outgoing> {
        match self.own.refusal() {
            None => Ok(self.touch()),
            Some(refusal) => Err(io::Error::new(io::ErrorKind::NotConnected, refusal)),
        }
    }

    /// Its name in its loop.
    pub fn key(&self) -> Key {
        self.own.key
    }

    /// The other side; `None` before there is a connection, and where a stream has none.
    pub fn peer(&self) -> Option<&Endpoint> {
        self.own.peer.as_ref()
    }

    /// What was agreed upon in its layer, once the handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.layer.and_then(Layer::negotiated)
    }

    /// The time, as its loop has it.
    pub fn now(&self) -> Moment {
        self.own.now
    }

    /// Appends a copy of these bytes to what is to be sent (ACO-44, ACH-25).
    ///
    /// # Errors
    /// `BrokenPipe` when the channel is closing, `WouldBlock` when more waits than may, each with the
    /// [`PushError`](standpipe_core::dispatch::PushError) inside; `NotConnected` in a handler
    /// behind [`Channel::begin_layer`] or [`Channel::end_layer`]. Nothing was taken then.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.own.has_asked() || !self.out.push_in_place(bytes) {
            return self.push_elsewhere(bytes);
        }
        self.own.touched = true;
        Ok(())
    }

    fn push_elsewhere(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.outgoing()?.push(bytes).map_err(fault::push_error)
    }

    /// Appends these very bytes; only a few are ever copied. For large ones, and for those that go to many peers.
    ///
    /// # Errors
    /// As [`Channel::push`].
    pub fn push_bytes(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.outgoing()?.push_bytes(bytes.into()).map_err(fault::push_error)
    }

    /// Appends a producer, which is asked once everything before it has gone (ACH-26).
    ///
    /// # Errors
    /// As [`Channel::push`]; the producer is dropped then.
    pub fn push_with_producer(&mut self, producer: impl Producer + Send + Sync + 'static) -> io::Result<()> {
        self.outgoing()?.push_with_producer(producer).map_err(fault::push_error)
    }

    /// How many bytes wait to be sent; what producers will still make is not known.
    pub fn unsent(&self) -> usize {
        self.out.unsent()
    }

    /// Whether more waits than should: until enough of it has left, no data is told and nothing is read. Never while the layer is
    /// being taken off.
    pub fn is_full(&self) -> bool {
        self.out.is_full()
    }

    /// Whether the channel was asked to end in any way, or its peer takes nothing any more.
    pub fn is_closing(&self) -> bool {
        self.out.is_closing()
    }

    /// Drops what has come and was not told yet, and what waits to be sent. A request to close stays (ACH-37, ACH-T10).
    pub fn discard_buffers(&mut self) {
        self.own.discarded = true;
        self.touch().discard_buffers();
    }

    /// Half-close: after what was pushed goes the end. Data still comes.
    pub fn close_write(&mut self) {
        self.touch().close_write();
    }

    /// Closes it once everything that was pushed has left; what comes until then is still told (ACH-32).
    pub fn close_when_done(&mut self) {
        self.touch().close_when_done();
    }

    /// Closes it once everything that was pushed has left. No more data is told, not even what has come already
    /// (ACO-47, ACH-T1).
    pub fn close(&mut self) {
        self.own.discarded = true;
        self.touch().close();
    }

    /// Ends it now, by a reset.
    pub fn abort(&mut self) {
        self.own.discarded = true;
        self.touch().abort();
    }

    /// Whether data is wanted, beside what [`Dispatcher::readable`] says: `true` to begin with.
    pub fn set_reading(&mut self, reading: bool) {
        self.own.reading = reading;
        self.own.touched = true;
    }

    /// Whether urgent data is wanted: `false` to begin with. A layer has none.
    pub fn set_urgent(&mut self, urgent: bool) {
        self.touch().set_urgent(urgent);
    }

    /// Puts a layer such as TLS over the connection once this handler has returned, as STARTTLS asks for (SSL-13). What was pushed
    /// before leaves without it; what is pushed once the handshake is over, which [`Dispatcher::handle_connect`] tells, goes
    /// through it. What has come behind the request and was not told is the layer's: nothing that was read before the
    /// handshake is trusted after it (RFC 3207, 4.2).
    ///
    /// One that cannot be put there, since the channel closes or has a layer, is told to [`Dispatcher::handle_error`] with the
    /// [`LayerError`](standpipe_core::dispatch::LayerError) inside, and the channel closes.
    ///
    /// ```
    /// use std::io;
    /// use standpipe_core::Layer;
    /// use standpipe_core::chat::Message;
    /// use standpipe_sys::dispatch::{Channel, Chat, Dispatcher, MessageHandler};
    ///
    /// struct Polite(fn() -> Box<dyn Layer>);
    ///
    /// impl Dispatcher for Polite {
    ///     fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
    ///         channel.push(b"220 nobody else reads this\r\n")
    ///     }
    /// }
    ///
    /// impl MessageHandler for Polite {
    ///     fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
    ///         if message.bytes == b"STARTTLS" {
    ///             chat.push(b"220 go ahead\r\n")?;
    ///             chat.begin_layer((self.0)());
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn begin_layer(&mut self, layer: Box<dyn Layer>) {
        self.begin_layer_over(layer, Vec::new());
    }

    /// The same, with bytes that were told already and are the layer's: they come before those that were not told.
    ///
    /// ```
    /// use std::io;
    /// use standpipe_core::Layer;
    /// use standpipe_sys::dispatch::{Channel, Dispatcher};
    ///
    /// /// Whoever takes data as it comes may find the beginning of the handshake behind the request.
    /// struct Bare(fn() -> Box<dyn Layer>);
    ///
    /// impl Dispatcher for Bare {
    ///     fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
    ///         if let Some(rest) = data.strip_prefix(b"STARTTLS\n") {
    ///             channel.begin_layer_over((self.0)(), rest.to_vec());
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn begin_layer_over(&mut self, layer: Box<dyn Layer>, early: Vec<u8>) {
        self.touch();
        self.own.asks().upgrade = Some(Upgrade { layer, early });
    }

    /// Takes the layer off once this handler has returned, after which plain text goes both ways on the same connection (SSL-80).
    /// What was pushed before leaves by the layer, with close_notify behind it; what later handlers push waits until the layer is off,
    /// and leaves without it. That is so once the peer has said close_notify as well (RFC 8446, 6.1; RFC 5246, 7.2.1), and
    /// [`Dispatcher::handle_unwrap`] tells it: data told before came by the layer, data told after is plain text, that which had come
    /// behind the peer's close_notify first, where the layer was told to keep it (`Session::keeping_left_over`).
    ///
    /// A peer that has said close_notify on its own is told as one that has ended: [`Dispatcher::handle_eof`] may answer with this, and
    /// so may whoever has a channel that stays open ([`Dispatcher::is_half_open`]). What was asked for as the channel's end
    /// meanwhile is met behind all of that.
    ///
    /// What hinders it closes the channel: `Truncated` where the transport ends instead, `TimedOut` where the peer says nothing
    /// within [`ChannelOptions::close`](standpipe_core::dispatch::ChannelOptions::close), and any failure. One that cannot be taken
    /// off, since the channel closes, has none or is not connected yet, is told to [`Dispatcher::handle_error`] with the
    /// [`LayerError`](standpipe_core::dispatch::LayerError) inside, and the channel closes.
    ///
    /// ```
    /// use std::io;
    /// use standpipe_core::chat::Message;
    /// use standpipe_sys::dispatch::{Channel, Chat, Dispatcher, MessageHandler};
    ///
    /// /// As FTP's CCC (RFC 2228): the answer leaves sealed, and what follows in plain text.
    /// struct Frank;
    ///
    /// impl Dispatcher for Frank {
    ///     fn handle_unwrap(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
    ///         channel.push(b"220 everybody reads this\r\n")
    ///     }
    /// }
    ///
    /// impl MessageHandler for Frank {
    ///     fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
    ///         if message.bytes == b"CCC" {
    ///             chat.push(b"200 going on in plain text\r\n")?;
    ///             chat.end_layer();
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn end_layer(&mut self) {
        self.touch();
        self.own.asks().ends_layer = true;
    }

    /// Ends messages so from now on, those included whose bytes have come already (ACH-09). Where messages are not told this changes
    /// nothing.
    ///
    /// One that is held back, since no data is wanted, may be ended otherwise before it is told:
    ///
    /// ```
    /// use std::io;
    /// use standpipe_core::chat::Message;
    /// use standpipe_core::dispatch::TimerKey;
    /// use standpipe_sys::dispatch::{Channel, Chat, Dispatcher, MessageHandler};
    ///
    /// /// Looks at nothing that comes behind a request before it knows how that goes on.
    /// struct Thoughtful;
    ///
    /// impl MessageHandler for Thoughtful {
    ///     fn handle_message(&mut self, chat: &mut Chat<'_>, _: Message<'_>) -> io::Result<()> {
    ///         chat.set_reading(false);
    ///         chat.set_timer(std::time::Duration::from_millis(10));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// impl Dispatcher for Thoughtful {
    ///     fn handle_timer(&mut self, channel: &mut Channel<'_>, _: TimerKey) -> io::Result<()> {
    ///         channel.set_terminator(5);
    ///         channel.set_reading(true);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.touch();
        self.own.set_next_end(terminator.into());
    }

    /// Has [`Dispatcher::handle_timer`] called once, after so long. A channel's timers go when it closes.
    pub fn set_timer(&mut self, after: Duration) -> TimerKey {
        self.own.touched = true;
        self.own.set_timer(after)
    }

    /// Takes a timer back. Whether it was still to come.
    pub fn cancel_timer(&mut self, timer: TimerKey) -> bool {
        self.own.touched = true;
        self.own.cancel_timer(timer)
    }

    /// Has the loop connect to an address as well, for another handler, to whom it is told whether its name is known and whether
    /// anybody answers.
    ///
    /// # Errors
    /// As [`EventLoop::connect`](super::EventLoop::connect).
    pub fn connect(&mut self, address: &Address, handler: impl Dispatcher + 'static) -> io::Result<()> {
        let to = Destination::of(address).map_err(io::Error::other)?;
        let options = ConnectionOptions::default();
        self.own.asks().openings.push(Opening { to, options, handler: Box::new(handler) });
        Ok(())
    }

    /// Has this called with the other channels of the loop once the handler has returned, in order.
    pub fn afterwards(&mut self, errand: impl FnOnce(&mut dyn Others) + 'static) {
        self.own.asks().errands.push(Errand(Box::new(errand)));
    }

    /// Asks the loop to stop, as its own verb does.
    pub fn stop_loop(&mut self) {
        self.own.asks().stops_loop = true;
    }
}
