//! A connection as asyncore has it: [`Channel`].

mod carrier;
mod deadline;
mod ends;
mod machine;
mod options;
mod outgoing;
mod turning;
mod unwrapping;
mod upgrade;

use crate::socket::ResolveFault;
use crate::{End, EofPolicy, Layer, Moment, Negotiated, Port};
use alloc::boxed::Box;
use carrier::Carrier;
use deadline::{Deadline, Limit};
pub use options::{ChannelEvent, ChannelOptions};
use outgoing::Closing;
pub use outgoing::{Outgoing, PushError};
pub use upgrade::LayerError;

/// A connection: connecting, connected, closing, closed, in asyncore's order of events (ACO-24 to ACO-58), with or
/// without a layer such as TLS. One that accepts is a [`Listen`](crate::socket::Listen).
///
/// Its port is [`Channel::SOCKET`]. A failure or a hang-up takes nothing from what can still be read: that is told
/// first. An idle channel holds no buffer; one that reads or has something to send holds two, one more with a layer.
///
/// ```
/// use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
/// use standpipe_core::{End, Machine, Pool, Window};
///
/// // A driver would do this part: `advance` over an `Io`.
/// let mut echo = Channel::connected(ChannelOptions::default());
/// let mut pool = Pool::default();
/// let Window::Slice(room) = echo.window(Channel::SOCKET, &mut pool) else { unreachable!() };
/// room[..5].copy_from_slice(b"hello");
/// echo.handle_read(Channel::SOCKET, 5);
///
/// while let Some((event, out)) = echo.next_event() {
///     match event {
///         ChannelEvent::Data(data) => out.push(data)?,
///         ChannelEvent::Closed(end) => assert_eq!(end, End::Clean),
///         _ => {}
///     }
/// }
/// assert!(echo.wants(Channel::SOCKET).write);
/// # Ok::<(), standpipe_core::dispatch::PushError>(())
/// ```
#[derive(Debug)]
pub struct Channel {
    phase: Phase,
    carrier: Carrier,
    out: Outgoing,
    limits: Limits,
    eof: EofPolicy,
    half_open: bool,
    /// How each direction has ended.
    receiving: Option<End>,
    sending: Option<End>,
    /// The transport takes nothing any more.
    unwritable: bool,
    agreed: bool,
    news: u8,
    urgent: Option<u8>,
    /// So many bytes of data were handed out with the last event.
    given: u32,
    /// The last event was the peer's end.
    end_given: bool,
    /// Data was taken of which there is still something to tell.
    retained: bool,
    now: Moment,
    /// When connecting or the handshake is given up.
    begin_until: Deadline,
    close_until: Deadline,
}

#[derive(Debug)]
struct Limits {
    connect: Limit,
    handshake: Limit,
    close: Limit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Connecting,
    Open,
    Closing,
    Resetting,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    Connected,
    Unwrapped,
    Ended,
    Room,
    Closed,
}

impl News {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Channel {
    /// The connection.
    pub const SOCKET: Port = Port::new(0);

    /// A connection that is made already.
    pub fn connected(options: ChannelOptions) -> Self {
        Self::new(Phase::Open, None, options)
    }

    /// One that nothing can come by, such as the writing end of a pipe: its peer has ended from the start, of which nothing is
    /// told, and it stays open until it is closed.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// let mut channel = Channel::write_only(ChannelOptions::default());
    /// assert!(channel.next_event().is_none());
    /// assert!(!channel.wants(Channel::SOCKET).read);
    /// channel.out().push(b"hello")?;
    /// assert!(channel.wants(Channel::SOCKET).write);
    /// # Ok::<(), standpipe_core::dispatch::PushError>(())
    /// ```
    pub fn write_only(options: ChannelOptions) -> Self {
        Self { half_open: true, receiving: Some(End::Clean), ..Self::connected(options) }
    }

