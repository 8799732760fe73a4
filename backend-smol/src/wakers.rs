//! One waker for the two tasks that may use one connection: [`Wakers`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use standpipe_core::Side;

/// Wakes whoever reads and whoever writes. A reactor keeps one waker for each direction of a descriptor, while a task that
/// reads may have to wait for writing, and the other way round; what wakes one may be what the other waits for.
#[derive(Debug)]
pub(crate) struct Wakers {
    tasks: Arc<Tasks>,
    both: Waker,
}

#[derive(Debug, Default)]
struct Tasks(Mutex<[Option<Waker>; 2]>);

impl Default for Wakers {
    fn default() -> Self {
        let tasks = Arc::<Tasks>::default();
        Self { both: tasks.clone().into(), tasks }
    }
}

impl Wakers {
    /// The waker for the reactor; this task is the one that uses this side.
    pub(crate) fn with(&self, side: Side, task: &Waker) -> &Waker {
        let mut tasks = self.tasks.lock();
        match &mut tasks[side as usize] {
            Some(known) => known.clone_from(task),
            unknown => *unknown = Some(task.clone()),
        }
        &self.both
    }

    /// The task of this side has what it has waited for.
    pub(crate) fn forget(&self, side: Side) {
        self.tasks.lock()[side as usize] = None;
    }

    /// What one task has brought about may be what the other waits for, and no reactor will tell it.
    pub(crate) fn wake_other(&self, side: Side) {
        let other = match side {
            Side::Read => Side::Write,
            Side::Write => Side::Read,
        };
        let task = self.tasks.lock()[other as usize].take();
        task.into_iter().for_each(Waker::wake);
    }
}

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Each once: a task that still waits says so again.
    fn wake_by_ref(self: &Arc<Self>) {
        let tasks = std::mem::take(&mut *self.lock());
        tasks.into_iter().flatten().for_each(Waker::wake);
    }
}
