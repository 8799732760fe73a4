//! [`Connect`]: candidates are tried in order, each once and never too many at a time; the first to answer wins, and
//! every other socket is closed.

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::socket::{Connect, ConnectOptions, interleave};
use standpipe_core::{Done, Duty, End, Fault, FaultKind, Machine, Moment, Port, Timer};

use crate::laws::{self, Fact, Subject};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u8),
    Wake,
    Answer(u8),
    Refuse(u8, u8),
    Closed(u8),
    Abort,
}

/// Attempts by port, and nothing of how they came there.
#[derive(Debug)]
struct Model {
    count: u16,
    at_once: usize,
    delay: Option<Duration>,
    deadline: Moment,
    now: Moment,
    begun: Option<Moment>,
    last: Moment,
    tried: u16,
    trying: BTreeMap<usize, u16>,
    /// Ports with a socket that is to be closed in the end.
    open: Vec<usize>,
    errors: Vec<(u16, Fault)>,
    result: Option<Result<Port, End>>,
}

impl Model {
    fn try_next(&mut self) {
        let free = (0..self.at_once).find(|port| !self.trying.contains_key(port));
        if let Some(port) = free.filter(|_| self.tried < self.count && self.result.is_none()) {
            self.trying.insert(port, self.tried);
            self.tried += 1;
            self.last = self.now;
            self.open.retain(|open| *open != port);
            self.open.push(port);
        }
    }

    fn end(&mut self, result: Result<Port, End>) {
        if self.result.is_none() {
            self.result = Some(result);
            self.trying.clear();
            self.open.retain(|open| result != Ok(Port::new(*open as u8)));
        }
    }

    fn pass(&mut self, now: Moment) {
        self.now = now;
        if self.deadline <= now {
            self.end(Err(End::TimedOut(Timer::Connect)));
        }
        // The first delay begins with the first turn.
        if self.begun.is_none() {
            (self.begun, self.last) = (Some(now), now);
        }
        if self.delay.is_some_and(|delay| self.last + delay <= now) && self.has_free() {
            self.try_next();
        }
    }

    fn has_free(&self) -> bool {
        self.trying.len() < self.at_once
    }

    fn duty(&self, port: usize) -> Option<Duty> {
        match self.result {
            None => self.trying.get(&port).map(|candidate| Duty::Connect(*candidate)),
            Some(_) => self.open.contains(&port).then_some(Duty::Close),
        }
    }

    fn wake(&self) -> Option<(Moment, Timer)> {
        if self.result.is_some() {
            return None;
        }
        let raced = self.begun.is_some() && self.has_free() && self.tried < self.count;
        let next = self.delay.filter(|_| raced).map(|delay| self.last + delay);
        match next {
            Some(next) if next < self.deadline => Some((next, Timer::Attempt)),
            _ => Some((self.deadline, Timer::Connect)),
        }
    }
}

/// Checks any history against the model, and the laws on it.
pub fn check(bytes: &[u8]) {
    check_order(bytes);
    let Some(((count, at_once, delay, deadline), ops)) = super::read::<(u8, u8, Option<u8>, u16), Op>(bytes)
    else {
        return;
    };
    let (count, delay) = (u16::from(count % 9), delay.map(|delay| Duration::from_millis(delay.into())));
    let options = ConnectOptions { attempt_delay: delay, at_once: at_once % 6 };
    let deadline = Moment::ORIGIN + Duration::from_millis(u64::from(deadline) + 1);
    if let Some(((), facts)) = super::read::<(), Fact>(bytes) {
        let mut connect = Connect::with_options(count, options);
        connect.set_deadline(Some(Moment::from_nanos(1 << 41)));
        laws::check(connect, &facts);
    }
    let mut connect = Connect::with_options(count, options);
    connect.set_deadline(Some(deadline));
    let mut model = Model {
        count,
        at_once: delay.map_or(1, |_| usize::from(at_once % 6).clamp(1, 4).min(usize::from(count.max(1)))),
        delay: delay.map(|delay| delay.max(Duration::from_millis(10))),
        deadline,
        now: Moment::ORIGIN,
        begun: None,
        last: Moment::ORIGIN,
        tried: 0,
        trying: BTreeMap::new(),
        open: Vec::new(),
        errors: Vec::new(),
        result: None,
    };
    match count {
        0 => model.end(Err(End::NotConnected(Fault::new(FaultKind::AddressNotAvailable, 99)))),
        _ => model.try_next(),
    }
    compare(&connect, &model);
    for op in ops {
        apply(&mut connect, &mut model, op);
        compare(&connect, &model);
    }
}

