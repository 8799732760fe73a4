//! [`Child`]: observed, then reaped, and signalled only while its number is its own.

use std::collections::BTreeSet;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::process::{Child, ChildState, Exit, Stop, StopStep, WaitStatus};
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{BUDGET, Done, Duty, Fault, FaultKind, Machine, Moment, Target, Timer, Wake};

use crate::laws::{self, Fact, Subject};
use crate::program::{Act, Program};
use crate::sim::{Descriptors, End, Readiness, SimIo, World};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u16),
    /// The duty that is due ends with this raw number.
    Done(u16),
    Failed,
    Signal(bool, u8),
    Stop(u8),
    Hold,
    Release,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    Running,
    Ended(i32),
    Gone(Option<i32>),
}

/// A child as a list of what is to be sent and a place in life.
struct Model {
    life: Life,
    due: BTreeSet<(bool, Signal)>,
    /// The steps of a stop that are still to come, for the group or not, and until when to wait.
    stop: Option<(Vec<StopStep>, bool, Moment)>,
    held: bool,
    closed: bool,
    now: Moment,
}

impl Model {
    /// Its number is its own, and there may be somebody to signal by it.
    fn is_there(&self) -> bool {
        self.life == Life::Running || matches!(self.life, Life::Ended(_)) && self.held
    }

    fn signal(&mut self, group: bool, signal: Signal) {
        if self.life == Life::Running || group && self.is_there() {
            self.due.insert((group, signal));
        }
    }

    fn take_steps(&mut self) {
        while self.is_there()
            && let Some((steps, group, until)) = &mut self.stop
            && *until <= self.now
            && !steps.is_empty()
        {
            let group = *group;
            match steps.remove(0) {
                StopStep::Signal(signal) => self.signal(group, signal),
                StopStep::Grace(wait) => *until = self.now + wait,
                step => panic!("an unknown step: {step:?}"),
            }
        }
    }

    fn ended(&mut self) {
        let sweeps = matches!(self.stop, Some((_, true, _)));
        self.due.clear();
        if sweeps {
            self.due.insert((true, Signal::KILL));
        }
    }

    fn set(&self, group: bool) -> SignalSet {
        let signals = self.due.iter().filter(|(to_group, _)| *to_group == group);
        signals.fold(SignalSet::EMPTY, |set, (_, signal)| set.with(*signal))
    }

    fn duty(&self) -> Option<Duty> {
        for (group, target) in [(true, Target::Group), (false, Target::Child)] {
            if !self.set(group).is_empty() {
                return Some(Duty::Signals(target, self.set(group)));
            }
        }
        match self.life {
            Life::Running => Some(Duty::Observe),
            Life::Ended(_) => (!self.held).then_some(Duty::Reap),
            Life::Gone(_) => (!self.closed).then_some(Duty::Close),
        }
    }

