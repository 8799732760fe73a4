//! Connections and pipe ends in futures-io's habits: [`Stream`].

use std::future::poll_fn;
use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_lite::{AsyncBufRead, AsyncRead, AsyncWrite};
use standpipe_sys::socket::Endpoint;

use crate::line::{Reading, Writing, apart, together};

/// A connection, one end of a pipe, or a pipe for each direction, such as to a child. Writing to a peer that is gone is an error and never SIGPIPE.
///
/// Dropping a read or a write at its await loses nothing: bytes are moved only by a poll that returns them. What is read ahead
/// by [`AsyncBufRead`] lies in a buffer that is lent for only as long as there are any bytes: reads take them first, and an
/// idle stream has none.
///
/// A task that is always ready yields all the same: after 256 KiB or 128 operations in one direction without a wait, the next
/// one is pending once, and its task is woken at once.
///
/// ```
/// use smol::io::{AsyncReadExt, AsyncWriteExt};
/// use standpipe_smol::{Listener, connect};
///
/// smol::block_on(async {
///     let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
///     let mut client = connect(&listener.local().to_string().parse()?).await?;
///     let (mut server, _) = listener.accept().await?;
///     client.write_all(b"hello").await?;
///     client.close().await?; // half-close: the server may still answer
///     let mut text = String::new();
///     server.read_to_string(&mut text).await?;
///     assert_eq!(text, "hello");
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Stream {
    pub(crate) reading: Reading,
    pub(crate) writing: Writing,
}

impl Stream {
    /// Takes over what a machine had.
    ///
    /// # Errors
    /// The reactor cannot watch it: the descriptor limit, or something that never blocks, such as a regular file.
    pub fn new(inner: standpipe_sys::Stream) -> io::Result<Self> {
        let (reading, writing) = apart(inner)?;
        Ok(Self { reading, writing })
    }

    /// One end of a pipe, which is made non-blocking; the other end stays as it is.
    ///
    /// # Errors
    /// As [`Stream::new`].
    ///
    /// ```
    /// use std::io::Write;
    /// use smol::io::AsyncReadExt;
    /// use standpipe_smol::Stream;
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// writer.write_all(b"hello")?;
    /// let mut bytes = [0; 5];
    /// smol::block_on(Stream::pipe(reader)?.read_exact(&mut bytes))?;
    /// assert_eq!(&bytes, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pipe(end: impl Into<OwnedFd>) -> io::Result<Self> {
        Self::new(standpipe_sys::Stream::pipe(end.into())?)
    }

    /// Whatever a descriptor stands for: a pipe, a FIFO, a terminal, a socket. The flags that others share with it are left alone.
    ///
    /// # Errors
    /// As [`Stream::new`].
    ///
    /// ```
    /// use smol::io::AsyncReadExt;
    /// use standpipe_smol::Stream;
    ///
    /// let (reader, writer) = std::io::pipe()?;
    /// drop(writer);
    /// assert_eq!(smol::block_on(Stream::from_fd(reader)?.read(&mut [0; 5]))?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_fd(fd: impl Into<OwnedFd>) -> io::Result<Self> {
        Self::new(standpipe_sys::Stream::from_fd(fd.into())?)
    }

    /// Two one-way streams as one connection, such as a child's output and input: what is read comes from the first, what
    /// is written goes to the second, which a half-close closes.
    ///
    /// ```
    /// use smol::io::{AsyncReadExt, AsyncWriteExt};
    /// use standpipe_smol::Stream;
    ///
    /// let ((our_reader, their_writer), (their_reader, our_writer)) = (std::io::pipe()?, std::io::pipe()?);
    /// let mut ours = Stream::pair(Stream::pipe(our_reader)?, Stream::pipe(our_writer)?);
    /// let mut theirs = Stream::pair(Stream::pipe(their_reader)?, Stream::pipe(their_writer)?);
    /// smol::block_on(async {
    ///     ours.write_all(b"hello").await?;
    ///     ours.close_write().await?;
    ///     let mut text = String::new();
    ///     theirs.read_to_string(&mut text).await?;
    ///     assert_eq!(text, "hello");
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pair(read: Self, write: Self) -> Self {
        Self { reading: read.reading, writing: write.writing }
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Endpoint {
        Endpoint::local(self.as_fd())
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Endpoint {
        Endpoint::peer(self.as_fd())
    }

    /// Half-close, as `close`: the peer reads to its end, and may still answer. At a terminal of ours the end of input is
    /// typed, as by Ctrl-D. Dropping the future leaves it to the next call.
    ///
    /// # Errors
    /// The peer is gone.
    pub async fn close_write(&mut self) -> io::Result<()> {
        poll_fn(|context| self.writing.poll_close(context)).await
    }

    /// Gives the stream to a machine. What was [read ahead](Stream::read_ahead) is dropped: where anybody has used
    /// [`AsyncBufRead`], [`Stream::into_parts`] keeps it.
    pub fn into_inner(self) -> standpipe_sys::Stream {
        self.into_parts().0
    }

    /// Gives the stream to a machine, and what was read ahead and not taken, which goes before what is read from it.
    ///
    /// ```
    /// use std::io::Write;
    /// use smol::io::AsyncBufReadExt;
    /// use standpipe_smol::Stream;
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// writer.write_all(b"a line\nahead")?;
    /// let mut stream = Stream::pipe(reader)?;
    /// let mut line = String::new();
    /// smol::block_on(stream.read_line(&mut line))?;
    /// assert_eq!(line, "a line\n");
    /// assert_eq!(stream.into_parts().1, b"ahead");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_parts(self) -> (standpipe_sys::Stream, Vec<u8>) {
        together(self.reading, self.writing)
    }

    /// What was read ahead by [`AsyncBufRead`] and not taken.
    pub fn read_ahead(&self) -> &[u8] {
        self.reading.ahead()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reading.as_fd()
    }
}

/// As [`Stream::new`].
impl TryFrom<standpipe_sys::Stream> for Stream {
    type Error = io::Error;

    fn try_from(stream: standpipe_sys::Stream) -> io::Result<Self> {
        Self::new(stream)
    }
}

/// As [`Stream::new`].
impl TryFrom<TcpStream> for Stream {
    type Error = io::Error;

    fn try_from(connection: TcpStream) -> io::Result<Self> {
        Self::new(standpipe_sys::Stream::socket(connection.into()))
    }
}

/// As [`Stream::new`].
impl TryFrom<UnixStream> for Stream {
    type Error = io::Error;

    fn try_from(connection: UnixStream) -> io::Result<Self> {
        Self::new(standpipe_sys::Stream::socket(connection.into()))
    }
}

macro_rules! async_read {
    ($type:ty) => {
        impl AsyncRead for $type {
            fn poll_read(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
                into: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                self.reading.poll_read(context, into)
            }
        }

        impl AsyncBufRead for $type {
            fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
                self.get_mut().reading.poll_fill_buf(context)
            }

            fn consume(mut self: Pin<&mut Self>, n: usize) {
                self.reading.consume(n);
            }
        }
    };
}

macro_rules! async_write {
    ($type:ty) => {
        impl AsyncWrite for $type {
            fn poll_write(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.writing.poll_write(context, bytes)
            }

            /// Nothing is kept back, so there is nothing to flush.
            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            /// Half-close: the peer reads to its end, and may still answer.
            fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.writing.poll_close(context)
            }
        }
    };
}

pub(crate) use {async_read, async_write};

async_read!(Stream);
async_write!(Stream);
