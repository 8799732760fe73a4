//! The two directions of a stream for two tasks: [`ReadHalf`], [`WriteHalf`].

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_lite::{AsyncBufRead, AsyncRead, AsyncWrite};

use crate::Stream;
use crate::line::{Reading, Writing};
use crate::stream::{async_read, async_write};

/// The half of a [`Stream`] that is read from.
#[derive(Debug)]
pub struct ReadHalf {
    reading: Reading,
    /// Whose half it is.
    of: Arc<()>,
}

/// The half of a [`Stream`] that is written to. Dropping it says nothing to the peer of a socket, as long as the other half
/// is there: [`WriteHalf::close_write`] does. Of a pipe for each direction it is the pipe's end, and so its close.
#[derive(Debug)]
pub struct WriteHalf {
    writing: Writing,
    of: Arc<()>,
}

impl Stream {
    /// Cuts it into halves for two tasks, which share no lock: the kernel serves both directions at once, and the reactor wakes
    /// the task of each.
    ///
    /// ```
    /// use smol::future::try_zip;
    /// use smol::io::{AsyncReadExt, AsyncWriteExt};
    /// use standpipe_smol::Stream;
    ///
    /// let (left, right) = std::os::unix::net::UnixStream::pair()?;
    /// let ((mut reader, _writer), (_reader, mut writer)) =
    ///     (Stream::try_from(left)?.split(), Stream::try_from(right)?.split());
    /// let mut came = Vec::new();
    /// let send = async {
    ///     writer.write_all(&[7; 1 << 20]).await?;
    ///     writer.close_write().await
    /// };
    /// smol::block_on(try_zip(send, reader.read_to_end(&mut came)))?;
    /// assert_eq!(came.len(), 1 << 20);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        let of = Arc::new(());
        (ReadHalf { reading: self.reading, of: of.clone() }, WriteHalf { writing: self.writing, of })
    }
}

impl ReadHalf {
    /// Puts the halves together again.
    ///
    /// # Errors
    /// They are of two connections, and come back.
    ///
    /// ```
    /// use standpipe_smol::Stream;
    ///
    /// let (left, right) = std::os::unix::net::UnixStream::pair()?;
    /// let ((reader, writer), (_, other)) = (Stream::try_from(left)?.split(), Stream::try_from(right)?.split());
    /// let (reader, _other) = *reader.join(other).unwrap_err();
    /// assert!(reader.join(writer).is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join(self, writer: WriteHalf) -> Result<Stream, Box<(Self, WriteHalf)>> {
        if !Arc::ptr_eq(&self.of, &writer.of) {
            return Err(Box::new((self, writer)));
        }
        Ok(Stream { reading: self.reading, writing: writer.writing })
    }
}

impl WriteHalf {
    /// Half-close, as [`Stream::close_write`].
    ///
    /// # Errors
    /// The peer is gone.
    pub async fn close_write(&mut self) -> io::Result<()> {
        poll_fn(|context| self.writing.poll_close(context)).await
    }
}

impl AsFd for ReadHalf {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reading.as_fd()
    }
}

async_read!(ReadHalf);
async_write!(WriteHalf);
