//! Where a child is in its life, and what is told of it: [`ChildState`] and [`ChildEvent`].

use crate::process::{Exit, StopStep};
use crate::signal::Signal;

/// Where a child is in its life.
///
/// ```text
/// Running --observed--> Ended --reaped--> Reaped
///  ^   |                 ^                  ^
///  | stopped             |                  |
///  |   v                 |                  |
/// Stopped ---------------/                  |
///      \------ reaped by somebody else -----/   (and from Running)
/// ```
///
/// ```
/// use standpipe_core::process::{Child, ChildState, Exit};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut child = Child::new();
/// assert_eq!(child.state(), ChildState::Running);
/// child.handle_done(Child::EXIT, Duty::Observe, Done::Ok(0));
/// assert_eq!(child.state(), ChildState::Ended(Exit::Code(0)));
/// child.handle_done(Child::EXIT, Duty::Reap, Done::Ok(0));
/// assert_eq!(child.state(), ChildState::Reaped(Exit::Code(0)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChildState {
    /// It runs, as far as we know.
    Running,
    /// This signal has stopped it, and nobody has continued it, as far as we know. Only seen where
    /// [`Child::observe_stops`](super::Child::observe_stops) was asked for.
    Stopped(Signal),
    /// It has ended and is not reaped yet, so its number is still its own.
    Ended(Exit),
    /// It is reaped: its number may be another process's by now.
    Reaped(Exit),
}

impl ChildState {
    /// Whether the child has not ended, as far as we know, so that it can be signalled.
    ///
    /// ```
    /// use standpipe_core::process::{ChildState, Exit};
    /// use standpipe_core::signal::Signal;
    ///
    /// assert!(ChildState::Running.is_alive() && ChildState::Stopped(Signal::TSTP).is_alive());
    /// assert!(!ChildState::Ended(Exit::Code(0)).is_alive());
    /// ```
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Running | Self::Stopped(_))
    }
}

/// What happened to a child that the caller must know.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::Moment;
/// use standpipe_core::process::{Child, ChildEvent, Stop, StopStep};
///
/// let mut child = Child::new();
/// child.stop(&Stop::close_stdin().grace(Duration::from_secs(2)));
/// match child.next_event() {
///     Some(ChildEvent::Step(StopStep::CloseStdin)) => { /* the caller has the pipe, and drops it */ }
///     event => panic!("{event:?}"),
/// }
/// assert_eq!(child.next_event(), Some(ChildEvent::Step(StopStep::Grace(Duration::from_secs(2)))));
/// assert_eq!(child.next_event(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChildEvent {
    /// The deadline has passed while the child lived; it lives on.
    TimedOut,
    /// This signal has stopped it. Told where [`Child::observe_stops`](super::Child::observe_stops) was asked for.
    Stopped(Signal),
    /// It goes on after having been stopped. Told as above.
    Continued,
    /// A step of its stop is taken. [`StopStep::CloseStdin`] is for the caller to do, who has the pipe; of the others it
    /// is only told.
    Step(StopStep),
}
