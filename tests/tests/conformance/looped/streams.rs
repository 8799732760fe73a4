//! Its secured connections as streams.

use std::io::{self, Read, Write};
use std::sync::Arc;

use standpipe_core::dispatch::ChannelOptions;
use standpipe_core::{End, Layer, Negotiated, SecuredOptions};
use standpipe_mio::dispatch::ConnectionOptions;
use standpipe_sys::Stream;
use standpipe_tests::harness::{SecuredStream, SecuredWriter, Securing, Transport};

use super::{Connection, Mio, PIECE};

/// A connection, or a half of it.
struct Looped(Arc<Connection>);

impl Securing for Mio {
    fn secure(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
    ) -> Box<dyn SecuredStream> {
        let Transport::Socket(socket) = transport else { unreachable!("pairs are of upgrades") };
        let SecuredOptions { handshake, close, eof } = options;
        let channel = ChannelOptions { handshake, close, eof, ..ChannelOptions::default() };
        let options = ConnectionOptions { channel, layer: Some(layer) };
        let connection = Connection::new(Stream::socket(socket), options, |handler| handler);
        connection.told.change(|state| state.reads = true);
        connection.waker.wake();
        Box::new(Looped(Arc::new(connection)))
    }
}

impl Read for Looped {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.told.wait(None, |state| {
            if into.is_empty() || !state.data.is_empty() {
                let n = into.len().min(state.data.len());
                into[..n].copy_from_slice(&state.data[..n]);
                state.data.drain(..n);
                return Some(Ok(n));
            }
            let is_over = state.has_peer_ended || state.end.is_some();
            is_over.then(|| if state.has_peer_ended { Ok(0) } else { state.outcome().map(|()| 0) })
        })?;
        self.0.waker.wake();
        read
    }
}

impl Write for Looped {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let piece = data[..data.len().min(PIECE)].to_vec();
        let n = piece.len();
        self.0.send(None, move |channel| channel.push(&piece))?;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SecuredStream for Looped {
    fn handshake(&mut self) -> io::Result<()> {
        self.0.handshake(None)
    }

    fn negotiated(&self) -> Option<Negotiated> {
        self.0.told.change(|state| state.negotiated.clone())
    }

    fn close_write(&mut self) -> io::Result<()> {
        self.0.close_write()
    }

    /// Everything has left, whatever is said of what the peer might still have sent.
    fn close(self: Box<Self>) -> io::Result<()> {
        match self.0.close() {
            Err(_) if self.0.told.change(|state| state.is_connected && state.end == Some(End::Truncated)) => {
                Ok(())
            }
            closed => closed,
        }
    }

    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn SecuredWriter>)> {
        self.0.handshake(None)?;
        Ok((Box::new(Self(self.0.clone())), self))
    }
}

impl SecuredWriter for Looped {
    fn close_write(&mut self) -> io::Result<()> {
        self.0.close_write()
    }
}
