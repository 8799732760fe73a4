//! What a driver can do without waiting: [`Io`], and the shapes in which bytes are offered.

use alloc::vec::Vec;

use crate::flow::SendQueue;
use crate::{Duty, Fault, Lend, Port};

/// What became of one read or write.
///
/// ```
/// use standpipe_core::{Fault, FaultKind, Outcome};
///
/// /// What read(2) says, in our words.
/// fn outcome(result: isize, errno: i32) -> Outcome {
///     match (result, errno) {
///         (0, _) => Outcome::Eof,
///         (n @ 1.., _) => Outcome::Ready(n as usize),
///         (_, 11) => Outcome::Blocked, // EAGAIN
///         (_, errno) => Outcome::Failed(Fault::new(FaultKind::Other, errno)),
///     }
/// }
/// assert_eq!(outcome(5, 0), Outcome::Ready(5));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Outcome {
    /// This many bytes were moved.
    Ready(usize),
    /// The clean end of the input. Reads only.
    Eof,
    /// Nothing can be moved now.
    Blocked,
    /// It failed.
    Failed(Fault),
}

/// What became of one [`Duty`].
///
/// ```
/// use standpipe_core::process::{Child, Exit};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut child = Child::new();
/// child.handle_done(Child::EXIT, Duty::Observe, Done::Blocked); // it runs, and stays to be observed
/// child.handle_done(Child::EXIT, Duty::Observe, Done::Ok(1 << 8)); // the number is a wait status
/// assert_eq!(child.exit(), Some(Exit::Code(1)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Done {
    /// It is done; the duty's documentation says what the number is.
    Ok(i32),
    /// It cannot be done now.
    Blocked,
    /// It failed.
    Failed(Fault),
}

/// Where the next read goes.
///
/// Forms, since what a machine collects for its caller must not be initialised first (a gigabyte of output would be written
/// twice), and what nobody looks at need not come out of the kernel.
///
/// ```
/// use standpipe_core::Window;
///
/// let mut buffer = [0; 4];
/// let mut bytes = vec![1, 2];
/// assert_eq!(Window::Slice(&mut buffer).room(), 4);
/// assert_eq!(Window::Append { into: &mut bytes, max: 10 }.room(), 10);
/// assert_eq!(Window::NONE.room(), 0);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Window<'a> {
    /// Into this slice.
    Slice(&'a mut [u8]),
    /// Behind the end of this vector, at most `max` bytes.
    Append {
        /// The vector that grows.
        into: &'a mut Vec<u8>,
        /// How many bytes it may grow by.
        max: usize,
    },
    /// Into the conduit behind this port, at most `max` bytes, which nobody looks at: a kernel pipe that splice(2) moves them to.
    /// It is empty.
    Counted {
        /// Which of the driver's conduits. No port of the machine has its number.
        conduit: Port,
        /// How many bytes may come.
        max: usize,
    },
}

impl Window<'_> {
    /// No room.
    pub const NONE: Self = Self::Slice(&mut []);

    /// How many bytes may come.
    pub fn room(&self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Append { max, .. } | Self::Counted { max, .. } => *max,
        }
    }
}

/// What the next write takes.
///
/// ```
/// use standpipe_core::Pending;
///
/// /// How many bytes one write may take.
/// fn len(pending: Pending<'_>) -> usize {
///     match pending {
///         Pending::Slice(bytes) => bytes.len(),
///         Pending::Queue(queue) => queue.len(),
///         _ => 0,
///     }
/// }
/// assert_eq!((len(Pending::Slice(b"hello")), len(Pending::NONE)), (5, 0));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Pending<'a> {
    /// This slice.
    Slice(&'a [u8]),
    /// The chunks of this queue, in one vectored write.
    Queue(&'a SendQueue),
    /// What lies in the conduit behind this port, where a read has put it ([`Window::Counted`]).
    Counted {
        /// Which of the driver's conduits.
        conduit: Port,
        /// How many bytes lie there.
        len: usize,
    },
}

impl Pending<'_> {
    /// Nothing.
    pub const NONE: Self = Self::Slice(&[]);
}

