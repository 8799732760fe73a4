//! The life of a child: [`Child`].

use super::due::Due;
use super::stopping::Stopping;
use crate::process::{ChildEvent, ChildState, Exit, Stop, StopStep, WaitStatus};
use crate::signal::Signal;
use crate::{Done, Duty, Machine, Moment, Port, Target, Timer, Wake, Wants};

/// The life of one child: observed first, reaped second, and signalled only before.
///
/// It has one port, [`Child::EXIT`], which becomes readable when the child ends. A machine that is more than a child
/// (a relay, a dialogue) holds a `Child`, passes that port's facts on, and need not take its events.
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
/// use standpipe_core::process::{Child, ChildEvent, ChildState, Stop, StopStep};
/// use standpipe_core::signal::{Signal, SignalSet};
/// use standpipe_core::{Done, Duty, Machine, Moment, Target};
///
/// let mut child = Child::new();
/// child.signal(Target::Child, Signal::HUP);
/// child.stop(&Stop::terminate(Duration::from_secs(5)));
/// assert_eq!(child.next_event(), Some(ChildEvent::Step(StopStep::Signal(Signal::TERM))));
/// let both = SignalSet::EMPTY.with(Signal::HUP).with(Signal::TERM); // signals coalesce
/// assert_eq!(child.wants(Child::EXIT).duty, Some(Duty::Signals(Target::Child, both)));
/// assert!(child.is_stopping());
/// child.handle_now(child.wake().unwrap().at); // the grace is over
/// assert_eq!(child.stop_step(), Some(StopStep::Signal(Signal::KILL)));
/// assert_eq!(child.state(), ChildState::Running); // as far as we know
/// assert!(!child.wants_stdin_closed()); // no step has asked for that
/// child.release(); // it was not held
/// ```
#[derive(Clone, Debug)]
pub struct Child {
    state: ChildState,
    status: Option<WaitStatus>,
    due: Due,
    stop: Option<Stopping>,
    now: Moment,
    deadline: Option<Moment>,
    timed_out: bool,
    held: bool,
    closed: bool,
    stdin_closed: bool,
    observes_stops: bool,
    /// The signal that has stopped it, as was told.
    told_stopped: Option<Signal>,
}

impl Child {
    /// The port of the child's exit.
    pub const EXIT: Port = Port::new(0);

    /// A child that was just spawned.
    pub const fn new() -> Self {
        Self {
            state: ChildState::Running,
            status: None,
            due: Due::NOTHING,
            stop: None,
            now: Moment::ORIGIN,
            deadline: None,
            timed_out: false,
            held: false,
            closed: false,
            stdin_closed: false,
            observes_stops: false,
            told_stopped: None,
        }
    }

