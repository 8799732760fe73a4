//! Secured connections in the standard library's habits: [`TlsStream`] and its halves.

use std::io::{self, BufRead, Read, Write};
use std::os::fd::AsFd;

use standpipe_core::{End, Layer, Machine, Negotiated, Secured, SecuredOptions};
use standpipe_sys::halves::{ReadHalf, Receive, Transmit, WriteHalf, join, split};
use standpipe_sys::socket::Endpoint;
use standpipe_sys::{Ends, fault};

use crate::{Stream, Waiter};

/// A machine over its descriptor.
#[derive(Debug)]
struct Driven<M> {
    machine: M,
    ends: Ends,
    waiter: Waiter,
}

impl<M: Machine> Driven<M> {
    fn new(machine: M, stream: standpipe_sys::Stream) -> Self {
        Self { machine, ends: Ends::default().with(Secured::SOCKET, stream), waiter: Waiter::default() }
    }

    fn run(&mut self) -> io::Result<()> {
        self.waiter.run(&mut self.machine, &mut self.ends)
    }

    /// The error for an end. What is still to be said of it leaves first, as far as it goes without waiting: an alert.
    fn error(&mut self, end: End) -> io::Error {
        let _any = self.waiter.turn(&mut self.machine, &mut self.ends);
        fault::end_error(end)
    }
}

impl<M: Receive> Driven<M> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(taken) = self.machine.take(into) else {
                self.run()?;
                continue;
            };
            self.waiter.settle(&mut self.machine);
            return taken.map_err(|end| self.error(end));
        }
    }
}

impl<M: Transmit> Driven<M> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        loop {
            let sealed = self.machine.send(data, self.waiter.lender());
            let sealed = sealed.map_err(|end| self.error(end))?;
            if sealed > 0 || data.is_empty() {
                self.flush()?;
                return Ok(sealed);
            }
            self.run()?;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.machine.is_flushed() && !self.machine.is_done() {
            self.run()?;
        }
        match self.machine.sending_end() {
            Some(end) if !end.is_clean() => Err(self.error(end)),
            _ => Ok(()),
        }
    }

    fn close_write(&mut self) -> io::Result<()> {
        self.machine.close_write();
        self.flush()
    }
}

/// A connection that is secured by a layer such as TLS. It exists before the handshake, which the first read or write
/// performs, or [`TlsStream::handshake`], under a deadline that begins then.
///
/// The end of the peer's data is its close_notify; a connection that ends without is an error of the kind
/// `UnexpectedEof`. A write returns when what it took has left, so there is nothing to flush. Dropping it says nothing to
/// the peer, which then sees a truncated stream: [`TlsStream::close_write`] and [`TlsStream::close`] vouch for what was
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

    /// Performs the handshake, if that was not done yet.
    ///
    /// # Errors
    /// Why nothing was agreed upon: `InvalidData` with a [`TlsFault`](standpipe_core::TlsFault) inside, `TimedOut`,
    /// `UnexpectedEof`, or the connection's own failure.
    pub fn handshake(&mut self) -> io::Result<()> {
        while !self.0.machine.is_agreed() {
            if let Some(end) = self.0.machine.end() {
                return Err(self.0.error(end));
            }
            while self.0.machine.next_event().is_some() {}
            self.0.run()?;
        }
        Ok(())
    }

    /// What was agreed upon, once the handshake is over.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.0.machine.negotiated()
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Option<Endpoint> {
        self.0.ends.descriptor(Secured::SOCKET).map(|fd| Endpoint::local(fd.as_fd()))
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Option<Endpoint> {
        self.0.ends.descriptor(Secured::SOCKET).map(|fd| Endpoint::peer(fd.as_fd()))
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
        self.0.machine.close();
        while !self.0.machine.is_done() {
            while self.0.machine.next_event().is_some() {}
            self.0.run()?;
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
        let Driven { machine, ends, waiter, .. } = self.0;
        let stream = ends.into_stream(Secured::SOCKET).ok_or(io::ErrorKind::NotConnected)?;
        let second = stream.try_clone()?;
        let (read, write) = split(machine).map_err(|_| io::ErrorKind::NotConnected)?;
        let reader = Driven { waiter: waiter.successor(), ..Driven::new(read, stream) };
        let writer = Driven { waiter: waiter.successor(), ..Driven::new(write, second) };
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
        while self.0.machine.plain().is_empty() {
            match self.0.machine.receiving_end() {
                None => {}
                Some(end) if end.is_clean() => break,
                Some(end) => return Err(self.0.error(end)),
            }
            while self.0.machine.next_event().is_some() {}
            self.0.run()?;
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
    /// Puts the halves together again.
    ///
    /// # Errors
    /// They are of two connections, and come back.
    pub fn join(self, writer: TlsWriter) -> Result<TlsStream, Box<(Self, TlsWriter)>> {
        let (reading, writing) = (self.0, writer.0);
        let Driven { machine, ends, waiter } = reading;
        match join(machine, writing.machine) {
            Ok(machine) => Ok(TlsStream(Driven { machine, ends, waiter })),
            Err(apart) => {
                let (machine, second) = *apart;
                let reader = Self(Driven { machine, ends, waiter });
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
