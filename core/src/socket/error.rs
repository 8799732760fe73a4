//! Every error of a socket in one shape: [`SocketError`].

use super::constants;
use crate::Fault;

/// What was being done to a socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Making it (socket(2)).
    Open,
    /// Giving it an address (bind(2)).
    Bind,
    /// Beginning to listen (listen(2)).
    Listen,
    /// Taking a connection (accept(2)).
    Accept,
    /// Making a connection (connect(2)).
    Connect,
    /// Sending.
    Send,
    /// Receiving.
    Receive,
    /// Half-closing (shutdown(2)).
    Shutdown,
    /// Reading an option (getsockopt(2)).
    ReadOption,
    /// Setting an option (setsockopt(2)).
    SetOption,
    /// Asking for an address (getsockname(2), getpeername(2)).
    Name,
}

impl Operation {
    const fn text(self) -> &'static str {
        match self {
            Self::Open => "making a socket",
            Self::Bind => "binding",
            Self::Listen => "listening",
            Self::Accept => "accepting",
            Self::Connect => "connecting",
            Self::Send => "sending",
            Self::Receive => "receiving",
            Self::Shutdown => "half-closing",
            Self::ReadOption => "reading an option",
            Self::SetOption => "setting an option",
            Self::Name => "asking for an address",
        }
    }
}

impl core::fmt::Display for Operation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text())
    }
}

/// Every error of a socket in one shape (SOC-11 to SOC-14, SOC-T5): what was being done, why it failed, how much was
/// done by then. Nobody has to look whether there is a number or only a text.
///
/// ```
/// use standpipe_core::socket::{HostFault, Operation, ResolveFault, SocketError};
/// use standpipe_core::{Fault, FaultKind};
///
/// let refused = Fault::new(FaultKind::ConnectionRefused, 111);
/// let error = SocketError::System { operation: Operation::Connect, fault: refused };
/// assert_eq!(error.code(), Some(111));
/// assert_eq!(error.to_string(), "connecting: connection refused (os error 111)");
/// let late = SocketError::TimedOut { operation: Operation::Send, done: 5 };
/// assert_eq!((late.code(), late.done()), (None, 5));
/// assert_eq!(late.to_string(), "sending: timed out after 5 bytes");
/// assert_eq!(SocketError::from(ResolveFault::NoName).code(), Some(-2));
/// assert_eq!(SocketError::from(HostFault::NotFound).code(), Some(1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// The operating system refused.
    #[error("{operation}: {fault}")]
    System {
        /// What was being done.
        operation: Operation,
        /// Why it failed.
        fault: Fault,
    },
    /// It would have had to wait and must not.
    #[error("{operation}: would block after {done} bytes")]
    WouldBlock {
        /// What was being done.
        operation: Operation,
        /// How many bytes were moved.
        done: usize,
    },
    /// It took too long.
    #[error("{operation}: timed out after {done} bytes")]
    TimedOut {
        /// What was being done.
        operation: Operation,
        /// How many bytes were moved.
        done: usize,
    },
    /// An address could not be looked up (getaddrinfo(3), getnameinfo(3)).
    #[error("looking up: {0}")]
    Resolve(#[from] ResolveFault),
    /// A host could not be looked up (gethostbyaddr(3) and its like).
    #[error("looking up: {0}")]
    Host(#[from] HostFault),
}

impl SocketError {
    /// The number behind it, in the numbering of its kind: `errno`, `EAI_*` or `h_errno`.
    pub const fn code(&self) -> Option<i32> {
        match self {
            Self::System { fault, .. } => Some(fault.raw()),
            Self::Resolve(fault) => Some(fault.code()),
            Self::Host(fault) => Some(fault.code()),
            Self::WouldBlock { .. } | Self::TimedOut { .. } => None,
        }
    }

    /// How many bytes were moved before it (SOC-T2).
    pub const fn done(&self) -> usize {
        match self {
            Self::WouldBlock { done, .. } | Self::TimedOut { done, .. } => *done,
            _ => 0,
        }
    }
}

/// Why getaddrinfo(3) or getnameinfo(3) failed (SOC-13). `EAI_SYSTEM` is none of these: it stands for an `errno`, and
/// becomes a [`SocketError::System`].
///
/// ```
/// use standpipe_core::socket::ResolveFault;
///
/// assert_eq!(ResolveFault::from_code(-3), ResolveFault::TryAgain);
/// assert_eq!(ResolveFault::from_code(-77).code(), -77);
/// assert_eq!(ResolveFault::NoName.to_string(), "name or service not known");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveFault {
    /// The flags do not go together.
    #[error("bad flags")]
    BadFlags,
    /// Nobody has this name, or the service is unknown.
    #[error("name or service not known")]
    NoName,
    /// The resolver could not answer now; trying again may help.
    #[error("temporary failure in name resolution")]
    TryAgain,
    /// The resolver cannot answer.
    #[error("permanent failure in name resolution")]
    Fail,
    /// The name has no address.
    #[error("no address associated with the name")]
    NoData,
    /// The family is not supported.
    #[error("address family not supported")]
    Family,
    /// The type of socket is not supported.
    #[error("socket type not supported")]
    SocketType,
    /// The service is not there for this type of socket.
    #[error("service not supported for the socket type")]
    Service,
    /// The name has no address of this family.
    #[error("no address of this family for the name")]
    AddressFamily,
    /// No memory.
    #[error("out of memory")]
    Memory,
    /// An answer is too long for its buffer.
    #[error("an answer is too long")]
    Overflow,
    /// Any other.
    #[error("resolver error {0}")]
    Other(i32),
}

