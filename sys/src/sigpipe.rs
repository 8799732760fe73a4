//! Writing to a pipe without SIGPIPE and without changing its disposition.

use std::io;
use std::mem::zeroed;
use std::ptr::null_mut;

/// Blocks SIGPIPE in this thread around the call, and takes back one that the call itself made pending. The process's
/// disposition is never touched, so a program that wants to die of SIGPIPE elsewhere still does.
pub(crate) fn without_sigpipe(write: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
    let was_pending = is_pending();
    let before = block();
    let result = write();
    let broken = matches!(&result, Err(error) if error.raw_os_error() == Some(libc::EPIPE));
    if broken && !was_pending {
        consume();
    }
    restore(&before);
    result
}

fn sigpipe() -> libc::sigset_t {
    // SAFETY: an all-zero sigset_t is valid, and both calls write to it only.
    unsafe {
        let mut set = zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGPIPE);
        set
    }
}

fn is_pending() -> bool {
    // SAFETY: sigpending writes to a set of ours, sigismember reads it.
    unsafe {
        let mut set = zeroed();
        libc::sigpending(&raw mut set);
        libc::sigismember(&raw const set, libc::SIGPIPE) == 1
    }
}

fn block() -> libc::sigset_t {
    // SAFETY: both sets live for the call; the mask is this thread's own.
    unsafe {
        let (set, mut before) = (sigpipe(), zeroed());
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
        before
    }
}

fn restore(before: &libc::sigset_t) {
    // SAFETY: the set came from pthread_sigmask.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, null_mut()) };
}

fn consume() {
    // SAFETY: an all-zero timespec is valid and means not to wait.
    unsafe {
        let set = sigpipe();
        let now = zeroed();
        libc::sigtimedwait(&raw const set, null_mut(), &raw const now);
    }
}
