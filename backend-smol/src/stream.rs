//! Connections and pipe ends in futures-io's habits: [`Stream`], [`Listener`], [`connect`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_lite::{AsyncRead, AsyncWrite};
use standpipe_core::flow::RelayOptions;
use standpipe_core::socket::Address;
use standpipe_core::{Done, Handshake, Layer, Outcome, Pending, Side, Window};
use standpipe_sys::socket::{self, Accepted, Acceptor, Candidate, Endpoint, Purpose};
use standpipe_sys::{Ends, fault};

use crate::Waiter;
use crate::registered::Watched;

/// A connection, one end of a pipe, or a pipe for each direction, such as to a child. Writing to a peer that is gone is an error and never SIGPIPE.
///
/// Dropping a read or a write at its await loses nothing: bytes are moved only by a poll that returns them.
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
    watched: Watched,
    inner: standpipe_sys::Stream,
}

impl Stream {
    /// Takes over what a machine had.
    ///
    /// # Errors
    /// The reactor cannot watch it: the descriptor limit, or something that never blocks, such as a regular file.
    pub fn new(inner: standpipe_sys::Stream) -> io::Result<Self> {
        let [read, write] = [Side::Read, Side::Write].map(|side| inner.descriptor_for(side));
        Ok(Self { watched: Watched::new(read, write)?, inner })
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Endpoint {
        Endpoint::local(self.as_fd())
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Endpoint {
        Endpoint::peer(self.as_fd())
    }

    /// Gives the stream to a machine.
    pub fn into_inner(self) -> standpipe_sys::Stream {
        self.inner
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.inner.try_read(Window::Slice(buffer)) {
                Outcome::Ready(n) => return Poll::Ready(Ok(n)),
                Outcome::Eof => return Poll::Ready(Ok(0)),
                Outcome::Failed(failed) => return Poll::Ready(Err(fault::error(failed))),
                Outcome::Blocked => ready!(self.watched.poll_ready(Side::Read, context))?,
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.inner.try_write(Pending::Slice(bytes)) {
                Outcome::Ready(n) => return Poll::Ready(Ok(n)),
                Outcome::Failed(failed) => return Poll::Ready(Err(fault::error(failed))),
                Outcome::Blocked | Outcome::Eof => ready!(self.watched.poll_ready(Side::Write, context))?,
            }
        }
    }

    /// Nothing is kept back, so there is nothing to flush.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Half-close: the peer reads to its end, and may still answer.
    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = self.inner.close_write();
        self.watched.let_go_of_writing();
        Poll::Ready(closed)
    }
}

/// A TCP or Unix listener.
#[derive(Debug)]
pub struct Listener {
    watched: Watched,
    acceptor: std::sync::Mutex<Acceptor>,
    local: Endpoint,
}

impl Listener {
    /// Listens at an address. A name is looked up here and now.
    ///
    /// # Errors
    /// As [`bind`](crate::bind).
    pub fn bind(address: &Address) -> io::Result<Self> {
        let bound = socket::bind(address)?;
        let local = bound.local().clone();
        let acceptor = bound.into_acceptor();
        let fd = acceptor.descriptor();
        Ok(Self { watched: Watched::new(fd, fd)?, acceptor: acceptor.into(), local })
    }

    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        &self.local
    }

    /// Waits for the next connection. Dropping the future loses none.
    ///
    /// # Errors
    /// The descriptor limit.
    pub async fn accept(&self) -> io::Result<(Stream, Endpoint)> {
        loop {
            match self.try_accept()? {
                Some(Accepted { stream, peer, .. }) => return Ok((Stream::new(stream)?, peer)),
                None => self.watched.readable().await?,
            }
        }
    }

    fn try_accept(&self) -> io::Result<Option<Accepted>> {
        let mut acceptor = self.acceptor.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match acceptor.try_accept(1) {
            Done::Failed(failed) => Err(fault::error(failed)),
            _ => Ok(acceptor.take()),
        }
    }
}

/// Connects to an address, racing what its name stands for (RFC 8305), within core's default of 30 s. The look-up runs on
/// a thread of smol's pool for blocking calls.
///
/// # Errors
/// The name cannot be looked up, why the last candidate failed, or the time-out.
pub async fn connect(address: &Address) -> io::Result<Stream> {
    let address = address.clone();
    let candidates = smol::unblock(move || socket::resolve(&address, Purpose::Connect));
    let candidates = candidates.await.map_err(io::Error::other)?;
    connect_to(candidates, RelayOptions::default().connect).await.and_then(Stream::new)
}

/// Connects to the first of the candidates that answers, for a machine to use; [`Stream::new`] is for everybody else.
///
/// # Errors
/// Why the last candidate failed, or the time-out.
pub async fn connect_to(
    candidates: Vec<Candidate>,
    timeout: Option<Duration>,
) -> io::Result<standpipe_sys::Stream> {
    let (mut connect, mut ends) = socket::connecting(candidates);
    let mut waiter = Waiter::default();
    connect.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut connect, &mut ends).await?;
    ends.into_connected(&connect)
}

/// Agrees upon a layer, such as TLS, with the other side of a connection.
///
/// # Errors
/// Why nothing was agreed upon, or the time-out.
pub async fn secure(
    stream: standpipe_sys::Stream,
    layer: Box<dyn Layer>,
    timeout: Option<Duration>,
) -> io::Result<(standpipe_sys::Stream, Box<dyn Layer>)> {
    let mut handshake = Handshake::new(layer);
    let mut ends = Ends::default().with(Handshake::SOCKET, stream);
    let mut waiter = Waiter::default();
    handshake.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut handshake, &mut ends).await?;
    ends.into_secured(handshake)
}
