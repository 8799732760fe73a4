//! A connection in memory for two machines: [`Link`], and each side's [`Wire`].

use std::collections::VecDeque;

use standpipe_core::{Done, Duty, Fault, FaultKind, Io, Lend, Outcome, Pending, Port, Window};

use super::Lender;
use crate::sim::Readiness;

const RESET: Fault = Fault::new(FaultKind::ConnectionReset, 104);
const GONE: Fault = Fault::new(FaultKind::BrokenPipe, 32);

/// What one side writes and the other reads.
#[derive(Debug, Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    /// How many of them, the last ones, do not arrive before something else does: more bytes, or the end.
    kept_back: usize,
    /// Nothing more will be written.
    ended: bool,
    /// Nothing more will be read.
    deserted: bool,
    urgent: Option<u8>,
    /// What is written does not arrive.
    silent: bool,
}

impl Pipe {
    /// How many bytes have arrived.
    fn arrived(&self) -> usize {
        self.bytes.len() - self.kept_back
    }

    fn end(&mut self) {
        self.ended = true;
        self.kept_back = 0;
    }
}

/// Both directions of a connection. `false` is the client, `true` the server.
#[derive(Debug)]
pub struct Link {
    pipes: [Pipe; 2],
    capacity: usize,
    reset: bool,
    closed: [bool; 2],
    gave_up: [bool; 2],
    written: [usize; 2],
    read: [usize; 2],
}

impl Link {
    /// A connection that holds so many bytes in each direction.
    pub fn new(capacity: usize) -> Self {
        let pipes = Default::default();
        let (closed, gave_up) = ([false; 2], [false; 2]);
        Self { pipes, capacity, reset: false, closed, gave_up, written: [0; 2], read: [0; 2] }
    }

    /// From now on it holds so many bytes in each direction; what is on its way stays.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    /// Whether this side would find something out by reading.
    pub fn is_readable(&self, side: bool) -> bool {
        let pipe = &self.pipes[usize::from(!side)];
        self.reset || !pipe.silent && (pipe.ended || pipe.arrived() > 0)
    }

    /// Whether this side would find something out by writing.
    pub fn is_writable(&self, side: bool) -> bool {
        let pipe = &self.pipes[usize::from(side)];
        self.reset || pipe.ended || pipe.deserted || pipe.bytes.len() < self.capacity
    }

    /// Whether it is broken.
    pub fn is_reset(&self) -> bool {
        self.reset
    }

    /// Whether nothing more of this side will come.
    pub fn has_ended(&self, side: bool) -> bool {
        self.pipes[usize::from(side)].ended
    }

    /// How many bytes this side has written.
    pub fn written(&self, side: bool) -> usize {
        self.written[usize::from(side)]
    }

    /// How many bytes this side has read.
    pub fn read(&self, side: bool) -> usize {
        self.read[usize::from(side)]
    }

    /// Puts a byte of urgent data where the other side can take it.
    pub fn send_urgent(&mut self, side: bool, byte: u8) {
        self.pipes[usize::from(side)].urgent = Some(byte);
    }

    /// Whether this side would find urgent data.
    pub fn is_urgent(&self, side: bool) -> bool {
        self.pipes[usize::from(!side)].urgent.is_some()
    }

    fn take_urgent(&mut self, side: bool) -> Done {
        self.pipes[usize::from(!side)].urgent.take().map_or(Done::Blocked, |byte| Done::Ok(byte.into()))
    }

    /// Breaks the connection for both.
    pub fn reset(&mut self) {
        self.reset = true;
    }

    /// Nothing more of this side arrives but the end.
    pub fn cut(&mut self, side: bool) {
        self.pipes[usize::from(side)].end();
    }

    /// Nothing more of this side arrives, nor its end.
    pub fn silence(&mut self, side: bool) {
        self.pipes[usize::from(side)].silent = true;
    }

    /// Puts bytes behind what this side has written, if it may still write.
    pub fn inject(&mut self, side: bool, bytes: &[u8]) {
        let pipe = &mut self.pipes[usize::from(side)];
        if !pipe.ended {
            pipe.bytes.extend(bytes);
            pipe.kept_back = 0;
        }
    }