    /// Sets or clears the moment at which waiting is to be given up, told by [`ChildEvent::TimedOut`]. The child lives on.
    /// An earlier time-out that was not told yet is forgotten.
    ///
    /// ```
    /// use core::time::Duration;
    /// use standpipe_core::process::{Child, ChildEvent, ChildState};
    /// use standpipe_core::{Machine, Moment};
    ///
    /// let mut child = Child::new();
    /// child.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(5)));
    /// child.handle_now(child.wake().unwrap().at);
    /// assert_eq!((child.next_event(), child.next_event()), (Some(ChildEvent::TimedOut), None));
    /// assert_eq!(child.state(), ChildState::Running);
    /// ```
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
        self.timed_out = false;
    }

    /// Whether it is to be seen, and told, when the child is stopped and continued (job control). Default: no.
    ///
    /// Several changes of which only the last one is seen are one, as they are for SIGCHLD.
    ///
    /// ```
    /// use standpipe_core::process::{Child, ChildEvent, ChildState};
    /// use standpipe_core::signal::Signal;
    /// use standpipe_core::{Done, Duty, Machine};
    ///
    /// let mut child = Child::new();
    /// child.observe_stops(true);
    /// child.handle_done(Child::EXIT, Duty::ObserveStops, Done::Ok(0x147f));
    /// assert_eq!(child.next_event(), Some(ChildEvent::Stopped(Signal::TSTP)));
    /// assert_eq!(child.state(), ChildState::Stopped(Signal::TSTP));
    /// child.handle_done(Child::EXIT, Duty::ObserveStops, Done::Ok(0xffff));
    /// assert_eq!(child.next_event(), Some(ChildEvent::Continued));
    /// ```
    pub fn observe_stops(&mut self, observes: bool) {
        self.observes_stops = observes;
    }

    /// What the caller must know next: see [`ChildEvent`]. Steps of a stop that was replaced are not told any more.
    pub fn next_event(&mut self) -> Option<ChildEvent> {
        if let Some(change) = self.untold_change() {
            self.told_stopped = self.stopped();
            return Some(change);
        }
        if let Some(step) = self.stop.as_mut().and_then(Stopping::tell) {
            return Some(ChildEvent::Step(step));
        }
        core::mem::take(&mut self.timed_out).then_some(ChildEvent::TimedOut)
    }

    fn stopped(&self) -> Option<Signal> {
        if let ChildState::Stopped(signal) = self.state { Some(signal) } else { None }
    }

    fn untold_change(&self) -> Option<ChildEvent> {
        let stopped = self.stopped();
        let changed = self.state.is_alive() && stopped != self.told_stopped;
        changed.then(|| stopped.map_or(ChildEvent::Continued, ChildEvent::Stopped))
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
            ChildState::Running | ChildState::Stopped(_) => None,
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

    /// The step of the stop that ended the child, if one did: the last that was taken while it lived, graces aside.
    pub fn stop_step(&self) -> Option<StopStep> {
        self.stop.as_ref().and_then(Stopping::last)
    }

    /// Whether a step of a stop has asked for the child's standard input to be closed, for a machine that has its pipe.
    ///
    /// ```
    /// use standpipe_core::process::{Child, Stop};
    ///
    /// let mut child = Child::new();
    /// child.stop(&Stop::close_stdin());
    /// assert!(child.wants_stdin_closed());
    /// ```
    pub fn wants_stdin_closed(&self) -> bool {
        self.stdin_closed
    }

    /// Sends a signal. Nothing happens where the child has ended; a held child's group and session are still there.
    pub fn signal(&mut self, target: Target, signal: Signal) {
        let there = match target {
            Target::Child => self.state.is_alive(),
            Target::Group | Target::Session => !self.is_over(),
        };
        if there {
            self.due.add(target, signal);
        }
    }

    /// Whether nothing can be signalled any more.
    fn is_over(&self) -> bool {
        match self.state {
            ChildState::Running | ChildState::Stopped(_) => false,
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
        self.stop = Some(Stopping::new(stop.clone()));
        self.take_stop_steps();
    }

    fn take_stop_steps(&mut self) {
        let (now, over, is_alive) = (self.now, self.is_over(), self.state.is_alive());
        let Some(mut stopping) = self.stop.take() else { return };
        while let Some(step) = (!over).then(|| stopping.take(now, is_alive)).flatten() {
            match step {
                StopStep::Signal(signal) => self.signal(stopping.target(), signal),
                StopStep::CloseStdin => self.stdin_closed = true,
                StopStep::Grace(_) => {}
            }
        }
        self.stop = Some(stopping);
    }

    fn duty(&self) -> Option<Duty> {
        self.due.duty().or(match self.state {
            ChildState::Running | ChildState::Stopped(_) if self.observes_stops => Some(Duty::ObserveStops),
            ChildState::Running | ChildState::Stopped(_) => Some(Duty::Observe),
            ChildState::Ended(_) if self.held => None,
            ChildState::Ended(_) => Some(Duty::Reap),
            ChildState::Reaped(_) if !self.closed => Some(Duty::Close),
            ChildState::Reaped(_) => None,
        })
    }

    fn observed(&mut self, raw: i32) {
        let status = WaitStatus::from_raw(raw);
        match status.exit() {
            Some(exit) => self.ended(status, exit),
            None if self.observes_stops => self.changed(status),
            None => {}
        }
    }

    fn changed(&mut self, status: WaitStatus) {
        if let Some(signal) = status.stopped_signal() {
            self.state = ChildState::Stopped(signal);
        } else if status.is_continued() {
            self.state = ChildState::Running;
        }
    }

    fn ended(&mut self, status: WaitStatus, exit: Exit) {
        self.status = Some(status);
        self.state = ChildState::Ended(exit);
        self.due.clear(Target::Child);
        if !self.held {
            self.sweep();
        }
    }

    /// What outlives the child of a stop for the whole group or session is killed before the number is given up.
    fn sweep(&mut self) {
        self.due = Due::NOTHING;
        match self.stop.as_ref().map(Stopping::target) {
            None | Some(Target::Child) => {}
            Some(target) => self.due.add(target, Signal::KILL),
        }
    }

    fn lost(&mut self) {
        self.due = Due::NOTHING;
        self.state = ChildState::Reaped(self.exit().unwrap_or(Exit::Unknown));
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
        let grace = self.stop.as_ref().and_then(Stopping::until);
        let deadline = self.deadline.filter(|_| self.state.is_alive());
        Wake::earliest(
            grace.map(|at| Wake { at, why: Timer::StopGrace }),
            deadline.map(|at| Wake { at, why: Timer::Deadline }),
        )
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.take_stop_steps();
        if self.state.is_alive() && self.deadline.is_some_and(|at| at <= self.now) {
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
            (Duty::Signals(target, signals), _) => self.due.remove(target, signals),
            (Duty::Observe | Duty::ObserveStops, Done::Ok(raw)) => self.observed(raw),
            (Duty::Observe | Duty::ObserveStops | Duty::Reap, _) => self.lost(),
            _ => self.closed = true,
        }
    }

    fn has_event(&self) -> bool {
        let steps = self.stop.as_ref().is_some_and(Stopping::has_untold);
        steps || self.timed_out || self.untold_change().is_some()
    }

    fn is_done(&self) -> bool {
        self.closed
    }
}
