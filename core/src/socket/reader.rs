//! Lines and counted pieces of what a socket gives: [`BufferedReader`].

use alloc::vec::Vec;

use super::Buffering;
use crate::Window;

/// The reading side of the original's `makefile` (SOC-80 to SOC-84), over bytes that a driver brings.
///
/// Each method takes what it was asked for, or says [`Taken::Wait`] and takes nothing: then one read goes into
/// [`window`](Self::window), and the same is asked again. So a time-out or a signal in between loses nothing
/// (SOC-T3), and what was read ahead can be seen, and handed back (SOC-T4). N bytes cost O(N), however they come and are
/// taken.
///
/// ```
/// use standpipe_core::socket::{BufferedReader, Taken};
///
/// let mut reader = BufferedReader::default();
/// assert_eq!(reader.feed(b"part"), 4);
/// assert_eq!(reader.readline(None)?, Taken::Wait); // a time-out here loses nothing
/// reader.feed(b"ial\nnext");
/// assert_eq!(reader.readline(None)?, Taken::Bytes(b"partial\n"));
/// assert_eq!(reader.read(2)?, Taken::Bytes(b"ne"));
/// assert_eq!(reader.buffered(), b"xt");
/// reader.handle_eof();
/// assert_eq!(reader.read_to_end()?, Taken::Bytes(b"xt"));
/// assert_eq!(reader.readline(None)?, Taken::End);
/// assert!(reader.is_at_end());
/// # Ok::<(), standpipe_core::socket::ReadError>(())
/// ```
#[derive(Debug)]
pub struct BufferedReader {
    buffer: Vec<u8>,
    /// Where what was not taken begins.
    start: usize,
    /// How many of the bytes from there on are known to end no line.
    searched: usize,
    buffering: Buffering,
    limit: usize,
    wanted: usize,
    ended: bool,
}

/// What a [`BufferedReader`] has taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Taken<'a> {
    /// What was asked for; less only at the end. Empty only where nothing was asked for.
    Bytes(&'a [u8]),
    /// The input has ended and everything was taken.
    End,
    /// There is not enough yet, and nothing was taken.
    Wait,
}

/// Why nothing can be taken. What was read stays.
///
/// ```
/// use standpipe_core::socket::{BufferedReader, Buffering, ReadError};
///
/// let mut reader = BufferedReader::new(Buffering::default()).with_limit(4);
/// assert_eq!(reader.feed(b"abcdef"), 4);
/// assert_eq!(reader.readline(None), Err(ReadError::OverLimit { limit: 4 }));
/// assert_eq!(reader.buffered(), b"abcd");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// What was asked for is longer than what may be kept.
    #[error("more than {limit} bytes would have to be kept: ask for less at once, or set a higher limit")]
    OverLimit {
        /// The limit in bytes.
        limit: usize,
    },
}

