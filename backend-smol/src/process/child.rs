//! A running child: [`Child`].

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use standpipe_core::Bytes;
use standpipe_core::process::{self, Exit, Output, Stop, WaitStatus};
use standpipe_core::signal::Signal;
use standpipe_sys::process::{Running, Stopped};
use standpipe_sys::{Dialogue, RunError};

use super::{ChildHandle, Talk};
use crate::{Stream, Waiter};

/// A running child and our ends of its pipes, made by [`Command::spawn`](crate::Command::spawn).
///
/// Dropping it ends the child with SIGKILL and reaps it, so no zombie is ever left; to let it go on, wait for it. No other
/// child is ever waited for, and no thread is.
///
/// Any future of it may be dropped at its await: nothing that has happened to the child is lost by that, a stop that was begun goes on with
/// the next future, and its end is told as often as it is asked for.
///
/// ```
/// use smol::io::{AsyncReadExt, AsyncWriteExt};
/// use standpipe_smol::{Command, Exit, Stdio};
///
/// smol::block_on(async {
///     let mut child = Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe).spawn()?;
///     child.stdin.take().unwrap().write_all(b"hello").await?; // and closed by being dropped
///     let mut text = String::new();
///     child.stdout.take().unwrap().read_to_string(&mut text).await?;
///     assert_eq!((child.wait().await?, text.as_str()), (Exit::Code(0), "hello"));
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Child {
    /// Our end of its standard input, where that is a pipe or a terminal. To close a pipe, drop it.
    pub stdin: Option<Stream>,
    /// Our end of its standard output, where that is a pipe; of a terminal all that it shows.
    pub stdout: Option<Stream>,
    /// Our end of its standard error, where that is a pipe.
    pub stderr: Option<Stream>,
    running: Running,
    handle: ChildHandle,
    waiter: Waiter,
}

/// Starts a command of core's as it stands; [`Command::spawn`](crate::Command::spawn) is for everybody else.
///
/// # Errors
/// [`RunError::Launch`] where it could not be started, [`RunError::Wait`] where a pipe of it cannot be watched; nothing is left of
/// it.
pub fn spawn(command: &process::Command) -> Result<Child, RunError> {
    let (running, pipes) = Running::launch(command)?;
    let [stdin, stdout, stderr] = pipes.map(|pipe| pipe.map(Stream::new).transpose().map_err(RunError::Wait));
    let handle = running.handle().clone().into();
    Ok(Child { stdin: stdin?, stdout: stdout?, stderr: stderr?, running, handle, waiter: Waiter::default() })
}

impl Child {
    /// Its process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.handle.pid()
    }

    /// Its pidfd (pidfd_open(2)), where the system has them.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.handle.pidfd()
    }

    /// The child for other tasks, which can wait for it and signal it whatever is done here.
    pub fn handle(&self) -> ChildHandle {
        self.handle.clone()
    }

    /// How it ended, if it has. Never waits.
    pub fn poll(&mut self) -> Option<Exit> {
        loop {
            let (life, ends) = self.running.parts();
            if !self.waiter.turn(life, ends) {
                return self.running.exit();
            }
            self.take_events();
        }
    }

    /// Waits for its end. Standard input is closed first, unless it was taken out: a child that reads to the end of it
    /// would never come to its own. Outputs are not drained meanwhile: take them first, or use [`Child::communicate`].
    /// Dropping the future loses nothing, but standard input stays closed.
    ///
    /// # Errors
    /// The reactor cannot watch its exit.
    pub async fn wait(&mut self) -> io::Result<Exit> {
        close(&mut self.stdin);
        self.wait_on().await
    }

    async fn wait_on(&mut self) -> io::Result<Exit> {
        loop {
            match self.running.over() {
                Some(exit) => return Ok(exit),
                None => self.run().await?,
            };
        }
    }

    /// Waits for what happens to it next. Whether that is the deadline.
    async fn run(&mut self) -> io::Result<bool> {
        let (life, ends) = self.running.parts();
        self.waiter.run(life, ends).await?;
        Ok(self.take_events())
    }

    /// Waits for its end, at most this long; `None` when it still runs. Standard input stays as it is.
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub async fn wait_timeout(&mut self, at_most: Duration) -> io::Result<Option<Exit>> {
        if self.poll().is_none() {
            self.running.set_deadline(Some(self.waiter.now() + at_most));
            while self.running.over().is_none() && !self.run().await? {}
            self.running.set_deadline(None);
        }
        Ok(self.running.exit())
    }

    /// The raw wait status; `None` while it is not known that it has ended, and where somebody else has reaped it.
    pub fn status(&self) -> Option<WaitStatus> {
        self.running.status()
    }

    /// Feeds it this, collects what it writes, and waits for its end (SUB-42); what was taken out of the handle stays its
    /// taker's. Dropping the future kills and reaps it.
    ///
    /// ```
    /// use standpipe_smol::{Command, Stdio};
    ///
    /// let child = Command::new("tr").args(["a-z", "A-Z"]).stdin(Stdio::Pipe).stdout(Stdio::Pipe).spawn()?;
    /// assert_eq!(smol::block_on(child.communicate("loud"))?.stdout, b"LOUD");
    /// # Ok::<(), standpipe_smol::RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Child::talk`] and [`Talk::finish`].
    pub async fn communicate(self, input: impl Into<Bytes>) -> Result<Output, RunError> {
        self.talk(input)?.finish().await
    }

    /// The same, as long as the caller likes: see [`Talk`].
    ///
    /// # Errors
    /// [`RunError::Unread`] for input to a child whose standard input is not in the handle; the child is ended then.
    pub fn talk(self, input: impl Into<Bytes>) -> Result<Talk, RunError> {
        let pipes = [self.stdin, self.stdout, self.stderr].map(|stream| stream.map(Stream::into_inner));
        let talking = self.running.talk(pipes, Dialogue::fed(input))?;
        Ok(Talk::of(talking, self.handle, self.waiter.successor()))
    }

    /// Sends a signal. Nothing happens where it has ended: a reaped number is never signalled.
    pub fn signal(&mut self, signal: Signal) {
        self.running.signal(signal);
        self.poll();
    }

    /// SIGTERM.
    pub fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
    }

    /// Brings it to its end, and waits for that. A step that closes standard input drops [`Child::stdin`]. A stop whose future is
    /// dropped goes on as long as another future of the child is awaited; it can be replaced, and not be taken back.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub async fn stop(&mut self, stop: &Stop) -> io::Result<Stopped> {
        self.running.stop(stop);
        self.wait_on().await.map(|exit| self.running.stopped(exit))
    }

    /// Does what a stop asks of whoever has the pipes. Whether the deadline has passed.
    fn take_events(&mut self) -> bool {
        self.running.take_events(|| close(&mut self.stdin))
    }
}

/// A terminal that takes nothing more is closed as well, which hangs up.
fn close(stdin: &mut Option<Stream>) {
    if let Some(stdin) = stdin.take() {
        let _ = stdin.into_inner().end_input();
    }
}
