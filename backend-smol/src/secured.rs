//! Secured connections in futures-io's habits: [`TlsStream`] and its halves.

mod driven;
mod unwrapped;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_lite::future::poll_fn;
use futures_lite::{AsyncBufRead, AsyncRead, AsyncWrite};
use standpipe_core::{End, Layer, Machine, Negotiated, Secured, SecuredOptions, Side};
use standpipe_sys::fault;
use standpipe_sys::halves::{ReadHalf, WriteHalf, join, split};
use standpipe_sys::secured::feed;
use standpipe_sys::socket::Endpoint;

pub use unwrapped::Unwrapped;

use crate::Stream;
use driven::Driven;

/// A connection that is secured by a layer such as TLS. It exists before the handshake, which the first read or write
/// performs, or [`TlsStream::handshake`], under a deadline that begins then.
///
/// The end of the peer's data is its close_notify; a connection that ends without is an error of the kind
/// `UnexpectedEof`. A write sends what it can without waiting; as everywhere in futures-io, `flush` or `close` see to
/// the rest. `close` is the half-close: close_notify, and the peer may still answer. Dropping the stream says nothing to
/// the peer, which then sees it truncated.
///
/// Dropping a read, write or flush at its await loses nothing and sends nothing twice: bytes are moved only by a poll
/// that returns how many. Fair as [`Stream`] is: after 256 KiB or 128 operations without a wait it is pending once.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
/// # {
#[doc = include_str!("../examples/tls.rs")]
/// # main().unwrap();
/// # }
/// ```
#[derive(Debug)]
pub struct TlsStream(Driven<Secured>);

impl TlsStream {
    /// Puts a layer on a connection.
    pub fn new(stream: Stream, layer: Box<dyn Layer>, options: SecuredOptions) -> Self {
        Self::begun(stream, layer, options, &[])
    }

    /// Puts a layer on a connection that has begun in plain text, and of which so much was read already: the peer's first
    /// bytes of the handshake, or what has no business there. They are shown to the layer and to nobody else, so nothing
    /// that came in plain text is taken for secured. What the stream itself has [read ahead](Stream::read_ahead) comes behind
    /// them.
    pub fn begun(stream: Stream, layer: Box<dyn Layer>, options: SecuredOptions, read_ahead: &[u8]) -> Self {
        let (stream, ahead) = stream.into_parts();
        let mut begun = Self(Driven::new(Secured::new(layer, options), stream));
        if !(read_ahead.is_empty() && ahead.is_empty()) {
            let Driven { machine, waiter, .. } = &mut begun.0;
            feed(machine, waiter.now(), &[read_ahead, &ahead].concat(), waiter.lender());
        }
        begun
    }

