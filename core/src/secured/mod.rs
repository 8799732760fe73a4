//! A connection behind a layer, for whoever reads and writes its plaintext: [`Secured`].

mod machine;

use alloc::boxed::Box;
use core::time::Duration;

use crate::{Duty, End, EofPolicy, Layer, Lend, Loan, Machine, Moment, Negotiated, PeerEnd, Port, Timer};

/// Limits of a [`Secured`] connection.
///
/// ```
/// use standpipe_core::{EofPolicy, SecuredOptions};
///
/// let lenient = SecuredOptions { handshake: None, eof: EofPolicy::Accept, ..SecuredOptions::default() };
/// assert_eq!(lenient.close.as_secs(), 5);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecuredOptions {
    /// How long the handshake may take, from the first turn on. Default: 10 s.
    pub handshake: Option<Duration>,
    /// How long after the last byte that left a closing connection waits: for the peer to take more, and for its end.
    /// Default: 5 s.
    pub close: Duration,
    /// What a connection is taken for that ends without saying so in the layer. Default: truncated.
    pub eof: EofPolicy,
}

impl Default for SecuredOptions {
    fn default() -> Self {
        Self {
            handshake: Some(Duration::from_secs(10)),
            close: Duration::from_secs(5),
            eof: EofPolicy::default(),
        }
    }
}

/// What has happened to a [`Secured`] connection.
///
/// ```
/// use standpipe_core::{Secured, SecuredEvent};
///
/// fn serve(connection: &mut Secured) {
///     while let Some(event) = connection.next_event() {
///         if event == SecuredEvent::PeerEnded {
///             connection.close();
///         }
///     }
/// }
/// # let _ = serve;
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SecuredEvent {
    /// The handshake is over: [`Secured::negotiated`] says what was agreed upon, and data may be sent.
    Agreed,
    /// Data has come, to be found in [`Secured::plain`]. Nothing more is read until all of it is consumed.
    Data,
    /// Nothing more will come. [`Secured::take`] tells why, once all data is taken.
    PeerEnded,
    /// All that was to be sent has left.
    Sent,
}

impl SecuredEvent {
    const ALL: [Self; 4] = [Self::Agreed, Self::Data, Self::PeerEnded, Self::Sent];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A connection behind a layer such as TLS, for whoever reads and writes its plaintext. It begins before the handshake,
/// which runs under its own deadline.
///
/// Its port is [`Secured::SOCKET`]. At most two lent buffers are held, and none while nothing moves and all data is
/// consumed. Receiving and sending do not wait for one another, and each has an end of its own.
///
/// Dropping it says nothing to the peer, which then sees a truncated stream, and rightly: only [`Secured::close_write`]
/// and [`Secured::close`] vouch for what was sent being whole (RFC 8446, 6.1).
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
#[doc = include_str!("../tls/made.in")]
#[doc = include_str!("../tls/sides.in")]
#[doc = include_str!("example.in")]
/// # }
/// ```
///
/// With a system call apart, so that a lock is not held across it:
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
#[doc = include_str!("../tls/made.in")]
#[doc = include_str!("../tls/sides.in")]
#[doc = include_str!("apart.in")]
/// # }
/// ```
#[derive(Debug)]
pub struct Secured {
    layer: Box<dyn Layer>,
    options: SecuredOptions,
    line: Line,
    /// Whether data and its end are still to be said, and what then.
    closing: Option<Closing>,
    /// How each direction has ended.
    receiving: Option<End>,
    sending: Option<End>,
    /// The transport takes nothing any more.
    unwritable: bool,
    /// What is to be written is taken out.
    out: bool,
    news: u8,
    agreed: bool,
    now: Moment,
    handshake_until: Option<Moment>,
    close_until: Option<Moment>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line {
    Open,
    Closing(Duty),
    Closed,
}

/// What the owner has asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Closing {
    /// Nothing more will be sent.
    Half,
    /// And what comes is of no interest.
    Whole,
}

impl Secured {
    /// The connection.
    pub const SOCKET: Port = Port::new(0);

    /// Begins.
    pub fn new(layer: Box<dyn Layer>, options: SecuredOptions) -> Self {
        Self {
            layer,
            options,
            line: Line::Open,
            closing: None,
            receiving: None,
            sending: None,
            unwritable: false,
            out: false,
            news: 0,
            agreed: false,
            now: Moment::ORIGIN,
            handshake_until: None,
            close_until: None,
        }
    }

    /// The limits that it was made with.
    pub fn options(&self) -> &SecuredOptions {
        &self.options
    }

