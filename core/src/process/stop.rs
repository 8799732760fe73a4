//! How a child is brought to its end: [`Stop`].

use alloc::vec::Vec;
use core::time::Duration;

use crate::Target;
use crate::signal::Signal;

/// One step of a [`Stop`].
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::process::{Stop, StopStep};
/// use standpipe_core::signal::Signal;
///
/// let steps = [
///     StopStep::Signal(Signal::TERM),
///     StopStep::Grace(Duration::from_secs(5)),
///     StopStep::Signal(Signal::KILL),
/// ];
/// assert_eq!(Stop::default().steps(), steps);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum StopStep {
    /// Closes the child's standard input, so that it reads to its end. A machine that has the pipe closes it, and what it
    /// had not sent is dropped; of a [`Child`](super::Child) alone it is told, and the caller closes it.
    CloseStdin,
    /// Sends a signal.
    Signal(Signal),
    /// Waits for the child to end, at most this long.
    Grace(Duration),
}

/// How a child is brought to its end: steps in order, as data. It is over when the child has ended.
///
/// For a whole group or session, the members that outlive the child are killed before it is reaped, so nobody survives
/// the stop. A child that is stopped by job control gets most signals when it is continued only: for one that may be,
/// SIGCONT is a step.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::Target;
/// use standpipe_core::process::{Stop, StopStep};
/// use standpipe_core::signal::Signal;
///
/// let gentle = Stop::close_stdin().grace(Duration::from_secs(2)).then(Signal::TERM).whole_session();
/// assert_eq!((gentle.steps()[0], gentle.target()), (StopStep::CloseStdin, Target::Session));
/// assert_eq!(gentle.steps().iter().copied().collect::<Stop>().whole_session(), gentle);
///
/// let stop = Stop::signal(Signal::TERM).grace(Duration::from_secs(2)).then(Signal::KILL).whole_group();
/// assert_eq!(stop.steps()[2], StopStep::Signal(Signal::KILL));
/// assert_eq!(stop.target(), Target::Group);
/// assert_eq!(Stop::terminate(Duration::from_secs(2)).whole_group(), stop);
/// assert_eq!(Stop::kill().steps(), [StopStep::Signal(Signal::KILL)]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    steps: Vec<StopStep>,
    target: Target,
}

impl Stop {
    /// Begins with this signal.
    pub fn signal(signal: Signal) -> Self {
        Self::from_iter([StopStep::Signal(signal)])
    }

    /// Begins with closing the child's standard input.
    pub fn close_stdin() -> Self {
        Self::from_iter([StopStep::CloseStdin])
    }

    /// SIGKILL, at once.
    pub fn kill() -> Self {
        Self::signal(Signal::KILL)
    }

    /// SIGTERM, then SIGKILL after this grace.
    pub fn terminate(grace: Duration) -> Self {
        Self::signal(Signal::TERM).grace(grace).then(Signal::KILL)
    }

    /// Then waits, at most this long.
    #[must_use]
    pub fn grace(mut self, wait: Duration) -> Self {
        self.steps.push(StopStep::Grace(wait));
        self
    }

    /// Then sends this signal.
    #[must_use]
    pub fn then(mut self, signal: Signal) -> Self {
        self.steps.push(StopStep::Signal(signal));
        self
    }

    /// Every signal is for the child's whole process group. The child must lead one
    /// ([`Command::leads_group`](super::Command::leads_group)).
    #[must_use]
    pub fn whole_group(mut self) -> Self {
        self.target = Target::Group;
        self
    }

    /// Every signal is for the child's whole session, the groups of which may be many. The child must lead one
    /// ([`Group::Session`](super::Group::Session)).
    #[must_use]
    pub fn whole_session(mut self) -> Self {
        self.target = Target::Session;
        self
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[StopStep] {
        &self.steps
    }

    /// Whom the signals are for.
    pub fn target(&self) -> Target {
        self.target
    }
}

impl FromIterator<StopStep> for Stop {
    /// These steps, for the child alone.
    fn from_iter<I: IntoIterator<Item = StopStep>>(steps: I) -> Self {
        Self { steps: steps.into_iter().collect(), target: Target::Child }
    }
}

impl Default for Stop {
    /// SIGTERM, 5 s, SIGKILL; to the child alone.
    fn default() -> Self {
        Self::terminate(Duration::from_secs(5))
    }
}
