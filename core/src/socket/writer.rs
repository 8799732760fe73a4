//! What is written to a socket in pieces, sent in bigger ones: [`BufferedWriter`].

use alloc::vec::Vec;

use super::Buffering;

/// The writing side of the original's `makefile` (SOC-80, SOC-85 to SOC-87): it keeps what is written until it is worth
/// sending, and until it is sent.
///
/// What is due is [`pending`](Self::pending); the driver sends from its front and says how much went. An error leaves
/// exactly what did not go (SOC-86). What has no room is not taken: the caller waits until some is sent.
///
/// ```
/// use standpipe_core::socket::{BufferedWriter, Buffering};
///
/// let mut writer = BufferedWriter::new(Buffering::Line);
/// assert_eq!(writer.write(b"no line")?, 7);
/// assert!(writer.pending().is_empty() && !writer.is_flushed());
/// writer.write(b" yet\nand on")?;
/// assert_eq!(writer.pending(), b"no line yet\nand on");
/// writer.handle_written(12);
/// assert_eq!((writer.pending(), writer.unsent()), (&b"and on"[..], &b"and on"[..]));
/// writer.close();
/// assert!(writer.write(b"more").is_err());
/// assert_eq!(writer.into_unsent(), b"and on");
/// # Ok::<(), standpipe_core::socket::WriteError>(())
/// ```
#[derive(Debug)]
pub struct BufferedWriter {
    buffer: Vec<u8>,
    /// Where what was not sent begins.
    start: usize,
    /// How many bytes from there on are due.
    due: usize,
    buffering: Buffering,
    limit: usize,
    closed: bool,
}

/// Why nothing can be written.
///
/// ```
/// use standpipe_core::socket::{BufferedWriter, WriteError};
///
/// let mut writer = BufferedWriter::default();
/// writer.close();
/// assert_eq!(writer.write(b"late"), Err(WriteError::Closed));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The writer was closed before.
    #[error("nothing can be written: the writer was closed")]
    Closed,
}

impl BufferedWriter {
    /// How many bytes may be kept by default: 256 KiB.
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::BufferedWriter::DEFAULT_LIMIT, 256 << 10);
    /// ```
    pub const DEFAULT_LIMIT: usize = 256 << 10;

    /// A writer that keeps bytes in this way.
    pub const fn new(buffering: Buffering) -> Self {
        let limit = Self::DEFAULT_LIMIT;
        Self { buffer: Vec::new(), start: 0, due: 0, buffering, limit, closed: false }
    }

    /// With this limit of bytes that are kept; one that is full is due, whatever the buffering.
    ///
    /// ```
    /// use standpipe_core::socket::BufferedWriter;
    ///
    /// let mut writer = BufferedWriter::default().with_limit(4);
    /// assert_eq!(writer.write(b"abcdef")?, 4);
    /// assert_eq!(writer.pending(), b"abcd");
    /// # Ok::<(), standpipe_core::socket::WriteError>(())
    /// ```
    #[must_use]
    pub const fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Takes bytes, and says how many: the rest has no room before something is sent.
    ///
    /// # Errors
    /// [`WriteError::Closed`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, WriteError> {
        if self.closed {
            return Err(WriteError::Closed);
        }
        let taken = bytes.len().min(self.limit.saturating_sub(self.unsent().len()));
        self.compact();
        self.buffer.extend_from_slice(&bytes[..taken]);
        let enough = match self.buffering {
            Buffering::Unbuffered => true,
            Buffering::Line => {
                bytes[..taken].contains(&b'\n') || self.unsent().len() >= self.buffering.size()
            }
            Buffering::Size(_) => self.unsent().len() >= self.buffering.size(),
        };
        if enough || self.unsent().len() >= self.limit {
            self.flush();
        }
        Ok(taken)
    }

    /// Takes several pieces in a row, and says how many bytes of them; stops at the first that is not taken whole.
    ///
    /// # Errors
    /// [`WriteError::Closed`].
    ///
    /// ```
    /// let mut writer = standpipe_core::socket::BufferedWriter::default();
    /// assert_eq!(writer.writelines([&b"a\n"[..], b"", b"b\n"])?, 4);
    /// # Ok::<(), standpipe_core::socket::WriteError>(())
    /// ```
    pub fn writelines<'a>(
        &mut self,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<usize, WriteError> {
        let mut all = 0;
        for piece in pieces {
            let taken = self.write(piece)?;
            all += taken;
            if taken < piece.len() {
                break;
            }
        }
        Ok(all)
    }

    /// Makes everything due.
    ///
    /// ```
    /// let mut writer = standpipe_core::socket::BufferedWriter::default();
    /// writer.write(b"prompt> ")?;
    /// writer.flush();
    /// assert_eq!(writer.pending(), b"prompt> ");
    /// # Ok::<(), standpipe_core::socket::WriteError>(())
    /// ```
    pub fn flush(&mut self) {
        self.due = self.unsent().len();
    }

    /// Makes everything due and takes no more (SOC-87). The socket is somebody else's.
    pub fn close(&mut self) {
        self.flush();
        self.closed = true;
    }

    /// What is to be sent now.
    pub fn pending(&self) -> &[u8] {
        &self.unsent()[..self.due]
    }

    /// A fact: the first `n` pending bytes were sent.
    ///
    /// # Panics
    /// When `n` exceeds what is pending.
    pub fn handle_written(&mut self, n: usize) {
        self.due = self.due.checked_sub(n).expect("no more can be sent than is due");
        self.start += n;
        self.compact();
    }

    /// Whether everything that was written is sent.
    pub fn is_flushed(&self) -> bool {
        self.unsent().is_empty()
    }

    /// What was written and is not sent.
    pub fn unsent(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Hands back what was written and is not sent.
    pub fn into_unsent(mut self) -> Vec<u8> {
        self.buffer.split_off(self.start)
    }

    /// Bytes move only when at least as many were sent, so that each moves a bounded number of times.
    fn compact(&mut self) {
        if self.start >= self.unsent().len() {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
    }
}

impl Default for BufferedWriter {
    fn default() -> Self {
        Self::new(Buffering::default())
    }
}
