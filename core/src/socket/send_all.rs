//! Sending everything, under one deadline: [`SendAll`].

use bytes::Bytes;

use super::{Call, TimeoutMode};
use crate::{Fault, Lend, Machine, Moment, Pending, Port, Side, Timer, Wake, Wants};

/// Sends all of some bytes under one deadline (SOC-71). The deadline is set once, not for each piece (SOC-T1), and
/// whatever ends it says how many bytes went (SOC-T2).
///
/// Its port is [`SendAll::SOCKET`], which stays open. Its time begins with its first turn.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::socket::{SendAll, SendAllError, SendAllReason, TimeoutMode};
/// use standpipe_core::{Machine, Moment, Timer};
///
/// let mut send = SendAll::new("hello", TimeoutMode::Timed(Duration::from_secs(1)));
/// send.handle_now(Moment::ORIGIN);
/// assert!(send.wants(SendAll::SOCKET).write);
/// send.handle_written(SendAll::SOCKET, 3);
/// assert_eq!((send.sent(), send.result()), (3, None));
/// send.handle_now(Moment::ORIGIN + Duration::from_secs(1));
/// let late = SendAllError { sent: 3, reason: SendAllReason::TimedOut };
/// assert_eq!(send.result(), Some(Err(late)));
/// assert_eq!(send.into_unsent(), "lo");
/// ```
#[derive(Debug)]
pub struct SendAll {
    unsent: Bytes,
    sent: usize,
    mode: TimeoutMode,
    call: Option<Call>,
    now: Moment,
    reason: Option<SendAllReason>,
}

/// Why not everything was sent, and how much was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason} after {sent} bytes were sent")]
pub struct SendAllError {
    /// How many bytes went to the kernel.
    pub sent: usize,
    /// What came in between.
    pub reason: SendAllReason,
}

/// What came between some bytes and their being sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendAllReason {
    /// The connection failed.
    #[error("sending failed ({0})")]
    Failed(Fault),
    /// The time was over.
    #[error("sending timed out")]
    TimedOut,
    /// The next byte would have had to wait, in [`TimeoutMode::NonBlocking`].
    #[error("sending would block")]
    WouldBlock,
    /// The driver gave it up.
    #[error("sending was aborted")]
    Aborted,
}

impl SendAll {
    /// The socket.
    pub const SOCKET: Port = Port::new(0);

    /// Sends these bytes, none of which is copied.
    pub fn new(bytes: impl Into<Bytes>, mode: TimeoutMode) -> Self {
        Self { unsent: bytes.into(), sent: 0, mode, call: None, now: Moment::ORIGIN, reason: None }
    }

    /// How many bytes went to the kernel.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// What it came to.
    pub fn result(&self) -> Option<Result<(), SendAllError>> {
        match self.reason {
            Some(reason) => Some(Err(SendAllError { sent: self.sent, reason })),
            None => self.unsent.is_empty().then_some(Ok(())),
        }
    }

    /// What did not go.
    pub fn into_unsent(self) -> Bytes {
        self.unsent
    }

    /// A fact that only a driver knows: nothing moved and it would have to wait now. Ends the call in
    /// [`TimeoutMode::NonBlocking`], and changes nothing else.
    ///
    /// ```
    /// use standpipe_core::socket::{SendAll, SendAllReason, TimeoutMode};
    ///
    /// let mut send = SendAll::new("hello", TimeoutMode::NonBlocking);
    /// send.handle_blocked();
    /// assert_eq!(send.result().unwrap().unwrap_err().reason, SendAllReason::WouldBlock);
    /// ```
    pub fn handle_blocked(&mut self) {
        if !self.mode.waits() {
            self.end(SendAllReason::WouldBlock);
        }
    }

    /// Ends it now.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::socket::{SendAll, TimeoutMode};
    ///
    /// let mut send = SendAll::new("hello", TimeoutMode::Blocking);
    /// send.abort();
    /// assert!(send.is_done());
    /// ```
    pub fn abort(&mut self) {
        self.end(SendAllReason::Aborted);
    }

    fn end(&mut self, reason: SendAllReason) {
        if !self.is_done() {
            self.reason = Some(reason);
        }
    }
}

impl Machine for SendAll {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        Wants { write: port == Self::SOCKET && !self.is_done(), ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let at = self.call.and_then(|call| call.deadline()).filter(|_| !self.is_done())?;
        Some(Wake { at, why: Timer::Deadline })
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        let call = *self.call.get_or_insert(Call::begin(self.mode, self.now));
        if call.deadline().is_some_and(|at| at <= self.now) {
            self.end(SendAllReason::TimedOut);
        }
    }

    fn pending<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Pending<'a> {
        if self.wants(port).write { Pending::Slice(&self.unsent) } else { Pending::NONE }
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if self.wants(port).write {
            drop(self.unsent.split_to(n));
            self.sent += n;
        }
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        if port == Self::SOCKET && side == Side::Write {
            self.end(SendAllReason::Failed(fault));
        }
    }

    fn is_done(&self) -> bool {
        self.reason.is_some() || self.unsent.is_empty()
    }
}
