//! A peer that does as it is told, and a machine that talks to it: [`Peer`], [`Talk`].

use std::collections::VecDeque;
use std::time::Duration;

use standpipe_core::{
    BUDGET, Done, Duty, Fault, FaultKind, Io, Lend, Machine, Moment, Outcome, Pending, Pool, Port, Progress,
    Window, advance,
};

pub(crate) const REFUSED: Fault = Fault::new(FaultKind::ConnectionRefused, 111);
pub(crate) const RESET: Fault = Fault::new(FaultKind::ConnectionReset, 104);
pub(crate) const GONE: Fault = Fault::new(FaultKind::BrokenPipe, 32);

/// What reading comes to next.
enum Said {
    Bytes(Vec<u8>),
    Outcome(Outcome),
}

/// Whoever is at the other end, and what the kernel says of it.
pub(crate) struct Peer {
    says: VecDeque<Said>,
    /// How many more bytes it takes.
    pub(crate) takes: usize,
    /// What every write comes to.
    pub(crate) write_fault: Option<Fault>,
    /// What connecting comes to.
    pub(crate) connects: Done,
    pub(crate) urgent: VecDeque<u8>,
    /// What it was sent.
    pub(crate) heard: Vec<u8>,
    /// What was done to the connection, one after the other.
    pub(crate) duties: Vec<Duty>,
    pub(crate) reads: usize,
    pool: Pool,
    lent: usize,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            says: VecDeque::new(),
            takes: usize::MAX,
            write_fault: None,
            connects: Done::Ok(0),
            urgent: VecDeque::new(),
            heard: Vec::new(),
            duties: Vec::new(),
            reads: 0,
            pool: Pool::default(),
            lent: 0,
        }
    }
}

impl Peer {
    /// These bytes come, in a read of their own.
    pub(crate) fn says(&mut self, bytes: impl AsRef<[u8]>) {
        self.says.push_back(Said::Bytes(bytes.as_ref().to_vec()));
    }

    /// Then nothing more.
    pub(crate) fn ends(&mut self) {
        self.says.push_back(Said::Outcome(Outcome::Eof));
    }

    /// Then reading fails.
    pub(crate) fn breaks(&mut self, fault: Fault) {
        self.says.push_back(Said::Outcome(Outcome::Failed(fault)));
    }

    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// How many buffers have not come back.
    pub(crate) fn lent(&self) -> usize {
        self.lent
    }
}

impl Lend for Peer {
    fn take(&mut self) -> Box<[u8]> {
        self.lent += 1;
        self.pool.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.lent -= 1;
        self.pool.give(buffer);
    }
}

impl Io for Peer {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        let Window::Slice(window) = window else { panic!("a connection's window is a slice") };
        match self.says.pop_front() {
            None => Outcome::Blocked,
            Some(Said::Outcome(outcome)) => {
                self.says.push_front(Said::Outcome(outcome));
                outcome
            }
            Some(Said::Bytes(bytes)) => {
                window[..bytes.len()].copy_from_slice(&bytes);
                self.reads += 1;
                Outcome::Ready(bytes.len())
            }
        }
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        if let Some(fault) = self.write_fault {
            return Outcome::Failed(fault);
        }
        let bytes = match pending {
            Pending::Slice(slice) => slice.to_vec(),
            Pending::Queue(queue) => queue.chunks().flatten().copied().collect(),
            pending => panic!("an unknown form of pending bytes: {pending:?}"),
        };
        let n = bytes.len().min(self.takes);
        self.takes -= n;
        self.heard.extend(&bytes[..n]);
        if n == 0 { Outcome::Blocked } else { Outcome::Ready(n) }
    }

    fn try_duty(&mut self, _: Port, duty: Duty) -> Done {
        let done = match duty {
            Duty::Connect(_) => self.connects,
            Duty::Urgent => self.urgent.pop_front().map_or(Done::Blocked, |byte| Done::Ok(byte.into())),
            _ => Done::Ok(0),
        };
        if done != Done::Blocked {
            self.duties.push(duty);
        }
        done
    }
}

/// A machine and its peer.
pub(crate) struct Talk<M> {
    pub(crate) machine: M,
    pub(crate) peer: Peer,
    now: Moment,
}

impl<M: Machine> Talk<M> {
    pub(crate) fn new(machine: M) -> Self {
        Self { machine, peer: Peer::default(), now: Moment::ORIGIN }
    }

    /// The same with another machine, made of this one.
    pub(crate) fn over<N>(self, make: impl FnOnce(M) -> N) -> Talk<N> {
        Talk { machine: make(self.machine), peer: self.peer, now: self.now }
    }

    /// Goes on as far as it goes without an event.
    pub(crate) fn run(&mut self) -> Progress {
        loop {
            match advance(&mut self.machine, &mut self.peer, self.now, BUDGET) {
                Progress::Budget => {}
                progress => return progress,
            }
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    /// What it waits for, and for how long from now.
    pub(crate) fn wake(&self) -> Option<(standpipe_core::Timer, Duration)> {
        self.machine.wake().map(|wake| (wake.why, wake.at.since(self.now)))
    }
}
