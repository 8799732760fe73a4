//! The same as a signal's byte, from another thread: [`control_pipe`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::Pending;
use standpipe_core::signal::{Signal, Woken};

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
    /// One request, as the number of this signal. It is lost only where thousands wait already.
    pub fn ask(&self, signal: Signal) {
        let byte = [Woken::byte(signal)];
        let _ = transfer::write(self.0.as_fd(), Calls::File, Pending::Slice(&byte), 1);
    }
}
