//! Making a busy pipe big: [`Growth`].

use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What an ordinary pipe holds.
const ORDINARY: usize = 64 << 10;
/// What a big one holds: what an unprivileged user may ask for.
const BIG: libc::c_int = 1 << 20;
/// A transfer that moves so much was held up by the size of an ordinary pipe, or is what was left of one that was: 112 KiB,
/// which is what TLS opens at once, go in 64 and 48.
const BUSY: usize = ORDINARY / 2;
/// How many busy transfers in a row it takes.
const BUSY_IN_A_ROW: u8 = 4;
/// How many pipes may be big at once: a user who exhausts `pipe-user-pages-soft` gets 8 KiB pipes everywhere.
const AT_ONCE: usize = 16;

static BIG_PIPES: AtomicUsize = AtomicUsize::new(0);

/// Whether a pipe was busy enough to be made big: it takes three times the bytes a system call then (pipe(7)).
#[derive(Debug, Default)]
pub(crate) struct Growth {
    busy_in_a_row: u8,
    tried: bool,
    big: bool,
}

impl Growth {
    /// A transfer has moved so many bytes.
    pub(crate) fn moved(&mut self, fd: BorrowedFd<'_>, n: usize) {
        if self.tried {
            return;
        }
        self.busy_in_a_row = if n >= BUSY { self.busy_in_a_row + 1 } else { 0 };
        if self.busy_in_a_row == BUSY_IN_A_ROW {
            self.tried = true;
            self.big = grow(fd);
        }
    }
}

impl Drop for Growth {
    fn drop(&mut self) {
        if self.big {
            BIG_PIPES.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn grow(fd: BorrowedFd<'_>) -> bool {
    if BIG_PIPES.fetch_add(1, Ordering::Relaxed) >= AT_ONCE {
        BIG_PIPES.fetch_sub(1, Ordering::Relaxed);
        return false;
    }
    // SAFETY: fcntl on a borrowed, therefore open descriptor; no pointer is passed. What is no pipe is an error.
    let grown = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, BIG) } != -1;
    if !grown {
        BIG_PIPES.fetch_sub(1, Ordering::Relaxed);
    }
    grown
}
