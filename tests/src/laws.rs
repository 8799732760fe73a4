//! The laws that hold of every machine, on any history of facts.
//!
//! `wants` is pure; a fact that is unwanted or repeated changes nothing; a duty that is blocked stays due; the end follows
//! what is last; time may jump and may not go back; whoever is not done wants something; done is final; and of lent
//! buffers there are few.

use std::fmt::Debug;
use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{
    Done, Duty, Fault, FaultKind, LENT_SIZE, Lend, Machine, Moment, Pending, Port, Side, Target, Wake, Wants,
    Window,
};

/// A machine together with what its caller can see of it and do to it.
pub trait Subject: Machine + Debug {
    /// What the caller can see, beside what every machine has.
    fn seen(&self) -> String;

    /// Takes the next event. Whether there was one.
    fn take_event(&mut self) -> bool {
        false
    }

    /// Calls one of the machine's own verbs.
    fn call(&mut self, verb: u8) {
        let _ = verb;
    }

    /// Whether it may want nothing although it is not done, since its caller has to say something first.
    fn may_rest(&self) -> bool {
        false
    }

    /// How many lent buffers it may hold.
    const LENT: usize = 0;
}

/// Something that happens to a machine.
#[derive(Arbitrary, Clone, Debug)]
pub enum Fact {
    /// Time passes, in microseconds.
    Now(u32),
    /// Time goes back, in microseconds.
    Back(u32),
    /// The time of the wake-up comes.
    Wake,
    /// So many bytes were read at the port.
    Read(u8, u16),
    /// The port's input has ended.
    Eof(u8),
    /// So many bytes were written at the port.
    Written(u8, u16),
    /// The port has failed in one direction.
    Failed(u8, bool),
    /// The duty that is due at the port came to this.
    Done(u8, Result<u16, bool>),
    /// The duty that is due would block.
    DutyBlocked(u8),
    /// A duty that need not be due is said to be done.
    Stray(u8, u8),
    /// The next event is taken.
    Event,
    /// Drained buffers are given back.
    Settle,
    /// One of the machine's own verbs is called.
    Call(u8),
}

/// Checks the laws of a machine on a history.
///
/// # Panics
/// When one does not hold.
pub fn check<M: Subject>(machine: M, history: &[Fact]) {
    let mut trial = Trial { machine, lender: Lender::default(), now: Moment::from_nanos(1 << 40) };
    trial.machine.handle_now(trial.now);
    for fact in history {
        trial.apply(fact);
        trial.check();
    }
}

#[derive(PartialEq, Debug)]
struct Observed {
    wants: Vec<Wants>,
    wake: Option<Wake>,
    event: bool,
    done: bool,
    seen: String,
}

/// Lends and counts.
#[derive(Debug, Default)]
struct Lender {
    out: usize,
}

