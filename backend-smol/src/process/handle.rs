//! A child for every task: [`ChildHandle`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_io::{Async, Timer};
use futures_lite::future;
use standpipe_core::Target;
use standpipe_core::process::Exit;
use standpipe_core::signal::Signal;

/// A child that belongs to a [`Child`](crate::Child) or [`Talk`](crate::Talk), for other tasks and threads: whatever its owner
/// does, they can wait for it and signal it. A number that was given up is never signalled, and who waits takes the status from
/// nobody.
///
/// ```
/// use standpipe_smol::{Command, Exit, Signal};
///
/// smol::block_on(async {
///     let mut child = Command::new("sleep").arg("600").spawn()?;
///     let handle = child.handle();
///     let other = smol::spawn(async move {
///         handle.terminate();
///         handle.wait().await
///     });
///     let ended = Exit::Signal { signal: Signal::TERM, core_dumped: false };
///     assert_eq!((child.wait().await?, other.await?), (ended, ended));
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChildHandle {
    child: standpipe_sys::ChildHandle,
    /// What becomes readable at its end, as the reactor has it for all who wait at present.
    watched: Arc<Mutex<Weak<Async<OwnedFd>>>>,
}

impl From<standpipe_sys::ChildHandle> for ChildHandle {
    fn from(child: standpipe_sys::ChildHandle) -> Self {
        Self { child, watched: Arc::default() }
    }
}

impl ChildHandle {
    /// Its process number: its own until its owner has reaped it.
    pub fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// Its pidfd (pidfd_open(2)), where the system has them.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.child.pidfd()
    }

    /// How it ended, if it has. Never waits.
    pub fn poll(&self) -> Option<Exit> {
        self.child.exit()
    }

    /// Waits for its end. Dropping the future loses nothing: the end is its owner's to take, and is told again to whoever waits
    /// again. All who wait by one handle and its clones share one descriptor.
    ///
    /// # Errors
    /// The descriptor limit, of the first who waits.
    pub async fn wait(&self) -> io::Result<Exit> {
        let watched = self.watch()?;
        loop {
            match self.poll() {
                Some(exit) => return Ok(exit),
                None => watched.readable().await?,
            }
        }
    }

    /// A descriptor besides the child's own: that one its owner watches, and a reactor has each but once.
    fn watch(&self) -> io::Result<Arc<Async<OwnedFd>>> {
        let mut shared = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = shared.upgrade() {
            return Ok(watched);
        }
        let watched = Arc::new(Async::new_nonblocking(self.child.as_fd().try_clone_to_owned()?)?);
        *shared = Arc::downgrade(&watched);
        Ok(watched)
    }

    /// Waits for its end, at most this long; `None` when it still runs. Dropping the future loses nothing.
    ///
    /// # Errors
    /// As [`ChildHandle::wait`].
    pub async fn wait_timeout(&self, at_most: Duration) -> io::Result<Option<Exit>> {
        let timed_out = async {
            Timer::after(at_most).await;
            Ok(None)
        };
        future::or(async { self.wait().await.map(Some) }, timed_out).await
    }

    /// Sends a signal to the child, or to the group or session that it leads. Nothing happens once it was reaped.
    pub fn signal(&self, target: Target, signal: Signal) {
        // A target that is gone is no failure, and one that may not be signalled is not a child of ours any more.
        let _ = self.child.signal(target, signal.into());
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal(Target::Child, Signal::TERM);
    }

    /// SIGKILL.
    pub fn kill(&self) {
        self.signal(Target::Child, Signal::KILL);
    }
}
