//! What a machine wants of its driver: [`Wants`], [`Duty`], [`Wake`].

use crate::Moment;
use crate::signal::SignalSet;

/// What a machine wants done at one port, now.
///
/// Level-triggered: it is a pure function of the machine's state, costs O(1), and may be asked as often as one likes.
///
/// ```
/// use standpipe_core::{Duty, Wants};
///
/// let wants = Wants { read: true, ..Wants::NOTHING };
/// assert!(!wants.write && wants.duty.is_none());
/// let closing = Wants { duty: Some(Duty::Close), ..Wants::NOTHING };
/// assert_ne!(closing, Wants::NOTHING);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[must_use]
pub struct Wants {
    /// A read into [`Machine::window`](crate::Machine::window).
    pub read: bool,
    /// A write of [`Machine::pending`](crate::Machine::pending).
    pub write: bool,
    /// The one-shot operation that is due.
    pub duty: Option<Duty>,
}

impl Wants {
    /// Nothing.
    pub const NOTHING: Self = Self { read: false, write: false, duty: None };
}

/// A one-shot system call that a machine holds due until [`Machine::handle_done`](crate::Machine::handle_done)
/// acknowledges it. `wants` repeats it, so none is dropped and none is queued.
///
/// ```
/// use standpipe_core::{Duty, Interest};
///
/// assert_eq!(Duty::Accept(1).waits_for(), Interest::Read);
/// assert_eq!(Duty::Connect(0).waits_for(), Interest::Write);
/// assert!(Duty::Reset.ends_port() && !Duty::CloseWrite.ends_port());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Duty {
    /// Connect to the candidate address with this index, by a socket of its own: one that an attempt has left at the port
    /// is closed first. Yields 0.
    Connect(u16),
    /// Accept up to this many connections. Yields how many were; 0 where one waits for which there is no place under a limit that the
    /// driver keeps.
    Accept(u16),
    /// Accept up to this many of those who have connected already, without ever blocking. Yields how many were; 0 where nobody else
    /// waits, or there is no place for him.
    AcceptRest(u16),
    /// Receive up to this many datagrams, which the driver keeps until they are taken, one by one. Yields how many were.
    Receive(u16),
    /// Send up to this many of the datagrams that the driver keeps, in order. Yields how many were. A failure is that of the first, which
    /// is gone then, unless resources were missing ([`FaultKind::OutOfResources`](crate::FaultKind::OutOfResources)).
    Send(u16),
    /// Send every signal of the set to the target. Yields 0; a target that has ended already is no failure.
    Signals(Target, SignalSet),
    /// Look whether the child has ended, leaving it to be reaped. Yields the raw wait status.
    Observe,
    /// The same, and look as well whether it has stopped or continued, which is told once. Yields the raw wait status.
    ObserveStops,
    /// Collect the child that has ended. Yields the raw wait status. No signal may be sent afterwards.
    Reap,
    /// Take the byte of urgent data (out-of-band data, tcp(7)). Yields the byte.
    Urgent,
    /// Half-close: the peer reads to its end. On a one-way port (a pipe, a file) this closes it. Yields 0.
    CloseWrite,
    /// Close the port. Yields 0.
    Close,
    /// Close the port at once, dropping what is queued; the peer sees a reset where the transport has one. Yields 0.
    Reset,
}

/// Whom a signal is for.
///
/// ```
/// use standpipe_core::Target;
/// use standpipe_core::process::Stop;
///
/// assert_eq!(Stop::kill().target(), Target::Child);
/// assert_eq!(Stop::kill().whole_group().target(), Target::Group);
/// assert_eq!(Stop::kill().whole_session().target(), Target::Session);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// The child alone.
    Child,
    /// The child's whole process group, of which the child is the leader.
    Group,
    /// Every process of the session that the child leads, whatever its group. No system call does that: the driver looks
    /// for them one by one, and again until it finds nobody new.
    Session,
}

/// One of the two directions of a port.
///
/// ```
/// use standpipe_core::process::{Communicate, CommunicateOptions};
/// use standpipe_core::{Fault, FaultKind, Machine, Side};
///
/// let mut talk = Communicate::new(CommunicateOptions { stdout: true, ..Default::default() });
/// talk.handle_failed(Communicate::STDOUT, Side::Write, Fault::new(FaultKind::BrokenPipe, 32));
/// assert!(talk.wants(Communicate::STDOUT).read, "reading goes on");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// Bytes that come.
    Read,
    /// Bytes that go.
    Write,
}

/// What a port is waited on for.
///
/// ```
/// use standpipe_core::{Duty, Interest};
///
/// assert_eq!(Duty::Urgent.waits_for(), Interest::Urgent);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Interest {
    /// That it is readable.
    Read,
    /// That it is writable.
    Write,
    /// That urgent data has come: an exceptional condition, as select(2) calls it.
    Urgent,
}

impl Duty {
    /// What a blocked duty waits for.
    pub const fn waits_for(self) -> Interest {
        match self {
            Self::Accept(_) | Self::Receive(_) | Self::Observe | Self::ObserveStops | Self::Reap => {
                Interest::Read
            }
            Self::Urgent => Interest::Urgent,
            Self::Connect(_)
            | Self::AcceptRest(_)
            | Self::Send(_)
            | Self::Signals(..)
            | Self::CloseWrite
            | Self::Close
            | Self::Reset => Interest::Write,
        }
    }

    /// Whether the port is gone once the duty is done.
    pub const fn ends_port(self) -> bool {
        matches!(self, Self::Close | Self::Reset)
    }
}

/// When a machine (not one of its ports) wants to be woken, and why.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::{Moment, Timer, Wake};
///
/// let idle = Wake { at: Moment::ORIGIN + Duration::from_secs(9), why: Timer::Idle };
/// let deadline = Wake { at: Moment::ORIGIN + Duration::from_secs(5), why: Timer::Deadline };
/// assert_eq!(Wake::earliest(Some(idle), Some(deadline)), Some(deadline));
/// assert_eq!(Wake::earliest(Some(idle), None), Some(idle));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wake {
    /// The moment; passing an earlier one to `handle_now` changes nothing.
    pub at: Moment,
    /// What is due then.
    pub why: Timer,
}

impl Wake {
    /// The earlier of two wake-ups.
    #[must_use]
    pub fn earliest(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// What a wake-up is for.
///
/// ```
/// use standpipe_core::{End, Timer};
///
/// assert_eq!(End::TimedOut(Timer::Connect).to_string(), "timed out connecting");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Timer {
    /// A connection attempt has taken too long.
    Connect,
    /// The candidates that are tried have not answered for a while: the next may be tried beside them.
    Attempt,
    /// A TLS handshake has taken too long.
    Handshake,
    /// No byte has moved for too long.
    Idle,
    /// One direction has ended and the other has been silent for too long.
    HalfCloseIdle,
    /// The peer has not closed its side in time.
    Close,
    /// The child has not ended within the grace of a stop step.
    StopGrace,
    /// The child has ended, and somebody else still holds its pipe.
    Drain,
    /// The client is gone after all of the output was delivered, and the child has not ended.
    Exit,
    /// The whole call has taken too long.
    Deadline,
    /// Accepting may be tried again.
    Backoff,
    /// An interval timer sends its signal.
    Alarm,
}