impl Lend for Lender {
    fn take(&mut self) -> Box<[u8]> {
        self.out += 1;
        vec![0x5a; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {
        self.out -= 1;
    }
}

struct Trial<M> {
    machine: M,
    lender: Lender,
    now: Moment,
}

impl<M: Subject> Trial<M> {
    fn observe(&self) -> Observed {
        let machine = &self.machine;
        Observed {
            wants: Port::first(machine.ports()).map(|port| machine.wants(port)).collect(),
            wake: machine.wake(),
            event: machine.has_event(),
            done: machine.is_done(),
            seen: machine.seen(),
        }
    }

    fn check(&mut self) {
        let observed = self.observe();
        assert_eq!(observed, self.observe(), "looking changes nothing");
        let beyond = Port::first(32).skip(self.machine.ports().into());
        assert!(beyond.map(|port| self.machine.wants(port)).all(|wants| wants == Wants::NOTHING));
        assert!(self.lender.out <= M::LENT, "{} lent buffers are too many", self.lender.out);
        let nothing = observed.wants.iter().all(|wants| *wants == Wants::NOTHING);
        if observed.done {
            assert!(nothing && observed.wake.is_none(), "who is done wants nothing");
        } else {
            let rests = nothing && observed.wake.is_none() && !observed.event;
            let may_rest = self.machine.may_rest();
            assert!(!rests || may_rest, "who is not done wants something: {:?}", self.machine);
        }
        self.check_offers();
    }

    /// Where no read is wanted there is no window, and where no write is wanted there is nothing to write.
    fn check_offers(&mut self) {
        for port in Port::first(self.machine.ports()) {
            let wants = self.machine.wants(port);
            if !wants.read {
                assert_eq!(self.machine.window(port, &mut self.lender).room(), 0, "no window unless wanted");
            }
            let pending = len(&self.machine.pending(port, &mut self.lender));
            assert_eq!(pending > 0, wants.write, "something to write exactly where it is wanted");
        }
    }

    fn apply(&mut self, fact: &Fact) {
        match *fact {
            Fact::Now(micros) => self.pass(self.now + Duration::from_micros(micros.into())),
            Fact::Back(micros) => self.go_back(micros),
            Fact::Wake => self.machine.wake().into_iter().for_each(|wake| self.wake(wake)),
            Fact::Read(port, n) => self.read(self.port(port), n.into()),
            Fact::Eof(port) => {
                let port = self.port(port);
                let wanted = self.machine.wants(port).read;
                self.fact(wanted, fact, |machine| machine.handle_eof(port));
            }
            Fact::Written(port, n) => self.written(self.port(port), n.into()),
            Fact::Failed(port, reading) => self.failed(self.port(port), reading, fact),
            Fact::Done(port, outcome) => self.done(self.port(port), outcome, fact),
            Fact::DutyBlocked(port) => {
                let port = self.port(port);
                let duty = self.machine.wants(port).duty.unwrap_or(Duty::Reap);
                self.fact(false, fact, |machine| machine.handle_done(port, duty, Done::Blocked));
            }
            Fact::Stray(port, duty) => self.stray(self.port(port), duty, fact),
            Fact::Event => self.event(),
            Fact::Settle => self.fact(false, fact, |_| {}),
            Fact::Call(verb) => self.call(verb),
        }
        self.machine.settle(&mut self.lender);
    }

    fn port(&self, port: u8) -> Port {
        Port::new(port % (self.machine.ports() + 1))
    }

    /// Lets a fact happen, which changes nothing unless it is wanted and the machine is not done.
    fn fact(&mut self, wanted: bool, what: impl Debug, happen: impl FnOnce(&mut M)) {
        let before = self.observe();
        happen(&mut self.machine);
        if !wanted || before.done {
            assert_eq!(before, self.observe(), "an unwanted fact changes nothing: {what:?}");
        }
    }

    fn pass(&mut self, now: Moment) {
        self.now = now;
        let done = self.machine.is_done();
        self.fact(!done, now, |machine| machine.handle_now(now));
    }

    fn go_back(&mut self, micros: u32) {
        let nanos = self.now.as_nanos().saturating_sub(u64::from(micros) * 1000);
        // An earlier moment is taken as the last one, at which something may be due.
        let due = self.machine.wake().is_some_and(|wake| wake.at <= self.now);
        self.fact(due, "back", |machine| machine.handle_now(Moment::from_nanos(nanos)));
    }

    /// Just before a wake-up nothing happens; at it something does, or something is looked at once more.
    fn wake(&mut self, wake: Wake) {
        if wake.at > self.now {
            self.now = Moment::from_nanos(wake.at.as_nanos() - 1);
            let early = self.now;
            self.fact(false, wake, |machine| machine.handle_now(early));
        }
        self.now = self.now.max(wake.at);
        let before = self.observe();
        self.machine.handle_now(self.now);
        let looks = before.wants.iter().any(|wants| wants.read || wants.duty.is_some());
        assert!(looks || before != self.observe(), "a wake-up is for something: {wake:?}");
    }

    fn read(&mut self, port: Port, n: usize) {
        let wanted = self.machine.wants(port).read && !self.machine.has_event();
        if !wanted {
            let unwanted = !self.machine.wants(port).read;
            if unwanted {
                self.fact(false, (port, n), |machine| machine.handle_read(port, n));
            }
            return;
        }
        let came = match self.machine.window(port, &mut self.lender) {
            Window::Slice(slice) => n.clamp(1, slice.len()),
            Window::Append { into, max } => {
                let came = n.clamp(1, max);
                into.resize(into.len() + came, 0);
                came
            }
            Window::Counted { max, .. } => n.clamp(1, max),
            window => panic!("an unknown window: {window:?}"),
        };
        self.machine.handle_read(port, came);
    }

    fn written(&mut self, port: Port, n: usize) {
        let most = len(&self.machine.pending(port, &mut self.lender));
        let wanted = self.machine.wants(port).write;
        let n = if wanted { n.clamp(1, most) } else { n };
        let is_last = wanted && self.machine.is_last(port);
        self.fact(wanted, (port, n), |machine| machine.handle_written(port, n));
        assert!(
            !is_last || self.goes_on_to_end(port),
            "what is last is followed by the end: {:?}",
            self.machine
        );
    }

    fn goes_on_to_end(&self, port: Port) -> bool {
        let wants = self.machine.wants(port);
        wants.write || matches!(wants.duty, Some(Duty::CloseWrite | Duty::Close | Duty::Reset))
    }

    fn failed(&mut self, port: Port, reading: bool, fact: &Fact) {
        let wants = self.machine.wants(port);
        let (side, wanted) = if reading { (Side::Read, wants.read) } else { (Side::Write, wants.write) };
        let fault = Fault::new(FaultKind::ConnectionReset, 104);
        self.fact(wanted, fact, |machine| machine.handle_failed(port, side, fault));
    }

    fn done(&mut self, port: Port, outcome: Result<u16, bool>, fact: &Fact) {
        let Some(duty) = self.machine.wants(port).duty else { return };
        let done = match (duty, outcome) {
            (Duty::Accept(most) | Duty::AcceptRest(most), Ok(n)) => Done::Ok(i32::from(n.min(most))),
            (_, Ok(n)) => Done::Ok(n.into()),
            (_, Err(true)) => Done::Failed(Fault::new(FaultKind::DescriptorLimit, 24)),
            (_, Err(false)) => Done::Failed(Fault::new(FaultKind::NoChild, 10)),
        };
        self.fact(true, fact, |machine| machine.handle_done(port, duty, done));
    }

    fn stray(&mut self, port: Port, duty: u8, fact: &Fact) {
        const STRAYS: [Duty; 10] = [
            Duty::Connect(7),
            Duty::Accept(9),
            Duty::AcceptRest(9),
            Duty::Signals(Target::Child, SignalSet::EMPTY.with(Signal::USR2)),
            Duty::Observe,
            Duty::ObserveStops,
            Duty::Reap,
            Duty::CloseWrite,
            Duty::Close,
            Duty::Reset,
        ];
        let duty = STRAYS[usize::from(duty) % STRAYS.len()];
        let wanted = self.machine.wants(port).duty == Some(duty);
        self.fact(wanted, fact, |machine| machine.handle_done(port, duty, Done::Ok(0)));
    }

    /// Whoever has touched a machine begins a turn before looking at it.
    fn event(&mut self) {
        assert_eq!(self.machine.has_event(), self.machine.take_event());
        self.machine.handle_now(self.now);
    }

    fn call(&mut self, verb: u8) {
        let before = self.observe();
        self.machine.call(verb);
        self.machine.handle_now(self.now);
        if before.done {
            let after = self.observe();
            assert_eq!((before.wants, before.wake), (after.wants, after.wake), "done is final");
        }
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
