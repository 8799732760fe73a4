//! What the operating system said when an operation failed: [`Fault`].

/// The reasons that machines and users tell apart. Everything else is [`FaultKind::Other`] with its raw number.
///
/// ```
/// use standpipe_core::{Fault, FaultKind};
///
/// /// Whether it is worth trying again later.
/// fn is_passing(fault: Fault) -> bool {
///     matches!(fault.kind(), FaultKind::DescriptorLimit | FaultKind::OutOfResources)
/// }
/// assert!(is_passing(Fault::new(FaultKind::DescriptorLimit, 24)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// The reader is gone (`EPIPE`).
    BrokenPipe,
    /// The peer reset the connection (`ECONNRESET`).
    ConnectionReset,
    /// The connection was given up before it was accepted (`ECONNABORTED`).
    ConnectionAborted,
    /// Nobody listens there (`ECONNREFUSED`).
    ConnectionRefused,
    /// No route, or the network or host is down.
    Unreachable,
    /// The kernel gave up on the peer (`ETIMEDOUT`).
    TimedOut,
    /// The address is taken (`EADDRINUSE`).
    AddressInUse,
    /// The address is not one of this machine (`EADDRNOTAVAIL`).
    AddressNotAvailable,
    /// Not allowed (`EACCES`, `EPERM`).
    PermissionDenied,
    /// No such file or directory (`ENOENT`, `ENOTDIR`).
    NotFound,
    /// Not a program that the kernel can run (`ENOEXEC`).
    NotExecutable,
    /// The descriptor limit of the process or of the system (`EMFILE`, `ENFILE`).
    DescriptorLimit,
    /// The process limit, or no memory (`EAGAIN` from fork, `ENOMEM`, `ENOBUFS`).
    OutOfResources,
    /// The disk or the quota is full (`ENOSPC`, `EDQUOT`, `EFBIG`).
    StorageFull,
    /// No such child: somebody else has reaped it (`ECHILD`), or it is gone (`ESRCH`).
    NoChild,
    /// Not an open descriptor (`EBADF`).
    BadDescriptor,
    /// Anything else; the raw number says what.
    Other,
}

/// A failed operation of the operating system: the kind to decide on, the raw number to report.
///
/// ```
/// use standpipe_core::{Fault, FaultKind};
///
/// let fault = Fault::new(FaultKind::ConnectionReset, 104);
/// assert_eq!(fault.kind(), FaultKind::ConnectionReset);
/// assert_eq!(fault.raw(), 104);
/// assert_eq!(fault.to_string(), "connection reset by peer (os error 104)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fault {
    kind: FaultKind,
    raw: i32,
}

impl Fault {
    /// A fault of this kind, with the operating system's number for it.
    pub const fn new(kind: FaultKind, raw: i32) -> Self {
        Self { kind, raw }
    }

    /// What to decide on.
    pub const fn kind(self) -> FaultKind {
        self.kind
    }

    /// The operating system's number (`errno`).
    pub const fn raw(self) -> i32 {
        self.raw
    }
}

impl FaultKind {
    const fn text(self) -> &'static str {
        match self {
            Self::BrokenPipe => "broken pipe",
            Self::ConnectionReset => "connection reset by peer",
            Self::ConnectionAborted => "connection aborted",
            Self::ConnectionRefused => "connection refused",
            Self::Unreachable => "network or host unreachable",
            Self::TimedOut => "timed out",
            Self::AddressInUse => "address already in use",
            Self::AddressNotAvailable => "address not available",
            Self::PermissionDenied => "permission denied",
            Self::NotFound => "no such file or directory",
            Self::NotExecutable => "not an executable format",
            Self::DescriptorLimit => "too many open files",
            Self::OutOfResources => "resource temporarily unavailable",
            Self::StorageFull => "no space left",
            Self::NoChild => "no such child process",
            Self::BadDescriptor => "bad file descriptor",
            Self::Other => "operating system failure",
        }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} (os error {})", self.kind.text(), self.raw)
    }
}

impl core::error::Error for Fault {}
