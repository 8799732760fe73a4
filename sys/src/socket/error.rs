//! Between core's errors of sockets and the standard library's.

use std::fmt::{self, Write as _};
use std::io;

use standpipe_core::Fault;
use standpipe_core::socket::{
    Operation, ReadError, SendAllError, SendAllReason, SocketAddress, SocketError, WriteError,
};

use crate::fault;

/// What the operating system said of an operation.
///
/// ```
/// use standpipe_core::socket::Operation;
/// use standpipe_sys::socket::error::{io_error, system};
///
/// let refused = std::io::Error::from_raw_os_error(111);
/// let error = system(Operation::Connect, &refused);
/// assert_eq!(error.to_string(), "connecting: connection refused (os error 111)");
/// assert_eq!(io_error(error).kind(), std::io::ErrorKind::ConnectionRefused);
/// ```
pub fn system(operation: Operation, error: &io::Error) -> SocketError {
    SocketError::System { operation, fault: fault::of(error) }
}

/// The standard library's error for one of core's: of the same kind, and with the same number where there is one.
pub fn io_error(error: SocketError) -> io::Error {
    match error {
        SocketError::System { fault, .. } => fault::error(fault),
        SocketError::WouldBlock { .. } => io::Error::new(io::ErrorKind::WouldBlock, error),
        SocketError::TimedOut { .. } => io::Error::new(io::ErrorKind::TimedOut, error),
        _ => io::Error::other(error),
    }
}

/// Why not everything was sent, by what came in between; how much went stays with it.
pub const fn send_all_error(error: SocketError, sent: usize) -> SendAllError {
    let reason = match error {
        SocketError::WouldBlock { .. } => SendAllReason::WouldBlock,
        SocketError::TimedOut { .. } => SendAllReason::TimedOut,
        SocketError::System { fault, .. } => SendAllReason::Failed(fault),
        _ => SendAllReason::Aborted,
    };
    SendAllError { sent, reason }
}

/// Why a file over a socket could not be read or written. Nothing is lost by it: what was read stays to be taken, what was
/// written stays to be sent.
///
/// ```
/// use standpipe_core::socket::WriteError;
/// use standpipe_sys::socket::error::FileError;
///
/// assert_eq!(FileError::from(WriteError::Closed).to_string(), WriteError::Closed.to_string());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// More would have to be kept than may be.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file was closed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The socket failed, or the time was over.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// Why there is no connection to any of a host's addresses (SOC-37): every reason, not only the last (SOC-T13).
///
/// ```
/// use standpipe_sys::socket::error::ConnectionError;
///
/// let reasons = vec![("192.0.2.1:80".parse()?, standpipe_sys::fault(111))];
/// let error = ConnectionError::Failed { reasons, timed_out: true };
/// let text = "no connection: 192.0.2.1:80: connection refused (os error 111); timed out";
/// assert_eq!(error.to_string(), text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The host or the service could not be looked up, or the system failed otherwise.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// No address answered.
    #[error("no connection{}", Reasons { reasons, timed_out: *timed_out })]
    Failed {
        /// Those that have failed, in the order of their failing, and why.
        reasons: Vec<(SocketAddress, Fault)>,
        /// Whether the time was over before the others did.
        timed_out: bool,
    },
}

struct Reasons<'a> {
    reasons: &'a [(SocketAddress, Fault)],
    timed_out: bool,
}

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mark = ':';
        for (address, fault) in self.reasons {
            write!(f, "{mark} {address}: {fault}")?;
            mark = ';';
        }
        if self.timed_out {
            f.write_char(mark)?;
            f.write_str(" timed out")?;
        }
        Ok(())
    }
}
