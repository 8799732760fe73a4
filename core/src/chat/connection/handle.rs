//! What the handler of an event may do to its chat: [`Handle`].

use core::ops::{Deref, DerefMut};

use crate::chat::Terminator;
use crate::chat::finder::Finder;
use crate::dispatch::Outgoing;

/// What the handler of an event may do to its chat: all that [`Outgoing`] offers, and to say what ends the next message.
///
/// ```
/// use standpipe_core::chat::{Chat, ChatOptions, Terminator};
///
/// let mut chat = Chat::new(Terminator::CRLF, ChatOptions::default());
/// let mut handle = chat.handle();
/// handle.push(b"how long will it be?\r\n")?;
/// handle.set_terminator(1024);
/// assert_eq!(handle.terminator(), &Terminator::count(1024));
/// assert_eq!(handle.remaining(), Some(1024));
/// # Ok::<(), standpipe_core::dispatch::PushError>(())
/// ```
#[derive(Debug)]
pub struct Handle<'a> {
    pub(super) out: &'a mut Outgoing,
    pub(super) finder: &'a mut Finder,
}

impl Handle<'_> {
    /// Ends messages so from now on, those included whose bytes have come already (ACH-09).
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.finder.set_terminator(terminator);
    }

    /// What ends a message, as it was set (ACH-10).
    pub fn terminator(&self) -> &Terminator {
        self.finder.terminator()
    }

    /// How many bytes of a count are still to come; `None` where the terminator is no count (ACH-10).
    pub fn remaining(&self) -> Option<u64> {
        self.finder.remaining()
    }
}

impl Deref for Handle<'_> {
    type Target = Outgoing;

    fn deref(&self) -> &Outgoing {
        self.out
    }
}

impl DerefMut for Handle<'_> {
    fn deref_mut(&mut self) -> &mut Outgoing {
        self.out
    }
}
