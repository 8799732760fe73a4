//! From a layer back to the bare connection: [`Unwrap`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::{
    End, Fault, Layer, Lend, Machine, Moment, PeerEnd, Pending, Port, Side, Timer, TlsFault, Wake, Wants,
    Window,
};

/// Why a layer could not be taken off.
///
/// ```
/// use standpipe_core::{End, UnwrapError};
///
/// assert_eq!(End::from(UnwrapError::Truncated), End::Truncated);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// The handshake is not over: finish it first, or close the connection.
    #[error("there is nothing to take off: the handshake is not over")]
    NotAgreed,
    /// The peer broke the rules, or had broken them before.
    #[error("{0}")]
    Tls(TlsFault),
    /// The connection ended where the peer's farewell was due: what was to come may be missing.
    #[error("the peer ended the connection without close_notify")]
    Truncated,
    /// The connection failed.
    #[error("the connection failed before both sides had said close_notify: {0}")]
    Failed(Fault),
    /// The driver gave it up.
    #[error("aborted while close_notify was exchanged")]
    Aborted,
    /// The peer took too long.
    #[error("timed out waiting for the peer's close_notify")]
    TimedOut,
}

/// Takes a layer off, after which plain text goes both ways (SSL-80): says close_notify, and waits for the peer's.
///
/// Data that still comes in the layer is told first, so that nothing is lost where the original fails (SSL-T17); it
/// counts as taken once the next event is asked for. What the peer has sent behind its close_notify is no longer the
/// layer's: [`Unwrap::finish`] gives it back, if the layer was told to keep it
/// ([`Session::keeping_left_over`](crate::tls::Session::keeping_left_over)).
///
/// Its port is [`Unwrap::SOCKET`], which stays open.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
#[doc = include_str!("tls/made.in")]
#[doc = include_str!("tls/sides.in")]
/// use core::time::Duration;
/// use standpipe_core::{Machine, Moment, Unwrap, UnwrapError};
///
/// let session = Session::client(&client_context, "localhost").unwrap().keeping_left_over();
/// // … a handshake, and data both ways. Here there was none:
/// let mut unwrap = Unwrap::new(Box::new(session));
/// unwrap.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(5)));
/// while let Some(data) = unwrap.next_event() {
///     let _ = data.len();
/// }
/// assert_eq!(unwrap.finish().unwrap_err(), UnwrapError::NotAgreed);
///
/// let mut given_up = Unwrap::new(Box::new(Session::client(&client_context, "localhost").unwrap()));
/// given_up.abort();
/// assert!(!given_up.wants(Unwrap::SOCKET).write);
/// # }
/// ```
#[derive(Debug)]
pub struct Unwrap {
    layer: Box<dyn Layer>,
    deadline: Option<Moment>,
    error: Option<UnwrapError>,
    /// So many bytes were told with the last event.
    given: usize,
    /// Nothing more can be written, or no time is left for it.
    cut: bool,
}

impl Unwrap {
    /// The connection.
    pub const SOCKET: Port = Port::new(0);

    /// Begins.
    pub fn new(layer: Box<dyn Layer>) -> Self {
        let mut unwrap = Self { layer, deadline: None, error: None, given: 0, cut: false };
        unwrap.look();
        if !unwrap.layer.may_send() && !unwrap.layer.has_said_close() {
            unwrap.give_up(UnwrapError::NotAgreed);
        }
        unwrap
    }

    /// Sets or clears the moment at which it is given up.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// Data that came before the peer's close_notify.
    pub fn next_event(&mut self) -> Option<&[u8]> {
        self.release();
        self.given = self.layer.plain().len();
        Some(self.layer.plain()).filter(|data| !data.is_empty())
    }

    /// What the peer has sent behind its close_notify, in plain text, once the machine is done.
    ///
    /// # Errors
    /// [`UnwrapError`].
    ///
    /// # Panics
    /// When it is not done.
    pub fn finish(mut self) -> Result<Vec<u8>, UnwrapError> {
        assert!(self.is_done(), "only what is done can be finished");
        match self.error {
            None => Ok(self.layer.take_left_over()),
            Some(error) => Err(error),
        }
    }

    /// Ends it now.
    pub fn abort(&mut self) {
        if !self.is_done() {
            self.give_up(UnwrapError::Aborted);
        }
    }

    fn release(&mut self) {
        self.layer.consume(core::mem::take(&mut self.given));
    }

    fn fail(&mut self, error: UnwrapError) {
        self.error.get_or_insert(error);
    }

    fn give_up(&mut self, error: UnwrapError) {
        self.fail(error);
        self.cut = true;
    }

    /// What the layer has come to.
    fn look(&mut self) {
        if let Some(fault) = self.layer.fault() {
            self.fail(UnwrapError::Tls(fault));
        } else if self.layer.peer_end() == Some(PeerEnd::Truncated) {
            self.give_up(UnwrapError::Truncated);
        }
    }

    fn farewell_due(&self) -> bool {
        self.error.is_none() && !self.layer.has_said_close() && self.layer.may_send()
    }

    /// Whether both sides have said it, or never will.
    fn is_over(&self) -> bool {
        let said = self.layer.has_said_close() && self.layer.peer_end() == Some(PeerEnd::CloseNotify);
        self.error.is_some() || said
    }
}

impl Machine for Unwrap {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Self::SOCKET || self.is_done() {
            return Wants::NOTHING;
        }
        let read = self.error.is_none() && self.layer.peer_end().is_none() && self.layer.wants_read();
        let write = !self.cut && (self.farewell_due() || self.layer.wants_write());
        Wants { read, write, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let at = self.deadline.filter(|_| !self.cut && !self.is_done())?;
        Some(Wake { at, why: Timer::Close })
    }

    fn handle_now(&mut self, now: Moment) {
        self.release();
        if self.deadline.is_some_and(|at| at <= now) && !self.is_done() {
            self.give_up(UnwrapError::TimedOut);
        }
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        if !self.wants(port).read {
            return Window::NONE;
        }
        Window::Slice(self.layer.window(lend))
    }

    fn pending<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Pending<'a> {
        if !self.wants(port).write {
            return Pending::NONE;
        }
        if self.farewell_due() {
            self.layer.close_notify(lend);
        }
        Pending::Slice(self.layer.pending())
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        if self.cut {
            self.layer.handle_closed();
        }
        self.layer.settle(lend);
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if self.wants(port).read {
            self.layer.handle_read(n);
            self.look();
        }
    }

    fn handle_eof(&mut self, port: Port) {
        if self.wants(port).read {
            self.layer.handle_eof();
            self.look();
        }
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if self.wants(port).write {
            self.layer.handle_written(n);
        }
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        let wants = self.wants(port);
        let wanted = if side == Side::Read { wants.read } else { wants.write };
        if wanted {
            self.give_up(UnwrapError::Failed(fault));
        }
    }

    fn has_event(&self) -> bool {
        self.layer.plain().len() > self.given
    }

    fn is_done(&self) -> bool {
        self.is_over() && (self.cut || !self.layer.wants_write()) && !self.has_event()
    }
}

impl From<UnwrapError> for End {
    fn from(error: UnwrapError) -> Self {
        match error {
            UnwrapError::NotAgreed | UnwrapError::Aborted => Self::Aborted,
            UnwrapError::Tls(fault) => Self::Tls(fault),
            UnwrapError::Truncated => Self::Truncated,
            UnwrapError::Failed(fault) => Self::Failed { port: Unwrap::SOCKET, side: Side::Read, fault },
            UnwrapError::TimedOut => Self::TimedOut(Timer::Close),
        }
    }
}
