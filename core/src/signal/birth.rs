//! What a child's signals are at its birth: [`SignalState`].

use super::SignalSet;

/// The signals of a process, or of one of its threads, as the kernel sees them.
///
/// ```
/// use standpipe_core::signal::{ChildSignals, Signal, SignalSet, SignalState};
///
/// let parent = SignalState {
///     handled: Signal::TERM.into(),
///     ignored: [Signal::HUP, Signal::PIPE].into(),
///     blocked: Signal::USR1.into(),
///     pending: Signal::USR1.into(),
/// };
///
/// // What nobody resets a program begins with: the original's children ignore SIGPIPE so.
/// let program = parent.after_fork().after_exec();
/// assert_eq!((program.handled, program.pending), (SignalSet::EMPTY, SignalSet::EMPTY));
/// assert_eq!((program.ignored, program.blocked), (parent.ignored, parent.blocked));
///
/// // What a child resets that is to keep the SIGHUP which nohup(1) has ignored, and nothing else.
/// let child = ChildSignals { keep_ignored: Signal::HUP.into(), ..ChildSignals::default() };
/// let reset = parent.reset(child);
/// assert_eq!(reset.to_default, [Signal::TERM, Signal::PIPE].into());
/// assert_eq!(reset.mask, SignalSet::EMPTY);
/// let program = parent.after_fork().after_reset(reset).after_exec();
/// assert_eq!(program, SignalState { ignored: Signal::HUP.into(), ..SignalState::default() });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SignalState {
    /// Those that have a handler.
    pub handled: SignalSet,
    /// Those that are ignored.
    pub ignored: SignalSet,
    /// Those that are held back until they are unblocked.
    pub blocked: SignalSet,
    /// Those that have arrived and are held back.
    pub pending: SignalSet,
}

/// What a child is to keep of its parent's signals, and what it ignores and blocks of its own: nothing by default.
///
/// ```
/// use standpipe_core::signal::{ChildSignals, SignalSet};
///
/// let plain = ChildSignals::default();
/// assert_eq!((plain.keep_ignored, plain.keep_blocked), (SignalSet::EMPTY, SignalSet::EMPTY));
/// assert_eq!((plain.ignored, plain.blocked), (SignalSet::EMPTY, SignalSet::EMPTY));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ChildSignals {
    /// Those that stay ignored where they are.
    pub keep_ignored: SignalSet,
    /// Those that stay blocked where they are.
    pub keep_blocked: SignalSet,
    /// Those that are ignored in any case, as nohup(1) has it. SIGKILL and SIGSTOP cannot be, nor what the C library keeps.
    pub ignored: SignalSet,
    /// Those that are blocked in any case. SIGKILL and SIGSTOP are left out (sigprocmask(2)).
    pub blocked: SignalSet,
}

/// What a child does about its signals before its program: first the dispositions, then the mask, since a handler of the
/// parent must not run in it. [`Step::ResetSignals`](crate::process::Step::ResetSignals) and
/// [`Step::SignalMask`](crate::process::Step::SignalMask) come to the same.
///
/// ```
/// use standpipe_core::signal::{ChildSignals, Signal, SignalReset, SignalSet, SignalState};
///
/// let parent = SignalState { ignored: Signal::PIPE.into(), ..SignalState::default() };
/// let reset = parent.reset(ChildSignals::default());
/// assert_eq!(reset, SignalReset { to_default: Signal::PIPE.into(), ..SignalReset::default() });
///
/// let nohup = ChildSignals { ignored: Signal::HUP.into(), ..ChildSignals::default() };
/// assert_eq!(parent.reset(nohup).to_ignored, Signal::HUP.into());
/// assert_eq!(parent.after_reset(parent.reset(nohup)).ignored, Signal::HUP.into());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SignalReset {
    /// Those that are put at their default.
    pub to_default: SignalSet,
    /// Those that are ignored from then on.
    pub to_ignored: SignalSet,
    /// Those that are blocked afterwards.
    pub mask: SignalSet,
}

impl SignalState {
    /// The state of a child that was just forked: nothing is pending for it (SIG-41, fork(2)).
    #[must_use]
    pub const fn after_fork(self) -> Self {
        Self { pending: SignalSet::EMPTY, ..self }
    }

    /// The state of the program that is executed: handlers are gone, what is ignored or blocked stays so (execve(2)).
    #[must_use]
    pub const fn after_exec(self) -> Self {
        Self { handled: SignalSet::EMPTY, ..self }
    }

    /// The state once a child has reset its signals.
    #[must_use]
    pub const fn after_reset(self, reset: SignalReset) -> Self {
        Self {
            handled: self.handled.without(reset.to_default.union(reset.to_ignored)),
            ignored: self.ignored.without(reset.to_default).union(reset.to_ignored),
            blocked: reset.mask,
            ..self
        }
    }

    /// What a child of this process resets between its birth and its program. Handlers always: until the program runs they
    /// are the parent's, in memory that may be the parent's.
    pub const fn reset(self, child: ChildSignals) -> SignalReset {
        let to_default = self.handled.union(self.ignored.without(child.keep_ignored));
        SignalReset {
            to_default: to_default.without(child.ignored),
            to_ignored: child.ignored,
            mask: self.blocked.intersection(child.keep_blocked).union(child.blocked),
        }
    }
}
