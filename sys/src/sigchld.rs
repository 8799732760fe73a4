//! A pipe that SIGCHLD makes readable: [`SigchldPipe`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::signal::Signal;

use crate::fd;
use crate::signals::{Caught, Ignored, Sink, catch};

/// A pipe that SIGCHLD makes readable. It begins readable, so that a death from before it is not missed.
#[derive(Debug)]
pub(crate) struct SigchldPipe {
    pub(crate) read: Arc<OwnedFd>,
    sink: Arc<Sink>,
    _caught: Caught,
}

impl SigchldPipe {
    pub(crate) fn new() -> io::Result<Self> {
        let (read, write) = fd::pipe()?;
        fd::set_nonblocking(read.as_fd())?;
        fd::set_nonblocking(write.as_fd())?;
        let sink = Arc::new(Sink::of_bytes(write));
        sink.wake();
        let caught = catch(Signal::CHLD.into(), &sink, Ignored::Catch)?;
        Ok(Self { read: Arc::new(read), sink, _caught: caught })
    }

    /// Makes it readable, and it stays so until it is drained.
    pub(crate) fn wake(&self) {
        self.sink.wake();
    }

    pub(crate) fn drain(&self) {
        let mut bytes = [0u8; 64];
        // SAFETY: `bytes` is writable and as long as is said; the descriptor is ours and does not wait.
        while unsafe { libc::read(self.read.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
    }
}
