//! A machine in the midst of its life: [`Life`].

use standpipe_core::{
    Done, Duty, Fault, FaultKind, Moment, Pending, Pool, Port, Side, Target, Wants, Window,
};

use super::Sketch;
use crate::laws::Subject;

/// Something that happens; failures last. Only what is wanted does: anything else changes nothing, which is one of the
/// [laws](crate::laws).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Fact {
    Read(Port, usize),
    Eof(Port),
    Written(Port),
    Done(Port),
    Event,
    Wake,
    Verb(usize),
    ReadFailed(Port),
    WriteFailed(Port),
    DutyFailed(Port),
}

impl Fact {
    pub(super) const FIRST: Self = Self::Read(Port::new(0), 0);

    /// Whether it comes from outside, and is no failure.
    pub(super) fn is_smooth(self) -> bool {
        self < Self::Wake
    }
}

pub(super) struct Life<'a, M> {
    sketch: &'a Sketch<'a, M>,
    machine: M,
    pool: Pool,
    now: Moment,
}

impl<'a, M: Subject> Life<'a, M> {
    /// Lives through a history.
    pub(super) fn new(sketch: &'a Sketch<'a, M>, history: &[Fact]) -> Self {
        let now = Moment::from_nanos(1 << 40);
        let mut life = Self { sketch, machine: (sketch.make)(), pool: Pool::default(), now };
        life.machine.handle_now(now);
        history.iter().for_each(|fact| life.apply(*fact));
        life
    }

    fn ports(&self) -> impl Iterator<Item = Port> + use<M> {
        Port::first(self.machine.ports())
    }

    /// What can be seen.
    pub(super) fn look(&self) -> String {
        if self.machine.is_done() {
            return "done".into();
        }
        let wanted = |port| wanted(self.sketch.ports[port], self.machine.wants(Port::new(port as u8)));
        let mut seen: Vec<String> = (0..self.sketch.ports.len()).filter_map(wanted).collect();
        seen.extend(self.machine.has_event().then(|| "event".into()));
        seen.extend(self.machine.wake().map(|wake| format!("{:?} timer", wake.why)));
        if seen.is_empty() { "at rest".into() } else { seen.join(", ") }
    }

