//! Secured connections in the standard library's habits: [`TlsStream`] and its halves.

mod driven;
mod unwrapped;

use std::io::{self, BufRead, Read, Write};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use standpipe_core::{Layer, Machine, Negotiated, Secured, SecuredOptions};
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
/// `UnexpectedEof`. A write returns when what it took has left, so there is nothing to flush, unless a
/// [time-out](TlsStream::set_timeout) came before. Dropping it says nothing to the peer, which then sees a truncated stream: [`TlsStream::close_write`] and [`TlsStream::close`] vouch for what was
/// sent being whole.
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
        Self(Driven::new(Secured::new(layer, options), stream.into_inner()))
    }

    /// Puts a layer on a connection that has begun in plain text, and of which so much was read already: the peer's first
    /// bytes of the handshake, or what has no business there. They are shown to the layer and to nobody else, so nothing
    /// that came in plain text is taken for secured.
    pub fn begun(stream: Stream, layer: Box<dyn Layer>, options: SecuredOptions, read_ahead: &[u8]) -> Self {
        let mut begun = Self::new(stream, layer, options);
        let Driven { machine, waiter, .. } = &mut begun.0;
        feed(machine, waiter.now(), read_ahead, waiter.lender());
        begun
    }

    /// How long each call may wait: a read, a write, a flush, a handshake, a close. Default: without limit, but that the
    /// handshake and the close have limits of their own.
    ///
    /// A call that could not be done in time is an error of the kind `TimedOut`, and everything goes on with the next one.
    /// A write that was taken and has not left by then is no error: it is sent with the next call, and
    /// [`flush`](Write::flush) tells when it has left. Nothing is sent twice.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.timeout = timeout;
    }

    /// Its descriptor, to wait at or for options of the transport; `None` once the connection is closed. What is read from
    /// or written to it directly breaks the layer.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.0.descriptor()
    }

    /// Performs the handshake, if that was not done yet.
    ///
    /// # Errors
    /// Why nothing was agreed upon: `InvalidData` with a [`TlsFault`](standpipe_core::TlsFault) inside, `TimedOut`,
    /// `UnexpectedEof`, or the connection's own failure.
    pub fn handshake(&mut self) -> io::Result<()> {
        let deadline = self.0.deadline();
        while !self.0.machine.is_agreed() {
            if let Some(end) = self.0.machine.end() {
                return Err(self.0.error(end));
            }
            while self.0.machine.next_event().is_some() {}
            self.0.run(deadline)?;
        }
        Ok(())
    }

    /// What was agreed upon, once the handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.0.machine.negotiated()
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Option<Endpoint> {
        self.0.descriptor().map(Endpoint::local)
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.0.descriptor().map(Endpoint::peer)
    }

    /// Half-close: close_notify, then the end of the connection in this direction. The peer may still answer; one that
    /// speaks TLS 1.2 may close instead (RFC 5246, 7.2.1).
    ///
    /// # Errors
    /// The peer is gone.
    pub fn close_write(&mut self) -> io::Result<()> {
        self.0.close_write()
    }

    /// Close: as [`TlsStream::close_write`], then the peer's end is awaited, for as long as the close deadline allows, so
    /// that nothing that was sent is lost by a reset. What the peer still sends is dropped.
    ///
    /// # Errors
    /// Not everything has left.
    pub fn close(mut self) -> io::Result<()> {
        let deadline = self.0.deadline();
        self.0.machine.close();
        while !self.0.machine.is_done() {
            while self.0.machine.next_event().is_some() {}
            self.0.run(deadline)?;
        }
        match self.0.machine.sending_end() {
            Some(end) if !end.is_clean() => Err(fault::end_error(end)),
            _ => Ok(()),
        }
    }

    /// Cuts it into halves for two threads, after the handshake. They share a lock that is held for one step of the
    /// session: never across a system call, and never across a wait. The writer has a descriptor of its own.
    ///
    /// # Errors
    /// As [`TlsStream::handshake`]; or the descriptor limit.
    pub fn split(mut self) -> io::Result<(TlsReader, TlsWriter)> {
        self.handshake()?;
        let Driven { machine, ends, waiter, timeout } = self.0;
        let stream = ends.into_stream(Secured::SOCKET).ok_or(io::ErrorKind::NotConnected)?;
        let second = stream.try_clone()?;
        let (read, write) = split(machine).map_err(|_| io::ErrorKind::NotConnected)?;
        let reader = Driven { waiter: waiter.successor(), timeout, ..Driven::new(read, stream) };
        let writer = Driven { waiter: waiter.successor(), timeout, ..Driven::new(write, second) };
        Ok((TlsReader(reader), TlsWriter(writer)))
    }
}

impl Read for TlsStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl BufRead for TlsStream {
    /// The data of a whole read, as it lies in the buffer it was opened in.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let deadline = self.0.deadline();
        while self.0.machine.plain().is_empty() {
            match self.0.machine.receiving_end() {
                None => {}
                Some(end) if end.is_clean() => break,
                Some(end) => return Err(self.0.error(end)),
            }
            while self.0.machine.next_event().is_some() {}
            self.0.run(deadline)?;
        }
        Ok(self.0.machine.plain())
    }

    fn consume(&mut self, n: usize) {
        self.0.machine.consume(n);
        self.0.waiter.settle(&mut self.0.machine);
    }
}

impl Write for TlsStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The half of a [`TlsStream`] that is read from.
#[derive(Debug)]
pub struct TlsReader(Driven<ReadHalf>);

/// The half of a [`TlsStream`] that is written to.
#[derive(Debug)]
pub struct TlsWriter(Driven<WriteHalf>);

impl TlsReader {
    /// How long each read may wait. Default: that of the whole stream when it was cut.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.timeout = timeout;
    }

    /// Puts the halves together again.
    ///
    /// # Errors
    /// They are of two connections, and come back.
    pub fn join(self, writer: TlsWriter) -> Result<TlsStream, Box<(Self, TlsWriter)>> {
        let (reading, writing) = (self.0, writer.0);
        let Driven { machine, ends, waiter, timeout } = reading;
        match join(machine, writing.machine) {
            Ok(machine) => Ok(TlsStream(Driven { machine, ends, waiter, timeout })),
            Err(apart) => {
                let (machine, second) = *apart;
                let reader = Self(Driven { machine, ends, waiter, timeout });
                Err(Box::new((reader, TlsWriter(Driven { machine: second, ..writing }))))
            }
        }
    }
}

impl TlsWriter {
    /// How long each write may wait, as [`TlsStream::set_timeout`]. Default: that of the whole stream when it was cut.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.timeout = timeout;
    }

    /// Half-close, as [`TlsStream::close_write`].
    ///
    /// # Errors
    /// The peer is gone.
    pub fn close_write(&mut self) -> io::Result<()> {
        self.0.close_write()
    }
}

impl Read for TlsReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for TlsWriter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