    /// Whether this side has closed its end, as its machine's duty.
    pub fn is_closed(&self, side: bool) -> bool {
        self.closed[usize::from(side)]
    }

    /// Whether this side has ended it by a reset, as its machine's duty.
    pub fn has_given_up(&self, side: bool) -> bool {
        self.gave_up[usize::from(side)]
    }

    fn close(&mut self, side: bool) {
        self.closed[usize::from(side)] = true;
        self.pipes[usize::from(side)].end();
        self.pipes[usize::from(!side)].deserted = true;
    }
}

/// What one side can do with the connection, for a turn.
#[derive(Debug)]
pub struct Wire<'a> {
    /// The connection.
    pub link: &'a mut Link,
    /// Whose side it is.
    pub side: bool,
    /// How much goes through.
    pub ready: &'a mut Readiness,
    /// Where buffers come from.
    pub lender: &'a mut Lender,
}

impl Lend for Wire<'_> {
    fn take(&mut self) -> Box<[u8]> {
        self.lender.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.lender.give(buffer);
    }
}

impl Io for Wire<'_> {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        assert!(!self.link.is_closed(self.side), "a closed connection is left alone");
        let Window::Slice(window) = window else { panic!("a connection's window is a slice") };
        assert!(!window.is_empty(), "who wants to read has room");
        if self.link.reset {
            return Outcome::Failed(RESET);
        }
        let pipe = &mut self.link.pipes[usize::from(!self.side)];
        if pipe.silent {
            return Outcome::Blocked;
        }
        if pipe.bytes.is_empty() && pipe.ended {
            return Outcome::Eof;
        }
        let n = self.ready.grant(window.len().min(pipe.arrived()));
        window.iter_mut().zip(pipe.bytes.drain(..n)).for_each(|(to, from)| *to = from);
        self.link.read[usize::from(self.side)] += n;
        if n == 0 { Outcome::Blocked } else { Outcome::Ready(n) }
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        assert!(!self.link.is_closed(self.side), "a closed connection is left alone");
        let pending: Vec<u8> = match pending {
            Pending::Slice(slice) => slice.into(),
            Pending::Queue(queue) => queue.chunks().flatten().copied().collect(),
            pending => panic!("an unknown form of pending bytes: {pending:?}"),
        };
        let capacity = self.link.capacity;
        let pipe = &mut self.link.pipes[usize::from(self.side)];
        if pending.is_empty() {
            return Outcome::Blocked;
        }
        if self.link.reset {
            return Outcome::Failed(RESET);
        }
        if pipe.ended || pipe.deserted {
            return Outcome::Failed(GONE);
        }
        let n = self.ready.grant(pending.len().min(capacity.saturating_sub(pipe.bytes.len())));
        pipe.bytes.extend(&pending[..n]);
        pipe.kept_back = 0;
        self.link.written[usize::from(self.side)] += n;
        if n == 0 { Outcome::Blocked } else { Outcome::Ready(n) }
    }

    /// What is written is kept back unless there is no room for more: whoever says that the end follows, and does not end, is
    /// never heard.
    fn try_last_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        let outcome = self.try_write(port, pending);
        let capacity = self.link.capacity;
        let pipe = &mut self.link.pipes[usize::from(self.side)];
        if let Outcome::Ready(n) = outcome
            && pipe.bytes.len() < capacity
        {
            pipe.kept_back = n;
        }
        outcome
    }

    fn try_duty(&mut self, _: Port, duty: Duty) -> Done {
        assert!(!self.link.is_closed(self.side), "a closed connection is left alone");
        if !self.ready.permits() {
            return Done::Blocked;
        }
        match duty {
            Duty::Connect(_) if self.link.reset => return Done::Failed(RESET),
            Duty::Connect(_) => {}
            Duty::Urgent => return self.link.take_urgent(self.side),
            Duty::CloseWrite => self.link.cut(self.side),
            Duty::Close => self.link.close(self.side),
            Duty::Reset => {
                self.link.close(self.side);
                self.link.gave_up[usize::from(self.side)] = true;
                self.link.reset();
            }
            duty => panic!("{duty:?} is no duty of a connection"),
        }
        Done::Ok(0)
    }
}
