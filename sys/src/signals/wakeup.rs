//! Caught signals as bytes in a descriptor of the caller's: [`WakeupFd`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Arc;

use standpipe_core::signal::{Signal, SignalError, SignalSet};

use super::caught::{self, Caught, Ignored};
use super::sink::Sink;
use crate::fd;

/// Caught signals as bytes in a descriptor that the caller chooses, one for each arrival, the signal's number; until it is
/// dropped ([`Woken::decode`](standpipe_core::signal::Woken::decode), SIG-45 to SIG-52).
///
/// Any number of them can be there, each with its own signals. A full descriptor is no failure: it is readable already, and
/// that byte is missing. Nor is one that nobody reads any more.
///
/// ```
/// use std::io::Read;
/// use std::os::unix::net::UnixStream;
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::signals::{self, WakeupError, WakeupFd};
///
/// let (mut read, write) = UnixStream::pair()?;
/// assert!(matches!(WakeupFd::new(&write, Signal::USR1.into()), Err(WakeupError::Blocking)));
/// write.set_nonblocking(true)?;
/// let wakeup = WakeupFd::new(&write, Signal::USR1.into())?;
/// signals::raise(Signal::USR1)?;
/// let mut byte = [0];
/// read.read_exact(&mut byte)?;
/// assert_eq!(i32::from(byte[0]), Signal::USR1.number());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WakeupFd(Caught);

/// Why a descriptor cannot be woken by signals. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WakeupError {
    /// What it stands for is no pipe and no socket.
    #[error("descriptor {0} is no pipe and no socket, so nobody would be woken by a byte in it")]
    NoPipe(i32),
    /// A full one would hold the signal handler up, and with it whatever it has interrupted.
    #[error("the descriptor waits when it is full: set O_NONBLOCK first")]
    Blocking,
    /// It is one that is read from.
    #[error("the descriptor is not open for writing: give the writing end of the pipe")]
    NotForWriting,
    /// One of the signals cannot be caught.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// The descriptor limit, or it is not open.
    #[error("the descriptor cannot be kept: {0}")]
    System(#[from] io::Error),
}

impl WakeupFd {
    /// Catches these signals from now on, and tells this descriptor of them. It is kept by a descriptor of our own, so the
    /// caller may close his. A signal that the process was started to ignore stays ignored.
    ///
    /// # Errors
    /// See [`WakeupError`].
    pub fn new(fd: impl AsFd, signals: SignalSet) -> Result<Self, WakeupError> {
        signals.iter().try_for_each(Signal::check_catchable)?;
        check(fd.as_fd())?;
        let sink = Arc::new(Sink::of_bytes(fd.as_fd().try_clone_to_owned()?));
        Ok(Self(caught::catch(signals, &sink, Ignored::Leave)?))
    }

    /// The signals that are caught: without those that were ignored and stay so.
    pub fn signals(&self) -> SignalSet {
        self.0.signals()
    }
}

fn check(fd: BorrowedFd<'_>) -> Result<(), WakeupError> {
    if !matches!(fd::file_type(fd)?, libc::S_IFIFO | libc::S_IFSOCK) {
        return Err(WakeupError::NoPipe(fd.as_raw_fd()));
    }
    // SAFETY: fcntl on a borrowed, therefore open descriptor; no pointer is passed.
    let flags = fd::check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    if flags & libc::O_NONBLOCK == 0 {
        return Err(WakeupError::Blocking);
    }
    if flags & libc::O_ACCMODE == libc::O_RDONLY {
        return Err(WakeupError::NotForWriting);
    }
    Ok(())
}
