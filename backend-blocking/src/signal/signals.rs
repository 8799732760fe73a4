//! What arrives, one by one: [`Signals`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{Moment, Side};
use standpipe_sys::signals::{Closer, Ignored, Incoming, Next};
use standpipe_sys::{Clock, PollSet};

/// Signals that are caught from its making until it is dropped, to be taken one by one: by iterating, which waits, or by
/// the methods.
///
/// Any number of these may be there for one signal, in one thread or in several: each is told. None loses a signal, however
/// many come and however late one looks. What was in place before is called as well where it is a handler, and is in place
/// again when the last one is dropped.
///
/// Its descriptor becomes readable when something comes, for a poll of one's own; take all of it then, by
/// [`Signals::pending`] until there is none.
///
/// ```
/// use std::time::Duration;
/// use standpipe_blocking::signal::{self, Signal, Signals, Waited};
///
/// let mut signals = Signals::new([Signal::USR1, Signal::USR2])?;
/// signal::raise(Signal::USR2)?;
/// signal::raise(Signal::USR1)?;
/// signal::raise(Signal::USR2)?;
/// assert_eq!(signals.wait()?, Some(Signal::USR1));
/// assert_eq!(signals.wait()?, Some(Signal::USR2));
/// assert_eq!(signals.wait_timeout(Duration::from_millis(1))?, Waited::TimedOut);
///
/// let closer = signals.closer();
/// std::thread::spawn(move || closer.close());
/// assert_eq!(signals.wait()?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Signals {
    incoming: Incoming,
    clock: Clock,
    set: PollSet,
}

/// What a wait with a time limit came to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Waited {
    /// This one has come, once at least.
    Signal(Signal),
    /// None has come in time.
    TimedOut,
    /// None will come: it was closed.
    Closed,
}

impl Signals {
    /// Catches these signals from now on. One that is ignored stays so, as nohup(1) and the background of a shell want it;
    /// [`Signals::caught`] is without it.
    ///
    /// # Errors
    /// The descriptor limit; or a signal that cannot be caught, such as SIGKILL or SIGSEGV, and then nothing has changed
    /// and the [`SignalError`](super::SignalError) is within.
    pub fn new(signals: impl IntoIterator<Item = Signal>) -> io::Result<Self> {
        Self::with(signals, Ignored::Leave)
    }

    /// As [`Signals::new`], and says what becomes of signals that are ignored.
    ///
    /// ```
    /// use standpipe_blocking::signal::{Ignored, Signal, Signals, ignore};
    ///
    /// ignore(Signal::HUP)?.keep();
    /// let signals = Signals::with([Signal::HUP], Ignored::Catch)?;
    /// assert_eq!(signals.caught(), Signal::HUP.into());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Signals::new`].
    pub fn with(signals: impl IntoIterator<Item = Signal>, ignored: Ignored) -> io::Result<Self> {
        Ok(Self {
            incoming: Incoming::new(signals.into_iter().collect(), ignored)?,
            clock: Clock::start(),
            set: PollSet::default(),
        })
    }

    /// The signals that are caught.
    pub fn caught(&self) -> SignalSet {
        self.incoming.signals()
    }

    /// Waits for the next signal; `None` when it was closed and all that had come is taken.
    ///
    /// # Errors
    /// Waiting failed: no descriptor may be polled under the process's limit.
    pub fn wait(&mut self) -> io::Result<Option<Signal>> {
        match self.wait_until(None)? {
            Waited::Signal(signal) => Ok(Some(signal)),
            Waited::TimedOut | Waited::Closed => Ok(None),
        }
    }

    /// Waits for the next signal, at most this long, however often the wait is interrupted.
    ///
    /// # Errors
    /// As [`Signals::wait`].
    pub fn wait_timeout(&mut self, at_most: Duration) -> io::Result<Waited> {
        self.wait_until(Some(self.clock.now() + at_most))
    }

    fn wait_until(&mut self, end: Option<Moment>) -> io::Result<Waited> {
        loop {
            match self.incoming.look() {
                Next::Signal(signal) => return Ok(Waited::Signal(signal)),
                Next::Closed => return Ok(Waited::Closed),
                Next::Nothing => {}
            }
            let left = end.map(|end| self.clock.until(end));
            if left == Some(Duration::ZERO) {
                return Ok(Waited::TimedOut);
            }
            self.set.clear();
            self.set.add(self.incoming.as_fd(), Side::Read);
            self.set.wait(left)?;
        }
    }

    /// The next signal, if one has come. Never waits.
    pub fn pending(&mut self) -> Option<Signal> {
        self.incoming.take()
    }

    /// What ends it from any thread: whoever waits for it is woken, takes what had come, and is told the end.
    pub fn closer(&self) -> Closer {
        self.incoming.closer()
    }
}

impl Iterator for Signals {
    type Item = io::Result<Signal>;

    /// [`Signals::wait`].
    fn next(&mut self) -> Option<io::Result<Signal>> {
        self.wait().transpose()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.incoming.as_fd()
    }
}