/// The few operations that [`advance`](crate::advance()) needs. None of them ever waits.
///
/// ```
/// use standpipe_core::{Done, Duty, Io, Lend, Outcome, Pending, Pool, Port, Window};
///
/// /// Where nothing ever happens.
/// struct Nowhere(Pool);
///
/// impl Lend for Nowhere {
///     fn take(&mut self) -> Box<[u8]> {
///         self.0.take()
///     }
///
///     fn give(&mut self, buffer: Box<[u8]>) {
///         self.0.give(buffer);
///     }
/// }
///
/// impl Io for Nowhere {
///     fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
///         Outcome::Blocked
///     }
///
///     fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
///         Outcome::Blocked
///     }
///
///     fn try_duty(&mut self, _: Port, _: Duty) -> Done {
///         Done::Blocked
///     }
/// }
/// # let _ = Nowhere(Pool::default()).try_duty(Port::new(0), Duty::Close);
/// ```
pub trait Io: Lend {
    /// Reads once from the port.
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome;
    /// Writes once to the port.
    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome;
    /// Performs the duty at the port.
    fn try_duty(&mut self, port: Port, duty: Duty) -> Done;

    /// As [`Io::try_write`], of what the end of the direction follows at once ([`Machine::is_last`](crate::Machine::is_last)):
    /// the kernel may keep it back for that, so that one packet takes both (send(2), `MSG_MORE`). By default it does not.
    ///
    /// ```
    /// use standpipe_core::flow::{Relay, RelayOptions};
    /// use standpipe_core::{BUDGET, Done, Duty, Io, Lend, Moment, Outcome, Pending, Pool, Port, Window, advance};
    ///
    /// /// Says "bye", ends, and hears it again.
    /// #[derive(Default)]
    /// struct Peer {
    ///     pool: Pool,
    ///     has_said: bool,
    ///     has_heard_last: bool,
    /// }
    ///
    /// impl Lend for Peer {
    ///     fn take(&mut self) -> Box<[u8]> {
    ///         self.pool.take()
    ///     }
    ///     fn give(&mut self, buffer: Box<[u8]>) {
    ///         self.pool.give(buffer);
    ///     }
    /// }
    ///
    /// impl Io for Peer {
    ///     fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
    ///         let Window::Slice(window) = window else { return Outcome::Blocked };
    ///         if std::mem::replace(&mut self.has_said, true) {
    ///             return Outcome::Eof;
    ///         }
    ///         window[..3].copy_from_slice(b"bye");
    ///         Outcome::Ready(3)
    ///     }
    ///     fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
    ///         Outcome::Blocked // until the peer has ended
    ///     }
    ///     fn try_last_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
    ///         let Pending::Slice(bytes) = pending else { return Outcome::Blocked };
    ///         self.has_heard_last = bytes == b"bye";
    ///         Outcome::Ready(bytes.len())
    ///     }
    ///     fn try_duty(&mut self, _: Port, _: Duty) -> Done {
    ///         Done::Ok(0)
    ///     }
    /// }
    ///
    /// let (mut relay, mut peer) = (Relay::echo(RelayOptions::default()), Peer::default());
    /// let _ = advance(&mut relay, &mut peer, Moment::ORIGIN, BUDGET); // the write was tried before the end had come
    /// let _ = advance(&mut relay, &mut peer, Moment::ORIGIN, BUDGET);
    /// assert!(peer.has_heard_last);
    /// ```
    fn try_last_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.try_write(port, pending)
    }

    /// Whether a read is worth trying: where it is known to block, no buffer need be lent for it. By default it always is.
    ///
    /// ```
    /// use standpipe_core::{Done, Duty, Io, Lend, Outcome, Pending, Pool, Port, Window};
    ///
    /// /// Knows from its last wait whether there is something to read.
    /// struct Remembering(Pool, bool);
    ///
    /// impl Lend for Remembering {
    ///     fn take(&mut self) -> Box<[u8]> {
    ///         self.0.take()
    ///     }
    ///     fn give(&mut self, buffer: Box<[u8]>) {
    ///         self.0.give(buffer);
    ///     }
    /// }
    ///
    /// impl Io for Remembering {
    ///     fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
    ///         Outcome::Blocked
    ///     }
    ///     fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
    ///         Outcome::Blocked
    ///     }
    ///     fn try_duty(&mut self, _: Port, _: Duty) -> Done {
    ///         Done::Blocked
    ///     }
    ///     fn may_read(&self, _: Port) -> bool {
    ///         self.1
    ///     }
    /// }
    /// assert!(!Remembering(Pool::default(), false).may_read(Port::new(0)));
    /// ```
    fn may_read(&self, port: Port) -> bool {
        let _ = port;
        true
    }
}

impl<T: Io + ?Sized> Io for &mut T {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        (**self).try_read(port, window)
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        (**self).try_write(port, pending)
    }

    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        (**self).try_duty(port, duty)
    }

    fn try_last_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        (**self).try_last_write(port, pending)
    }

    fn may_read(&self, port: Port) -> bool {
        (**self).may_read(port)
    }
}