impl BufferedReader {
    /// How many bytes may be kept by default: 1 MiB.
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::BufferedReader::DEFAULT_LIMIT, 1 << 20);
    /// ```
    pub const DEFAULT_LIMIT: usize = 1 << 20;

    /// A reader that keeps bytes in this way.
    pub const fn new(buffering: Buffering) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            buffering,
            limit: Self::DEFAULT_LIMIT,
            wanted: buffering.size(),
            ended: false,
        }
    }

    /// With this limit of bytes that are kept.
    #[must_use]
    pub const fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Where the next read goes. Without buffering it has no more room than what was asked for last, so that nothing is
    /// read ahead.
    ///
    /// ```
    /// use standpipe_core::socket::{BufferedReader, Buffering, Taken};
    ///
    /// let mut reader = BufferedReader::new(Buffering::Unbuffered);
    /// assert_eq!(reader.read(5)?, Taken::Wait);
    /// assert_eq!(reader.window().room(), 5);
    /// assert_eq!(reader.readline(None)?, Taken::Wait);
    /// assert_eq!(reader.window().room(), 1);
    /// # Ok::<(), standpipe_core::socket::ReadError>(())
    /// ```
    pub fn window(&mut self) -> Window<'_> {
        let max = self.wanted.min(self.room());
        if max == 0 {
            return Window::NONE;
        }
        self.compact();
        Window::Append { into: &mut self.buffer, max }
    }

    /// Appends bytes that were read elsewhere. How many of them are taken: the rest would be over the limit.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.room());
        self.compact();
        self.buffer.extend_from_slice(&bytes[..taken]);
        taken
    }

    /// A fact: the input has ended.
    pub fn handle_eof(&mut self) {
        self.ended = true;
    }

    /// Exactly `size` bytes, or at the end what is left (SOC-82).
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(&mut self, size: usize) -> Result<Taken<'_>, ReadError> {
        let here = self.buffered().len();
        if here >= size || self.ended {
            return Ok(self.take(size.min(here), size));
        }
        self.wait_for(size - here, size)
    }

    /// Everything up to the end (SOC-82).
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read_to_end(&mut self) -> Result<Taken<'_>, ReadError> {
        let here = self.buffered().len();
        if self.ended {
            return Ok(self.take(here, usize::MAX));
        }
        self.wait_for(self.buffering.size().max(Buffering::DEFAULT_SIZE), here.saturating_add(1))
    }

    /// A line with the LF that ends it, or `size` bytes of it, or at the end what is left (SOC-83).
    ///
    /// # Errors
    /// [`ReadError`] when the line is longer than the limit; with a `size` it can be taken in pieces.
    pub fn readline(&mut self, size: Option<usize>) -> Result<Taken<'_>, ReadError> {
        let here = self.buffered().len();
        let most = size.unwrap_or(usize::MAX);
        let reach = here.min(most);
        let unseen = self.buffered().get(self.searched..reach).unwrap_or_default();
        if let Some(index) = unseen.iter().position(|byte| *byte == b'\n') {
            return Ok(self.take(self.searched + index + 1, most));
        }
        if here >= most || self.ended {
            return Ok(self.take(reach, most));
        }
        self.searched = here;
        self.wait_for(self.buffering.size(), here + 1)
    }

    /// Lines up to the end, or up to the one that reaches the hint (SOC-84); they gather in `lines` from call to call.
    /// Whether that is all; else one read is to be made and the same asked again.
    ///
    /// # Errors
    /// [`ReadError`]; what was gathered stays.
    ///
    /// ```
    /// use standpipe_core::socket::{BufferedReader, Lines};
    ///
    /// let mut reader = BufferedReader::default();
    /// let mut lines = Lines::up_to(4);
    /// reader.feed(b"a\nb");
    /// assert!(!reader.readlines(&mut lines)?);
    /// reader.feed(b"\nc\n");
    /// assert!(reader.readlines(&mut lines)?);
    /// assert_eq!(lines.into_lines(), [b"a\n", b"b\n"]);
    /// # Ok::<(), standpipe_core::socket::ReadError>(())
    /// ```
    pub fn readlines(&mut self, lines: &mut Lines) -> Result<bool, ReadError> {
        while !lines.is_full() {
            match self.readline(None)? {
                Taken::Bytes(line) => lines.push(line),
                Taken::End => return Ok(true),
                Taken::Wait => return Ok(false),
            }
        }
        if lines.hinted { Ok(true) } else { Err(ReadError::OverLimit { limit: lines.most }) }
    }

    /// What was read and not taken.
    pub fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Hands back what was read and not taken, for whoever reads the socket next.
    ///
    /// ```
    /// let mut reader = standpipe_core::socket::BufferedReader::default();
    /// reader.feed(b"ahead");
    /// assert_eq!(reader.into_buffered(), b"ahead");
    /// ```
    pub fn into_buffered(mut self) -> Vec<u8> {
        self.buffer.split_off(self.start)
    }

    /// Whether the input has ended and everything was taken.
    pub fn is_at_end(&self) -> bool {
        self.ended && self.buffered().is_empty()
    }

    fn room(&self) -> usize {
        if self.ended { 0 } else { self.limit.saturating_sub(self.buffered().len()) }
    }

    /// Waits for so many bytes, after which there would be `all`.
    fn wait_for(&mut self, wanted: usize, all: usize) -> Result<Taken<'_>, ReadError> {
        if all > self.limit {
            return Err(ReadError::OverLimit { limit: self.limit });
        }
        self.wanted = wanted;
        Ok(Taken::Wait)
    }

    fn take(&mut self, n: usize, asked: usize) -> Taken<'_> {
        if n == 0 && asked > 0 {
            return Taken::End;
        }
        let from = self.start;
        self.start += n;
        self.searched = self.searched.saturating_sub(n);
        Taken::Bytes(&self.buffer[from..self.start])
    }

    /// Bytes move only when at least as many were taken, so that each moves a bounded number of times.
    fn compact(&mut self) {
        if self.start >= self.buffered().len() {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
    }
}

impl Default for BufferedReader {
    fn default() -> Self {
        Self::new(Buffering::default())
    }
}

/// Lines as they gather in [`BufferedReader::readlines`].
///
/// ```
/// use standpipe_core::socket::Lines;
///
/// assert!(Lines::to_end(1 << 20).into_lines().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Lines {
    lines: Vec<Vec<u8>>,
    bytes: usize,
    most: usize,
    hinted: bool,
}

impl Lines {
    /// Lines up to the one with which there are at least so many bytes.
    pub const fn up_to(hint: usize) -> Self {
        Self { lines: Vec::new(), bytes: 0, most: hint, hinted: true }
    }

    /// Lines up to the end of the input, which is an error when they have more than `limit` bytes.
    pub const fn to_end(limit: usize) -> Self {
        Self { lines: Vec::new(), bytes: 0, most: limit.saturating_add(1), hinted: false }
    }

    /// What has gathered.
    pub fn into_lines(self) -> Vec<Vec<u8>> {
        self.lines
    }

    fn is_full(&self) -> bool {
        self.bytes >= self.most
    }

    fn push(&mut self, line: &[u8]) {
        self.bytes += line.len();
        self.lines.push(line.into());
    }
}
