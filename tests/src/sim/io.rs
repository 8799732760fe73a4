//! The simulated driver's [`Io`]: ports that stand for simulated ends.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use standpipe_core::{
    Blocked, Done, Duty, Fault, FaultKind, Interest, Io, LENT_SIZE, Lend, Outcome, Pending, Port, Window,
};

use super::{Kernel, NoChild, Pid, Reader, Readiness, Socket, Writer};

/// What stands behind a port.
#[derive(Debug, Default)]
pub enum End {
    /// Nothing any more.
    #[default]
    Closed,
    /// A connection.
    Socket(Socket),
    /// The end of a pipe that is read.
    Reader(Reader),
    /// The end of a pipe that is written.
    Writer(Writer),
    /// A child's exit.
    Exit(Pid),
    /// A connection to be made: for each candidate the socket, or nobody who listens.
    Candidates(Vec<Option<Socket>>),
    /// A listening socket: connections that wait, and what becomes of one that is accepted.
    Listener(Listener),
}

/// A listening socket.
#[derive(Debug, Default)]
pub struct Listener {
    /// Connections that wait to be accepted.
    pub waiting: VecDeque<Socket>,
    /// Connections that were accepted and not taken yet.
    pub accepted: Vec<Socket>,
    /// How many more descriptors there are.
    pub descriptors: usize,
    /// How often accepting failed for want of a descriptor.
    pub failed: usize,
}

impl Listener {
    fn accept(&mut self, at_most: u16) -> Done {
        let n = usize::from(at_most).min(self.waiting.len()).min(self.descriptors);
        if n > 0 {
            self.descriptors -= n;
            self.accepted.extend(self.waiting.drain(..n));
            return Done::Ok(n as i32);
        }
        if self.waiting.is_empty() {
            return Done::Blocked;
        }
        self.failed += 1;
        Done::Failed(Fault::new(FaultKind::DescriptorLimit, 24))
    }
}

/// What a driver was asked for in one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Calls {
    /// How often it read.
    pub reads: usize,
    /// How often it wrote.
    pub writes: usize,
    /// How often it performed a duty.
    pub duties: usize,
    /// The largest number of lent buffers that were out at one time.
    pub lent: usize,
}

impl Calls {
    /// All operations.
    pub fn total(&self) -> usize {
        self.reads + self.writes + self.duties
    }
}

/// The driver's side of one machine.
#[derive(Debug)]
pub struct SimIo {
    ends: Vec<End>,
    /// What lies in each conduit that was ever filled.
    conduits: HashMap<Port, VecDeque<u8>>,
    kernel: Rc<RefCell<Kernel>>,
    readiness: Readiness,
    calls: Calls,
    lent: usize,
    /// Where the last turn's operations blocked: nothing else may be waited for.
    blocked: Blocked,
    /// Whether one of them did not.
    moved: bool,
}

impl SimIo {
    /// Ports that stand for these ends, in order.
    pub fn new(
        ends: impl IntoIterator<Item = End>,
        kernel: &Rc<RefCell<Kernel>>,
        readiness: Readiness,
    ) -> Self {
        Self {
            ends: ends.into_iter().collect(),
            conduits: HashMap::new(),
            kernel: kernel.clone(),
            readiness,
            calls: Calls::default(),
            lent: 0,
            blocked: Default::default(),
            moved: false,
        }
    }

    /// What was asked for so far.
    pub fn calls(&self) -> Calls {
        self.calls
    }

    /// How many lent buffers are out.
    pub fn lent(&self) -> usize {
        self.lent
    }