    /// Gives the layer back, for [`Unwrap`](crate::Unwrap): its handshake is over, and nobody has asked for an end of
    /// sending, after which nothing could follow the layer.
    ///
    /// # Errors
    /// It is not so: the connection comes back.
    ///
    /// ```
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
    #[doc = include_str!("../tls/made.in")]
    #[doc = include_str!("../tls/sides.in")]
    /// use standpipe_core::{Secured, SecuredOptions};
    ///
    /// let session = Session::client(&client_context, "localhost").unwrap().keeping_left_over();
    /// let secured = Secured::new(Box::new(session), SecuredOptions::default());
    /// let secured = secured.into_layer().expect_err("there was no handshake");
    /// assert!(!secured.is_agreed());
    /// # }
    /// ```
    pub fn into_layer(self) -> Result<Box<dyn Layer>, Box<Self>> {
        let is_open = self.line == Line::Open && self.closing.is_none() && self.sending.is_none();
        if self.agreed && is_open { Ok(self.layer) } else { Err(Box::new(self)) }
    }

    /// What was agreed upon, once the handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.layer.negotiated()
    }

    /// Whether the handshake is over, as far as this side is concerned, and has left.
    pub fn is_agreed(&self) -> bool {
        self.agreed
    }

    /// The data that has come.
    pub fn plain(&self) -> &[u8] {
        self.layer.plain()
    }

