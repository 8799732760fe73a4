//! Everybody else in a loop, as a handler reaches them: [`Others`].

use std::fmt;

use standpipe_core::dispatch::Key;

use super::{Channel, DatagramSocket};

/// The channels of a loop, for what a handler wants of others than its own: a line for everybody in the room.
///
/// ```
/// use std::collections::BTreeSet;
/// use std::io;
/// use std::sync::{Arc, Mutex};
/// use standpipe_core::chat::Message;
/// use standpipe_sys::dispatch::{Channel, Chat, Dispatcher, MessageHandler};
/// use standpipe_core::dispatch::Key;
///
/// /// Everybody hears what one says.
/// struct Guest(Arc<Mutex<BTreeSet<Key>>>);
///
/// impl Dispatcher for Guest {
///     fn handle_accepted(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
///         self.0.lock().unwrap().insert(channel.key());
///         Ok(())
///     }
/// }
///
/// impl MessageHandler for Guest {
///     fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
///         let (room, line) = (self.0.clone(), message.bytes.to_vec());
///         chat.afterwards(move |others| {
///             for key in room.lock().unwrap().iter() {
///                 let Some(mut guest) = others.channel(*key) else { continue };
///                 if guest.push(&line).is_err() {
///                     guest.abort(); // who does not read is not waited for
///                 }
///             }
///         });
///         Ok(())
///     }
/// }
/// ```
pub trait Others {
    /// One of them, its own included; it has a turn before the loop waits. `None` when it is gone, or a listener.
    fn channel(&mut self, key: Key) -> Option<Channel<'_>>;

    /// A socket for datagrams; it has a turn before the loop waits. `None` when it is gone, and to its own handler.
    fn datagrams(&mut self, key: Key) -> Option<DatagramSocket<'_>>;

    /// The keys of all listeners and connections.
    fn keys(&self) -> Vec<Key>;
}

type Call = dyn FnOnce(&mut dyn Others);

/// What a handler wants of others.
pub(super) struct Errand(pub(super) Box<Call>);

impl fmt::Debug for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errand").finish_non_exhaustive()
    }
}
