//! What arrives, one by one: [`Signals`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_io::Async;
use futures_lite::Stream;
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_sys::signals::{Closer, Ignored, Incoming, Next};

/// Signals that are caught from its making until it is dropped, as a stream of them, which ends when it was closed and all that had
/// come is taken.
///
/// Any number of these may be there for one signal, in one task or in several: each is told. None loses a signal, however many come and
/// however late one looks. What was in place before is called as well where it is a handler, and is in place again when the last
/// one is dropped.
///
/// A wait may be dropped at its await: a signal is taken only by a poll that returns it.
///
/// ```
/// use smol::stream::StreamExt;
/// use standpipe_smol::signal::{self, Signal, Signals};
///
/// smol::block_on(async {
///     let mut signals = Signals::new([Signal::USR1, Signal::USR2])?;
///     signal::raise(Signal::USR2)?;
///     signal::raise(Signal::USR1)?;
///     signal::raise(Signal::USR2)?;
///     assert_eq!(signals.next().await, Some(Signal::USR1));
///     assert_eq!(signals.next().await, Some(Signal::USR2));
///     assert_eq!(signals.pending(), None);
///
///     let closer = signals.closer();
///     std::thread::spawn(move || closer.close());
///     assert_eq!(signals.next().await, None);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Signals {
    /// Let go before it is closed.
    watched: Async<Arc<OwnedFd>>,
    incoming: Incoming,
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
    /// use standpipe_smol::signal::{Ignored, Signal, Signals, ignore};
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
        let incoming = Incoming::new(signals.into_iter().collect(), ignored)?;
        Ok(Self { watched: Async::new_nonblocking(incoming.descriptor().clone())?, incoming })
    }

    /// The signals that are caught.
    pub fn caught(&self) -> SignalSet {
        self.incoming.signals()
    }

    /// The next signal, if one has come. Never waits.
    pub fn pending(&mut self) -> Option<Signal> {
        self.incoming.take()
    }

    /// What ends it from any task or thread: whoever awaits it is woken, takes what had come, and is told the end.
    pub fn closer(&self) -> Closer {
        self.incoming.closer()
    }
}

impl Stream for Signals {
    type Item = Signal;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Signal>> {
        loop {
            match self.incoming.look() {
                Next::Signal(signal) => return Poll::Ready(Some(signal)),
                Next::Closed => return Poll::Ready(None),
                Next::Nothing => {}
            }
            match self.watched.poll_readable(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Pending => return Poll::Pending,
                // The kernel has no memory to watch it right now, and it can be looked at all the same.
                Poll::Ready(Err(_)) => {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl AsFd for Signals {
    /// Readable when something comes.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.incoming.as_fd()
    }
}
