//! The handler of a connection, which tells whoever waits: [`Handler`].

use std::io;
use std::sync::Arc;

use standpipe_core::End;
use standpipe_core::chat::{Message, MessageError};
use standpipe_mio::dispatch::{Channel, Chat, Dispatcher, MessageHandler};

use super::{ROOM, Told};

/// Tells all that happens at a connection.
pub(super) struct Handler(pub(super) Arc<Told>);

impl Dispatcher for Handler {
    fn readable(&self) -> bool {
        self.0.change(|state| {
            state.reads && state.message.is_none() && state.data.len() < state.room.unwrap_or(ROOM)
        })
    }

    fn writable(&self) -> bool {
        self.0.change(|state| state.is_sending)
    }

    /// Another thread says what is wanted.
    fn follows_others(&self) -> bool {
        true
    }

    fn is_half_open(&self) -> bool {
        true
    }

    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.0.change(|state| {
            state.is_connected = true;
            state.negotiated = channel.negotiated();
        });
        Ok(())
    }

    fn handle_unwrap(&mut self, _: &mut Channel<'_>) -> io::Result<()> {
        self.0.change(|state| {
            let by_the_layer = std::mem::take(&mut state.data);
            (state.secured, state.has_peer_ended) = (Some(by_the_layer), false);
        });
        Ok(())
    }

    fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.0.change(|state| state.data.extend_from_slice(data));
        Ok(())
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.0.change(|state| state.is_sending = channel.unsent() > 0);
        Ok(())
    }

    fn handle_eof(&mut self, _: &mut Channel<'_>) -> io::Result<()> {
        self.0.change(|state| state.has_peer_ended = true);
        Ok(())
    }

    /// A layer that was asked for between turns is put there right behind this.
    fn handle_turn(&mut self, _: &mut Channel<'_>) -> io::Result<()> {
        self.0.change(|state| state.reads |= std::mem::take(&mut state.reads_by_layer));
        Ok(())
    }

    fn handle_error(&mut self, _: &mut Channel<'_>, error: &io::Error) {
        let error = error.get_ref().and_then(|inner| inner.downcast_ref::<MessageError>()).copied();
        self.0.change(|state| state.error = error);
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.0.change(|state| state.end = Some(end));
    }
}

impl MessageHandler for Handler {
    fn handle_message(&mut self, _: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        self.0.change(|state| state.message = Some((message.bytes.to_vec(), message.end)));
        Ok(())
    }
}
