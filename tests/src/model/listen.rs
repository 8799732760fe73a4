//! [`Listen`]: never more connections than asked for, a pause after a resource has run out, and a drain at the end.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::socket::{Admission, Listen, ListenOptions};
use standpipe_core::{Done, Duty, Fault, FaultKind, Machine, Moment, Port, Timer, Wake};

use crate::laws::{self, Fact, Subject};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u16),
    Accept(u8),
    /// An accepted connection comes from this address.
    Admit(u8),
    Fail(u8),
    Release,
    ReleaseFrom(u8),
    Pause,
    Resume,
    Exhausted,
    Defer,
    Stop,
    Close,
    Event,
}

#[derive(Debug)]
struct Model {
    most: usize,
    most_each: usize,
    at_once: u16,
    drain: Duration,
    active: usize,
    /// Accepted, and nobody has said from where.
    strangers: usize,
    by_address: BTreeMap<u8, usize>,
    held: bool,
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
            (true, _) if self.held || self.pause.is_some() || room == 0 => None,
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
    let most_each = usize::from(most % 4);
    let drain = Duration::from_millis(drain.into());
    let at_once = u16::from(at_once) + 1;
    let max_connections = usize::from(most) + 1;
    let options = ListenOptions { max_connections, max_per_address: most_each, at_once, drain };
    if let Some(((), facts)) = super::read::<(), Fact>(bytes) {
        laws::check(Listen::new(options), &facts);
    }
    let mut model = Model {
        most: options.max_connections,
        most_each,
        at_once,
        drain,
        active: 0,
        strangers: 0,
        by_address: BTreeMap::new(),
        held: false,
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
            model.strangers += usize::from(n);
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
        (Op::Admit(from), _) if model.strangers > 0 => admit(listen, model, from % 3),
        (Op::Release, _) if model.strangers > 0 => {
            listen.release();
            model.strangers -= 1;
            model.active -= 1;
            model.resume();
        }
        (Op::ReleaseFrom(from), _) if model.by_address.contains_key(&(from % 3)) => {
            listen.release_from(address(from % 3));
            model.by_address.entry(from % 3).and_modify(|count| *count -= 1);
            model.by_address.retain(|_, count| *count > 0);
            model.active -= 1;
            model.resume();
        }
        (Op::Pause, _) => {
            listen.pause();
            model.held = true;
        }
        (Op::Resume, _) => {
            listen.resume();
            model.held = false;
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
        (Op::Admit(_) | Op::Release | Op::ReleaseFrom(_), _) => {}
    }
    assert_eq!(listen.is_paused(), model.held);
}

/// Two ways of writing each address, which count as one.
fn address(from: u8) -> Option<IpAddr> {
    let plain = std::net::Ipv4Addr::new(192, 0, 2, from);
    Some(if from == 1 { plain.to_ipv6_mapped().into() } else { plain.into() })
}

fn admit(listen: &mut Listen, model: &mut Model, from: u8) {
    model.strangers -= 1;
    let count = model.by_address.get(&from).copied().unwrap_or(0);
    if count < model.most_each {
        assert_eq!(listen.admit(address(from)), Admission::Serve);
        model.by_address.insert(from, count + 1);
    } else {
        let plain = address(from).map(|address| address.to_canonical());
        assert_eq!(listen.admit(plain), Admission::Refuse);
        model.active -= 1;
        model.resume();
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
        match verb % 8 {
            0 => self.stop(),
            5 => self.pause(),
            6 => self.resume(),
            7 if self.active() > 0 => drop(self.admit(address(verb % 3))),
            2 if self.active() > 0 => self.defer(Fault::new(FaultKind::OutOfResources, 12)),
            1 => self.exhausted(Fault::new(FaultKind::DescriptorLimit, 24)),
            _ => self.release(),
        }
    }

    /// Full or paused, and deaf: it waits for [`Listen::release`] or [`Listen::resume`].
    fn may_rest(&self) -> bool {
        (self.active() > 0 || self.is_paused()) && !self.wants(Port::new(1)).read
    }
}