    /// A connection behind a layer such as a TLS session. Its handshake is still to come.
    ///
    /// ```
    /// use standpipe_core::Layer;
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// fn serve(session: Box<dyn Layer>) -> Channel {
    ///     Channel::layered(session, ChannelOptions::default())
    /// }
    /// ```
    pub fn layered(layer: Box<dyn Layer>, options: ChannelOptions) -> Self {
        Self::new(Phase::Open, Some(layer), options)
    }

    /// A connection that is still to be made, with a layer over it or without. What is pushed meanwhile waits (ACH-28,
    /// ACO-T12).
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
    /// use standpipe_core::{Done, Duty, Machine};
    ///
    /// let mut channel = Channel::connecting(None, ChannelOptions::default());
    /// assert_eq!(channel.wants(Channel::SOCKET).duty, Some(Duty::Connect(0)));
    /// // The driver says so once the socket is writable and its error was looked at (ACO-51).
    /// channel.handle_done(Channel::SOCKET, Duty::Connect(0), Done::Ok(0));
    /// assert!(matches!(channel.next_event(), Some((ChannelEvent::Connected, _))));
    /// ```
    pub fn connecting(layer: Option<Box<dyn Layer>>, options: ChannelOptions) -> Self {
        Self::new(Phase::Connecting, layer, options)
    }

    fn new(phase: Phase, layer: Option<Box<dyn Layer>>, options: ChannelOptions) -> Self {
        let carrier = Carrier::of(layer);
        Self {
            phase,
            agreed: phase == Phase::Open && carrier.layer().is_none(),
            carrier,
            out: Outgoing::new(options.high_water, options.low_water, options.most_unsent),
            limits: Limits {
                connect: Limit::of(options.connect),
                handshake: Limit::of(options.handshake),
                close: Limit::of(Some(options.close)),
            },
            eof: options.eof,
            half_open: options.half_open,
            receiving: None,
            sending: None,
            unwritable: false,
            news: 0,
            urgent: None,
            given: 0,
            end_given: false,
            retained: false,
            now: Moment::ORIGIN,
            begin_until: Deadline::NONE,
            close_until: Deadline::NONE,
        }
    }

    /// The name of the host was looked up in vain, so nobody can be connected to: a fact for whoever looks it up while the channel
    /// is connecting already, under its deadline.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    /// use standpipe_core::socket::ResolveFault;
    /// use standpipe_core::{Duty, End, Machine};
    ///
    /// let mut channel = Channel::connecting(None, ChannelOptions::default());
    /// channel.handle_unresolved(ResolveFault::NoName);
    /// assert_eq!(channel.wants(Channel::SOCKET).duty, Some(Duty::Close));
    /// let end = channel.end().expect("there is nothing left to be done");
    /// assert_eq!(end, End::Unresolved(ResolveFault::NoName));
    /// assert_eq!(end.to_string(), "no address: name or service not known");
    /// ```
    pub fn handle_unresolved(&mut self, fault: ResolveFault) {
        if self.phase == Phase::Connecting {
            self.close_as(Phase::Closing);
            self.fail(End::Unresolved(fault));
        }
    }

    /// What is to go out, and how it is to end.
    pub fn out(&mut self) -> &mut Outgoing {
        &mut self.out
    }

    /// The same, and the layer, where there is one.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// let mut channel = Channel::connected(ChannelOptions::default());
    /// let (out, layer) = channel.out_beside_layer();
    /// assert!(out.push(b"hello").is_ok() && layer.is_none());
    /// ```
    pub fn out_beside_layer(&mut self) -> (&mut Outgoing, Option<&dyn Layer>) {
        (&mut self.out, self.carrier.layer())
    }

    /// What was agreed upon in the layer, once the handshake is over.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// assert_eq!(Channel::connected(ChannelOptions::default()).negotiated(), None); // it has no layer
    /// ```
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.carrier.layer().and_then(Layer::negotiated)
    }

