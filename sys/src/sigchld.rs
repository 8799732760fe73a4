//! A pipe that SIGCHLD makes readable: [`SigchldPipe`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use signal_hook_registry::SigId;

use crate::fd;

/// A pipe that SIGCHLD makes readable. It begins readable, so that a death from before it is not missed.
#[derive(Debug)]
pub(crate) struct SigchldPipe {
    pub(crate) read: Arc<OwnedFd>,
    write: Arc<OwnedFd>,
    handler: SigId,
}

impl SigchldPipe {
    pub(crate) fn new() -> io::Result<Self> {
        let (read, write) = fd::pipe()?;
        fd::set_nonblocking(read.as_fd())?;
        fd::set_nonblocking(write.as_fd())?;
        wake(&write);
        let write = Arc::new(write);
        let theirs = write.clone();
        // SAFETY: the handler makes one async-signal-safe call on a descriptor that lives in it, allocates nothing,
        // takes no lock and cannot panic; signal-hook-registry keeps errno.
        let handler = unsafe { signal_hook_registry::register(libc::SIGCHLD, move || wake(&theirs)) }?;
        Ok(Self { read: Arc::new(read), write, handler })
    }

    /// Makes it readable, and it stays so until it is drained.
    pub(crate) fn wake(&self) {
        wake(&self.write);
    }

    pub(crate) fn drain(&self) {
        let mut bytes = [0u8; 64];
        // SAFETY: `bytes` is writable and as long as is said; the descriptor is ours and does not wait.
        while unsafe { libc::read(self.read.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
    }
}

impl Drop for SigchldPipe {
    /// The handler goes before the reading end does, so it never writes to a pipe without a reader.
    fn drop(&mut self) {
        signal_hook_registry::unregister(self.handler);
    }
}

/// Makes the pipe readable. A full one is readable already.
fn wake(write: &OwnedFd) {
    // SAFETY: write(2) is async-signal-safe and reads one byte of a constant.
    unsafe { libc::write(write.as_raw_fd(), b"!".as_ptr().cast(), 1) };
}