impl ResolveFault {
    const CODES: [(Self, i32); 11] = [
        (Self::BadFlags, constants::EAI_BADFLAGS),
        (Self::NoName, constants::EAI_NONAME),
        (Self::TryAgain, constants::EAI_AGAIN),
        (Self::Fail, constants::EAI_FAIL),
        (Self::NoData, constants::EAI_NODATA),
        (Self::Family, constants::EAI_FAMILY),
        (Self::SocketType, constants::EAI_SOCKTYPE),
        (Self::Service, constants::EAI_SERVICE),
        (Self::AddressFamily, constants::EAI_ADDRFAMILY),
        (Self::Memory, constants::EAI_MEMORY),
        (Self::Overflow, constants::EAI_OVERFLOW),
    ];

    /// From the C library's number.
    pub fn from_code(code: i32) -> Self {
        let known = Self::CODES.iter().find(|(_, known)| *known == code);
        known.map_or(Self::Other(code), |(fault, _)| *fault)
    }

    /// The C library's number (`EAI_*`).
    pub const fn code(self) -> i32 {
        match self {
            Self::BadFlags => constants::EAI_BADFLAGS,
            Self::NoName => constants::EAI_NONAME,
            Self::TryAgain => constants::EAI_AGAIN,
            Self::Fail => constants::EAI_FAIL,
            Self::NoData => constants::EAI_NODATA,
            Self::Family => constants::EAI_FAMILY,
            Self::SocketType => constants::EAI_SOCKTYPE,
            Self::Service => constants::EAI_SERVICE,
            Self::AddressFamily => constants::EAI_ADDRFAMILY,
            Self::Memory => constants::EAI_MEMORY,
            Self::Overflow => constants::EAI_OVERFLOW,
            Self::Other(code) => code,
        }
    }
}

/// Why gethostbyaddr(3) or its like failed (SOC-12).
///
/// ```
/// use standpipe_core::socket::HostFault;
///
/// assert_eq!(HostFault::from_code(2), HostFault::TryAgain);
/// assert_eq!((HostFault::NotFound.code(), HostFault::Other(9).code()), (1, 9));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostFault {
    /// No such host (`HOST_NOT_FOUND`).
    #[error("unknown host")]
    NotFound,
    /// The server could not answer now (`TRY_AGAIN`).
    #[error("host name lookup failure")]
    TryAgain,
    /// The server cannot answer (`NO_RECOVERY`).
    #[error("unknown server error")]
    NoRecovery,
    /// The host has no address (`NO_DATA`).
    #[error("no address associated with the name")]
    NoData,
    /// Any other.
    #[error("host lookup error {0}")]
    Other(i32),
}

impl HostFault {
    /// From the C library's number (`h_errno`).
    pub const fn from_code(code: i32) -> Self {
        match code {
            1 => Self::NotFound,
            2 => Self::TryAgain,
            3 => Self::NoRecovery,
            4 => Self::NoData,
            code => Self::Other(code),
        }
    }

    /// The C library's number.
    pub const fn code(self) -> i32 {
        match self {
            Self::NotFound => 1,
            Self::TryAgain => 2,
            Self::NoRecovery => 3,
            Self::NoData => 4,
            Self::Other(code) => code,
        }
    }
}
