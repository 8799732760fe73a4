//! `dispatch::Loop` of the mio backend, with each kind of handler.

use std::io::{self, Write};

use standpipe_core::chat::Message;
use standpipe_mio::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, Dispatcher, Loop, MessageDispatcher, MessageHandler,
};

const END: &[u8; 1] = b"\n";

/// Sends back whole lines.
pub(crate) struct Messages;

impl Dispatcher for Messages {}

impl MessageHandler for Messages {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        chat.push(message.bytes)?;
        chat.push(END)
    }
}

impl Messages {
    pub(crate) fn dispatcher() -> MessageDispatcher<Self> {
        MessageDispatcher::new(END, Self)
    }
}

/// Collects a line, and sends it back when it has ended.
#[derive(Default)]
struct Collecting(Vec<u8>);

impl Dispatcher for Collecting {}

impl AsyncChat for Collecting {
    fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        chat.push(&self.0)?;
        self.0.clear();
        chat.push(END)
    }
}

/// Sends back what has come.
pub(super) struct Bytes;

impl Dispatcher for Bytes {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        channel.push(data)
    }
}

pub(super) fn messages() -> io::Result<()> {
    serve(Messages::dispatcher)
}

pub(super) fn chat() -> io::Result<()> {
    serve(|| ChatDispatcher::new(END, Collecting::default()))
}

pub(super) fn dispatcher() -> io::Result<()> {
    serve(|| Bytes)
}

fn serve<D: Dispatcher>(mut make: impl FnMut() -> D) -> io::Result<()> {
    let mut event_loop = Loop::new()?;
    let address = "127.0.0.1:0".parse().map_err(io::Error::other)?;
    let listener = event_loop.listen(&address, |_| make())?;
    if let Some(local) = event_loop.local(listener) {
        writeln!(io::stdout(), "listening on {local}")?;
    }
    event_loop.run()
}
