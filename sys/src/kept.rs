//! A child that has an owner, and handles by which others reach it: [`Kept`] and [`ChildHandle`].

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use standpipe_core::process::{Exit, WaitStatus};
use standpipe_core::signal::SignalSet;
use standpipe_core::{Done, Target};

use crate::exit::ChildExit;

/// A child that nobody else ends: one that was not reaped when this is dropped is killed and reaped.
///
/// It is the only one that reaps. What came of that is kept, so asking again is no mistake, and nothing is sent to the
/// number afterwards.
#[derive(Debug)]
pub struct Kept(Arc<Shared>);

/// A child that belongs to somebody else: it can be looked at and signalled from any thread, at any time, whatever its
/// owner does meanwhile. A number that was given up is never signalled.
///
/// It keeps a descriptor open, the child's pidfd where there are any, but neither the child alive nor its status from
/// its owner.
///
/// ```
/// use standpipe_core::process::Command;
/// use standpipe_core::signal::Signal;
/// use standpipe_core::{Done, Port, Target};
/// use standpipe_sys::{Ends, launch};
///
/// let child = launch(&Command::shell("exec sleep 60"))?;
/// let ends = Ends::default().with(Port::new(0), child.exit);
/// let handle = ends.child(Port::new(0)).unwrap();
/// assert_eq!(handle.observe(), Done::Blocked);
/// drop(ends); // kills and reaps it
/// assert_eq!(handle.observe(), Done::Ok(Signal::KILL.number()));
/// assert_eq!(handle.signal(Target::Child, Signal::TERM.into()), Done::Ok(0)); // nobody gets it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChildHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    exit: ChildExit,
    /// What came of reaping, or of finding that somebody else has done it. Held while the number is used.
    reaped: Mutex<Option<Done>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Done>> {
        self.reaped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks while the number is the child's, and keeps an answer after which it is not.
    fn ask(&self, ask: impl Fn(&ChildExit) -> Done, is_last: impl Fn(Done) -> bool) -> Done {
        let mut reaped = self.lock();
        if let Some(done) = *reaped {
            return done;
        }
        let done = ask(&self.exit);
        *reaped = Some(done).filter(|done| is_last(*done));
        done
    }

    fn observe(&self, ask: impl Fn(&ChildExit) -> Done) -> Done {
        self.ask(ask, |done| matches!(done, Done::Failed(_)))
    }

    fn signal(&self, target: Target, set: SignalSet) -> Done {
        match *self.lock() {
            None => self.exit.signal(target, set),
            Some(_) => Done::Ok(0),
        }
    }
}

impl Kept {
    /// For somebody else, who may be in another thread.
    pub fn handle(&self) -> ChildHandle {
        ChildHandle(self.0.clone())
    }

    pub(crate) fn descriptor(&self) -> &Arc<OwnedFd> {
        self.0.exit.descriptor()
    }

    pub(crate) fn observe(&self) -> Done {
        self.0.observe(ChildExit::observe)
    }

    pub(crate) fn observe_stops(&self) -> Done {
        self.0.observe(ChildExit::observe_stops)
    }

    pub(crate) fn reap(&self) -> Done {
        self.0.ask(ChildExit::reap, |done| done != Done::Blocked)
    }

    pub(crate) fn signal(&self, target: Target, set: SignalSet) -> Done {
        self.0.signal(target, set)
    }
}

impl From<ChildExit> for Kept {
    fn from(exit: ChildExit) -> Self {
        Self(Arc::new(Shared { exit, reaped: Mutex::new(None) }))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.0.lock().is_some() {
            return;
        }
        let _gone_is_fine = self.signal(Target::Child, standpipe_core::signal::Signal::KILL.into());
        while self.reap() == Done::Blocked {
            self.0.exit.wait_for_end();
        }
    }
}

impl ChildHandle {
    /// The child's process number; after the end of its owner it may be another's.
    pub fn pid(&self) -> i32 {
        self.0.exit.pid()
    }

    /// The child's pidfd, where there are any.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.0.exit.pidfd()
    }

    /// Whether and how it has ended: yields the raw wait status, also after its owner has reaped it.
    ///
    /// Fails with [`FaultKind::NoChild`](standpipe_core::FaultKind::NoChild) where somebody who is not its owner has
    /// reaped it.
    pub fn observe(&self) -> Done {
        self.0.observe(ChildExit::observe)
    }

    /// How it ended, if it has; [`Exit::Unknown`] where somebody who is not its owner has reaped it.
    pub fn exit(&self) -> Option<Exit> {
        match self.observe() {
            Done::Blocked => None,
            Done::Ok(raw) => Some(WaitStatus::from_raw(raw).exit().unwrap_or(Exit::Unknown)),
            Done::Failed(_) => Some(Exit::Unknown),
        }
    }

    /// The child again, for a machine that asks how it has ended, once it was reaped; `None` while it is its owner's.
    pub fn into_kept(self) -> Option<Kept> {
        let is_reaped = self.0.lock().is_some();
        is_reaped.then(|| Kept(self.0))
    }

    /// Sends every signal of the set to the child, or to the process group or session that it leads. Yields 0; nothing
    /// happens once it is reaped.
    pub fn signal(&self, target: Target, set: SignalSet) -> Done {
        self.0.signal(target, set)
    }
}

impl AsFd for ChildHandle {
    /// What becomes readable when the child has ended, and stays so. It may be readable for nothing, so
    /// [`ChildHandle::observe`] has the last word.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.exit.as_fd()
    }
}
