//! Bounded pipes, and connections of two of them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use standpipe_core::{Fault, FaultKind, Outcome};

/// The capacity of a pipe on Linux.
pub const PIPE_CAPACITY: usize = 64 << 10;

#[derive(Debug)]
struct Shared {
    bytes: VecDeque<u8>,
    capacity: usize,
    readers: usize,
    writers: usize,
    reset: bool,
}

/// The end of a pipe that is read. A clone is a second descriptor for it; dropping one closes it.
#[derive(Debug)]
pub struct Reader(Rc<RefCell<Shared>>);

/// The end of a pipe that is written. A clone is a second descriptor for it; dropping one closes it.
#[derive(Debug)]
pub struct Writer(Rc<RefCell<Shared>>);

/// A pipe that holds at most `capacity` bytes.
pub fn pipe(capacity: usize) -> (Reader, Writer) {
    let shared = Shared { bytes: VecDeque::new(), capacity, readers: 1, writers: 1, reset: false };
    let shared = Rc::new(RefCell::new(shared));
    (Reader(shared.clone()), Writer(shared))
}

const RESET: Outcome = Outcome::Failed(Fault::new(FaultKind::ConnectionReset, 104));
const BROKEN: Outcome = Outcome::Failed(Fault::new(FaultKind::BrokenPipe, 32));

impl Reader {
    /// Reads at most what the slice holds. What had come before a reset is still there.
    pub fn read(&self, into: &mut [u8]) -> Outcome {
        let mut shared = self.0.borrow_mut();
        let n = into.len().min(shared.bytes.len());
        if n > 0 {
            into.iter_mut().zip(shared.bytes.drain(..n)).for_each(|(to, from)| *to = from);
            return Outcome::Ready(n);
        }
        match *shared {
            Shared { reset: true, .. } => RESET,
            Shared { writers: 0, .. } => Outcome::Eof,
            _ => Outcome::Blocked,
        }
    }

    /// How many bytes lie here.
    pub fn available(&self) -> usize {
        self.0.borrow().bytes.len()
    }

    /// Whether everything that will ever come has come and gone.
    pub fn is_at_end(&self) -> bool {
        let shared = self.0.borrow();
        shared.bytes.is_empty() && (shared.reset || shared.writers == 0)
    }

    fn reset(&self) {
        self.0.borrow_mut().reset = true;
    }
}

impl Writer {
    /// Writes as much as there is room for.
    pub fn write(&self, from: &[u8]) -> Outcome {
        let mut shared = self.0.borrow_mut();
        if shared.reset {
            return RESET;
        }
        if shared.readers == 0 {
            return BROKEN;
        }
        let n = from.len().min(shared.capacity - shared.bytes.len());
        shared.bytes.extend(&from[..n]);
        if n == 0 { Outcome::Blocked } else { Outcome::Ready(n) }
    }

    fn reset(&self) {
        self.0.borrow_mut().reset = true;
    }
}

impl Clone for Reader {
    fn clone(&self) -> Self {
        self.0.borrow_mut().readers += 1;
        Self(self.0.clone())
    }
}

impl Clone for Writer {
    fn clone(&self) -> Self {
        self.0.borrow_mut().writers += 1;
        Self(self.0.clone())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.borrow_mut().readers -= 1;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.borrow_mut().writers -= 1;
    }
}

/// One end of a connection. A clone is a second descriptor for it.
#[derive(Clone, Debug)]
pub struct Socket {
    reader: Reader,
    writer: Option<Writer>,
}

/// A connection that holds at most `capacity` bytes in each direction.
pub fn connection(capacity: usize) -> (Socket, Socket) {
    let (reader, far_writer) = pipe(capacity);
    let (far_reader, writer) = pipe(capacity);
    (Socket { reader, writer: Some(writer) }, Socket { reader: far_reader, writer: Some(far_writer) })
}

impl Socket {
    /// Reads.
    pub fn read(&self, into: &mut [u8]) -> Outcome {
        self.reader.read(into)
    }

    /// Writes. Where the peer has closed, that resets the connection.
    pub fn write(&self, from: &[u8]) -> Outcome {
        let Some(writer) = &self.writer else { return BROKEN };
        let outcome = writer.write(from);
        if outcome == BROKEN {
            self.reader.reset();
        }
        outcome
    }

    /// Sends no more.
    pub fn half_close(&mut self) {
        self.writer = None;
    }

    /// The two directions, each as the end of a pipe.
    pub fn split(self) -> (Reader, Option<Writer>) {
        (self.reader, self.writer)
    }

    /// Closes. As with TCP, the peer sees a reset if something that it sent was not read.
    pub fn close(self) {
        if self.reader.available() > 0 {
            self.reset();
        }
    }

    /// Closes so that the peer sees a reset.
    pub fn reset(self) {
        self.reader.reset();
        self.writer.iter().for_each(Writer::reset);
    }
}
