//! The life of a child: [`Child`].

use crate::process::{Exit, Stop, StopStep, WaitStatus};
use crate::signal::{Signal, SignalSet};
use crate::{Done, Duty, Machine, Moment, Port, Target, Timer, Wake, Wants};

/// Where a child is in its life.
///
/// ```text
/// Running --observed--> Ended --reaped--> Reaped
///    \---------reaped by somebody else------^
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
    /// It runs, as far as we know. The only state in which it is signalled.
    Running,
    /// It has ended and is not reaped yet, so its number is still its own.
    Ended(Exit),
    /// It is reaped: its number may be another process's by now.
    Reaped(Exit),
}

/// The life of one child: observed first, reaped second, and signalled only before.
///
/// It has one port, [`Child::EXIT`], which becomes readable when the child ends. A machine that is more than a child
/// (a relay, a dialogue) holds a `Child` and passes that port's facts on.
///
/// ```
/// use standpipe_core::process::{Child, Exit, Stop};
/// use standpipe_core::{Done, Duty, Machine, Moment};
///
/// let mut child = Child::new();
/// assert_eq!(child.wants(Child::EXIT).duty, Some(Duty::Observe));
/// child.handle_done(Child::EXIT, Duty::Observe, Done::Ok(3 << 8));
/// assert_eq!(child.exit(), Some(Exit::Code(3)));
/// child.stop(&Stop::kill()); // too late, and therefore nothing: the next duty is to reap
/// assert_eq!(child.wants(Child::EXIT).duty, Some(Duty::Reap));
/// assert_eq!(child.status().unwrap().raw(), 3 << 8);
/// ```
///
/// A stop under way:
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::process::{Child, ChildState, Stop, StopStep};
/// use standpipe_core::signal::{Signal, SignalSet};
/// use standpipe_core::{Done, Duty, Machine, Moment, Target};
///
/// let mut child = Child::new();
/// child.signal(Target::Child, Signal::HUP);
/// child.stop(&Stop::terminate(Duration::from_secs(5)));
/// let both = SignalSet::EMPTY.with(Signal::HUP).with(Signal::TERM); // signals coalesce
/// assert_eq!(child.wants(Child::EXIT).duty, Some(Duty::Signals(Target::Child, both)));
/// assert!(child.is_stopping());
/// child.handle_now(child.wake().unwrap().at); // the grace is over
/// assert_eq!(child.stop_step(), Some(StopStep::Signal(Signal::KILL)));
/// assert_eq!(child.state(), ChildState::Running); // as far as we know
/// assert!(!child.take_timeout()); // there was no deadline
/// child.release(); // nor was it held
/// ```
#[derive(Clone, Debug)]
pub struct Child {
    state: ChildState,
    status: Option<WaitStatus>,
    due: Signals,
    stop: Option<Stopping>,
    now: Moment,
    deadline: Option<Moment>,
    timed_out: bool,
    held: bool,
    closed: bool,
}

/// Signals that wait to be sent, by target.
#[derive(Clone, Copy, Debug, Default)]
struct Signals {
    child: SignalSet,
    group: SignalSet,
}

#[derive(Clone, Debug)]
struct Stopping {
    stop: Stop,
    next: usize,
    until: Option<Moment>,
}

impl Child {
    /// The port of the child's exit.
    pub const EXIT: Port = Port::new(0);

    /// A child that was just spawned.
    pub const fn new() -> Self {
        Self {
            state: ChildState::Running,
            status: None,
            due: Signals { child: SignalSet::EMPTY, group: SignalSet::EMPTY },
            stop: None,
            now: Moment::ORIGIN,
            deadline: None,
            timed_out: false,
            held: false,
            closed: false,
        }
    }

    /// Sets or clears the moment at which waiting is to be given up, told by [`Child::take_timeout`]. The child lives on.
    ///
    /// ```
    /// use core::time::Duration;
    /// use standpipe_core::process::{Child, ChildState};
    /// use standpipe_core::{Machine, Moment};
    ///
    /// let mut child = Child::new();
    /// child.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(5)));
    /// child.handle_now(child.wake().unwrap().at);
    /// assert!(child.take_timeout() && !child.take_timeout());
    /// assert_eq!(child.state(), ChildState::Running);
    /// ```
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// Whether the deadline has passed while the child ran. Told once.
    pub fn take_timeout(&mut self) -> bool {
        core::mem::take(&mut self.timed_out)
    }

    /// Keeps the child from being reaped until [`Child::release`], so that the number of the process group it leads
    /// stays its own, and the group can be signalled, when the child itself has ended.
    ///
    /// ```
    /// use standpipe_core::process::Child;
    /// use standpipe_core::signal::Signal;
    /// use standpipe_core::{Done, Duty, Machine, Target};
    ///
    /// let mut leader = Child::new();
    /// leader.hold();
    /// leader.handle_done(Child::EXIT, Duty::Observe, Done::Ok(0));
    /// leader.signal(Target::Group, Signal::TERM); // for those of its group that go on
    /// assert!(matches!(leader.wants(Child::EXIT).duty, Some(Duty::Signals(Target::Group, _))));
    /// leader.release();
    /// assert_eq!(leader.wants(Child::EXIT).duty, Some(Duty::Reap));
    /// ```
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Lets the child be reaped.
    pub fn release(&mut self) {
        if core::mem::take(&mut self.held) && matches!(self.state, ChildState::Ended(_)) {
            self.sweep();
        }
    }