    /// What may happen now.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        if self.machine.is_done() {
            return facts;
        }
        for port in self.ports() {
            let Wants { read, write, duty } = self.machine.wants(port);
            // Nothing is read while there is an event.
            if read && !self.machine.has_event() {
                facts.extend((0..self.sketch.inputs.len()).map(|input| Fact::Read(port, input)));
                facts.extend([Fact::Eof(port), Fact::ReadFailed(port)]);
            }
            if write {
                facts.extend([Fact::Written(port), Fact::WriteFailed(port)]);
            }
            if duty.is_some() {
                facts.extend([Fact::Done(port), Fact::DutyFailed(port)]);
            }
        }
        facts.extend(self.machine.wake().map(|_| Fact::Wake));
        facts.extend(self.machine.has_event().then_some(Fact::Event));
        facts.extend((0..self.sketch.verbs.len()).map(Fact::Verb));
        facts
    }

    /// What may happen without failures, time limits and calls, in the order of a turn: at each port it is written, then
    /// done, then read, of several inputs the first.
    pub(super) fn smooth(&self) -> Vec<Fact> {
        let mut facts = self.facts();
        facts.retain(|fact| fact.is_smooth() && !matches!(fact, Fact::Read(_, 1..)));
        facts.sort_by_key(|fact| match *fact {
            Fact::Event => (0, 0),
            Fact::Written(port) => (port.index(), 1),
            Fact::Done(port) => (port.index(), 2),
            Fact::Read(port, _) => (port.index(), 3),
            Fact::Eof(port) => (port.index(), 4),
            _ => (usize::MAX, 0),
        });
        facts
    }

    /// What a fact is called, in this state.
    pub(super) fn name(&self, fact: Fact) -> String {
        let at = |port: Port, what: &str| format!("{} {what}", self.sketch.ports[port.index()]);
        let duty = |port| self.machine.wants(port).duty.map(duty).unwrap_or_default();
        match fact {
            Fact::Read(port, input) => at(port, self.sketch.inputs[input].0),
            Fact::Eof(port) => at(port, "eof"),
            Fact::Written(port) => at(port, "written"),
            Fact::Done(port) => at(port, &format!("{} ok", duty(port))),
            Fact::Wake => "time passes".into(),
            Fact::Event => "event taken".into(),
            Fact::Verb(verb) => self.sketch.verbs[verb].0.into(),
            Fact::ReadFailed(port) => at(port, "read fails"),
            Fact::WriteFailed(port) => at(port, "write fails"),
            Fact::DutyFailed(port) => at(port, &format!("{} fails", duty(port))),
        }
    }

    /// Lets it happen, and begins the next turn.
    fn apply(&mut self, fact: Fact) {
        let fault = |kind| Fault::new(kind, 1);
        match fact {
            Fact::Read(port, input) => self.read(port, self.sketch.inputs[input].1),
            Fact::Eof(port) => self.machine.handle_eof(port),
            Fact::Written(port) => {
                let n = len(&self.machine.pending(port, &mut self.pool));
                self.machine.handle_written(port, n);
            }
            Fact::Done(port) => {
                self.done(port, |duty| Done::Ok(matches!(duty, Duty::Accept(_) | Duty::AcceptRest(_)).into()))
            }
            Fact::Wake => self.wake(),
            Fact::Event => assert!(self.machine.take_event(), "there was one"),
            Fact::Verb(verb) => (self.sketch.verbs[verb].1)(&mut self.machine),
            Fact::ReadFailed(port) => {
                self.machine.handle_failed(port, Side::Read, fault(FaultKind::ConnectionReset));
            }
            Fact::WriteFailed(port) => {
                self.machine.handle_failed(port, Side::Write, fault(FaultKind::BrokenPipe));
            }
            Fact::DutyFailed(port) => self.done(port, |duty| Done::Failed(fault(failure(duty)))),
        }
        self.machine.settle(&mut self.pool);
        self.machine.handle_now(self.now);
    }

    fn read(&mut self, port: Port, input: fn(usize) -> Vec<u8>) {
        let window = self.machine.window(port, &mut self.pool);
        let bytes = input(window.room());
        match window {
            Window::Slice(slice) => slice[..bytes.len()].copy_from_slice(&bytes),
            Window::Append { into, .. } => into.extend_from_slice(&bytes),
            Window::Counted { .. } => {}
            window => panic!("an unknown window: {window:?}"),
        }
        self.machine.handle_read(port, bytes.len());
    }

    fn done(&mut self, port: Port, outcome: impl Fn(Duty) -> Done) {
        let duty = self.machine.wants(port).duty.expect("it is due");
        self.machine.handle_done(port, duty, outcome(duty));
    }

    /// The time of the wake-up comes, and in that turn nothing can be read.
    fn wake(&mut self) {
        self.now = self.machine.wake().map_or(self.now, |wake| wake.at.max(self.now));
        self.machine.handle_now(self.now);
        for port in self.ports().filter(|port| self.machine.wants(*port).read).collect::<Vec<_>>() {
            let _blocked = self.machine.window(port, &mut self.pool);
        }
    }
}

/// Why a duty usually fails.
fn failure(duty: Duty) -> FaultKind {
    match duty {
        Duty::Connect(_) => FaultKind::ConnectionRefused,
        Duty::Accept(_) | Duty::AcceptRest(_) => FaultKind::DescriptorLimit,
        Duty::Observe | Duty::ObserveStops | Duty::Reap | Duty::Signals(..) => FaultKind::NoChild,
        _ => FaultKind::Other,
    }
}

fn wanted(port: &str, wants: Wants) -> Option<String> {
    let words =
        [wants.read.then(|| "read".into()), wants.write.then(|| "write".into()), wants.duty.map(duty)];
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| format!("{port} {}", words.join("+")))
}

fn duty(duty: Duty) -> String {
    match duty {
        Duty::Connect(candidate) => format!("connect {candidate}"),
        Duty::Accept(most) => format!("accept {most}"),
        Duty::AcceptRest(most) => format!("accept {most} of the rest"),
        Duty::Signals(target, signals) => {
            let names: Vec<String> = signals.iter().map(|signal| signal.to_string()).collect();
            let whom = match target {
                Target::Session => "the session",
                Target::Group => "the group",
                Target::Child => "the child",
            };
            format!("{} to {whom}", names.join("+"))
        }
        Duty::Observe => "observe".into(),
        Duty::ObserveStops => "observe stops".into(),
        Duty::Reap => "reap".into(),
        Duty::CloseWrite => "close write".into(),
        Duty::Close => "close".into(),
        Duty::Reset => "reset".into(),
        duty => format!("{duty:?}"),
    }
}

fn len(pending: &Pending<'_>) -> usize {
    match pending {
        Pending::Slice(slice) => slice.len(),
        Pending::Queue(queue) => queue.len(),
        Pending::Counted { len, .. } => *len,
        pending => panic!("an unknown form of pending bytes: {pending:?}"),
    }
}
