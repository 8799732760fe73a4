//! No signal in this thread for a while: [`SignalsBlocked`].

use std::marker::PhantomData;
use std::mem::zeroed;
use std::ptr::null_mut;

/// Blocks every signal in this thread until it is dropped: no handler may run in a child that shares our memory.
#[derive(Debug)]
pub(super) struct SignalsBlocked {
    before: libc::sigset_t,
    /// The mask is this thread's.
    not_send: PhantomData<*const ()>,
}

impl SignalsBlocked {
    pub(super) fn new() -> Self {
        // SAFETY: an all-zero sigset_t is valid; both sets live on this stack.
        let before = unsafe {
            let (mut all, mut before) = (zeroed(), zeroed());
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
            before
        };
        Self { before, not_send: PhantomData }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set came from pthread_sigmask in this very thread.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, null_mut()) };
    }
}
