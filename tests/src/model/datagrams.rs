//! [`Datagrams`]: in order, each sent or told as lost, none over the mark, and an end that vouches for all or for nothing.

use std::collections::VecDeque;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::dispatch::PushError;
use standpipe_core::socket::{DatagramEvent, DatagramOptions, Datagrams};
use standpipe_core::{Done, Duty, End, Fault, FaultKind, Machine, Moment, Side, Timer};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Pass(u8),
    Push(u8),
    /// So many at most were received or sent.
    Receive(u8),
    Send(u8),
    Fail(Way, Why),
    Reading(bool),
    Close,
    Abort,
    Event,
    /// What is due is done.
    PerformClose(Way),
}

#[derive(Arbitrary, Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    In,
    Out,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Why {
    Refused,
    Resources,
    Other,
}

impl Why {
    fn fault(self) -> Fault {
        match self {
            Self::Refused => Fault::new(FaultKind::ConnectionRefused, 111),
            Self::Resources => Fault::new(FaultKind::OutOfResources, 105),
            Self::Other => Fault::new(FaultKind::Other, 90),
        }
    }
}

const MOST: usize = 400;
const LOW: usize = 100;
const AT_ONCE: u16 = 3;
const PAUSE: Duration = Duration::from_millis(2);
const CLOSE: Duration = Duration::from_millis(20);

struct Model {
    now: Moment,
    /// The bytes of each that waits.
    queue: VecDeque<usize>,
    full: bool,
    room: bool,
    received: u16,
    reading: bool,
    closing: Option<Option<Moment>>,
    lost: Option<End>,
    rests: [Option<Moment>; 2],
    failed: [Option<Fault>; 2],
    closed: [bool; 2],
    told: bool,
}

impl Model {
    fn unsent(&self) -> usize {
        self.queue.iter().map(|len| len + Datagrams::WEIGHT).sum()
    }

    fn duty(&self, way: Way) -> Option<Duty> {
        let index = way as usize;
        if self.closed[index] {
            return None;
        }
        let is_over = way == Way::In || self.queue.is_empty();
        if self.closing.is_some() && is_over {
            return Some(Duty::Close);
        }
        if self.rests[index].is_some() || self.failed[index].is_some() {
            return None;
        }
        let waiting = u16::try_from(self.queue.len()).expect("a few").min(AT_ONCE);
        match way {
            Way::In => (self.reading && !self.full && self.received == 0).then_some(Duty::Receive(AT_ONCE)),
            Way::Out => (waiting > 0).then_some(Duty::Send(waiting)),
        }
    }

    fn take_away(&mut self, count: usize) {
        self.queue.drain(..count);
        if self.full && self.unsent() <= LOW {
            (self.full, self.room) = (false, true);
        }
    }

    fn give_up(&mut self, end: End) {
        self.closing.get_or_insert(None);
        self.received = 0;
        self.queue.clear();
        self.lost.get_or_insert(end);
    }

    fn pass(&mut self, now: Moment) {
        self.now = now;
        self.rests = self.rests.map(|at| at.filter(|at| *at > now));
        if let Some(until) = &mut self.closing {
            let until = *until.get_or_insert(now + CLOSE);
            if until <= now && !self.queue.is_empty() {
                self.give_up(End::TimedOut(Timer::Close));
            }
        }
    }

    fn event(&mut self) -> Option<DatagramEvent> {
        if self.received > 0 && self.reading && !self.full {
            self.received -= 1;
            return Some(DatagramEvent::Received);
        }
        for (index, side) in [Side::Read, Side::Write].into_iter().enumerate() {
            if let Some(fault) = self.failed[index].take() {
                return Some(DatagramEvent::Failed(side, fault));
            }
        }
        if std::mem::take(&mut self.room) && self.closing.is_none() {
            return Some(DatagramEvent::Room);
        }
        if self.closed == [true; 2] && !self.told {
            self.told = true;
            return Some(DatagramEvent::Closed(self.lost.unwrap_or(End::Clean)));
        }
        None
    }
}