    /// The listening socket behind a port.
    pub fn listener(&mut self, port: Port) -> Option<&mut Listener> {
        match &mut self.ends[port.index()] {
            End::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    /// Puts these ends behind further ports.
    pub fn extend(&mut self, ends: impl IntoIterator<Item = End>) {
        self.ends.extend(ends);
    }

    /// Puts an end behind a port that has none.
    pub fn put(&mut self, port: Port, end: End) {
        self.ends[port.index()] = end;
    }

    /// How many ports are not closed.
    pub fn open(&self) -> usize {
        self.ends.iter().filter(|end| !matches!(end, End::Closed)).count()
    }

    /// Where the operations of the turn blocked, each duty at what it waits for.
    pub(super) fn take_blocked(&mut self) -> Blocked {
        std::mem::take(&mut self.blocked)
    }

    /// Whether something was withheld in the turn.
    pub(super) fn take_withheld(&mut self) -> bool {
        self.readiness.take_withheld()
    }

    /// Whether something has moved since the last call.
    pub(super) fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    fn read(&self, port: Port, into: &mut [u8]) -> Outcome {
        match &self.ends[port.index()] {
            End::Socket(socket) => socket.read(into),
            End::Reader(reader) => reader.read(into),
            _ => BAD_END,
        }
    }

    fn write(&self, port: Port, bytes: &[u8]) -> Outcome {
        match &self.ends[port.index()] {
            End::Socket(socket) => socket.write(bytes),
            End::Writer(writer) => writer.write(bytes),
            _ => BAD_END,
        }
    }

    /// Reads at most `granted` bytes into a conduit, which holds few and has to be empty.
    fn fill_conduit(&mut self, port: Port, conduit: Port, granted: usize) -> Outcome {
        let mut bytes = [0; CONDUIT];
        let outcome = self.read(port, &mut bytes[..granted.min(CONDUIT)]);
        let lying = self.conduits.entry(conduit).or_default();
        assert!(lying.is_empty(), "a conduit that is filled is empty");
        if let Outcome::Ready(n) = outcome {
            lying.extend(&bytes[..n]);
        }
        outcome
    }

    /// The bytes that a write may take: the first chunk of what is pending.
    fn first<'a>(&self, pending: Pending<'a>) -> Cow<'a, [u8]> {
        match pending {
            Pending::Slice(slice) => slice.into(),
            Pending::Queue(queue) => queue.chunks().next().unwrap_or_default().into(),
            Pending::Counted { conduit, len } => {
                let lying = self.conduits.get(&conduit).expect("it was filled");
                assert_eq!(lying.len(), len, "it is counted what lies there");
                lying.iter().copied().collect()
            }
            pending => panic!("an unknown form of pending bytes: {pending:?}"),
        }
    }

    fn connect(&mut self, port: Port, candidate: u16) -> Done {
        let End::Candidates(candidates) = &mut self.ends[port.index()] else { return BAD };
        match candidates.get_mut(usize::from(candidate)).and_then(Option::take) {
            Some(socket) => {
                self.ends[port.index()] = End::Socket(socket);
                Done::Ok(0)
            }
            None => Done::Failed(Fault::new(FaultKind::ConnectionRefused, 111)),
        }
    }

    fn child(
        &mut self,
        port: Port,
        look: impl FnOnce(&mut Kernel, Pid) -> Result<Option<i32>, NoChild>,
    ) -> Done {
        let End::Exit(pid) = self.ends[port.index()] else { return BAD };
        match look(&mut self.kernel.borrow_mut(), pid) {
            Ok(Some(status)) => Done::Ok(status),
            Ok(None) => Done::Blocked,
            Err(NoChild) => Done::Failed(Fault::new(FaultKind::NoChild, 10)),
        }
    }

    fn close_write(&mut self, port: Port) -> Done {
        match &mut self.ends[port.index()] {
            End::Socket(socket) => socket.half_close(),
            end => *end = End::Closed,
        }
        Done::Ok(0)
    }

    fn close(&mut self, port: Port, how: impl FnOnce(Socket)) -> Done {
        if let End::Socket(socket) = std::mem::take(&mut self.ends[port.index()]) {
            how(socket);
        }
        Done::Ok(0)
    }

