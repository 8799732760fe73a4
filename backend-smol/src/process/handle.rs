//! A child for every task: [`ChildHandle`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
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
pub struct ChildHandle(standpipe_sys::ChildHandle);

impl From<standpipe_sys::ChildHandle> for ChildHandle {
    fn from(inner: standpipe_sys::ChildHandle) -> Self {
        Self(inner)
    }
}

impl ChildHandle {
    /// Its process number: its own until its owner has reaped it.
    pub fn pid(&self) -> i32 {
        self.0.pid()
    }

    /// Its pidfd (pidfd_open(2)), where the system has them.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.0.pidfd()
    }

    /// How it ended, if it has. Never waits.
    pub fn poll(&self) -> Option<Exit> {
        self.0.exit()
    }

    /// Waits for its end. Dropping the future loses nothing: the end is its owner's to take, and is told again to whoever waits
    /// again.
    ///
    /// # Errors
    /// The descriptor limit.
    pub async fn wait(&self) -> io::Result<Exit> {
        // A descriptor of its own: its owner watches the other one, and a reactor has each but once.
        let watched = Async::new_nonblocking(self.0.as_fd().try_clone_to_owned()?)?;
        loop {
            match self.poll() {
                Some(exit) => return Ok(exit),
                None => watched.readable().await?,
            }
        }
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
        let _ = self.0.signal(target, signal.into());
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
