//! The same as a signal's byte, from another thread: [`control_pipe`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::Pending;
use standpipe_core::signal::{Signal, Woken};
use standpipe_core::socket::Listen;

use crate::transfer::{self, Calls};
use crate::{Stream, fd};

/// Asks, from any thread, as a signal would.
#[derive(Clone, Debug)]
pub struct Control(Arc<OwnedFd>);

/// A pipe on which other threads ask as a signal would, and its asking end.
///
/// # Errors
/// The descriptor limit.
pub fn control_pipe() -> io::Result<(Stream, Control)> {
    let (read, write) = fd::pipe()?;
    fd::set_nonblocking(write.as_fd())?;
    Ok((Stream::pipe(read)?, Control(Arc::new(write))))
}

impl Control {
    /// Asks at the same pipe as whoever else has this descriptor.
    pub(super) fn new(write: OwnedFd) -> Self {
        Self(Arc::new(write))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Wakes a listener that has found no room, and asks for nothing ([`Listen::AGAIN`]).
    pub(crate) fn try_again(&self) {
        self.write(Listen::AGAIN);
    }

    /// One request, as the number of this signal. It is lost only where thousands wait already.
    pub fn ask(&self, signal: Signal) {
        self.write(Woken::byte(signal));
    }

    fn write(&self, byte: u8) {
        let _ = transfer::write(self.0.as_fd(), Calls::File, Pending::Slice(&[byte]), 1);
    }
}