    /// Whether the connection is made, and the handshake of its layer over (ACO-25). False again once it is closed.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// assert!(Channel::connected(ChannelOptions::default()).is_connected());
    /// assert!(!Channel::connecting(None, ChannelOptions::default()).is_connected());
    /// ```
    pub fn is_connected(&self) -> bool {
        self.agreed && self.phase == Phase::Open
    }

    /// Whether nothing more comes of the peer, for whatever reason. What came may still be told.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// let mut channel = Channel::connected(ChannelOptions::default());
    /// channel.handle_eof(Channel::SOCKET);
    /// assert!(channel.has_peer_ended());
    /// ```
    pub fn has_peer_ended(&self) -> bool {
        self.receiving.is_some()
    }

    /// How it has ended, once both directions have: the first reason that is not clean.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    /// use standpipe_core::{End, Machine, Moment};
    ///
    /// let mut channel = Channel::connected(ChannelOptions::default());
    /// assert_eq!(channel.end(), None);
    /// channel.out().abort();
    /// channel.handle_now(Moment::ORIGIN);
    /// assert_eq!(channel.end(), Some(End::Aborted));
    /// ```
    pub fn end(&self) -> Option<End> {
        let (receiving, sending) = (self.receiving?, self.sending?);
        Some(if receiving.is_clean() { sending } else { receiving })
    }

    /// The next event, and what its handler may answer with. Data counts as taken once the next event is asked for.
    pub fn next_event(&mut self) -> Option<(ChannelEvent<'_>, &mut Outgoing)> {
        self.next_event_beside_layer().map(|(event, out, _)| (event, out))
    }

    /// The same with the layer, where there is one: for whoever wants to know what was agreed upon while it handles the event.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
    ///
    /// fn greet(channel: &mut Channel) {
    ///     let Some((ChannelEvent::Connected, out, layer)) = channel.next_event_beside_layer() else { return };
    ///     let version = layer.and_then(|layer| layer.negotiated()).map_or("no TLS", |agreed| agreed.version);
    ///     let _ = out.push(version.as_bytes());
    /// }
    /// # greet(&mut Channel::connected(ChannelOptions::default()));
    /// ```
    pub fn next_event_beside_layer(
        &mut self,
    ) -> Option<(ChannelEvent<'_>, &mut Outgoing, Option<&dyn Layer>)> {
        self.release();
        let event = match self.next_before_data() {
            Some(event) => event,
            None if self.has_data() => {
                let data = self.carrier.plain();
                // What is handed out is so much at most; the rest has an event of its own.
                self.given = u32::try_from(data.len()).unwrap_or(u32::MAX);
                ChannelEvent::Data(&data[..self.given as usize])
            }
            None => self.next_after_data()?,
        };
        Some((event, &mut self.out, self.carrier.layer()))
    }

