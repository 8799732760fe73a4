//! Buffers that are lent by move: [`Lend`], [`Loan`], [`Pool`].

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

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

impl<T: Lend + ?Sized> Lend for &mut T {
    fn take(&mut self) -> Box<[u8]> {
        (**self).take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        (**self).give(buffer);
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
