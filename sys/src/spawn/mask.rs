//! No signal in this thread for a while: [`SignalsBlocked`]; and which ones come as a rule: [`current`].

use std::marker::PhantomData;
use std::mem::zeroed;
use std::ptr::{null, null_mut};

use standpipe_core::signal::{Signal, SignalSet};

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

/// The signals that this thread has blocked.
pub(super) fn current() -> SignalSet {
    // SAFETY: an all-zero sigset_t is valid and lives on this stack; without a new mask the way to set it is not looked at.
    let blocked = unsafe {
        let mut blocked = zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, null(), &raw mut blocked);
        blocked
    };
    // SAFETY: the set is one that pthread_sigmask has written.
    Signal::all()
        .filter(|signal| unsafe { libc::sigismember(&raw const blocked, signal.number()) } == 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use standpipe_core::signal::{Signal, SignalSet};

    use super::{SignalsBlocked, current};

    #[test]
    fn all_are_blocked_and_then_as_before() {
        let before = current();
        let blocked = SignalsBlocked::new();
        let changeable: SignalSet =
            Signal::all().filter(|signal| signal.check_changeable().is_ok()).collect();
        assert!(changeable.is_subset(current()));
        drop(blocked);
        assert_eq!(current(), before);
        assert!(!before.contains(Signal::USR1), "or it shows nothing");
    }
}
