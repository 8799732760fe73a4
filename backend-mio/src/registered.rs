//! What is registered with mio: [`Watched`].

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use standpipe_sys::{Registering, Selector};

/// A registry of mio's, for descriptors.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a>(pub(crate) &'a Registry);

/// What is registered for one task or slot.
pub type Reactor<'a> = Registering<'a, Watched<'a>>;

/// All that a descriptor may become ready for. Urgent data is told where a system has a word for it.
fn interest() -> Interest {
    let both = Interest::READABLE | Interest::WRITABLE;
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let both = both | Interest::PRIORITY;
    both
}

impl Selector for Watched<'_> {
    fn add(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        self.0.register(&mut SourceFd(&fd.as_raw_fd()), Token(token as usize), interest())
    }

    fn remove(&self, fd: BorrowedFd<'_>) {
        // It is about to be closed, which would take it out of the kernel's table as well.
        let _ = self.0.deregister(&mut SourceFd(&fd.as_raw_fd()));
    }
}
