//! What a driver can do without waiting: [`Io`], [`Lend`], and the shapes in which bytes are offered.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use crate::flow::SendQueue;
use crate::{Duty, Fault, Port};

/// What became of one read or write.
///
/// ```
/// use standpipe_core::{Fault, FaultKind, Outcome};
///
/// /// What read(2) says, in our words.
/// fn outcome(result: isize, errno: i32) -> Outcome {
///     match (result, errno) {
///         (0, _) => Outcome::Eof,
///         (n @ 1.., _) => Outcome::Ready(n as usize),
///         (_, 11) => Outcome::Blocked, // EAGAIN
///         (_, errno) => Outcome::Failed(Fault::new(FaultKind::Other, errno)),
///     }
/// }
/// assert_eq!(outcome(5, 0), Outcome::Ready(5));
/// ```
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
///
/// ```
/// use standpipe_core::process::{Child, Exit};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut child = Child::new();
/// child.handle_done(Child::EXIT, Duty::Observe, Done::Blocked); // it runs, and stays to be observed
/// child.handle_done(Child::EXIT, Duty::Observe, Done::Ok(1 << 8)); // the number is a wait status
/// assert_eq!(child.exit(), Some(Exit::Code(1)));
/// ```
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
/// Forms, since what a machine collects for its caller must not be initialised first (a gigabyte of output would be written
/// twice), and what nobody looks at need not come out of the kernel.
///
/// ```
/// use standpipe_core::Window;
///
/// let mut buffer = [0; 4];
/// let mut bytes = vec![1, 2];
/// assert_eq!(Window::Slice(&mut buffer).room(), 4);
/// assert_eq!(Window::Append { into: &mut bytes, max: 10 }.room(), 10);
/// assert_eq!(Window::NONE.room(), 0);
/// ```
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
    /// Into the conduit behind this port, at most `max` bytes, which nobody looks at: a kernel pipe that splice(2) moves them to.
    /// It is empty.
    Counted {
        /// Which of the driver's conduits. No port of the machine has its number.
        conduit: Port,
        /// How many bytes may come.
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
            Self::Append { max, .. } | Self::Counted { max, .. } => *max,
        }
    }
}

/// What the next write takes.
///
/// ```
/// use standpipe_core::Pending;
///
/// /// How many bytes one write may take.
/// fn len(pending: Pending<'_>) -> usize {
///     match pending {
///         Pending::Slice(bytes) => bytes.len(),
///         Pending::Queue(queue) => queue.len(),
///         _ => 0,
///     }
/// }
/// assert_eq!((len(Pending::Slice(b"hello")), len(Pending::NONE)), (5, 0));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Pending<'a> {
    /// This slice.
    Slice(&'a [u8]),
    /// The chunks of this queue, in one vectored write.
    Queue(&'a SendQueue),
    /// What lies in the conduit behind this port, where a read has put it ([`Window::Counted`]).
    Counted {
        /// Which of the driver's conduits.
        conduit: Port,
        /// How many bytes lie there.
        len: usize,
    },
}

impl Pending<'_> {
    /// Nothing.
    pub const NONE: Self = Self::Slice(&[]);
}

/// Lends buffers by move. A machine takes one before it reads and gives it back in
/// [`Machine::settle`](crate::Machine::settle), so that an idle connection owns none.
///
/// ```
/// use standpipe_core::{LENT_SIZE, Lend};
///
/// /// Lends, and counts what is out.
/// struct Counting(usize);
///
/// impl Lend for Counting {
///     fn take(&mut self) -> Box<[u8]> {
///         self.0 += 1;
///         vec![0; LENT_SIZE].into()
///     }
///
///     fn give(&mut self, _: Box<[u8]>) {
///         self.0 -= 1;
///     }
/// }
/// let mut lender = Counting(0);
/// let buffer = lender.take();
/// lender.give(buffer);
/// assert_eq!(lender.0, 0);
/// ```
pub trait Lend {
    /// A buffer of [`LENT_SIZE`] bytes, its content arbitrary.
    fn take(&mut self) -> Box<[u8]>;
    /// Takes back what [`Lend::take`] gave.
    fn give(&mut self, buffer: Box<[u8]>);
}

/// The size of a lent buffer in bytes: head room of 16 KiB, and 128 KiB behind it.
///
/// ```
/// use standpipe_core::{LENT_SIZE, Lend, Pool};
///
/// assert_eq!(Pool::default().take().len(), LENT_SIZE);
/// assert_eq!(LENT_SIZE, 147_456);
/// ```
pub const LENT_SIZE: usize = (16 + 128) << 10;

