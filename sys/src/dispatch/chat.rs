//! What a handler of messages may touch: [`Chat`].

use std::ops::{Deref, DerefMut};

use standpipe_core::chat::Terminator;

use super::Channel;

/// What a handler of messages may do to its channel: all that [`Channel`] offers, and to see what ends the
/// next message.
///
/// ```
/// use std::io;
/// use standpipe_sys::dispatch::{AsyncChat, Chat, Dispatcher};
///
/// /// A number, a blank, and so many bytes.
/// #[derive(Default)]
/// struct Counted(Vec<u8>);
///
/// impl Dispatcher for Counted {}
///
/// impl AsyncChat for Counted {
///     fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
///         self.0.extend_from_slice(data);
///         Ok(())
///     }
///
///     fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
///         let message = String::from_utf8(std::mem::take(&mut self.0)).map_err(io::Error::other)?;
///         if chat.terminator().as_count().is_none() {
///             chat.set_terminator(message.parse::<u64>().map_err(io::Error::other)?);
///         } else {
///             chat.push(message.as_bytes())?;
///             chat.set_terminator(b" ");
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Chat<'a> {
    pub(super) channel: Channel<'a>,
    pub(super) terminator: &'a Terminator,
    pub(super) remaining: Option<u64>,
}

impl Chat<'_> {
    /// What ends a message, as it was set (ACH-10).
    pub fn terminator(&self) -> &Terminator {
        self.channel.own.next_end().unwrap_or(self.terminator)
    }

    /// How many bytes of a count were still to come when the handler was called; `None` where the terminator was none
    /// (ACH-10).
    pub fn remaining(&self) -> Option<u64> {
        self.remaining
    }
}

impl<'a> Deref for Chat<'a> {
    type Target = Channel<'a>;

    #[inline]
    fn deref(&self) -> &Channel<'a> {
        &self.channel
    }
}

impl<'a> DerefMut for Chat<'a> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Channel<'a> {
        &mut self.channel
    }
}
