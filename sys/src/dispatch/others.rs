//! Everybody else in a loop, as a handler reaches them: [`Others`].

use std::fmt;

use standpipe_core::dispatch::Key;
use standpipe_core::process::Command;

use super::{Channel, ConnectionOptions, DatagramSocket, Dispatcher, Ended, Life, Spawned};
use crate::{RunError, Stream};

/// The others in a loop, for what a handler wants beside its own channel: a line for everybody in the room, or a child of its own
/// ([`Others::spawn`]).
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

    /// The keys of all listeners, connections and residents.
    fn keys(&self) -> Vec<Key>;

    /// As [`EventLoop::insert`](super::EventLoop::insert).
    fn insert(&mut self, stream: Stream, options: ConnectionOptions, handler: Box<dyn Dispatcher>) -> Key;

    /// As [`EventLoop::spawn`](super::EventLoop::spawn), for one that is told its end.
    ///
    /// ```
    /// use std::io;
    /// use standpipe_core::process::Command;
    /// use standpipe_sys::dispatch::{Channel, Dispatcher};
    ///
    /// /// Runs each line, and answers how that has ended.
    /// struct Shell;
    ///
    /// impl Dispatcher for Shell {
    ///     fn handle_read(&mut self, channel: &mut Channel<'_>, line: &[u8]) -> io::Result<()> {
    ///         let (key, command) = (channel.key(), Command::shell(line));
    ///         channel.afterwards(move |others| {
    ///             let told = others.spawn(&command, Box::new(move |others, ended| {
    ///                 let Some(mut channel) = others.channel(key) else { return };
    ///                 let _ = channel.push(ended.exit.to_string().as_bytes());
    ///             }));
    ///             if let (Err(_), Some(mut channel)) = (told, others.channel(key)) {
    ///                 channel.close();
    ///             }
    ///         });
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As there.
    fn spawn(&mut self, command: &Command, told: Box<Told>) -> Result<Spawned, RunError>;

    /// A child, to be signalled or stopped. `None` when it is gone, or its handler has the word.
    fn child(&mut self, key: Key) -> Option<&mut Life>;
}

/// Who is told how a child has ended.
type Told = dyn FnOnce(&mut dyn Others, Ended);

type Call = dyn FnOnce(&mut dyn Others);

/// What a handler wants of others.
pub(super) struct Errand(pub(super) Box<Call>);

impl fmt::Debug for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errand").finish_non_exhaustive()
    }
}
