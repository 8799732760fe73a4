//! The dialogues in messages of the backends that have them as calls and as futures, as the suite sees them.

use std::io;
use std::time::Duration;

use smol::block_on;
use standpipe_core::chat::{ChatOptions, MessageEnd, Terminator};
use standpipe_core::flow::{More, Producer};
use standpipe_core::{Bytes, Layer, Negotiated};
use standpipe_sys::Stream;
use standpipe_tests::harness::{ChatStream, Chats};

/// The backend of plain threads.
pub(crate) struct Blocking;

/// That of futures, each run to its end where it is called.
pub(crate) struct Smol;

/// One of the backend's own things.
struct Own<T>(T);

impl Chats for Blocking {
    fn chat(&self, stream: Stream, terminator: Terminator, options: ChatOptions) -> Box<dyn ChatStream> {
        Box::new(Own(standpipe_blocking::ChatStream::with_options(stream.into(), terminator, options)))
    }

    fn layered(
        &self,
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: Terminator,
        options: ChatOptions,
    ) -> Box<dyn ChatStream> {
        Box::new(Own(standpipe_blocking::ChatStream::layered(stream.into(), layer, terminator, options)))
    }
}

impl ChatStream for Own<standpipe_blocking::ChatStream> {
    fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.set_timeout(timeout);
    }

    fn set_terminator(&mut self, terminator: Terminator) {
        self.0.set_terminator(terminator);
    }

    fn next_message(&mut self) -> io::Result<Option<(Vec<u8>, MessageEnd)>> {
        Ok(self.0.next_message()?.map(|message| (message.bytes, message.end)))
    }

    fn partial(&self) -> Option<&[u8]> {
        Some(self.0.partial())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.send(bytes)
    }

    fn send_with_producer(&mut self, producer: Box<dyn Producer + Send + Sync>) -> io::Result<()> {
        self.0.send_with_producer(Own(producer))
    }

    fn handshake(&mut self) -> io::Result<()> {
        self.0.handshake()
    }

    fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        self.0.begin_layer(layer)
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
}

impl Chats for Smol {
    fn chat(&self, stream: Stream, terminator: Terminator, options: ChatOptions) -> Box<dyn ChatStream> {
        Box::new(Own(standpipe_smol::Chat::with_options(watched(stream), terminator, options)))
    }

    fn layered(
        &self,
        stream: Stream,
        layer: Box<dyn Layer>,
        terminator: Terminator,
        options: ChatOptions,
    ) -> Box<dyn ChatStream> {
        Box::new(Own(standpipe_smol::Chat::layered(watched(stream), layer, terminator, options)))
    }
}

fn watched(stream: Stream) -> standpipe_smol::Stream {
    standpipe_smol::Stream::new(stream).expect("it can be watched")
}

impl ChatStream for Own<standpipe_smol::Chat> {
    fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.set_timeout(timeout);
    }

    fn set_terminator(&mut self, terminator: Terminator) {
        self.0.set_terminator(terminator);
    }

    fn next_message(&mut self) -> io::Result<Option<(Vec<u8>, MessageEnd)>> {
        Ok(block_on(self.0.next_message())?.map(|message| (message.bytes, message.end)))
    }

    fn partial(&self) -> Option<&[u8]> {
        Some(self.0.partial())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        block_on(self.0.send(Bytes::copy_from_slice(bytes)))
    }

    fn send_with_producer(&mut self, producer: Box<dyn Producer + Send + Sync>) -> io::Result<()> {
        block_on(self.0.send_with_producer(Own(producer)))
    }

    fn handshake(&mut self) -> io::Result<()> {
        block_on(self.0.handshake())
    }

    fn begin_layer(&mut self, layer: Box<dyn Layer>) -> io::Result<()> {
        block_on(self.0.begin_layer(layer))
    }

    fn negotiated(&self) -> Option<Negotiated> {
        self.0.negotiated()
    }

    fn close_write(&mut self) -> io::Result<()> {
        block_on(self.0.close_write())
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        block_on(self.0.close())
    }
}

impl Producer for Own<Box<dyn Producer + Send + Sync>> {
    fn more(&mut self) -> More {
        self.0.more()
    }
}