fn apply(connect: &mut Connect, model: &mut Model, op: Op) {
    match op {
        Op::Pass(millis) => pass(connect, model, model.now + Duration::from_millis(millis.into())),
        Op::Wake => model.wake().into_iter().for_each(|(at, _)| pass(connect, model, at.max(model.now))),
        Op::Answer(port) => {
            let port = Port::new(port % 4);
            if let Some(candidate) = model.trying.get(&port.index()).copied() {
                connect.handle_done(port, Duty::Connect(candidate), Done::Ok(0));
                assert_eq!(connect.candidate(), Some(candidate));
                model.end(Ok(port));
            }
        }
        Op::Refuse(port, errno) => {
            let port = Port::new(port % 4);
            if let Some(candidate) = model.trying.get(&port.index()).copied() {
                let fault = Fault::new(FaultKind::ConnectionRefused, errno.into());
                connect.handle_done(port, Duty::Connect(candidate), Done::Failed(fault));
                model.trying.remove(&port.index());
                model.errors.push((candidate, fault));
                model.try_next();
                if model.trying.is_empty() {
                    model.end(Err(End::NotConnected(fault)));
                }
            }
        }
        Op::Closed(port) => {
            let port = Port::new(port % 4);
            connect.handle_done(port, Duty::Close, Done::Ok(0));
            if model.result.is_some() {
                model.open.retain(|open| *open != port.index());
            }
        }
        Op::Abort => {
            connect.abort();
            model.end(Err(End::Aborted));
        }
    }
}

fn pass(connect: &mut Connect, model: &mut Model, now: Moment) {
    connect.handle_now(now);
    model.pass(now);
}

fn compare(connect: &Connect, model: &Model) {
    assert_eq!(usize::from(connect.ports()), model.at_once);
    for port in Connect::first() {
        assert_eq!(connect.wants(port).duty, model.duty(port.index()), "at {port:?} of {model:?}");
    }
    assert_eq!(connect.wake().map(|wake| (wake.at, wake.why)), model.wake(), "{model:?}");
    assert_eq!((connect.result(), connect.errors()), (model.result, &model.errors[..]));
    assert_eq!(connect.tried(), model.tried);
    assert_eq!(connect.is_done(), model.result.is_some() && model.open.is_empty());
}

/// The same candidates, each family's in their order, in turns.
fn check_order(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let candidates: Vec<(usize, bool)> = rest.iter().map(|byte| byte & 1 == 1).enumerate().collect();
    let order = interleave(candidates.clone(), usize::from(first % 4), |(_, family)| *family);
    let of = |all: &[(usize, bool)], family: bool| -> Vec<usize> {
        all.iter().filter(|(_, known)| *known == family).map(|(index, _)| *index).collect()
    };
    for family in [false, true] {
        assert_eq!(of(&order, family), of(&candidates, family), "within a family the order stays");
    }
    let Some((_, preferred)) = candidates.first() else { return };
    let head = usize::from(first % 4).clamp(1, of(&order, *preferred).len());
    let turns = order.get(head..).unwrap_or_default();
    assert!(order[..head].iter().all(|(_, family)| family == preferred));
    let both = 2 * (of(turns, true).len()).min(of(turns, false).len());
    assert!(
        turns[..both].iter().enumerate().all(|(turn, (_, family))| (turn % 2 == 1) == (family == preferred))
    );
}

impl Subject for Connect {
    fn seen(&self) -> String {
        format!("{:?}", (self.result(), self.errors(), self.tried()))
    }

    fn call(&mut self, verb: u8) {
        if verb.is_multiple_of(8) {
            self.abort();
        }
    }
}