    /// Tells what goes before data.
    pub(crate) fn next_before_data(&mut self) -> Option<ChannelEvent<'static>> {
        if self.take_news_of(News::Connected) {
            return Some(ChannelEvent::Connected);
        }
        if self.has_unwrapped() {
            self.take_news_of(News::Unwrapped);
            return Some(ChannelEvent::Unwrapped);
        }
        self.urgent.take().map(ChannelEvent::Urgent)
    }

    /// Tells what goes after data.
    pub(crate) fn next_after_data(&mut self) -> Option<ChannelEvent<'static>> {
        if self.has_end() {
            self.take_news_of(News::Ended);
            self.end_given = true;
            return Some(ChannelEvent::Ended);
        }
        if self.has_room() {
            self.take_news_of(News::Room);
            return Some(ChannelEvent::Room);
        }
        let end = self.end().filter(|_| self.has_closed())?;
        self.take_news_of(News::Closed);
        self.drop_data();
        Some(ChannelEvent::Closed(end))
    }

    /// The data that has come and was not told yet, unless it is held back.
    pub(crate) fn data(&self) -> &[u8] {
        if self.has_data() { self.carrier.plain() } else { &[] }
    }

    /// The same, and what its handler may answer with.
    pub(crate) fn data_and_out(&mut self) -> (&[u8], &mut Outgoing) {
        let data = if self.has_data() { self.carrier.plain() } else { &[] };
        (data, &mut self.out)
    }

    /// Says whether data was taken of which there is still something to tell: until there is not, the channel stays.
    pub(crate) fn set_retained(&mut self, retained: bool) {
        self.retained = retained;
        self.move_on();
    }

    /// The first `n` bytes of it were taken.
    pub(crate) fn consume(&mut self, n: usize) {
        self.carrier.consume(n);
    }

    fn tell(&mut self, news: News) {
        self.news |= news.bit();
    }

    fn has_news_of(&self, news: News) -> bool {
        self.news & news.bit() != 0
    }

    fn take_news_of(&mut self, news: News) -> bool {
        let told = self.has_news_of(news);
        self.news &= !news.bit();
        told
    }

    /// Whether what has come is of interest.
    fn delivers(&self) -> bool {
        !(self.out.closing == Some(Closing::Whole) || self.out.aborted)
    }

    /// How many bytes have come and were not handed out.
    fn untold(&self) -> usize {
        self.carrier.plain().len() - self.given as usize
    }

    /// Whether data may be told now.
    pub(crate) fn may_deliver(&self) -> bool {
        self.is_listened_to() && !self.out.discarded
    }

    /// Whether the owner wants to hear what has come, or that nothing more will, and nothing holds that back.
    fn is_listened_to(&self) -> bool {
        let is_over = self.phase == Phase::Closed && !self.has_closed();
        self.delivers() && self.out.reading && !self.out.is_full() && !is_over
    }

    fn has_data(&self) -> bool {
        self.untold() > 0 && self.may_deliver() && !self.has_news_of(News::Unwrapped)
    }

    /// Whether the next thing to tell is that the layer is off. It is held back as what came before it was.
    pub(crate) fn has_unwrapped(&self) -> bool {
        self.has_news_of(News::Unwrapped) && self.is_listened_to()
    }

    /// Whether the next thing to tell, data apart, is the peer's end.
    pub(crate) fn has_end(&self) -> bool {
        let untold = !self.out.discarded && self.untold() > 0;
        self.has_news_of(News::Ended) && self.is_listened_to() && !untold
    }

    /// Whether there is something to tell, data apart.
    pub(crate) fn has_event_beside_data(&self) -> bool {
        if self.news == 0 && self.urgent.is_none() {
            return false;
        }
        let early = self.has_news_of(News::Connected) || self.has_unwrapped() || self.urgent.is_some();
        early || self.has_end() || self.has_room() || self.has_closed()
    }

    /// Whether room is to be told: the handler of an earlier event may have used it up, or closed the channel.
    fn has_room(&self) -> bool {
        self.has_news_of(News::Room) && self.delivers() && !self.out.is_full()
    }

    fn has_closed(&self) -> bool {
        self.has_news_of(News::Closed)
    }

    /// The handler has returned: what it was given is taken, and what it asked for is done.
    pub(crate) fn release(&mut self) {
        let taken = core::mem::take(&mut self.given);
        self.carrier.consume(taken as usize);
        if core::mem::take(&mut self.end_given) && !self.half_open {
            self.out.close_as(Closing::WhenDone);
        }
        if self.phase == Phase::Closed {
            return;
        }
        if core::mem::take(&mut self.out.discarded) {
            self.drop_data();
        }
        if self.out.aborted {
            self.give_up(End::Aborted);
        }
        if self.phase == Phase::Connecting && !self.delivers() && self.out.queue.is_empty() {
            self.fail(End::Clean);
        }
        self.move_on();
    }

    fn drop_data(&mut self) {
        self.carrier.consume(self.carrier.plain().len());
    }
}