    /// Its descriptor, for options of the transport; `None` once the connection is closed. What is read from or written to it
    /// directly breaks the layer.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.0.ends.descriptor(Secured::SOCKET).map(|fd| fd.as_fd())
    }

    /// Performs the handshake, if that was not done yet. Dropping the future leaves it to the next call.
    ///
    /// # Errors
    /// Why nothing was agreed upon: `InvalidData` with a [`TlsFault`](standpipe_core::TlsFault) inside, `TimedOut`,
    /// `UnexpectedEof`, or the connection's own failure.
    pub async fn handshake(&mut self) -> io::Result<()> {
        while !self.0.machine.is_agreed() {
            if let Some(end) = self.0.machine.end() {
                return Err(poll_fn(|context| Poll::Ready(self.0.error(Side::Read, end, context))).await);
            }
            self.run().await?;
        }
        Ok(())
    }

    /// What was agreed upon, once the handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.0.machine.negotiated()
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Option<Endpoint> {
        self.descriptor().map(Endpoint::local)
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.descriptor().map(Endpoint::peer)
    }

    /// Half-close, as `close`: close_notify, then the end of the connection in this direction. The peer may still answer; one
    /// that speaks TLS 1.2 may close instead (RFC 5246, 7.2.1). Dropping the future leaves the rest to the next call.
    ///
    /// # Errors
    /// The peer is gone.
    pub async fn close_write(&mut self) -> io::Result<()> {
        poll_fn(|context| self.0.poll_close(context)).await
    }

    /// Ends the connection: close_notify, and then the peer's end is awaited, for as long as the close deadline allows,
    /// so that nothing that was sent is lost by a reset. What the peer still sends is dropped. Dropping the future closes at once.
    ///
    /// # Errors
    /// Not everything has left.
    pub async fn finish(mut self) -> io::Result<()> {
        self.0.machine.close();
        while !self.0.machine.is_done() {
            self.run().await?;
        }
        match self.0.machine.sending_end() {
            Some(end) if !end.is_clean() => Err(fault::end_error(end)),
            _ => Ok(()),
        }
    }

    /// Cuts it into halves for two tasks, after the handshake. They share a lock that is held for one step of the session:
    /// never across a system call, and never across an await. The writer has a descriptor of its own.
    ///
    /// # Errors
    /// As [`TlsStream::handshake`]; or the descriptor limit. Dropping the future closes the connection.
    pub async fn split(mut self) -> io::Result<(TlsReader, TlsWriter)> {
        self.handshake().await?;
        let Driven { machine, ends, waiter, .. } = self.0;
        let stream = ends.into_stream(Secured::SOCKET).ok_or(io::ErrorKind::NotConnected)?;
        let second = stream.try_clone()?;
        let (read, write) = split(machine).map_err(|_| io::ErrorKind::NotConnected)?;
        let reader = Driven { waiter: waiter.successor(), ..Driven::new(read, stream) };
        let writer = Driven { waiter: waiter.successor(), ..Driven::new(write, second) };
        Ok((TlsReader(reader), TlsWriter(writer)))
    }

    async fn run(&mut self) -> io::Result<()> {
        while self.0.machine.next_event().is_some() {}
        poll_fn(|context| self.0.poll_run(Side::Read, context)).await
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_read(context, into)
    }
}

impl AsyncBufRead for TlsStream {
    /// The data of a whole read, as it lies in the buffer it was opened in.
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let driven = &mut self.get_mut().0;
        ready!(driven.turn.poll_go_on(context));
        while driven.machine.plain().is_empty() {
            match driven.machine.receiving_end() {
                None => {}
                Some(End::Clean) => break,
                Some(end) => return Poll::Ready(Err(driven.error(Side::Read, end, context))),
            }
            while driven.machine.next_event().is_some() {}
            ready!(driven.poll_run(Side::Read, context))?;
        }
        Poll::Ready(Ok(driven.machine.plain()))
    }

    fn consume(mut self: Pin<&mut Self>, n: usize) {
        self.0.machine.consume(n);
        self.0.turn.moved(n);
        let Driven { machine, waiter, .. } = &mut self.0;
        waiter.settle(machine);
    }
}

/// The half of a [`TlsStream`] that is read from.
#[derive(Debug)]
pub struct TlsReader(Driven<ReadHalf>);

/// The half of a [`TlsStream`] that is written to.
#[derive(Debug)]
pub struct TlsWriter(Driven<WriteHalf>);

impl TlsReader {
    /// Puts the halves together again.
    ///
    /// # Errors
    /// They are of two connections, and come back.
    pub fn join(self, writer: TlsWriter) -> Result<TlsStream, Box<(Self, TlsWriter)>> {
        let (reading, writing) = (self.0, writer.0);
        let Driven { machine, ends, waiter, wakers, turn } = reading;
        match join(machine, writing.machine) {
            Ok(machine) => Ok(TlsStream(Driven { machine, ends, waiter, wakers, turn })),
            Err(apart) => {
                let (machine, second) = *apart;
                let reader = Self(Driven { machine, ends, waiter, wakers, turn });
                Err(Box::new((reader, TlsWriter(Driven { machine: second, ..writing }))))
            }
        }
    }
}

impl TlsWriter {
    /// Half-close, as [`TlsStream::close_write`].
    ///
    /// # Errors
    /// The peer is gone.
    pub async fn close_write(&mut self) -> io::Result<()> {
        poll_fn(|context| self.0.poll_close(context)).await
    }
}

impl AsyncRead for TlsReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_read(context, into)
    }
}

macro_rules! async_write {
    ($type:ty) => {
        impl AsyncWrite for $type {
            fn poll_write(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
                data: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.0.poll_write(context, data)
            }

            fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_flush(context)
            }

            /// Half-close: close_notify, then the end of the connection in this direction.
            fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_close(context)
            }
        }
    };
}

async_write!(TlsStream);
async_write!(TlsWriter);
