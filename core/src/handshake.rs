//! A handshake under a deadline: [`Handshake`].

use alloc::boxed::Box;

use crate::{
    End, Fault, Layer, Lend, Machine, Moment, Pending, Port, Side, Timer, TlsFault, Wake, Wants, Window,
};

/// Why a handshake has come to nothing.
///
/// ```
/// use standpipe_core::{End, HandshakeError, Timer};
///
/// assert_eq!(End::from(HandshakeError::TimedOut), End::TimedOut(Timer::Handshake));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The two sides could not agree, or one of them broke the rules.
    #[error("{0}")]
    Tls(TlsFault),
    /// The peer has ended before the handshake was over.
    #[error("the peer ended the connection during the handshake")]
    Ended,
    /// The connection failed.
    #[error("the connection failed during the handshake: {0}")]
    Failed(Fault),
    /// The driver gave it up.
    #[error("aborted in the handshake")]
    Aborted,
    /// The peer took too long.
    #[error("timed out in the handshake")]
    TimedOut,
}

/// Runs a layer to the end of its handshake, so that whoever waits for it knows the peer before anything else is
/// begun. What the peer sent after its part of the handshake stays in the layer.
///
/// Its port is [`Handshake::SOCKET`], which stays open. A refusal is written before the machine is done.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
#[doc = include_str!("tls/made.in")]
#[doc = include_str!("tls/sides.in")]
/// use core::time::Duration;
/// use standpipe_core::{Handshake, HandshakeError, Machine, Moment};
///
/// let session = Session::client(&client_context, "localhost").unwrap();
/// let mut handshake = Handshake::new(Box::new(session));
/// handshake.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(10)));
/// handshake.handle_now(Moment::ORIGIN);
/// assert!(handshake.wants(Handshake::SOCKET).write); // its first message
/// handshake.abort();
/// assert_eq!(handshake.finish().unwrap_err(), HandshakeError::Aborted);
/// # }
/// ```
#[derive(Debug)]
pub struct Handshake {
    layer: Box<dyn Layer>,
    deadline: Option<Moment>,
    error: Option<HandshakeError>,
    /// The refusal cannot be written, or no time is left for it.
    cut: bool,
}

impl Handshake {
    /// The connection.
    pub const SOCKET: Port = Port::new(0);

    /// Begins.
    pub fn new(layer: Box<dyn Layer>) -> Self {
        Self { layer, deadline: None, error: None, cut: false }
    }

    /// Sets or clears the moment at which it is given up.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// The layer, once the machine is done.
    ///
    /// # Errors
    /// [`HandshakeError`].
    ///
    /// # Panics
    /// When it is not done.
    pub fn finish(self) -> Result<Box<dyn Layer>, HandshakeError> {
        assert!(self.is_done(), "only a handshake that is done can be finished");
        self.error.map_or(Ok(self.layer), Err)
    }

    /// Ends it now.
    pub fn abort(&mut self) {
        self.fail(HandshakeError::Aborted);
        self.cut = true;
    }

    fn fail(&mut self, error: HandshakeError) {
        self.error.get_or_insert(error);
    }

    fn look(&mut self) {
        if let Some(fault) = self.layer.fault() {
            self.fail(HandshakeError::Tls(fault));
        } else if !self.layer.may_send() && self.layer.peer_end().is_some() {
            self.fail(HandshakeError::Ended);
            self.cut = true;
        }
    }
}

impl Machine for Handshake {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Self::SOCKET || self.is_done() {
            return Wants::NOTHING;
        }
        let read = self.error.is_none() && !self.layer.may_send() && self.layer.wants_read();
        Wants { read, write: self.layer.wants_write(), ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let at = self.deadline.filter(|_| !self.is_done())?;
        Some(Wake { at, why: Timer::Handshake })
    }

    fn handle_now(&mut self, now: Moment) {
        self.layer.start();
        if self.deadline.is_some_and(|at| at <= now) && !self.is_done() {
            self.fail(HandshakeError::TimedOut);
            self.cut = true;
        }
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        if !self.wants(port).read {
            return Window::NONE;
        }
        Window::Slice(self.layer.window(lend))
    }

    fn pending<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Pending<'a> {
        if !self.wants(port).write {
            return Pending::NONE;
        }
        Pending::Slice(self.layer.pending())
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        if self.error.is_some() {
            self.layer.consume(self.layer.plain().len());
        }
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
            self.fail(HandshakeError::Failed(fault));
            self.cut = true;
        }
    }

    fn is_done(&self) -> bool {
        let over = self.error.is_some() || self.layer.may_send();
        over && (self.cut || !self.layer.wants_write())
    }
}

impl From<HandshakeError> for End {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::Tls(fault) => Self::Tls(fault),
            HandshakeError::Ended => Self::Truncated,
            HandshakeError::Failed(fault) => {
                Self::Failed { port: Handshake::SOCKET, side: Side::Read, fault }
            }
            HandshakeError::Aborted => Self::Aborted,
            HandshakeError::TimedOut => Self::TimedOut(Timer::Handshake),
        }
    }
}
