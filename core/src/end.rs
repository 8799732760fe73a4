//! How something that moved bytes came to its end: [`End`].

use crate::socket::ResolveFault;
use crate::{Fault, FaultKind, Port, Side, Timer, TlsFault};

/// How something that moved bytes came to its end. No path turns one into another.
///
/// ```
/// use standpipe_core::{End, Fault, FaultKind, Port, Side, Timer};
///
/// let fault = Fault::new(FaultKind::ConnectionReset, 104);
/// let reset = End::Failed { port: Port::new(0), side: Side::Read, fault };
/// assert!(reset.is_reset() && !reset.is_clean());
/// assert!(End::Cut.is_clean(), "everything was delivered");
/// assert_eq!(End::TimedOut(Timer::Handshake).to_string(), "timed out in the handshake");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum End {
    /// Both directions ended by themselves and everything was delivered.
    Clean,
    /// As clean, but the child's output ended because the child did, while somebody else still held its pipe.
    Cut,
    /// A port failed.
    Failed {
        /// Where.
        port: Port,
        /// In which direction.
        side: Side,
        /// Why.
        fault: Fault,
    },
    /// No connection could be made: why the last candidate failed.
    NotConnected(Fault),
    /// No address was found to connect to.
    Unresolved(ResolveFault),
    /// TLS failed.
    Tls(TlsFault),
    /// The peer's transport ended without saying so in TLS: what was to come may be missing.
    Truncated,
    /// The peer sent a message that is longer than the limit.
    Limit,
    /// A time limit.
    TimedOut(Timer),
    /// The driver gave it up.
    Aborted,
}

impl End {
    /// Whether everything went to its end.
    pub const fn is_clean(self) -> bool {
        matches!(self, Self::Clean | Self::Cut)
    }

    /// Whether the peer broke the connection.
    pub const fn is_reset(self) -> bool {
        match self {
            Self::Failed { fault, .. } => {
                matches!(
                    fault.kind(),
                    FaultKind::ConnectionReset | FaultKind::BrokenPipe | FaultKind::ConnectionAborted
                )
            }
            _ => false,
        }
    }
}

impl core::fmt::Display for End {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::Cut => f.write_str("clean, output cut at the child's end: another process holds the pipe"),
            Self::Failed { side: Side::Read, fault, .. } => write!(f, "reading failed: {fault}"),
            Self::Failed { side: Side::Write, fault, .. } => write!(f, "writing failed: {fault}"),
            Self::NotConnected(fault) => write!(f, "no connection: {fault}"),
            Self::Unresolved(fault) => write!(f, "no address: {fault}"),
            Self::Tls(fault) => write!(f, "{fault}"),
            Self::Limit => f.write_str("a message was longer than the limit"),
            Self::Truncated => f.write_str("truncated: the peer ended the connection without close_notify"),
            Self::TimedOut(Timer::Handshake) => f.write_str("timed out in the handshake"),
            Self::TimedOut(Timer::Connect) => f.write_str("timed out connecting"),
            Self::TimedOut(Timer::HalfCloseIdle) => f.write_str("timed out half-closed and idle"),
            Self::TimedOut(Timer::Close) => f.write_str("timed out closing"),
            Self::TimedOut(_) => f.write_str("timed out idle"),
            Self::Aborted => f.write_str("aborted"),
        }
    }
}

/// To whoever was still moving bytes, every end is one.
impl core::error::Error for End {}
