//! Collected output under a limit: [`Capture`].

use alloc::vec::Vec;

use crate::Window;

/// Collects what is read, up to a limit.
///
/// One byte more than the limit is taken, since only that tells an output that just fits from one that does not.
///
/// ```
/// use standpipe_core::flow::Capture;
///
/// let mut capture = Capture::new(4);
/// assert_eq!(capture.window().room(), 5);
/// if let standpipe_core::Window::Append { into, .. } = capture.window() {
///     into.extend_from_slice(b"hello");
/// }
/// assert!(capture.is_over());
/// assert_eq!(capture.take(), b"hell"); // and reads on
/// capture.set_limit(100);
/// assert_eq!(capture.bytes(), b"o");
/// ```
#[derive(Debug)]
pub struct Capture {
    bytes: Vec<u8>,
    limit: usize,
}

/// How much is asked for at once: what a pipe that was made big holds.
const CHUNK: usize = 1 << 20;

impl Capture {
    /// Collects up to `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Where the next read goes.
    pub fn window(&mut self) -> Window<'_> {
        let max = self.limit.saturating_add(1).saturating_sub(self.bytes.len()).min(CHUNK);
        Window::Append { into: &mut self.bytes, max }
    }

    /// Whether there was more than the limit.
    pub fn is_over(&self) -> bool {
        self.bytes.len() > self.limit
    }

    /// Changes the limit. What was collected stays.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// What was collected, at most the limit.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.bytes.len().min(self.limit)]
    }

    /// Takes out what was collected, at most the limit. What is over it stays, so that no byte is lost between two calls.
    pub fn take(&mut self) -> Vec<u8> {
        let over = self.bytes.split_off(self.bytes.len().min(self.limit));
        let mut bytes = core::mem::replace(&mut self.bytes, over);
        bytes.shrink_to_fit();
        bytes
    }
}
