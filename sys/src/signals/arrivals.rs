//! Caught signals as a set, and a descriptor that is readable while there are some: [`Arrivals`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use standpipe_core::signal::{Signal, SignalSet};

use super::caught::{self, Caught, Ignored};
use super::sink::Sink;
use crate::fd;

/// Signals that are caught, as a set that is taken, and a descriptor that is readable while it may hold some. Unlike a
/// [`signal_pipe`](super::signal_pipe), nothing of it can be full: however many come, none is lost.
///
/// ```
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::signals::{self, Arrivals, Ignored};
///
/// let arrivals = Arrivals::new([Signal::USR1, Signal::USR2].into(), Ignored::Leave)?;
/// for _ in 0..5 {
///     signals::raise(Signal::USR2)?;
/// }
/// assert_eq!(arrivals.take(), Signal::USR2.into());
/// assert!(arrivals.take().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Arrivals {
    caught: Caught,
    read: Arc<OwnedFd>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sink: Arc<Sink>,
    is_closed: AtomicBool,
}

/// Closes [`Arrivals`] from any thread.
#[derive(Clone, Debug)]
pub struct Closer(Arc<Shared>);

impl Arrivals {
    /// Catches these signals from now on.
    ///
    /// # Errors
    /// As [`signal_pipe`](super::signal_pipe).
    pub fn new(signals: SignalSet, ignored: Ignored) -> io::Result<Self> {
        let (read, write) = fd::pipe()?;
        fd::set_nonblocking(read.as_fd())?;
        fd::set_nonblocking(write.as_fd())?;
        let sink = Arc::new(Sink::of_sets(write));
        let caught = caught::catch(signals, &sink, ignored)?;
        let shared = Arc::new(Shared { sink, is_closed: AtomicBool::new(false) });
        Ok(Self { caught, read: Arc::new(read), shared })
    }

    /// The signals that are caught: without those that were ignored and stay so.
    pub fn signals(&self) -> SignalSet {
        self.caught.signals()
    }

    /// The descriptor, to be registered with a reactor; it must be let go there before this is dropped.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.read
    }

    /// Catches another signal from now on, unless it does so already.
    ///
    /// # Errors
    /// It cannot be caught. Nothing has changed then.
    pub fn catch(&mut self, signal: Signal, ignored: Ignored) -> io::Result<()> {
        if !self.signals().contains(signal) {
            self.caught.append(caught::catch(signal.into(), &self.shared.sink, ignored)?);
        }
        Ok(())
    }

    /// Catches a signal no more. What has come of it is still to be taken.
    pub fn release(&mut self, signal: Signal) {
        self.caught.release(signal);
    }

    /// Takes what has arrived since it was last asked. Never waits.
    pub fn take(&self) -> SignalSet {
        if !self.is_closed() {
            self.drain();
        }
        self.shared.sink.take()
    }

    /// What closes it.
    pub fn closer(&self) -> Closer {
        Closer(self.shared.clone())
    }

    /// Whether it was closed. Its descriptor stays readable then.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed.load(Ordering::SeqCst)
    }

    fn drain(&self) {
        let mut bytes = [0u8; 128];
        // SAFETY: `bytes` is writable and as long as is said; the descriptor is ours and does not wait.
        while unsafe { libc::read(self.read.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
        if self.is_closed() {
            // It may have been the byte that tells of it.
            self.shared.sink.wake();
        }
    }
}

impl Closer {
    /// Closes it, and wakes whoever waits for its descriptor. Again changes nothing.
    pub fn close(&self) {
        if !self.0.is_closed.swap(true, Ordering::SeqCst) {
            self.0.sink.wake();
        }
    }
}

impl AsFd for Arrivals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }
}
