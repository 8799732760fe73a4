//! The vocabulary that every machine speaks: [`Machine`].

use crate::{Done, Duty, Fault, Lend, Moment, Pending, Port, Side, Wake, Wants, Window};

/// A pure state machine: facts go in, obligations come out, time is an argument.
///
/// Using a machine does not require this trait: every verb is an ordinary method. The trait exists so that
/// [`advance`](crate::advance()) could be written once.
///
/// For all machines: `wants` is pure; an unwanted or repeated fact changes nothing and never panics; cutting the same
/// bytes or the same readiness differently never changes what comes out; once [`Machine::is_done`] is true the machine
/// wants nothing and ignores facts. Events are not part of the trait: each machine that has them has a typed
/// `next_event`.
///
/// ```
/// use standpipe_core::{
///     Done, Duty, Fault, Lend, Machine, Moment, Pending, Port, Side, Wake, Wants, Window,
/// };
///
/// /// Says one word, hears one, and closes.
/// #[derive(Default)]
/// struct Polite {
///     said: usize,
///     word: [u8; 16],
///     heard: Option<usize>,
///     closed: bool,
/// }
///
/// impl Machine for Polite {
///     fn ports(&self) -> u8 {
///         1
///     }
///
///     fn wants(&self, _: Port) -> Wants {
///         match self.heard {
///             _ if self.closed => Wants::NOTHING,
///             Some(_) => Wants { duty: Some(Duty::Close), ..Wants::NOTHING },
///             None => Wants { read: true, write: self.said < 5, duty: None },
///         }
///     }
///
///     fn wake(&self) -> Option<Wake> {
///         None // it has all the time in the world
///     }
///
///     fn handle_now(&mut self, _: Moment) {}
///
///     fn window<'a>(&'a mut self, _: Port, _: &mut dyn Lend) -> Window<'a> {
///         if self.heard.is_none() { Window::Slice(&mut self.word) } else { Window::NONE }
///     }
///
///     fn pending<'a>(&'a mut self, _: Port, _: &mut dyn Lend) -> Pending<'a> {
///         if self.heard.is_none() { Pending::Slice(&b"hello"[self.said..]) } else { Pending::NONE }
///     }
///
///     fn settle(&mut self, _: &mut dyn Lend) {} // nothing was lent
///
///     fn handle_read(&mut self, _: Port, n: usize) {
///         self.heard.get_or_insert(n);
///     }
///
///     fn handle_eof(&mut self, port: Port) {
///         self.handle_read(port, 0);
///     }
///
///     fn handle_written(&mut self, _: Port, n: usize) {
///         self.said += n;
///     }
///
///     fn handle_failed(&mut self, port: Port, _: Side, _: Fault) {
///         self.handle_read(port, 0);
///     }
///
///     fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
///         self.closed |= self.wants(port).duty == Some(duty) && done != Done::Blocked;
///     }
///
///     fn has_event(&self) -> bool {
///         false
///     }
///
///     fn is_done(&self) -> bool {
///         self.closed
///     }
/// }
///
/// let (mut polite, port) = (Polite::default(), Port::new(0));
/// polite.handle_written(port, 5);
/// polite.handle_read(port, 2);
/// polite.handle_done(port, Duty::Close, Done::Ok(0));
/// assert!(polite.is_done());
/// ```
pub trait Machine {
    /// How many ports the machine has: they are the first so many.
    fn ports(&self) -> u8;

    /// What is wanted at the port, now. Pure, O(1).
    fn wants(&self, port: Port) -> Wants;

    /// When the machine next wants to be woken. Pure, O(1).
    fn wake(&self) -> Option<Wake>;

    /// Tells the time. Every turn begins with it, and the facts of the turn carry it. A moment earlier than the last
    /// one is taken as the last one.
    fn handle_now(&mut self, now: Moment);

    /// Where the next read at the port goes. Empty where no read is wanted.
    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        let _ = (port, lend);
        Window::NONE
    }

    /// What the next write at the port takes. Empty where no write is wanted.
    fn pending<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Pending<'a> {
        let _ = (port, lend);
        Pending::NONE
    }

    /// Whether the machine waits for nothing between what is pending at the port and the end of the direction: as soon as that is
    /// written, the rest is pending, or else [`Duty::CloseWrite`], [`Duty::Close`] or [`Duty::Reset`] is due. Means nothing where
    /// no write is wanted. Pure, O(1).
    ///
    /// ```
    /// use standpipe_core::flow::{Relay, RelayOptions};
    /// use standpipe_core::{Duty, Machine, Moment, Pool, Window};
    ///
    /// let (mut relay, mut pool) = (Relay::echo(RelayOptions::default()), Pool::default());
    /// relay.handle_now(Moment::ORIGIN);
    /// let Window::Slice(window) = relay.window(Relay::CLIENT, &mut pool) else { unreachable!() };
    /// window[..3].copy_from_slice(b"bye");
    /// relay.handle_read(Relay::CLIENT, 3);
    /// assert!(!relay.is_last(Relay::CLIENT)); // there may be more to come
    /// relay.handle_eof(Relay::CLIENT);
    /// assert!(relay.is_last(Relay::CLIENT));
    /// relay.handle_written(Relay::CLIENT, 3);
    /// assert_eq!(relay.wants(Relay::CLIENT).duty, Some(Duty::CloseWrite));
    /// ```
    fn is_last(&self, port: Port) -> bool {
        let _ = port;
        false
    }

    /// Gives back lent buffers that are drained. Every turn ends with it.
    fn settle(&mut self, lend: &mut dyn Lend) {
        let _ = lend;
    }

    /// A fact: `n` bytes were read into the window.
    ///
    /// # Panics
    /// May panic when `n` exceeds the window, as slice indexing does.
    fn handle_read(&mut self, port: Port, n: usize) {
        let _ = (port, n);
    }

    /// A fact: the input of the port has ended cleanly.
    fn handle_eof(&mut self, port: Port) {
        let _ = port;
    }

    /// A fact: the first `n` pending bytes were written.
    ///
    /// # Panics
    /// May panic when `n` exceeds what is pending, as slice indexing does.
    fn handle_written(&mut self, port: Port, n: usize) {
        let _ = (port, n);
    }

    /// A fact: a read or a write at the port failed. The two directions fail apart, so that a reader who is gone takes
    /// nothing from what is still to be read.
    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        let _ = (port, side, fault);
    }

    /// A fact: a duty of the port has come to an end. A duty that is no longer due is ignored.
    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        let _ = (port, duty, done);
    }

    /// Whether there is an event to take. Reading stops until it is taken. O(1).
    fn has_event(&self) -> bool {
        false
    }

    /// Terminal: wants nothing, ignores facts.
    fn is_done(&self) -> bool;
}