    /// The first `n` bytes of it were taken.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn consume(&mut self, n: usize) {
        self.layer.consume(n);
    }

    /// Copies data out: how much, with 0 for the clean end of it. `None` where nothing has come.
    ///
    /// # Errors
    /// How the peer's side has ended, if not cleanly, once all data is taken.
    pub fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>> {
        let n = self.plain().len().min(into.len());
        if n > 0 || into.is_empty() {
            into[..n].copy_from_slice(&self.plain()[..n]);
            self.consume(n);
            return Some(Ok(n));
        }
        match self.receiving? {
            end if end.is_clean() => Some(Ok(0)),
            end => Some(Err(end)),
        }
    }

    /// Seals data to be sent: how much, which is 0 while there is no room or the handshake is not over.
    /// [`SecuredEvent::Sent`] tells when there is room again.
    ///
    /// # Errors
    /// How sending has ended; [`End::Clean`] where it was this side that has ended it.
    pub fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End> {
        if let Some(end) = self.sending.or(self.closing.map(|_| End::Clean)) {
            return Err(end);
        }
        let sealed = self.layer.seal(data, lend);
        self.look();
        Ok(sealed)
    }

    /// Whether something is still to leave, the end included.
    pub fn has_unsent(&self) -> bool {
        let end_due = self.closing.is_some() && self.sending.is_none();
        end_due || !self.unwritable && self.has_pending()
    }

    /// Half-close: after what was sent goes close_notify, and then the transport's own end. Data still comes.
    pub fn close_write(&mut self) {
        self.closing = self.closing.max(Some(Closing::Half));
        self.move_on();
    }

    /// Close: as [`Secured::close_write`], then the peer's end is awaited, and what it still sends is dropped.
    pub fn close(&mut self) {
        self.closing = Some(Closing::Whole);
        self.drop_data();
        self.move_on();
    }

    /// Ends it now, by a reset.
    pub fn abort(&mut self) {
        self.give_up(End::Aborted);
    }

    /// How it has ended, once both directions have: the first reason that is not clean.
    pub fn end(&self) -> Option<End> {
        let (receiving, sending) = (self.receiving?, self.sending?);
        Some(if receiving.is_clean() { sending } else { receiving })
    }

    /// How receiving has ended.
    pub fn receiving_end(&self) -> Option<End> {
        self.receiving
    }

    /// How sending has ended.
    pub fn sending_end(&self) -> Option<End> {
        self.sending
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<SecuredEvent> {
        let event = SecuredEvent::ALL.into_iter().find(|event| self.has_news_of(*event))?;
        self.news &= !event.bit();
        Some(event)
    }

    /// Whether this event is to be told.
    pub fn has_news_of(&self, event: SecuredEvent) -> bool {
        self.news & event.bit() != 0
    }

    /// Takes this event, if it is to be told.
    pub fn take_news_of(&mut self, event: SecuredEvent) -> bool {
        let told = self.has_news_of(event);
        self.news &= !event.bit();
        told
    }

    /// Takes the window out, so that it can be read into without holding on to the connection; [`Secured::give_window`]
    /// brings it back. `None` where no read is wanted.
    pub fn take_window(&mut self, lend: &mut dyn Lend) -> Option<Loan> {
        if !self.wants(Self::SOCKET).read {
            return None;
        }
        Some(self.layer.take_window(lend))
    }

    /// Brings the window back: its first `n` bytes were read. One that is of no more use is returned, for its lender.
    pub fn give_window(&mut self, window: Loan, n: usize) -> Option<Loan> {
        let spare = self.layer.give_window(window, n);
        self.has_read();
        spare
    }

    /// Takes out what is to be written, so that it can be written without holding on to the connection;
    /// [`Secured::give_pending`] brings back what is left. Until then nothing else may be written.
    pub fn take_pending(&mut self, lend: &mut dyn Lend) -> Option<Loan> {
        if !self.wants(Self::SOCKET).write {
            return None;
        }
        self.say_end(lend);
        let pending = self.layer.take_pending();
        self.out = pending.is_some();
        pending
    }

    /// Whether something is taken out.
    pub fn has_taken_pending(&self) -> bool {
        self.out
    }

    /// Brings back what was taken out and is not written yet.
    pub fn give_pending(&mut self, pending: Loan) {
        self.out = false;
        self.layer.give_pending(pending);
    }

    /// `n` of the bytes that were taken out were written.
    pub fn has_written(&mut self, n: usize) {
        if n > 0 && self.close_until.is_some() {
            self.close_until = Some(self.now + self.options.close);
        }
    }

    /// All that was taken out is written.
    pub fn has_written_all(&mut self) {
        self.out = false;
        if self.has_pending() {
            return;
        }
        if self.agreed {
            self.tell(SecuredEvent::Sent);
        }
        self.agree();
        self.move_on();
        self.wait_for_peer();
    }

    fn tell(&mut self, event: SecuredEvent) {
        self.news |= event.bit();
    }

    fn drop_data(&mut self) {
        self.layer.consume(self.layer.plain().len());
    }

    /// The layer has been given bytes of the transport.
    fn has_read(&mut self) {
        if self.closing == Some(Closing::Whole) {
            self.drop_data();
        }
        if !self.plain().is_empty() {
            self.tell(SecuredEvent::Data);
        }
        self.look();
        self.wait_for_peer();
    }

    /// Whether bytes of the layer are on their way out.
    fn has_pending(&self) -> bool {
        self.out || self.layer.wants_write()
    }

    /// The handshake is over when its last message has left, so that there is room for data.
    fn agree(&mut self) {
        let is_through = self.layer.may_send() || self.layer.has_said_close();
        if !self.agreed && is_through && !self.has_pending() {
            self.agreed = true;
            self.tell(SecuredEvent::Agreed);
        }
    }

    /// What the layer has come to.
    fn look(&mut self) {
        self.agree();
        if let Some(fault) = self.layer.fault() {
            self.fail(End::Tls(fault));
        }
        match self.layer.peer_end() {
            None => {}
            Some(PeerEnd::Truncated) if self.options.eof == EofPolicy::Error || !self.agreed => {
                self.fail(End::Truncated);
            }
            Some(_) => self.ended(End::Clean),
        }
        self.move_on();
    }

    /// Receiving has ended.
    fn ended(&mut self, end: End) {
        if self.receiving.is_none() {
            self.receiving = Some(end);
            self.tell(SecuredEvent::PeerEnded);
        }
    }

    /// Both directions end, if they have not yet.
    fn fail(&mut self, end: End) {
        self.ended(end);
        self.sending.get_or_insert(end);
        self.move_on();
    }

    /// As [`Secured::fail`], and nothing more is written.
    fn give_up(&mut self, end: End) {
        self.close_line(Duty::Reset);
        self.fail(end);
    }

    /// Whether the peer is waited for: to take what is unsent, or to say its end.
    fn waits_for_peer(&self) -> bool {
        let ends = self.closing.is_some() || self.sending.is_some();
        self.closing == Some(Closing::Whole) || ends && self.has_unsent()
    }

    /// The wait has a deadline, which begins in a turn: what an owner says between turns may come long after the last.
    fn wait_for_peer(&mut self) {
        if self.waits_for_peer() {
            self.close_until.get_or_insert(self.now + self.options.close);
        } else {
            self.close_until = None;
        }
    }

    /// Closes the connection once both directions have ended and everything has left.
    fn move_on(&mut self) {
        if self.receiving.is_some() && self.sending.is_some() && !self.has_unsent() {
            self.close_line(Duty::Close);
        }
    }

    fn close_line(&mut self, duty: Duty) {
        if self.line == Line::Open {
            self.line = Line::Closing(duty);
        }
    }

    /// Says close_notify where that is due.
    fn say_end(&mut self, lend: &mut dyn Lend) {
        if self.closing.is_some() && self.sending.is_none() {
            self.layer.close_notify(lend);
        }
    }

    /// The end was said and has left: the transport's own is due.
    fn half_close_due(&self) -> bool {
        self.sending.is_none() && self.layer.has_said_close() && !self.has_pending()
    }

    /// close_notify is to be said after what is pending.
    fn end_due(&self) -> bool {
        self.closing.is_some() && self.sending.is_none() && self.layer.may_send()
    }

    fn wants_write(&self) -> bool {
        !self.unwritable && !self.out && (self.layer.wants_write() || self.end_due())
    }

    /// What is due at this moment.
    fn pass_time(&mut self) {
        if self.handshake_until.is_some_and(|at| at <= self.now) && !self.agreed {
            return self.give_up(End::TimedOut(Timer::Handshake));
        }
        if self.close_until.is_none_or(|at| at > self.now) {
            return;
        }
        if self.has_unsent() {
            return self.give_up(End::TimedOut(Timer::Close));
        }
        // Everything was delivered; a peer that never says its own end is not waited for.
        if self.closing == Some(Closing::Whole) {
            self.ended(End::Clean);
            self.move_on();
        }
    }
}
