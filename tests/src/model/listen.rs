//! [`Listen`]: never more connections than asked for, a pause after a resource has run out, and a drain at the end.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::socket::{Listen, ListenOptions};
use standpipe_core::{Done, Duty, Fault, FaultKind, Machine, Moment, Port, Timer, Wake};

use crate::laws::{self, Fact, Subject};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u16),
    Accept(u8),
    Fail(u8),
    Release,
    Exhausted,
    Defer,
    Stop,
    Close,
    Event,
}

#[derive(Debug)]
struct Model {
    most: usize,
    at_once: u16,
    drain: Duration,
    active: usize,
    /// How often a resource has run out since accepting last went well.
    failures: u32,
    pause: Option<Moment>,
    deferred: bool,
    open: bool,
    closed: bool,
    drained: Option<Moment>,
    aborted: bool,
    now: Moment,
}

impl Model {
    fn duty(&self) -> Option<Duty> {
        let room = (self.most - self.active.min(self.most)).min(self.at_once.into()) as u16;
        match (self.open, self.closed) {
            (true, _) if self.pause.is_some() || room == 0 => None,
            (true, _) => Some(Duty::Accept(room)),
            (false, false) => Some(Duty::Close),
            (false, true) => None,
        }
    }

    /// 10 ms, and twice as much each time, up to a second.
    fn exhausted(&mut self) {
        let pause = Duration::from_millis(10 << self.failures.min(10)).min(Duration::from_secs(1));
        self.failures += 1;
        self.pause = Some(self.now + pause);
    }

    fn stop(&mut self) {
        self.aborted |= self.drained.is_some();
        self.open = false;
        self.drained.get_or_insert(self.now + self.drain);
    }

    fn pass(&mut self, now: Moment) {
        self.now = now;
        if self.pause.is_some_and(|until| until <= now) {
            self.resume();
        }
        self.aborted |= self.drained.is_some_and(|until| until <= now) && !self.is_done();
    }

    fn resume(&mut self) {
        self.pause = None;
        self.deferred = false;
    }

    fn is_done(&self) -> bool {
        self.closed && self.active == 0
    }

    fn wake(&self) -> Option<Wake> {
        let pause =
            self.pause.filter(|_| self.open || self.deferred).map(|at| Wake { at, why: Timer::Backoff });
        let drained = self.drained.filter(|_| !self.aborted && !self.is_done());
        Wake::earliest(pause, drained.map(|at| Wake { at, why: Timer::Drain }))
    }
}

/// Checks any history against the model, and the laws on it.
pub fn check(bytes: &[u8]) {
    let Some(((most, at_once, drain), ops)) = super::read::<(u8, u8, u16), Op>(bytes) else { return };
    let drain = Duration::from_millis(drain.into());
    let at_once = u16::from(at_once) + 1;
    let options = ListenOptions { max_connections: usize::from(most) + 1, at_once, drain };
    if let Some(((), facts)) = super::read::<(), Fact>(bytes) {
        laws::check(Listen::new(options), &facts);
    }
    let mut model = Model {
        most: options.max_connections,
        at_once,
        drain,
        active: 0,
        failures: 0,
        pause: None,
        deferred: false,
        open: true,
        closed: false,
        drained: None,
        aborted: false,
        now: Moment::ORIGIN,
    };
    let mut listen = Listen::new(options);
    for op in ops {
        apply(&mut listen, &mut model, op);
        assert_eq!(listen.wants(Listen::SOCKET).duty, model.duty(), "after {op:?}");
        assert_eq!(listen.wake(), model.wake(), "after {op:?}");
        assert_eq!((listen.active(), listen.is_done()), (model.active, model.is_done()), "after {op:?}");
    }
}

fn apply(listen: &mut Listen, model: &mut Model, op: Op) {
    let duty = listen.wants(Listen::SOCKET).duty;
    match (op, duty) {
        (Op::Pass(millis), _) => {
            model.pass(model.now + Duration::from_millis(millis.into()));
            listen.handle_now(model.now);
        }
        (Op::Accept(n), Some(Duty::Accept(most))) => {
            let n = u16::from(n).clamp(1, most);
            listen.handle_done(Listen::SOCKET, Duty::Accept(most), Done::Ok(n.into()));
            model.active += usize::from(n);
            model.failures = 0;
        }
        (Op::Fail(kind), Some(duty @ Duty::Accept(_))) => {
            let kind = [FaultKind::DescriptorLimit, FaultKind::OutOfResources, FaultKind::ConnectionAborted]
                [usize::from(kind) % 3];
            listen.handle_done(Listen::SOCKET, duty, Done::Failed(Fault::new(kind, 24)));
            if kind != FaultKind::ConnectionAborted {
                model.exhausted();
            }
        }
        (Op::Close, Some(Duty::Close)) => {
            listen.handle_done(Listen::SOCKET, Duty::Close, Done::Ok(0));
            model.closed = true;
        }
        (Op::Release, _) => {
            listen.release();
            model.active = model.active.saturating_sub(1);
            model.resume();
        }
        (Op::Exhausted, _) => {
            listen.exhausted(Fault::new(FaultKind::OutOfResources, 12));
            model.exhausted();
        }
        (Op::Defer, _) if model.active > 0 => {
            listen.defer(Fault::new(FaultKind::DescriptorLimit, 24));
            model.exhausted();
            model.deferred = true;
        }
        (Op::Stop, _) => {
            listen.stop();
            model.stop();
        }
        (Op::Event, _) => drop(listen.next_event()),
        (Op::Accept(_) | Op::Fail(_) | Op::Defer | Op::Close, _) => {}
    }
}

impl Subject for Listen {
    fn seen(&self) -> String {
        format!("{:?}", (self.active(), self.has_event()))
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        match verb % 5 {
            0 => self.stop(),
            2 if self.active() > 0 => self.defer(Fault::new(FaultKind::OutOfResources, 12)),
            1 => self.exhausted(Fault::new(FaultKind::DescriptorLimit, 24)),
            _ => self.release(),
        }
    }

    /// Full, and deaf: it waits for [`Listen::release`].
    fn may_rest(&self) -> bool {
        self.active() > 0 && !self.wants(Port::new(1)).read
    }
}
