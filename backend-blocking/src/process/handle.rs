//! A child for every thread: [`ChildHandle`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use standpipe_core::process::Exit;
use standpipe_core::signal::Signal;
use standpipe_core::{Side, Target};
use standpipe_sys::{Clock, PollSet};

/// A child that belongs to a [`Child`](crate::Child) or [`Talk`](crate::Talk), for other threads: whatever its owner does,
/// they can wait for it and signal it. A number that was given up is never signalled, and who waits takes the status from
/// nobody.
///
/// ```
/// use standpipe_blocking::{Command, Exit, Signal};
///
/// let mut child = Command::new("sleep").arg("600").spawn()?;
/// let handle = child.handle();
/// let other = std::thread::spawn(move || {
///     handle.terminate();
///     handle.wait()
/// });
/// let ended = Exit::Signal { signal: Signal::TERM, core_dumped: false };
/// assert_eq!((child.wait()?, other.join().unwrap()?), (ended, ended));
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

    /// Waits for its end.
    ///
    /// # Errors
    /// Waiting failed.
    pub fn wait(&self) -> io::Result<Exit> {
        loop {
            match self.poll() {
                Some(exit) => return Ok(exit),
                None => self.sleep(None)?,
            }
        }
    }

    /// Waits for its end, at most this long; `None` when it still runs.
    ///
    /// # Errors
    /// Waiting failed.
    pub fn wait_timeout(&self, at_most: Duration) -> io::Result<Option<Exit>> {
        let clock = Clock::start();
        let deadline = clock.now() + at_most;
        loop {
            let (exit, left) = (self.poll(), clock.until(deadline));
            if exit.is_some() || left.is_zero() {
                return Ok(exit);
            }
            self.sleep(Some(left))?;
        }
    }

    fn sleep(&self, at_most: Option<Duration>) -> io::Result<()> {
        let mut set = PollSet::default();
        set.add(self.0.as_fd(), Side::Read);
        set.wait(at_most)
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
