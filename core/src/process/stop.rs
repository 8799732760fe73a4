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
    /// Sends a signal.
    Signal(Signal),
    /// Waits for the child to end, at most this long.
    Grace(Duration),
}

/// How a child is brought to its end: signals and graces, in order, as data. It is over when the child has ended.
///
/// For a whole group, the members that outlive the child are killed before it is reaped, so nobody survives the stop.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::process::{Stop, StopStep};
/// use standpipe_core::signal::Signal;
///
/// let stop = Stop::signal(Signal::TERM).grace(Duration::from_secs(2)).then(Signal::KILL).whole_group();
/// assert_eq!(stop.steps()[2], StopStep::Signal(Signal::KILL));
/// assert_eq!(stop.target(), standpipe_core::Target::Group);
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
        Self { steps: alloc::vec![StopStep::Signal(signal)], target: Target::Child }
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

    /// Every step is for the child's whole process group. The child must lead one
    /// ([`Command::leads_group`](super::Command::leads_group)).
    #[must_use]
    pub fn whole_group(mut self) -> Self {
        self.target = Target::Group;
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

impl Default for Stop {
    /// SIGTERM, 5 s, SIGKILL; to the child alone.
    fn default() -> Self {
        Self::terminate(Duration::from_secs(5))
    }
}