    fn perform(&mut self, port: Port, duty: Duty) -> Done {
        match duty {
            Duty::Connect(candidate) => self.connect(port, candidate),
            Duty::Signals(target, signals) => self.child(port, |kernel, pid| {
                signals.iter().for_each(|signal| kernel.kill(pid, target, signal));
                Ok(Some(0))
            }),
            Duty::Accept(at_most) => self.listener(port).map_or(BAD, |listener| listener.accept(at_most)),
            Duty::AcceptRest(at_most) => match self.perform(port, Duty::Accept(at_most)) {
                Done::Blocked => Done::Ok(0),
                done => done,
            },
            Duty::Observe => self.child(port, |kernel, pid| kernel.observe(pid)),
            Duty::ObserveStops => self.child(port, Kernel::observe_stops),
            Duty::Reap => self.child(port, Kernel::reap),
            Duty::CloseWrite => self.close_write(port),
            Duty::Close => self.close(port, Socket::close),
            Duty::Reset => self.close(port, Socket::reset),
            duty => panic!("an unknown duty: {duty:?}"),
        }
    }
}

/// What a conduit holds.
const CONDUIT: usize = 4096;

const BAD: Done = Done::Failed(Fault::new(FaultKind::BadDescriptor, 9));
const BAD_END: Outcome = Outcome::Failed(Fault::new(FaultKind::BadDescriptor, 9));

impl Lend for SimIo {
    fn take(&mut self) -> Box<[u8]> {
        self.lent += 1;
        self.calls.lent = self.calls.lent.max(self.lent);
        vec![0xa5; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {
        self.lent -= 1;
    }
}

impl Io for SimIo {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        self.calls.reads += 1;
        assert!(window.room() > 0, "a wanted read has room");
        let outcome = match (self.readiness.grant(window.room()), window) {
            (0, _) => Outcome::Blocked,
            (granted, Window::Counted { conduit, .. }) => self.fill_conduit(port, conduit, granted),
            (granted, window) => fill(window, granted, |into| self.read(port, into)),
        };
        match outcome {
            Outcome::Blocked => self.blocked.read.insert(port),
            _ => self.moved = true,
        }
        outcome
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.calls.writes += 1;
        let bytes = self.first(pending);
        assert!(!bytes.is_empty(), "a wanted write has something to write");
        let outcome = match self.readiness.grant(bytes.len()) {
            0 => Outcome::Blocked,
            granted => self.write(port, &bytes[..granted]),
        };
        if let (Pending::Counted { conduit, .. }, Outcome::Ready(n)) = (pending, outcome) {
            self.conduits.get_mut(&conduit).expect("it was filled").drain(..n);
        }
        match outcome {
            Outcome::Blocked => self.blocked.write.insert(port),
            _ => self.moved = true,
        }
        outcome
    }

    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        self.calls.duties += 1;
        let done = if self.readiness.permits() { self.perform(port, duty) } else { Done::Blocked };
        match (done, duty.waits_for()) {
            (Done::Blocked, Interest::Read) => self.blocked.read.insert(port),
            (Done::Blocked, Interest::Write) => self.blocked.write.insert(port),
            (Done::Blocked, Interest::Urgent) => self.blocked.urgent.insert(port),
            _ => self.moved = true,
        }
        done
    }
}

/// Reads at most `granted` bytes into the window, by whichever form it has.
fn fill(window: Window<'_>, granted: usize, read: impl FnOnce(&mut [u8]) -> Outcome) -> Outcome {
    match window {
        Window::Slice(slice) => read(&mut slice[..granted]),
        Window::Append { into, .. } => {
            let before = into.len();
            into.resize(before + granted, 0);
            let outcome = read(&mut into[before..]);
            let came = if let Outcome::Ready(n) = outcome { n } else { 0 };
            into.truncate(before + came);
            outcome
        }
        window => panic!("an unknown window: {window:?}"),
    }
}
