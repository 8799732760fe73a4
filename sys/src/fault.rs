//! What the operating system said, in core's words.

use std::io;

use standpipe_core::dispatch::PushError;
use standpipe_core::{End, Fault, FaultKind};

/// The fault for an `errno`.
///
/// ```
/// use standpipe_core::FaultKind;
///
/// assert_eq!(standpipe_sys::fault(libc::EMFILE).kind(), FaultKind::DescriptorLimit);
/// ```
pub const fn fault(errno: i32) -> Fault {
    let kind = match errno {
        libc::EPIPE => FaultKind::BrokenPipe,
        libc::ECONNRESET => FaultKind::ConnectionReset,
        libc::ECONNABORTED | libc::EPROTO => FaultKind::ConnectionAborted,
        libc::ECONNREFUSED => FaultKind::ConnectionRefused,
        libc::ENETUNREACH | libc::EHOSTUNREACH | libc::ENETDOWN | libc::EHOSTDOWN => FaultKind::Unreachable,
        libc::ETIMEDOUT => FaultKind::TimedOut,
        libc::EADDRINUSE => FaultKind::AddressInUse,
        libc::EADDRNOTAVAIL => FaultKind::AddressNotAvailable,
        libc::EACCES | libc::EPERM => FaultKind::PermissionDenied,
        libc::ENOENT | libc::ENOTDIR => FaultKind::NotFound,
        libc::ENOEXEC => FaultKind::NotExecutable,
        libc::EMFILE | libc::ENFILE => FaultKind::DescriptorLimit,
        libc::EAGAIN | libc::ENOMEM | libc::ENOBUFS => FaultKind::OutOfResources,
        libc::ENOSPC | libc::EDQUOT | libc::EFBIG => FaultKind::StorageFull,
        libc::ECHILD | libc::ESRCH => FaultKind::NoChild,
        libc::EBADF => FaultKind::BadDescriptor,
        _ => FaultKind::Other,
    };
    Fault::new(kind, errno)
}

/// The fault of the system call that has just failed in this thread.
pub fn last_fault() -> Fault {
    of(&io::Error::last_os_error())
}

/// The fault behind an error of the standard library.
pub fn of(error: &io::Error) -> Fault {
    error.raw_os_error().map_or(Fault::new(FaultKind::Other, 0), fault)
}

/// The standard library's error for a fault.
pub fn error(fault: Fault) -> io::Error {
    io::Error::from_raw_os_error(fault.raw())
}

/// The standard library's error for an end, after which nothing more can be moved. A clean one is a broken pipe to
/// whoever would still write.
pub fn end_error(end: End) -> io::Error {
    match end {
        End::Failed { fault, .. } | End::NotConnected(fault) => error(fault),
        End::Clean | End::Cut => io::ErrorKind::BrokenPipe.into(),
        End::Unresolved(_) => io::Error::new(io::ErrorKind::NotFound, end),
        End::Truncated => io::Error::new(io::ErrorKind::UnexpectedEof, end),
        End::Tls(fault) => io::Error::new(io::ErrorKind::InvalidData, fault),
        End::TimedOut(_) => io::Error::new(io::ErrorKind::TimedOut, end),
        _ => io::Error::other(end),
    }
}

/// The standard library's error for what cannot be pushed: `BrokenPipe` where the channel is closing, `WouldBlock` where more waits than
/// may, with the [`PushError`] inside.
pub fn push_error(error: PushError) -> io::Error {
    let kind = match error {
        PushError::Full { .. } => io::ErrorKind::WouldBlock,
        _ => io::ErrorKind::BrokenPipe,
    };
    io::Error::new(kind, error)
}
