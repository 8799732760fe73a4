//! Its dialogues in messages.

use std::io;
use std::time::Duration;

use standpipe_core::chat::{ChatOptions, MessageEnd, Terminator};
use standpipe_core::flow::{More, Producer};
use standpipe_core::{Layer, Negotiated};
use standpipe_mio::dispatch::{ConnectionOptions, MessageDispatcher};
use standpipe_sys::Stream;
use standpipe_tests::harness::{ChatStream, Chats};

use super::{Connection, Mio, PIECE};

/// A dialogue, of which each message is asked for.
struct Looped {
    connection: Connection,
    timeout: Option<Duration>,
}

impl Chats for Mio {
    fn chat(&self, stream: Stream, terminator: Terminator, options: ChatOptions) -> Box<dyn ChatStream> {
        begin(stream, None, terminator, options)
    }

    fn layered(
        &self,
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: Terminator,
        options: ChatOptions,
    ) -> Box<dyn ChatStream> {
        begin(stream, Some(layer), terminator, options)
    }
}

fn begin(
    stream: Stream,
    layer: Option<Box<dyn Layer>>,
    terminator: Terminator,
    options: ChatOptions,
) -> Box<dyn ChatStream> {
    let ChatOptions { channel, message, .. } = options;
    let connection = Connection::new(stream, ConnectionOptions { channel, layer }, move |handler| {
        MessageDispatcher::with_options(terminator, message, handler)
    });
    Box::new(Looped { connection, timeout: None })
}

impl Looped {
    /// Says whether a message is wanted.
    fn read(&self, reads: bool) {
        self.connection.told.change(|state| state.reads = reads);
        self.connection.waker.wake();
    }
}

impl ChatStream for Looped {
    fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    fn set_terminator(&mut self, terminator: Terminator) {
        self.connection.ask(|channel, _| channel.set_terminator(terminator));
    }

    fn next_message(&mut self) -> io::Result<Option<(Vec<u8>, MessageEnd)>> {
        self.read(true);
        let message = self.connection.told.wait(self.timeout, |state| {
            if let Some(message) = state.message.take() {
                state.reads = false;
                return Some(Ok(Some(message)));
            }
            if let Some(error) = state.error {
                return Some(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
            }
            (state.has_peer_ended || state.end.is_some()).then(|| state.outcome().map(|()| None))
        });
        self.read(false);
        message?
    }

    fn partial(&self) -> Option<&[u8]> {
        None
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            let piece = piece.to_vec();
            self.connection.send(self.timeout, move |channel| channel.push(&piece))?;
        }
        Ok(())
    }

    fn send_with_producer(&mut self, producer: Box<dyn Producer + Send + Sync>) -> io::Result<()> {
        self.connection.send(self.timeout, |channel| channel.push_with_producer(Own(producer)))
    }

    fn handshake(&mut self) -> io::Result<()> {
        self.connection.handshake(self.timeout)
    }

    fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        self.connection.ask(|channel, state| {
            state.is_connected = false;
            channel.begin_layer(layer);
        });
        self.handshake()
    }

    fn negotiated(&self) -> Option<Negotiated> {
        self.connection.told.change(|state| state.negotiated.clone())
    }

    fn close_write(&mut self) -> io::Result<()> {
        self.connection.close_write()
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        self.connection.close()
    }
}

/// A producer of its own type.
struct Own(Box<dyn Producer + Send + Sync>);

impl Producer for Own {
    fn more(&mut self) -> More {
        self.0.more()
    }
}
