//! Waking threads that wait: [`Interrupt`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use standpipe_sys::fd;

/// Wakes every thread that waits with it, once and for good.
///
/// ```
/// use standpipe_blocking::Interrupt;
///
/// let interrupt = Interrupt::new()?;
/// interrupt.raise();
/// interrupt.raise(); // again changes nothing
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Interrupt {
    read: OwnedFd,
    /// Closing it is what wakes.
    write: Mutex<Option<OwnedFd>>,
}

impl Interrupt {
    /// One that is not raised.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn new() -> io::Result<Self> {
        let (read, write) = fd::pipe()?;
        Ok(Self { read, write: Mutex::new(Some(write)) })
    }

    /// Raises it.
    pub fn raise(&self) {
        self.write.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }
}
