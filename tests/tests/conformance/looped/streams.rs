//! Its secured connections as streams.

use std::io::{self, Read, Write};
use std::sync::Arc;

use standpipe_core::dispatch::ChannelOptions;
use standpipe_core::{End, Layer, Negotiated, SecuredOptions};
use standpipe_mio::dispatch::ConnectionOptions;
use standpipe_tests::harness::{
    SecuredStream, SecuredWriter, Securing, Transport, Unwrapped, UpgradedStream, Upgrading,
};

use super::{Connection, Mio, PIECE};
use crate::streams::stream;

/// A connection, or a half of it.
struct Looped(Arc<Connection>);

impl Securing for Mio {
    fn secure(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
    ) -> Box<dyn SecuredStream> {
        let connection = connection(transport, Some(layer), options);
        Box::new(Looped::new(connection))
    }
}

impl Upgrading for Mio {
    /// It is in the loop before there is a layer, and reads nothing until there is.
    fn upgrade(
        &self,
        transport: Transport,
        layer: Box<dyn Layer>,
        options: SecuredOptions,
        read_ahead: &[u8],
    ) -> Box<dyn UpgradedStream> {
        let (connection, early) = (connection(transport, None, options), read_ahead.to_vec());
        connection.ask(|channel, state| {
            (state.is_connected, state.reads_by_layer) = (false, true);
            channel.begin_layer_over(layer, early);
        });
        Box::new(Looped(Arc::new(connection)))
    }
}

fn connection(transport: Transport, layer: Option<Box<dyn Layer>>, options: SecuredOptions) -> Connection {
    let SecuredOptions { handshake, close, eof } = options;
    let channel = ChannelOptions { handshake, close, eof, ..ChannelOptions::default() };
    Connection::new(stream(transport), ConnectionOptions { channel, layer }, |handler| handler)
}

impl Looped {
    /// One that reads from now on.
    fn new(connection: Connection) -> Self {
        connection.told.change(|state| state.reads = true);
        connection.waker.wake();
        Self(Arc::new(connection))
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

/// So much may come by the layer that nobody reads.
const MOST_UNREAD: usize = 1 << 20;

impl UpgradedStream for Looped {
    fn unwrap(self: Box<Self>) -> io::Result<Unwrapped> {
        self.0.ask(|channel, state| {
            state.room = Some(MOST_UNREAD);
            channel.end_layer();
        });
        let (secured, left_over) = self.0.told.wait(None, |state| {
            if let Some(secured) = state.secured.take() {
                return Some(Ok((secured, std::mem::take(&mut state.data))));
            }
            if state.data.len() >= MOST_UNREAD {
                return Some(Err(io::ErrorKind::InvalidData.into()));
            }
            state.end.is_some().then(|| Err(state.failure()))
        })??;
        Ok(Unwrapped { stream: self, secured, left_over })
    }
}