/// Part of a lent buffer, on its way: a machine's window to be read into, or bytes to be written, taken out so that the
/// machine is free meanwhile.
///
/// ```
/// use standpipe_core::{Layer, Lend};
///
/// /// Writes what a layer has to say, without holding on to it.
/// fn write(layer: &mut dyn Layer, lend: &mut dyn Lend, sink: fn(&[u8]) -> usize) {
///     let Some(mut pending) = layer.take_pending() else { return };
///     let n = sink(pending.bytes());
///     pending.skip(n);
///     if pending.bytes().is_empty() {
///         pending.give_back(lend);
///     } else {
///         layer.give_pending(pending);
///     }
/// }
///
/// /// Reads into a layer likewise; its window may be lent for longer than this.
/// fn read(layer: &mut dyn Layer, lend: &mut dyn Lend, source: fn(&mut [u8]) -> usize) {
///     let mut window = layer.take_window(lend);
///     let n = source(window.room());
///     if let Some(spare) = layer.give_window(window, n) {
///         spare.give_back(lend);
///     }
/// }
/// # let _ = (write, read);
/// ```
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

    /// This part of a buffer, for whoever implements [`Layer`](crate::Layer).
    ///
    /// ```
    /// use standpipe_core::{Lend, Loan, Pool};
    ///
    /// let mut pool = Pool::default();
    /// let mut loan = Loan::new(pool.take(), 0..16);
    /// assert_eq!(loan.room().len(), 16);
    /// loan.skip(5);
    /// let (buffer, left) = loan.into_parts();
    /// assert_eq!(left, 5..16);
    /// pool.give(buffer);
    /// ```
    ///
    /// # Panics
    /// When the part does not lie in the buffer.
    pub fn new(buffer: Box<[u8]>, part: Range<usize>) -> Self {
        assert!(part.start <= part.end && part.end <= buffer.len(), "the part lies in the buffer");
        Self { buffer, start: part.start, end: part.end }
    }

    /// The buffer, and which part of it is left.
    ///
    /// ```
    /// # use standpipe_core::Loan;
    /// assert_eq!(Loan::new(vec![0; 8].into(), 2..8).into_parts().1, 2..8);
    /// ```
    pub fn into_parts(self) -> (Box<[u8]>, Range<usize>) {
        (self.buffer, self.start..self.end)
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
///
/// ```
/// use standpipe_core::{Done, Duty, Io, Lend, Outcome, Pending, Pool, Port, Window};
///
/// /// Where nothing ever happens.
/// struct Nowhere(Pool);
///
/// impl Lend for Nowhere {
///     fn take(&mut self) -> Box<[u8]> {
///         self.0.take()
///     }
///
///     fn give(&mut self, buffer: Box<[u8]>) {
///         self.0.give(buffer);
///     }
/// }
///
/// impl Io for Nowhere {
///     fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
///         Outcome::Blocked
///     }
///
///     fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
///         Outcome::Blocked
///     }
///
///     fn try_duty(&mut self, _: Port, _: Duty) -> Done {
///         Done::Blocked
///     }
/// }
/// # let _ = Nowhere(Pool::default()).try_duty(Port::new(0), Duty::Close);
/// ```
pub trait Io: Lend {
    /// Reads once from the port.
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome;
    /// Writes once to the port.
    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome;
    /// Performs the duty at the port.
    fn try_duty(&mut self, port: Port, duty: Duty) -> Done;

    /// Whether a read is worth trying: where it is known to block, no buffer need be lent for it. By default it always is.
    ///
    /// ```
    /// use standpipe_core::{Done, Duty, Io, Lend, Outcome, Pending, Pool, Port, Window};
    ///
    /// /// Knows from its last wait whether there is something to read.
    /// struct Remembering(Pool, bool);
    ///
    /// impl Lend for Remembering {
    ///     fn take(&mut self) -> Box<[u8]> {
    ///         self.0.take()
    ///     }
    ///     fn give(&mut self, buffer: Box<[u8]>) {
    ///         self.0.give(buffer);
    ///     }
    /// }
    ///
    /// impl Io for Remembering {
    ///     fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
    ///         Outcome::Blocked
    ///     }
    ///     fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
    ///         Outcome::Blocked
    ///     }
    ///     fn try_duty(&mut self, _: Port, _: Duty) -> Done {
    ///         Done::Blocked
    ///     }
    ///     fn may_read(&self, _: Port) -> bool {
    ///         self.1
    ///     }
    /// }
    /// assert!(!Remembering(Pool::default(), false).may_read(Port::new(0)));
    /// ```
    fn may_read(&self, port: Port) -> bool {
        let _ = port;
        true
    }
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

    fn may_read(&self, port: Port) -> bool {
        (**self).may_read(port)
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
    ///
    /// ```
    /// use standpipe_core::{Lend, Pool};
    ///
    /// let mut pool = Pool::new(0); // keeps none
    /// let buffer = pool.take();
    /// pool.give(buffer);
    /// assert_eq!(pool.idle(), 0);
    /// ```
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
