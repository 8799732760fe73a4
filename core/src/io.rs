//! What a driver can do without waiting: [`Io`], [`Lend`], and the shapes in which bytes are offered.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::flow::SendQueue;
use crate::{Duty, Fault, Port};

/// What became of one read or write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Outcome {
    /// This many bytes were moved.
    Ready(usize),
    /// The clean end of the input. Reads only.
    Eof,
    /// Nothing can be moved now.
    Blocked,
    /// It failed.
    Failed(Fault),
}

/// What became of one [`Duty`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Done {
    /// It is done; the duty's documentation says what the number is.
    Ok(i32),
    /// It cannot be done now.
    Blocked,
    /// It failed.
    Failed(Fault),
}

/// Where the next read goes.
///
/// Two forms, since what a machine collects for its caller must not be initialised first: a gigabyte of output would
/// be written twice.
#[derive(Debug)]
#[non_exhaustive]
pub enum Window<'a> {
    /// Into this slice.
    Slice(&'a mut [u8]),
    /// Behind the end of this vector, at most `max` bytes.
    Append {
        /// The vector that grows.
        into: &'a mut Vec<u8>,
        /// How many bytes it may grow by.
        max: usize,
    },
}

impl Window<'_> {
    /// No room.
    pub const NONE: Self = Self::Slice(&mut []);

    /// How many bytes may come.
    pub fn room(&self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Append { max, .. } => *max,
        }
    }
}

/// What the next write takes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Pending<'a> {
    /// This slice.
    Slice(&'a [u8]),
    /// The chunks of this queue, in one vectored write.
    Queue(&'a SendQueue),
}

impl Pending<'_> {
    /// Nothing.
    pub const NONE: Self = Self::Slice(&[]);
}

/// Lends buffers by move. A machine takes one before it reads and gives it back in
/// [`Machine::settle`](crate::Machine::settle), so that an idle connection owns none.
pub trait Lend {
    /// A buffer of [`LENT_SIZE`] bytes, its content arbitrary.
    fn take(&mut self) -> Box<[u8]>;
    /// Takes back what [`Lend::take`] gave.
    fn give(&mut self, buffer: Box<[u8]>);
}

/// The size of a lent buffer in bytes: head room of 16 KiB, and 128 KiB behind it.
pub const LENT_SIZE: usize = (16 + 128) << 10;

/// Part of a lent buffer, on its way: a machine's window to be read into, or bytes to be written, taken out so that the
/// machine is free meanwhile.
pub struct Loan {
    pub(crate) buffer: Box<[u8]>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Loan {
    /// A buffer in which nothing lies yet.
    pub(crate) fn empty(lend: &mut dyn Lend) -> Self {
        Self { buffer: lend.take(), start: 0, end: 0 }
    }

    /// The room, to be read into.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..self.end]
    }

    /// The bytes, to be written.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The first `n` bytes are written.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn skip(&mut self, n: usize) {
        assert!(n <= self.end - self.start, "no more can go than lies here");
        self.start += n;
    }

    /// Gives the buffer back to its lender. One that a layer has made for itself, for what had no room, is dropped.
    pub fn give_back(self, lend: &mut dyn Lend) {
        if self.buffer.len() == LENT_SIZE {
            lend.give(self.buffer);
        }
    }
}

/// Without the bytes, which are many and nobody's business.
impl core::fmt::Debug for Loan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Loan").field("start", &self.start).field("end", &self.end).finish_non_exhaustive()
    }
}

/// The few operations that [`advance`](crate::advance()) needs. None of them ever waits.
pub trait Io: Lend {
    /// Reads once from the port.
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome;
    /// Writes once to the port.
    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome;
    /// Performs the duty at the port.
    fn try_duty(&mut self, port: Port, duty: Duty) -> Done;
}

impl<T: Lend + ?Sized> Lend for &mut T {
    fn take(&mut self) -> Box<[u8]> {
        (**self).take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        (**self).give(buffer);
    }
}

impl<T: Io + ?Sized> Io for &mut T {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        (**self).try_read(port, window)
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        (**self).try_write(port, pending)
    }

    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        (**self).try_duty(port, duty)
    }
}

/// A lender that keeps up to a number of returned buffers for the next taker. It belongs to one thread.
///
/// ```
/// use standpipe_core::{LENT_SIZE, Lend, Pool};
///
/// let mut pool = Pool::default();
/// let buffer = pool.take();
/// assert_eq!(buffer.len(), LENT_SIZE);
/// pool.give(buffer);
/// assert_eq!(pool.idle(), 1);
/// ```
pub struct Pool {
    idle: Vec<Box<[u8]>>,
    keep: usize,
}

impl Pool {
    /// A pool that keeps at most `keep` buffers while nobody has them.
    pub const fn new(keep: usize) -> Self {
        Self { idle: Vec::new(), keep }
    }

    /// How many buffers lie here.
    pub fn idle(&self) -> usize {
        self.idle.len()
    }
}

impl Default for Pool {
    /// Keeps eight buffers: 1.1 MiB.
    fn default() -> Self {
        Self::new(8)
    }
}

impl Lend for Pool {
    fn take(&mut self) -> Box<[u8]> {
        self.idle.pop().unwrap_or_else(|| alloc::vec![0; LENT_SIZE].into_boxed_slice())
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        if self.idle.len() < self.keep && buffer.len() == LENT_SIZE {
            self.idle.push(buffer);
        }
    }
}

impl core::fmt::Debug for Pool {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pool").field("idle", &self.idle.len()).field("keep", &self.keep).finish()
    }
}
