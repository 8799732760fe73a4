//! [`Child`]: observed, then reaped, and signalled only while its number is its own.

use std::collections::VecDeque;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::process::{Child, ChildEvent, ChildState, Exit, Stop, StopStep, WaitStatus};
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{Done, Duty, Fault, FaultKind, Machine, Moment, Target, Timer, Wake};

use crate::laws::{self, Fact, Subject};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u16),
    /// The duty that is due ends with this raw number.
    Done(u16),
    Failed,
    /// It is said to have stopped or to go on.
    Change(Option<u8>),
    Signal(u8, u8),
    Stop(u8),
    Hold,
    Release,
    ObserveStops(bool),
    Deadline(Option<u8>),
    Event,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    Running,
    Stopped(Signal),
    Ended(i32),
    Gone(Option<i32>),
}

/// A child as a list of what is to be sent and a place in life.
struct Model {
    life: Life,
    due: Vec<(Target, Signal)>,
    /// The steps of a stop that are still to come, for whom, and until when to wait.
    stop: Option<(Vec<StopStep>, Target, Moment)>,
    /// Those that are taken and not told.
    untold: VecDeque<StopStep>,
    /// The last one that did something while the child lived.
    last: Option<StopStep>,
    stdin_closed: bool,
    observes_stops: bool,
    /// Where the caller believes it to be.
    told: Life,
    deadline: Option<Moment>,
    timed_out: bool,
    held: bool,
    closed: bool,
    now: Moment,
}

impl Model {
    fn lives(&self) -> bool {
        matches!(self.life, Life::Running | Life::Stopped(_))
    }

    /// Its number is its own, and there may be somebody to signal by it.
    fn is_there(&self) -> bool {
        self.lives() || matches!(self.life, Life::Ended(_)) && self.held
    }

    fn signal(&mut self, target: Target, signal: Signal) {
        if self.lives() || target != Target::Child && self.is_there() {
            self.due.push((target, signal));
        }
    }

    fn take_steps(&mut self) {
        while self.is_there()
            && let Some((steps, target, until)) = &mut self.stop
            && *until <= self.now
            && !steps.is_empty()
        {
            let target = *target;
            let step = steps.remove(0);
            self.untold.push_back(step);
            match step {
                StopStep::Signal(signal) => self.signal(target, signal),
                StopStep::CloseStdin => self.stdin_closed = true,
                StopStep::Grace(wait) => *until = self.now + wait,
                step => panic!("an unknown step: {step:?}"),
            }
            if self.lives() && !matches!(step, StopStep::Grace(_)) {
                self.last = Some(step);
            }
        }
    }

    fn ended(&mut self) {
        self.due.clear();
        if let Some((_, target @ (Target::Group | Target::Session), _)) = self.stop {
            self.due.push((target, Signal::KILL));
        }
    }

    fn set(&self, target: Target) -> SignalSet {
        self.due.iter().filter(|(to, _)| *to == target).map(|(_, signal)| *signal).collect()
    }

    fn duty(&self) -> Option<Duty> {
        for target in [Target::Session, Target::Group, Target::Child] {
            if !self.set(target).is_empty() {
                return Some(Duty::Signals(target, self.set(target)));
            }
        }
        match self.life {
            _ if self.lives() && self.observes_stops => Some(Duty::ObserveStops),
            Life::Running | Life::Stopped(_) => Some(Duty::Observe),
            Life::Ended(_) => (!self.held).then_some(Duty::Reap),
            Life::Gone(_) => (!self.closed).then_some(Duty::Close),
        }
    }

    fn done(&mut self, outcome: Option<i32>) {
        match (self.duty(), outcome) {
            (Some(Duty::Signals(target, _)), _) => self.due.retain(|(to, _)| *to != target),
            (Some(Duty::Observe | Duty::ObserveStops), Some(raw)) => self.observed(raw),
            (Some(Duty::Observe | Duty::ObserveStops | Duty::Reap), _) => {
                let status = if let Life::Ended(raw) = self.life { Some(raw) } else { None };
                self.life = Life::Gone(status);
                self.due.clear();
            }
            (Some(_), _) => self.closed = true,
            (None, _) => {}
        }
    }

    fn observed(&mut self, raw: i32) {
        if WaitStatus::from_raw(raw).exit().is_none() {
            match (raw & 0xff, Signal::new(raw >> 8)) {
                _ if !self.observes_stops => {}
                (0x7f, Some(signal)) => self.life = Life::Stopped(signal),
                _ if raw == 0xffff => self.life = Life::Running,
                _ => {}
            }
            return;
        }
        self.life = Life::Ended(raw);
        self.due.retain(|(target, _)| *target != Target::Child);
        if !self.held {
            self.ended();
        }
    }

    fn release(&mut self) {
        if std::mem::take(&mut self.held) && matches!(self.life, Life::Ended(_)) {
            self.ended();
        }
    }

    fn pass(&mut self) {
        self.take_steps();
        if self.lives() && self.deadline.is_some_and(|at| at <= self.now) {
            (self.deadline, self.timed_out) = (None, true);
        }
    }

    fn wake(&self) -> Option<Wake> {
        let grace = self.stop.as_ref().filter(|_| self.is_there()).map(|(_, _, at)| *at);
        let grace = grace.filter(|at| *at > self.now).map(|at| Wake { at, why: Timer::StopGrace });
        let deadline = self.deadline.filter(|_| self.lives()).map(|at| Wake { at, why: Timer::Deadline });
        [grace, deadline].into_iter().flatten().min_by_key(|wake| wake.at)
    }

