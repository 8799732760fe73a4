//! Which signals this thread lets come: [`Blocked`], [`blocked`], [`pending`].

use std::marker::PhantomData;
use std::mem::zeroed;
use std::ptr::{null, null_mut};

use libc::sigset_t;
use standpipe_core::signal::{Signal, SignalSet};

/// Another mask for this thread until it is dropped; then the mask is as it was (pthread_sigmask(3)). Guards that are made
/// one within the other are dropped the other way round.
///
/// SIGKILL, SIGSTOP and the two signals that the C library keeps for its threads are never blocked, and asking is no error.
/// A blocked signal stays pending: it comes when it is let again. One that is sent to the whole process is taken by
/// another thread that lets it come. A new thread begins with its maker's mask, a child of this crate with an empty one.
///
/// ```
/// use standpipe_core::signal::{Signal, SignalSet};
/// use standpipe_sys::signals::{self, Blocked};
///
/// let _ignored = signals::ignore(Signal::USR1)?;
/// let blocked = Blocked::new(Signal::USR2.into());
/// assert!(signals::blocked().contains(Signal::USR2));
/// assert_eq!(signals::pending(), SignalSet::EMPTY);
/// drop(blocked);
/// assert!(!signals::blocked().contains(Signal::USR2));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "signals come again when it is dropped"]
pub struct Blocked {
    before: sigset_t,
    /// The mask is this thread's.
    not_send: PhantomData<*const ()>,
}

impl Blocked {
    /// Blocks these signals as well.
    pub fn new(signals: SignalSet) -> Self {
        Self::change(libc::SIG_BLOCK, signals)
    }

    /// Lets these signals come, whatever was blocked before.
    pub fn unblock(signals: SignalSet) -> Self {
        Self::change(libc::SIG_UNBLOCK, signals)
    }

    /// Blocks these signals and no others.
    pub fn exactly(signals: SignalSet) -> Self {
        Self::change(libc::SIG_SETMASK, signals)
    }

    /// The signals that were blocked before.
    pub fn before(&self) -> SignalSet {
        to_set(&self.before)
    }

    /// Keeps the mask as it is now, for the rest of the thread's life.
    pub fn keep(self) {
        std::mem::forget(self);
    }

    /// Waits until a handler was run, with the mask that was before (sigsuspend(2)). Nothing can come between the look at
    /// what the handler does and the wait, since it is blocked there. An ignored signal wakes nobody.
    ///
    /// ```
    /// use standpipe_core::signal::Signal;
    /// use standpipe_sys::signals::{self, Arrivals, Blocked, Ignored};
    ///
    /// let arrivals = Arrivals::new(Signal::USR1.into(), Ignored::Leave)?;
    /// let blocked = Blocked::new(Signal::USR1.into());
    /// signals::raise(Signal::USR1)?;
    /// assert!(arrivals.take().is_empty(), "it is pending yet");
    /// blocked.suspend();
    /// assert_eq!(arrivals.take(), Signal::USR1.into());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn suspend(&self) {
        // SAFETY: the set came from pthread_sigmask in this very thread.
        unsafe { libc::sigsuspend(&raw const self.before) };
    }

    fn change(how: libc::c_int, signals: SignalSet) -> Self {
        let set = to_raw(signals);
        // SAFETY: an all-zero sigset_t is valid; both sets live on this stack.
        let before = unsafe {
            let mut before = zeroed();
            libc::pthread_sigmask(how, &raw const set, &raw mut before);
            before
        };
        Self { before, not_send: PhantomData }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: the set came from pthread_sigmask in this very thread.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, null_mut()) };
    }
}

/// The signals that this thread has blocked.
pub fn blocked() -> SignalSet {
    // SAFETY: an all-zero sigset_t is valid and lives on this stack; without a new mask the way to set it is not looked at.
    let set = unsafe {
        let mut set = zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, null(), &raw mut set);
        set
    };
    to_set(&set)
}

/// The signals that have come for this thread or its process and wait to be let (sigpending(2)).
pub fn pending() -> SignalSet {
    // SAFETY: an all-zero sigset_t is valid and lives on this stack.
    let set = unsafe {
        let mut set = zeroed();
        libc::sigpending(&raw mut set);
        set
    };
    to_set(&set)
}

/// Waits until a handler was run in this thread (pause(2)).
pub(super) fn pause() {
    let mask = to_raw(blocked());
    // SAFETY: the set is the mask that this thread has, and lives on this stack.
    unsafe { libc::sigsuspend(&raw const mask) };
}

/// The C library leaves those out that it keeps for its threads. Async-signal-safe.
pub(crate) fn to_raw(signals: SignalSet) -> sigset_t {
    // SAFETY: all calls use a set that lives on this stack.
    unsafe {
        let mut set = zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals.iter() {
            libc::sigaddset(&raw mut set, signal.number());
        }
        set
    }
}

fn to_set(set: &sigset_t) -> SignalSet {
    // SAFETY: the set is borrowed and was written by the C library.
    let contains = |signal: &Signal| unsafe { libc::sigismember(set, signal.number()) } == 1;
    Signal::all().filter(contains).collect()
}
