//! Caught signals, taken one by one: [`Incoming`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::signal::{PendingSignals, Signal, SignalSet};

use super::{Arrivals, Closer, Ignored};

/// Signals that are caught, to be taken one by one, in ascending order and none a second time before all others that had come.
///
/// ```
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::signals::{self, Ignored, Incoming, Next};
///
/// let mut incoming = Incoming::new([Signal::USR1, Signal::USR2].into(), Ignored::Leave)?;
/// signals::raise(Signal::USR2)?;
/// signals::raise(Signal::USR1)?;
/// incoming.closer().close();
/// let all: Vec<Next> = (0..3).map(|_| incoming.look()).collect();
/// assert_eq!(all, [Next::Signal(Signal::USR1), Next::Signal(Signal::USR2), Next::Closed]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Incoming {
    arrivals: Arrivals,
    pending: PendingSignals,
}

/// What there is to be taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Next {
    /// This one has come, once at least.
    Signal(Signal),
    /// None has come yet: the descriptor will be readable when one has, or when it is closed.
    Nothing,
    /// None will come: it was closed, and all that had come is taken.
    Closed,
}

impl Incoming {
    /// Catches these signals from now on.
    ///
    /// # Errors
    /// As [`signal_pipe`](super::signal_pipe).
    pub fn new(signals: SignalSet, ignored: Ignored) -> io::Result<Self> {
        Ok(Self { arrivals: Arrivals::new(signals, ignored)?, pending: PendingSignals::default() })
    }

    /// The descriptor, to be registered with a reactor; it must be let go there before this is dropped.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        self.arrivals.descriptor()
    }

    /// The signals that are caught: without those that were ignored and stay so.
    pub fn signals(&self) -> SignalSet {
        self.arrivals.signals()
    }

    /// Takes the next one, or says whether there will be one. Never waits.
    pub fn look(&mut self) -> Next {
        // Asked first: what came before the end is taken before it is told.
        let is_closed = self.arrivals.is_closed();
        match self.take() {
            Some(signal) => Next::Signal(signal),
            None if is_closed => Next::Closed,
            None => Next::Nothing,
        }
    }

    /// Takes the next one, if one has come. Never waits.
    pub fn take(&mut self) -> Option<Signal> {
        self.pending.handle_arrivals(self.arrivals.take());
        self.pending.take_next()
    }

    /// What closes it from any thread.
    pub fn closer(&self) -> Closer {
        self.arrivals.closer()
    }
}

impl AsFd for Incoming {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrivals.as_fd()
    }
}