/// Checks any history, facts that are not wanted included.
pub fn check(bytes: &[u8]) {
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let options =
        DatagramOptions { at_once: AT_ONCE, most_unsent: MOST, low_water: LOW, pause: PAUSE, close: CLOSE };
    let mut datagrams = Datagrams::new(options);
    let mut model = Model {
        now: Moment::ORIGIN,
        queue: VecDeque::new(),
        full: false,
        room: false,
        received: 0,
        reading: true,
        closing: None,
        lost: None,
        rests: [None; 2],
        failed: [None; 2],
        closed: [false; 2],
        told: false,
    };
    for op in ops {
        apply(&mut datagrams, &mut model, op);
        for (way, port) in [(Way::In, Datagrams::RECEIVE), (Way::Out, Datagrams::SEND)] {
            assert_eq!(datagrams.wants(port).duty, model.duty(way), "{way:?} after {op:?}");
        }
        assert_eq!((datagrams.unsent(), datagrams.is_full()), (model.unsent(), model.full), "after {op:?}");
        assert_eq!(datagrams.is_done(), model.told);
        let rests =
            model.rests.iter().zip(model.closed).filter(|(_, closed)| !closed).filter_map(|(at, _)| *at);
        let close = model.closing.filter(|_| !model.closed[1]).map(|until| until.unwrap_or(model.now));
        assert_eq!(datagrams.wake().map(|wake| wake.at), rests.chain(close).min(), "after {op:?}");
    }
}

fn apply(datagrams: &mut Datagrams, model: &mut Model, op: Op) {
    match op {
        Op::Pass(ms) => {
            let now = model.now + Duration::from_millis(ms.into());
            datagrams.handle_now(now);
            model.pass(now);
        }
        Op::Push(len) => push(datagrams, model, len.into()),
        Op::Receive(n) => {
            let Some(duty @ Duty::Receive(most)) = model.duty(Way::In) else {
                return datagrams.handle_done(Datagrams::RECEIVE, Duty::Receive(AT_ONCE), Done::Ok(1));
            };
            model.received = u16::from(n).clamp(1, most);
            datagrams.handle_done(Datagrams::RECEIVE, duty, Done::Ok(model.received.into()));
        }
        Op::Send(n) => {
            let Some(duty @ Duty::Send(most)) = model.duty(Way::Out) else { return };
            let sent = u16::from(n).clamp(1, most);
            datagrams.handle_done(Datagrams::SEND, duty, Done::Ok(sent.into()));
            model.take_away(sent.into());
        }
        Op::Fail(way, why) => fail(datagrams, model, way, why),
        Op::Reading(reading) => {
            datagrams.set_reading(reading);
            model.reading = reading;
        }
        Op::Close => {
            datagrams.close();
            model.closing.get_or_insert(None);
            model.received = 0;
        }
        Op::Abort => {
            datagrams.abort();
            model.give_up(End::Aborted);
        }
        Op::Event => {
            let has_event = datagrams.has_event();
            let event = datagrams.next_event();
            assert_eq!((event, has_event), (model.event(), event.is_some()));
        }
        Op::PerformClose(way) => {
            let port = if way == Way::In { Datagrams::RECEIVE } else { Datagrams::SEND };
            datagrams.handle_done(port, Duty::Close, Done::Ok(0));
            model.closed[way as usize] |= model.duty(way) == Some(Duty::Close);
        }
    }
}

fn push(datagrams: &mut Datagrams, model: &mut Model, len: usize) {
    let expected = match model.closing {
        Some(_) => Err(PushError::Closing),
        None if model.full => Err(PushError::Full { unsent: model.unsent(), limit: MOST }),
        None => Ok(()),
    };
    assert_eq!(datagrams.push(len), expected);
    if expected.is_ok() {
        model.queue.push_back(len);
        model.full = model.unsent() >= MOST;
    }
}

fn fail(datagrams: &mut Datagrams, model: &mut Model, way: Way, why: Why) {
    let (port, index, fault) = match way {
        Way::In => (Datagrams::RECEIVE, 0, why.fault()),
        Way::Out => (Datagrams::SEND, 1, why.fault()),
    };
    let Some(duty @ (Duty::Receive(_) | Duty::Send(_))) = model.duty(way) else { return };
    datagrams.handle_done(port, duty, Done::Failed(fault));
    match (way, why) {
        (Way::In, Why::Refused) => model.failed[index] = Some(fault),
        (Way::In, _) => {
            model.failed[index] = Some(fault);
            model.rests[index] = Some(model.now + PAUSE);
        }
        (Way::Out, Why::Resources) => model.rests[index] = Some(model.now + PAUSE),
        (Way::Out, _) => {
            model.failed[index] = Some(fault);
            model.take_away(1);
        }
    }
}