    fn event(&self) -> Option<ChildEvent> {
        match self.life {
            Life::Stopped(signal) if self.told != self.life => return Some(ChildEvent::Stopped(signal)),
            Life::Running if self.told != self.life => return Some(ChildEvent::Continued),
            _ => {}
        }
        let step = self.untold.front().map(|step| ChildEvent::Step(*step));
        step.or(self.timed_out.then_some(ChildEvent::TimedOut))
    }

    fn take_event(&mut self) -> Option<ChildEvent> {
        let event = self.event();
        match event {
            Some(ChildEvent::Step(_)) => _ = self.untold.pop_front(),
            Some(ChildEvent::TimedOut) => self.timed_out = false,
            Some(_) => self.told = self.life,
            None => {}
        }
        event
    }

    fn state(&self) -> ChildState {
        let exit = |raw| WaitStatus::from_raw(raw).exit().unwrap_or(Exit::Unknown);
        match self.life {
            Life::Running => ChildState::Running,
            Life::Stopped(signal) => ChildState::Stopped(signal),
            Life::Ended(raw) => ChildState::Ended(exit(raw)),
            Life::Gone(raw) => ChildState::Reaped(raw.map_or(Exit::Unknown, exit)),
        }
    }
}

/// Checks any history against the model, and the laws on it.
pub fn check(bytes: &[u8]) {
    if let Some(((), facts)) = super::read::<(), Fact>(bytes) {
        laws::check(Child::new(), &facts);
    }
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let mut child = Child::new();
    let mut model = Model {
        life: Life::Running,
        due: Vec::new(),
        stop: None,
        untold: VecDeque::new(),
        last: None,
        stdin_closed: false,
        observes_stops: false,
        told: Life::Running,
        deadline: None,
        timed_out: false,
        held: false,
        closed: false,
        now: Moment::ORIGIN,
    };
    for op in ops {
        apply(&mut child, &mut model, op);
        assert_eq!(child.wants(Child::EXIT).duty, model.duty(), "after {op:?}");
        assert_eq!(child.wake(), model.wake(), "after {op:?}");
        assert_eq!((child.state(), child.is_done()), (model.state(), model.closed), "after {op:?}");
        assert_eq!(child.has_event(), model.event().is_some(), "after {op:?}");
        assert_eq!((child.stop_step(), child.wants_stdin_closed()), (model.last, model.stdin_closed));
    }
}

fn apply(child: &mut Child, model: &mut Model, op: Op) {
    match op {
        Op::Pass(millis) => {
            model.now = model.now + Duration::from_millis(millis.into());
            child.handle_now(model.now);
            model.pass();
        }
        Op::Done(raw) => {
            done(child, Done::Ok(raw.into()));
            model.done(Some(raw.into()));
        }
        Op::Failed => {
            done(child, Done::Failed(Fault::new(FaultKind::NoChild, 10)));
            model.done(None);
        }
        Op::Change(stopped) => {
            let raw = stopped.map_or(0xffff, |which| i32::from(which % 65) << 8 | 0x7f);
            done(child, Done::Ok(raw));
            model.done(Some(raw));
        }
        Op::Signal(to, which) => {
            child.signal(target(to), signal(which));
            model.signal(target(to), signal(which));
        }
        Op::Stop(which) => {
            child.stop(&stop(which));
            if model.is_there() {
                model.stop = Some((stop(which).steps().to_vec(), stop(which).target(), model.now));
                (model.untold, model.last) = (VecDeque::new(), None);
                model.take_steps();
            }
        }
        Op::ObserveStops(observes) => {
            child.observe_stops(observes);
            model.observes_stops = observes;
        }
        Op::Deadline(millis) => {
            let deadline = millis.map(|millis| model.now + Duration::from_millis(millis.into()));
            child.set_deadline(deadline);
            (model.deadline, model.timed_out) = (deadline, false);
        }
        Op::Event => assert_eq!(child.next_event(), model.take_event()),
        Op::Hold if !model.lives() => {}
        Op::Hold => {
            child.hold();
            model.held = true;
        }
        Op::Release => {
            child.release();
            model.release();
        }
    }
}

fn done(child: &mut Child, done: Done) {
    if let Some(duty) = child.wants(Child::EXIT).duty {
        child.handle_done(Child::EXIT, duty, done);
    }
}

fn signal(which: u8) -> Signal {
    [Signal::TERM, Signal::KILL, Signal::HUP, Signal::USR1][usize::from(which) % 4]
}

pub(super) fn target(which: u8) -> Target {
    [Target::Child, Target::Group, Target::Session][usize::from(which) % 3]
}

pub(super) fn stop(which: u8) -> Stop {
    let wait = Duration::from_millis(u64::from(which) * 10);
    let stop = match which % 5 {
        0 => Stop::kill(),
        1 => Stop::terminate(wait),
        2 => Stop::signal(Signal::HUP).grace(wait).then(Signal::TERM).grace(wait).then(Signal::KILL),
        3 => Stop::signal(Signal::INT),
        _ => Stop::close_stdin().grace(wait).then(Signal::KILL),
    };
    match which / 5 % 3 {
        0 => stop,
        1 => stop.whole_group(),
        _ => stop.whole_session(),
    }
}

impl Subject for Child {
    fn seen(&self) -> String {
        let stop = (self.is_stopping(), self.stop_step(), self.wants_stdin_closed());
        format!("{:?}", (self.state(), self.status(), stop))
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        match verb % 8 {
            0 | 1 => self.signal(target(verb / 8), signal(verb / 24)),
            2 if self.state().is_alive() => self.hold(),
            3 => self.release(),
            4 => self.observe_stops(verb & 8 == 0),
            5 => self.set_deadline(Some(Moment::from_nanos((1 << 40) + (u64::from(verb) << 24)))),
            _ => self.stop(&stop(verb / 4)),
        }
    }

    fn may_rest(&self) -> bool {
        matches!(self.state(), ChildState::Ended(_))
    }
}