    /// Where the child is in its life.
    pub fn state(&self) -> ChildState {
        self.state
    }

    /// How the child ended, as soon as that is known.
    pub fn exit(&self) -> Option<Exit> {
        match self.state {
            ChildState::Running => None,
            ChildState::Ended(exit) | ChildState::Reaped(exit) => Some(exit),
        }
    }

    /// The raw wait status; `None` while the child runs, and where somebody else has reaped it.
    pub fn status(&self) -> Option<WaitStatus> {
        self.status
    }

    /// Whether a stop was begun.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// The step of the stop that was the last one taken before the child ended.
    pub fn stop_step(&self) -> Option<StopStep> {
        let stopping = self.stop.as_ref()?;
        stopping.next.checked_sub(1).and_then(|index| stopping.stop.steps().get(index).copied())
    }

    /// Sends a signal. Nothing happens where the child has ended; a held child's group is still there.
    pub fn signal(&mut self, target: Target, signal: Signal) {
        match target {
            Target::Child if self.state == ChildState::Running => {
                self.due.child = self.due.child.with(signal)
            }
            Target::Group if !self.is_over() => self.due.group = self.due.group.with(signal),
            _ => {}
        }
    }

    /// Whether nothing can be signalled any more.
    fn is_over(&self) -> bool {
        match self.state {
            ChildState::Running => false,
            ChildState::Ended(_) => !self.held,
            ChildState::Reaped(_) => true,
        }
    }

    /// Begins to bring the child to its end; replaces a stop that is under way. Nothing happens where the child has
    /// ended.
    pub fn stop(&mut self, stop: &Stop) {
        if self.is_over() {
            return;
        }
        self.stop = Some(Stopping { stop: stop.clone(), next: 0, until: None });
        self.take_stop_steps();
    }

    fn take_stop_steps(&mut self) {
        while let Some(step) = self.next_stop_step() {
            match step {
                (target, StopStep::Signal(signal)) => self.signal(target, signal),
                (_, StopStep::Grace(wait)) => {
                    let until = self.now + wait;
                    self.stop.as_mut().into_iter().for_each(|stopping| stopping.until = Some(until));
                }
            }
        }
    }

    fn next_stop_step(&mut self) -> Option<(Target, StopStep)> {
        if self.is_over() {
            return None;
        }
        let stopping = self.stop.as_mut()?;
        if stopping.until.is_some_and(|until| self.now < until) {
            return None;
        }
        stopping.until = None;
        let step = *stopping.stop.steps().get(stopping.next)?;
        stopping.next += 1;
        Some((stopping.stop.target(), step))
    }

    fn duty(&self) -> Option<Duty> {
        if !self.due.group.is_empty() {
            return Some(Duty::Signals(Target::Group, self.due.group));
        }
        if !self.due.child.is_empty() {
            return Some(Duty::Signals(Target::Child, self.due.child));
        }
        match self.state {
            ChildState::Running => Some(Duty::Observe),
            ChildState::Ended(_) if self.held => None,
            ChildState::Ended(_) => Some(Duty::Reap),
            ChildState::Reaped(_) if !self.closed => Some(Duty::Close),
            ChildState::Reaped(_) => None,
        }
    }

    fn observed(&mut self, raw: i32) {
        let status = WaitStatus::from_raw(raw);
        let Some(exit) = status.exit() else { return };
        self.status = Some(status);
        self.state = ChildState::Ended(exit);
        self.due.child = SignalSet::EMPTY;
        if !self.held {
            self.sweep();
        }
    }

    /// What outlives the child of a stop for the whole group is killed before the group's number is given up.
    fn sweep(&mut self) {
        let whole_group = self.stop.as_ref().is_some_and(|stopping| stopping.stop.target() == Target::Group);
        self.due.group = if whole_group { SignalSet::EMPTY.with(Signal::KILL) } else { SignalSet::EMPTY };
    }

    fn lost(&mut self) {
        self.due = Signals::default();
        self.state = ChildState::Reaped(self.exit().unwrap_or(Exit::Unknown));
    }

    fn sent(&mut self, target: Target, signals: SignalSet) {
        let due = match target {
            Target::Child => &mut self.due.child,
            Target::Group => &mut self.due.group,
        };
        *due = due.without(signals);
    }
}

impl Default for Child {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine for Child {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Self::EXIT {
            return Wants::NOTHING;
        }
        Wants { duty: self.duty(), ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        if self.is_over() {
            return None;
        }
        let grace = self.stop.as_ref().and_then(|stopping| stopping.until);
        let deadline = self.deadline.filter(|_| self.state == ChildState::Running);
        Wake::earliest(
            grace.map(|at| Wake { at, why: Timer::StopGrace }),
            deadline.map(|at| Wake { at, why: Timer::Deadline }),
        )
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.take_stop_steps();
        if self.state == ChildState::Running && self.deadline.is_some_and(|at| at <= self.now) {
            self.deadline = None;
            self.timed_out = true;
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if port != Self::EXIT || self.duty() != Some(duty) {
            return;
        }
        match (duty, done) {
            (_, Done::Blocked) => {}
            (Duty::Signals(target, signals), _) => self.sent(target, signals),
            (Duty::Observe, Done::Ok(raw)) => self.observed(raw),
            (Duty::Observe | Duty::Reap, _) => self.lost(),
            _ => self.closed = true,
        }
    }

    fn has_event(&self) -> bool {
        self.timed_out
    }

    fn is_done(&self) -> bool {
        self.closed
    }
}
