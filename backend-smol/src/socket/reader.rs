//! The reading side of a file over a socket: [`SocketReader`].

use std::borrow::Borrow;

use standpipe_core::Side;
use standpipe_core::socket::{BufferedReader, Buffering, Lines, Operation, ReadError};
use standpipe_sys::socket::Asked;
use standpipe_sys::socket::error::FileError;

use super::Socket;
use super::waiting::Waiting;

/// Lines and counted pieces of what a socket gives (SOC-80 to SOC-84), over core's [`BufferedReader`]. Each call has one
/// deadline by the socket's mode, and one that fails, or whose future is dropped, has taken nothing: the piece of a line that
/// had come is there when it is asked again (SOC-T3).
///
/// It borrows the socket or owns it, as it is made: a reader that is forgotten keeps no connection open unasked (SOC-T9).
///
/// ```
/// use std::time::Duration;
/// use standpipe_smol::socket::{Family, TimeoutMode, constants::SOCK_STREAM, socket_pair};
///
/// let (left, mut right) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
/// right.set_timeout(TimeoutMode::Timed(Duration::from_millis(1)));
/// let mut reader = right.reader();
/// smol::block_on(async {
///     left.send_all(b"part").await?;
///     assert!(reader.readline(None).await.is_err()); // timed out
///     left.send_all(b"ial\nahead").await?;
///     assert_eq!(reader.readline(None).await?.as_deref(), Some(&b"partial\n"[..]));
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// assert_eq!(reader.into_buffered(), b"ahead");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SocketReader<S> {
    socket: S,
    reader: BufferedReader,
}

impl Socket {
    /// A file to read from, which keeps bytes in the usual way. For another one: [`SocketReader::new`].
    pub fn reader(&self) -> SocketReader<&Self> {
        SocketReader::new(self, BufferedReader::new(Buffering::default()))
    }
}

impl<S: Borrow<Socket>> SocketReader<S> {
    /// Reads from this socket, keeping bytes as this reader does: its buffering and its limit.
    pub const fn new(socket: S, reader: BufferedReader) -> Self {
        Self { socket, reader }
    }

    /// The socket.
    pub fn socket(&self) -> &Socket {
        self.socket.borrow()
    }

    /// Exactly `size` bytes, or at the end what is left.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn read(&mut self, size: usize) -> Result<Vec<u8>, FileError> {
        self.until(|reader| reader.read(size).map(Asked::from)).await.map(Option::unwrap_or_default)
    }

    /// Everything up to the end.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn read_to_end(&mut self) -> Result<Vec<u8>, FileError> {
        self.until(|reader| reader.read_to_end().map(Asked::from)).await.map(Option::unwrap_or_default)
    }

    /// A line with the LF that ends it, or `size` bytes of it, or at the end what is left; `None` after that.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn readline(&mut self, size: Option<usize>) -> Result<Option<Vec<u8>>, FileError> {
        self.until(|reader| reader.readline(size).map(Asked::from)).await
    }

    /// Lines, which gather in `lines` up to what that says; those of a call that fails stay there for the next.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn readlines(&mut self, lines: &mut Lines) -> Result<(), FileError> {
        self.until(|reader| Asked::lines(reader, lines)).await.map(drop)
    }

    /// What was read and not taken.
    pub fn buffered(&self) -> &[u8] {
        self.reader.buffered()
    }

    /// Hands back what was read and not taken, for whoever reads the socket next (SOC-T4).
    pub fn into_buffered(self) -> Vec<u8> {
        self.reader.into_buffered()
    }

    /// Reads, until what was asked for is there.
    async fn until(
        &mut self,
        mut ask: impl FnMut(&mut BufferedReader) -> Result<Asked, ReadError>,
    ) -> Result<Option<Vec<u8>>, FileError> {
        let socket = self.socket.borrow();
        let waiting = Waiting::begin(socket, Operation::Receive);
        loop {
            match ask(&mut self.reader)? {
                Asked::Done(bytes) => return Ok(bytes),
                Asked::Wait => waiting.attempt(Side::Read, 0, || socket.try_fill(&mut self.reader)).await?,
            }
        }
    }
}
