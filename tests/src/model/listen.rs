//! [`Listen`]: never more connections than asked for, a pause after a resource has run out, and a drain at the end.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::socket::{Admission, Listen, ListenEvent, ListenOptions};
use standpipe_core::{Done, Duty, Fault, FaultKind, Machine, Moment, Pool, Port, Timer, Wake, Window};

use crate::laws::{self, Fact, Subject};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u16),
    Accept(u8),
    /// An accepted connection comes from this address.
    Admit(u8),
    /// Connections of others have all places.
    Crowded,
    Fail(u8),
    Release,
    ReleaseFrom(u8),
    Pause,
    Resume,
    Exhausted,
    Defer,
    Stop,
    /// Bytes come at the control port.
    Asked([u8; 2]),
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
    /// Connections were accepted, and nobody has been told.
    accepted: bool,
    open: bool,
    accepts_rest: bool,
    /// How many of those who have connected before the stop may still be accepted.
    rest: u16,
    closed: bool,
    drained: Option<Moment>,
    aborted: bool,
    now: Moment,
}

impl Model {
    fn duty(&self) -> Option<Duty> {
        let room = (self.most - self.active.min(self.most)).min(self.at_once.into()) as u16;
        let rests = self.held || self.pause.is_some() || room == 0;
        let tells = self.accepted && (self.open || self.rest > 0);
        match (self.open, self.closed) {
            _ if tells => None,
            (false, false) if self.rest > 0 && self.pause.is_some() => None,
            (true, _) if rests => None,
            (true, _) => Some(Duty::Accept(room)),
            (false, false) if !rests && self.rest > 0 => Some(Duty::AcceptRest(room.min(self.rest))),
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
        if self.drained.is_some() {
            self.abort();
        } else if self.accepts_rest {
            self.rest = 4096;
        }
        self.open = false;
        self.drained.get_or_insert(self.now + self.drain);
    }

    fn abort(&mut self) {
        self.aborted = true;
        self.rest = 0;
    }

    fn pass(&mut self, now: Moment) {
        self.now = now;
        if self.pause.is_some_and(|until| until <= now) {
            self.resume();
        }
        if self.drained.is_some_and(|until| until <= now) && !self.is_done() {
            self.abort();
        }
    }

    fn resume(&mut self) {
        self.pause = None;
        self.accepted |= std::mem::take(&mut self.deferred);
    }

    fn is_done(&self) -> bool {
        self.closed && self.active == 0
    }

    fn wake(&self) -> Option<Wake> {
        let pause = self
            .pause
            .filter(|_| self.open || self.rest > 0 || self.deferred)
            .map(|at| Wake { at, why: Timer::Backoff });
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
    let accepts_rest = drain.as_millis() % 2 == 1;
    let options = ListenOptions { max_connections, max_per_address: most_each, at_once, accepts_rest, drain };
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
        accepted: false,
        open: true,
        accepts_rest,
        rest: 0,
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
        (Op::Accept(n), Some(duty @ (Duty::Accept(most) | Duty::AcceptRest(most)))) => {
            let n = u16::from(n).clamp(1, most);
            listen.handle_done(Listen::SOCKET, duty, Done::Ok(n.into()));
            model.rest = model.rest.saturating_sub(n);
            model.active += usize::from(n);
            model.strangers += usize::from(n);
            model.accepted = true;
            model.failures = 0;
        }
        (Op::Crowded, Some(duty @ Duty::Accept(_))) => {
            listen.handle_done(Listen::SOCKET, duty, Done::Ok(0));
            model.exhausted();
        }
        (Op::Crowded, Some(duty @ Duty::AcceptRest(_))) => {
            listen.handle_done(Listen::SOCKET, duty, Done::Ok(0));
            model.rest = 0;
        }
        (Op::Fail(kind), Some(duty @ (Duty::Accept(_) | Duty::AcceptRest(_)))) => {
            let kind = [FaultKind::DescriptorLimit, FaultKind::OutOfResources, FaultKind::ConnectionAborted]
                [usize::from(kind) % 3];
            listen.handle_done(Listen::SOCKET, duty, Done::Failed(Fault::new(kind, 24)));
            model.rest = model.rest.saturating_sub(1);
            if kind != FaultKind::ConnectionAborted {
                model.exhausted();
            }
        }
        (Op::Close, Some(Duty::Close)) => {
            listen.handle_done(Listen::SOCKET, Duty::Close, Done::Ok(0));
            model.rest = 0;
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
        (Op::Asked(bytes), _) if listen.wants(Listen::CONTROL).read => {
            let mut lend = Pool::default();
            let Window::Slice(window) = listen.window(Listen::CONTROL, &mut lend) else {
                panic!("no window")
            };
            window[..2].copy_from_slice(&bytes);
            listen.handle_read(Listen::CONTROL, 2);
            for byte in bytes {
                if byte == Listen::AGAIN { model.resume() } else { model.stop() }
            }
        }
        (Op::Event, _) => {
            let told = std::mem::take(&mut model.accepted);
            assert_eq!(listen.next_event() == Some(ListenEvent::Accepted), told);
        }
        (Op::Accept(_) | Op::Crowded | Op::Fail(_) | Op::Defer | Op::Asked(_) | Op::Close, _) => {}
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