    fn done(&mut self, outcome: Option<i32>) {
        match (self.duty(), outcome) {
            (Some(Duty::Signals(target, _)), _) => {
                self.due.retain(|(group, _)| *group != (target == Target::Group));
            }
            (Some(Duty::Observe), Some(raw)) => self.observed(raw),
            (Some(Duty::Observe | Duty::Reap), _) => {
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
            return;
        }
        self.life = Life::Ended(raw);
        self.due.retain(|(group, _)| *group);
        if !self.held {
            self.ended();
        }
    }

    fn release(&mut self) {
        if std::mem::take(&mut self.held) && matches!(self.life, Life::Ended(_)) {
            self.ended();
        }
    }

    fn wake(&self) -> Option<Wake> {
        let (_, _, at) = self.stop.as_ref().filter(|_| self.is_there())?;
        (*at > self.now).then_some(Wake { at: *at, why: Timer::StopGrace })
    }

    fn state(&self) -> ChildState {
        let exit = |raw| WaitStatus::from_raw(raw).exit().unwrap_or(Exit::Unknown);
        match self.life {
            Life::Running => ChildState::Running,
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
        due: BTreeSet::new(),
        stop: None,
        held: false,
        closed: false,
        now: Moment::ORIGIN,
    };
    for op in ops {
        apply(&mut child, &mut model, op);
        assert_eq!(child.wants(Child::EXIT).duty, model.duty(), "after {op:?}");
        assert_eq!(child.wake(), model.wake(), "after {op:?}");
        assert_eq!((child.state(), child.is_done()), (model.state(), model.closed), "after {op:?}");
    }
}

fn apply(child: &mut Child, model: &mut Model, op: Op) {
    match op {
        Op::Pass(millis) => {
            model.now = model.now + Duration::from_millis(millis.into());
            child.handle_now(model.now);
            model.take_steps();
        }
        Op::Done(raw) => {
            done(child, Done::Ok(raw.into()));
            model.done(Some(raw.into()));
        }
        Op::Failed => {
            done(child, Done::Failed(Fault::new(FaultKind::NoChild, 10)));
            model.done(None);
        }
        Op::Signal(group, which) => {
            let target = if group { Target::Group } else { Target::Child };
            child.signal(target, signal(which));
            model.signal(group, signal(which));
        }
        Op::Stop(which) => {
            child.stop(&stop(which));
            if model.is_there() {
                let group = stop(which).target() == Target::Group;
                model.stop = Some((stop(which).steps().to_vec(), group, model.now));
                model.take_steps();
            }
        }
        Op::Hold if model.life != Life::Running => {}
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

pub(super) fn stop(which: u8) -> Stop {
    let wait = Duration::from_millis(u64::from(which) * 10);
    let stop = match which % 4 {
        0 => Stop::kill(),
        1 => Stop::terminate(wait),
        2 => Stop::signal(Signal::HUP).grace(wait).then(Signal::TERM).grace(wait).then(Signal::KILL),
        _ => Stop::signal(Signal::INT),
    };
    if which & 4 == 0 { stop } else { stop.whole_group() }
}

impl Subject for Child {
    fn seen(&self) -> String {
        format!("{:?}", (self.state(), self.status(), self.is_stopping(), self.stop_step()))
    }

    fn take_event(&mut self) -> bool {
        self.take_timeout()
    }

    fn call(&mut self, verb: u8) {
        match verb % 8 {
            0 => self.signal(Target::Child, signal(verb / 8)),
            1 => self.signal(Target::Group, signal(verb / 8)),
            2 if self.state() == ChildState::Running => self.hold(),
            3 => self.release(),
            _ => self.stop(&stop(verb / 4)),
        }
    }

    fn may_rest(&self) -> bool {
        matches!(self.state(), ChildState::Ended(_))
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Event {
    Turn,
    Wait,
    Signal(bool, u8),
    Stop(u8),
    /// Somebody else reaps whatever has ended.
    Steal,
}

/// Runs a child on the modelled kernel, which gives its number to a stranger the moment it is reaped: whatever happens
/// in whatever order, no stranger is signalled, and nobody stays unreaped.
///
/// # Panics
/// When one is.
pub fn check_kernel(bytes: &[u8]) {
    let Some(((seed, which), events)) = super::read::<(u64, u8), Event>(bytes) else { return };
    let mut world = World::new(Readiness::whole());
    let pid = world.kernel().borrow_mut().spawn(&program(which), Descriptors::default());
    let mut child = Child::new();
    let mut io = SimIo::new([End::Exit(pid)], world.kernel(), Readiness::random(seed));
    let mut stolen = false;
    for event in events {
        match event {
            Event::Turn => drop(world.turn(&mut child, &mut io, BUDGET, |_, _| {})),
            Event::Wait => drop(world.wait(child.wake())),
            Event::Signal(group, which) => {
                child.signal(if group { Target::Group } else { Target::Child }, signal(which));
            }
            Event::Stop(which) => child.stop(&stop(which)),
            Event::Steal => stolen |= matches!(world.kernel().borrow_mut().reap(pid), Ok(Some(_))),
        }
    }
    child.stop(&Stop::kill().whole_group());
    assert_eq!(world.run(&mut child, &mut io, BUDGET, |_, _| {}), Ok(()));
    let kernel = world.kernel().borrow();
    // Where somebody else reaps, nobody can know in time.
    assert!(stolen || kernel.strangers_hit() == 0, "no stranger is hit");
    assert_eq!(kernel.zombies(), 0);
}

fn program(which: u8) -> Program {
    let wait = Duration::from_millis(u64::from(which) * 7);
    Program::new(match which % 4 {
        0 => vec![],
        1 => vec![Act::Sleep(wait), Act::Exit(3)],
        2 => vec![Act::IgnoreTerm, Act::Sleep(wait), Act::Raise(Signal::SEGV)],
        _ => vec![Act::Linger(wait), Act::Sleep(wait)],
    })
}
