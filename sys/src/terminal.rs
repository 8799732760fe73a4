//! Lending the foreground of the terminal to a child: [`Foreground`].

use std::mem::zeroed;
use std::ptr::null_mut;

/// The foreground of the terminal behind standard input, which this process has now and takes back when this is
/// dropped (tcsetpgrp(3)).
#[derive(Debug)]
pub struct Foreground(());

impl Foreground {
    /// The foreground, where standard input is a terminal and this process's group is the one in its foreground.
    pub fn of_stdin() -> Option<Self> {
        // SAFETY: neither takes a pointer; what is no terminal is an error.
        let ours = unsafe { libc::tcgetpgrp(0) == libc::getpgrp() };
        ours.then_some(Self(()))
    }
}

impl Drop for Foreground {
    /// The terminal answers a background process with SIGTTOU, so that is blocked meanwhile.
    fn drop(&mut self) {
        // SAFETY: the sets live for the calls, and the mask is this thread's own.
        unsafe {
            let (mut set, mut before) = (zeroed(), zeroed());
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGTTOU);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
            libc::tcsetpgrp(0, libc::getpgrp());
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, null_mut());
        }
    }
}
