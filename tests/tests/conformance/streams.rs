//! The backends' secured streams as the suite sees them.

use std::io::{self, Read, Write};

use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_core::{Layer, Negotiated, SecuredOptions};
use standpipe_sys::Stream;
use standpipe_tests::harness::{
    SecuredStream, SecuredWriter, Securing, Transport, Unwrapped, UpgradedStream, Upgrading,
};

/// The streams of the backend that blocks.
pub(crate) struct Blocking;

/// Those of the backend of futures, each future run to its end where it is called.
pub(crate) struct Smol;

/// What carries the records, as all backends have it.
pub(crate) fn stream(transport: Transport) -> Stream {
    let pipe = |end| Stream::pipe(end).expect("it can be made non-blocking");
    match transport {
        Transport::Socket(socket) => Stream::socket(socket),
        Transport::Pair { read, write } => Stream::pair(pipe(read), pipe(write)),
    }
}

impl Securing for Blocking {
    fn secure(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
    ) -> Box<dyn SecuredStream> {
        Box::new(Waiting(standpipe_blocking::TlsStream::new(stream(transport).into(), layer, options)))
    }
}

impl Upgrading for Blocking {
    fn upgrade(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
        read_ahead: &[u8],
    ) -> Box<dyn UpgradedStream> {
        let stream = stream(transport).into();
        Box::new(Waiting(standpipe_blocking::TlsStream::begun(stream, layer, options, read_ahead)))
    }
}

/// A stream whose calls wait.
struct Waiting<S>(S);

impl<S: Read> Read for Waiting<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl<S: Write> Write for Waiting<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl SecuredStream for Waiting<standpipe_blocking::TlsStream> {
    fn handshake(&mut self) -> io::Result<()> {
        self.0.handshake()
    }

    fn negotiated(&self) -> Option<Negotiated> {
        self.0.negotiated()
    }

    fn close_write(&mut self) -> io::Result<()> {
        self.0.close_write()
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.0.close()
    }

    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn SecuredWriter>)> {
        let (reader, writer) = self.0.split()?;
        Ok((Box::new(reader), Box::new(Waiting(writer))))
    }
}

impl SecuredWriter for Waiting<standpipe_blocking::TlsWriter> {
    fn close_write(&mut self) -> io::Result<()> {
        self.0.close_write()
    }
}

impl UpgradedStream for Waiting<standpipe_blocking::TlsStream> {
    fn unwrap(self: Box<Self>) -> io::Result<Unwrapped> {
        let standpipe_blocking::Unwrapped { stream, secured, left_over } = self.0.unwrap()?;
        Ok(Unwrapped { stream: Box::new(stream), secured, left_over })
    }
}

impl Securing for Smol {
    fn secure(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
    ) -> Box<dyn SecuredStream> {
        let stream = standpipe_smol::Stream::new(stream(transport)).expect("it can be watched");
        Box::new(Awaited(standpipe_smol::TlsStream::new(stream, layer, options)))
    }
}

impl Upgrading for Smol {
    fn upgrade(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
        read_ahead: &[u8],
    ) -> Box<dyn UpgradedStream> {
        let stream = standpipe_smol::Stream::new(stream(transport)).expect("it can be watched");
        Box::new(Awaited(standpipe_smol::TlsStream::begun(stream, layer, options, read_ahead)))
    }
}

/// A stream of futures. What was written has left when a write returns, as it has of a stream that blocks.
pub(crate) struct Awaited<S>(pub(crate) S);

impl<S: smol::io::AsyncRead + Unpin> Read for Awaited<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        smol::block_on(self.0.read(into))
    }
}

impl<S: smol::io::AsyncWrite + Unpin> Write for Awaited<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        smol::block_on(async {
            let taken = self.0.write(data).await?;
            self.0.flush().await?;
            Ok(taken)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        smol::block_on(self.0.flush())
    }
}

impl SecuredStream for Awaited<standpipe_smol::TlsStream> {
    fn handshake(&mut self) -> io::Result<()> {
        smol::block_on(self.0.handshake())
    }

    fn negotiated(&self) -> Option<Negotiated> {
        self.0.negotiated()
    }

    fn close_write(&mut self) -> io::Result<()> {
        smol::block_on(self.0.close_write())
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        smol::block_on(self.0.finish())
    }

    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn SecuredWriter>)> {
        let (reader, writer) = smol::block_on(self.0.split())?;
        Ok((Box::new(Awaited(reader)), Box::new(Awaited(writer))))
    }
}

impl SecuredWriter for Awaited<standpipe_smol::TlsWriter> {
    fn close_write(&mut self) -> io::Result<()> {
        smol::block_on(self.0.close_write())
    }
}

impl UpgradedStream for Awaited<standpipe_smol::TlsStream> {
    fn unwrap(self: Box<Self>) -> io::Result<Unwrapped> {
        let standpipe_smol::Unwrapped { stream, secured, left_over } = smol::block_on(self.0.unwrap())?;
        Ok(Unwrapped { stream: Box::new(Awaited(stream)), secured, left_over })
    }
}
