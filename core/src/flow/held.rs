//! Bytes in flight in one lent buffer: [`Held`].

use alloc::boxed::Box;

use crate::Lend;

/// Bytes in flight, in one lent buffer that is owned only while bytes lie in it.
///
/// ```
/// use standpipe_core::{Pool, flow::Held};
///
/// let mut pool = Pool::default();
/// let mut held = Held::default();
/// held.window(&mut pool)[..2].copy_from_slice(b"hi");
/// held.filled(2);
/// assert!(held.has_room()); // behind what lies here
/// assert_eq!(held.bytes(), b"hi");
/// held.drained(2);
/// held.clear(); // in the place of draining, where nobody wants the rest
/// held.settle(&mut pool);
/// assert_eq!(pool.idle(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Held {
    buffer: Option<Box<[u8]>>,
    /// The bytes are `start..end`; `start <= end <= buffer length`.
    start: usize,
    end: usize,
}

impl Held {
    /// Whether a read has room: always while empty, else behind what lies here.
    pub fn has_room(&self) -> bool {
        self.start == self.end || self.buffer.as_ref().is_some_and(|buffer| self.end < buffer.len())
    }

    /// Where the next read goes. Takes a buffer where there is none.
    pub fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let end = self.end;
        &mut self.buffer.get_or_insert_with(|| lend.take())[end..]
    }

    /// How many bytes a buffer that was taken has room for.
    pub(crate) fn room(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.len() - self.end)
    }

    /// `n` bytes were read into the window.
    ///
    /// # Panics
    /// When `n` exceeds the window.
    pub fn filled(&mut self, n: usize) {
        assert!(n <= self.room(), "no more can come than the window has room for");
        self.end += n;
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.as_ref().map_or(&[], |buffer| &buffer[self.start..self.end])
    }

    /// The first `n` bytes are gone.
    ///
    /// # Panics
    /// When `n` exceeds what lies here.
    pub fn drained(&mut self, n: usize) {
        assert!(n <= self.end - self.start, "no more can go than lies here");
        self.start += n;
    }

    /// Forgets all bytes.
    pub fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Gives the buffer back if nothing lies in it.
    pub fn settle(&mut self, lend: &mut dyn Lend) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.buffer.take().into_iter().for_each(|buffer| lend.give(buffer));
        }
    }
}
