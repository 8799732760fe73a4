//! A running child: [`Child`].

use std::io;
use std::time::Duration;

use standpipe_core::process::{self, ChildEvent, Command, Exit, Output, Stop, StopStep, WaitStatus};
use standpipe_core::signal::Signal;
use standpipe_core::{Machine, Target};
use standpipe_sys::{Dialogue, Ends, RunError, launch, talk_with};

use super::{ChildHandle, Talk};
use crate::{Stream, Waiter};

/// A running child and our ends of its pipes, made by [`spawn`].
///
/// Dropping it ends the child with SIGKILL and reaps it, so no zombie is ever left; to let it go on, wait for it. No other
/// child is ever waited for, and no thread is.
///
/// Any future of it may be dropped at its await: nothing that has happened to the child is lost by that, a stop that was begun goes on with
/// the next future, and its end is told as often as it is asked for.
///
/// ```
/// use smol::io::{AsyncReadExt, AsyncWriteExt};
/// use standpipe_smol::{Command, Exit, Stdio, spawn};
///
/// smol::block_on(async {
///     let mut child = spawn(&Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe))?;
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
    handle: ChildHandle,
    life: process::Child,
    ends: Ends,
    waiter: Waiter,
}

/// Starts a command as it stands.
///
/// # Errors
/// [`RunError::Launch`] where it could not be started, [`RunError::Wait`] where a pipe of it cannot be watched; nothing is left of
/// it.
pub fn spawn(command: &Command) -> Result<Child, RunError> {
    let mut launched = launch(command)?;
    let pipes = [0, 1, 2].map(|number| launched.pipe(number));
    let ends = Ends::default().with(process::Child::EXIT, launched.exit);
    let [stdin, stdout, stderr] = pipes.map(|pipe| pipe.map(Stream::new).transpose().map_err(RunError::Wait));
    let handle = ends.child(process::Child::EXIT).expect("it was just put there");
    Ok(Child {
        stdin: stdin?,
        stdout: stdout?,
        stderr: stderr?,
        handle: handle.into(),
        life: process::Child::new(),
        ends,
        waiter: Waiter::default(),
    })
}

impl Child {
    /// Its process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.handle.pid()
    }

    /// The child for other tasks, which can wait for it and signal it whatever is done here.
    pub fn handle(&self) -> ChildHandle {
        self.handle.clone()
    }

    /// How it ended, if it has. Never waits.
    pub fn poll(&mut self) -> Option<Exit> {
        while self.waiter.turn(&mut self.life, &mut self.ends) {
            self.take_events();
        }
        self.life.exit()
    }

    /// Waits for its end. Standard input is closed first, unless it was taken out: a child that reads to the end of it
    /// would never come to its own. Outputs are not drained meanwhile: take them first, or use [`Child::communicate`].
    ///
    /// # Errors
    /// The reactor cannot watch its exit.
    pub async fn wait(&mut self) -> io::Result<Exit> {
        self.close_stdin();
        self.wait_on().await
    }

    async fn wait_on(&mut self) -> io::Result<Exit> {
        while !self.life.is_done() {
            self.waiter.run(&mut self.life, &mut self.ends).await?;
            self.take_events();
        }
        Ok(self.life.exit().unwrap_or(Exit::Unknown))
    }

    /// Waits for its end, at most this long; `None` when it still runs. Standard input stays as it is.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub async fn wait_timeout(&mut self, at_most: Duration) -> io::Result<Option<Exit>> {
        if self.poll().is_none() {
            self.life.set_deadline(Some(self.waiter.now() + at_most));
            while !self.take_events() && !self.life.is_done() {
                self.waiter.run(&mut self.life, &mut self.ends).await?;
            }
            self.life.set_deadline(None);
        }
        Ok(self.life.exit())
    }

    /// The raw wait status; `None` while it is not known that it has ended, and where somebody else has reaped it.
    pub fn status(&self) -> Option<WaitStatus> {
        self.life.status()
    }

    /// Feeds it, collects what it writes, and waits for its end (SUB-42); what was taken out of the handle stays its taker's.
    /// Without a stop in the dialogue it is ended by SIGKILL over the limit.
    ///
    /// Dropping the future kills and reaps it.
    ///
    /// # Errors
    /// As [`Child::talk`] and [`Talk::finish`].
    pub async fn communicate(self, dialogue: Dialogue) -> Result<Output, RunError> {
        self.talk(dialogue)?.finish().await
    }

    /// The same, as long as the caller likes: see [`Talk`].
    ///
    /// # Errors
    /// [`RunError::Unread`] for input to a child whose standard input is not in the handle; the child is ended then.
    pub fn talk(mut self, dialogue: Dialogue) -> Result<Talk, RunError> {
        let exit = self.ends.take(process::Child::EXIT).or_else(|| self.handle.over());
        let pipes = [self.stdin, self.stdout, self.stderr].map(|stream| stream.map(Stream::into_inner));
        let (talk, ends) = talk_with(exit.expect("it is kept until it was reaped"), pipes, dialogue)?;
        Ok(Talk::new(talk, ends, self.waiter.successor()))
    }

    /// Sends a signal. Nothing happens where it has ended: a reaped number is never signalled.
    pub fn signal(&mut self, signal: Signal) {
        self.life.signal(Target::Child, signal);
        self.poll();
    }

    /// Brings it to its end, and waits for that. A step that closes standard input drops [`Child::stdin`].
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub async fn stop(&mut self, stop: &Stop) -> io::Result<Stopped> {
        self.life.stop(stop);
        let exit = self.wait_on().await?;
        Ok(Stopped { exit, by: self.life.stop_step() })
    }

    /// A terminal that takes nothing more is closed as well, which hangs up.
    fn close_stdin(&mut self) {
        if let Some(stdin) = self.stdin.take() {
            let _ = stdin.into_inner().end_input();
        }
    }

    /// Does what a stop asks of whoever has the pipes. Whether the deadline has passed.
    fn take_events(&mut self) -> bool {
        let mut timed_out = false;
        while let Some(event) = self.life.next_event() {
            match event {
                ChildEvent::TimedOut => timed_out = true,
                ChildEvent::Step(StopStep::CloseStdin) => self.close_stdin(),
                _ => {}
            }
        }
        timed_out
    }
}

/// What a stop came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped {
    /// How the child ended.
    pub exit: Exit,
    /// The step that ended it: the last that was taken while it lived. `None` where it had ended before.
    pub by: Option<StopStep>,
}
