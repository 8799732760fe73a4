//! The child's signals, and the one that tells it of its parent's end.

use super::Command;
use crate::signal::{ChildSignals, Signal};

impl Command {
    /// What the child keeps of the parent's signals, and what it ignores and blocks of its own. Default: nothing; every
    /// signal is at its default and none is blocked (SUB trap 2).
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, PlanError, Step};
    /// use standpipe_core::signal::{ChildSignals, Signal, SignalError, SignalSet};
    ///
    /// // As nohup(1) does, and whatever the parent ignores stays ignored.
    /// let signals = ChildSignals {
    ///     keep_ignored: SignalSet::FULL,
    ///     ignored: Signal::HUP.into(),
    ///     ..ChildSignals::default()
    /// };
    /// let plan = Plan::new(&Command::new("/bin/true").signals(signals), Parent::default())?;
    /// let reset = Step::ResetSignals { keep_ignored: SignalSet::FULL, ignored: Signal::HUP.into() };
    /// assert!(plan.steps().contains(&reset));
    ///
    /// let deaf = ChildSignals { ignored: Signal::KILL.into(), ..ChildSignals::default() };
    /// let error = Plan::new(&Command::new("/bin/true").signals(deaf), Parent::default()).unwrap_err();
    /// assert_eq!(error, PlanError::Ignored(SignalError::Uncatchable(Signal::KILL)));
    /// # Ok::<(), PlanError>(())
    /// ```
    #[must_use]
    pub fn signals(mut self, signals: ChildSignals) -> Self {
        self.extras.signals = signals;
        self
    }

    /// Sends the child this signal when its parent ends, also where that is before the program has begun
    /// (PR_SET_PDEATHSIG(2const)). Default: none.
    ///
    /// For the kernel the parent is the *thread* that spawned: where that ends and the process lives on, the signal comes
    /// as well. It is not inherited by the child's own children, and a program that gains privileges when it is executed
    /// (set-user-ID and the like) drops it.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, Step};
    /// use standpipe_core::signal::Signal;
    ///
    /// let worker = Command::new("/bin/true").uid(65534).gid(65534).die_with_parent(Signal::KILL);
    /// let plan = Plan::new(&worker, Parent::default())?;
    /// let order = [Step::UserId(65534), Step::DieWithParent(Signal::KILL)];
    /// assert!(plan.steps().windows(2).any(|steps| steps == order), "another user would clear it");
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn die_with_parent(mut self, signal: Signal) -> Self {
        self.extras.die_with_parent = Some(signal);
        self
    }
}
