//! Where copied bytes lie on their way out: [`Store`].

use alloc::boxed::Box;

/// A lent buffer that is filled from behind and emptied from the front.
pub(super) struct Store {
    buffer: Option<Box<[u8]>>,
    start: usize,
    end: usize,
}

impl Store {
    /// Without a buffer.
    pub(super) const EMPTY: Self = Self { buffer: None, start: 0, end: 0 };

    pub(super) fn has_buffer(&self) -> bool {
        self.buffer.is_some()
    }

    pub(super) fn give(&mut self, buffer: Box<[u8]>) -> Option<Box<[u8]>> {
        if self.has_buffer() {
            return Some(buffer);
        }
        self.buffer = Some(buffer);
        None
    }

    pub(super) fn take(&mut self) -> Option<Box<[u8]>> {
        self.buffer.take_if(|_| self.start == self.end)
    }

    /// Copies all of it, or nothing where there is not the room. Whether it did.
    #[inline]
    pub(super) fn append_whole(&mut self, bytes: &[u8]) -> bool {
        let room = self.buffer.as_mut().and_then(|buffer| buffer[self.end..].get_mut(..bytes.len()));
        let Some(room) = room else { return false };
        room.copy_from_slice(bytes);
        self.end += bytes.len();
        true
    }

    /// Copies as much as there is room for: how much.
    pub(super) fn append(&mut self, bytes: &[u8]) -> usize {
        let Some(buffer) = &mut self.buffer else { return 0 };
        let room = &mut buffer[self.end..];
        let n = bytes.len().min(room.len());
        room[..n].copy_from_slice(&bytes[..n]);
        self.end += n;
        n
    }

    /// `n` bytes, so many behind the first one.
    pub(super) fn slice(&self, at: usize, n: usize) -> &[u8] {
        self.buffer.as_ref().map_or(&[], |buffer| &buffer[self.start + at..][..n])
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.start += n;
        if self.start == self.end {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }
}
