//! A running child: [`Child`].

use std::io;
use std::time::Duration;

use standpipe_core::process::{self, ChildEvent, Exit, Stop, StopStep};
use standpipe_core::signal::Signal;
use standpipe_core::{Machine, Progress, Target};
use standpipe_sys::{Ends, LaunchError, launch};

use crate::{Stream, Waiter};

/// A running child and our ends of its pipes.
///
/// Dropping it ends the child with SIGKILL and reaps it, so no zombie is ever left; to let it go on, wait for it.
///
/// ```
/// use std::io::{Read, Write};
/// use standpipe_blocking::{Command, Exit, Stdio};
///
/// let mut child = Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe).spawn()?;
/// child.stdin.take().unwrap().write_all(b"hello")?; // and closed by being dropped
/// let mut text = String::new();
/// child.stdout.take().unwrap().read_to_string(&mut text)?;
/// assert_eq!((child.wait()?, text.as_str()), (Exit::Code(0), "hello"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Child {
    /// Our end of its standard input, where that is a pipe. To close it, drop it.
    pub stdin: Option<Stream>,
    /// Our end of its standard output, where that is a pipe.
    pub stdout: Option<Stream>,
    /// Our end of its standard error, where that is a pipe.
    pub stderr: Option<Stream>,
    pid: i32,
    life: process::Child,
    ends: Ends,
    waiter: Waiter,
}

impl Child {
    pub(crate) fn spawn(command: &process::Command) -> Result<Self, LaunchError> {
        let mut launched = launch(command)?;
        let mut pipe = |number| launched.pipe(number).map(Stream::from);
        let (stdin, stdout, stderr) = (pipe(0), pipe(1), pipe(2));
        Ok(Self {
            stdin,
            stdout,
            stderr,
            pid: launched.exit.pid(),
            life: process::Child::new(),
            ends: Ends::default().with(process::Child::EXIT, launched.exit),
            waiter: Waiter::default(),
        })
    }

    /// Its process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// How it ended, if it has. Never waits.
    pub fn poll(&mut self) -> Option<Exit> {
        while self.waiter.turn(&mut self.life, &mut self.ends) == Progress::Events {
            self.take_events();
        }
        self.life.exit()
    }

    /// Waits for its end. Its pipes are not drained meanwhile: take them first, or use
    /// [`Command::communicate`](crate::Command::communicate).
    ///
    /// # Errors
    /// Waiting failed.
    pub fn wait(&mut self) -> io::Result<Exit> {
        while !self.life.is_done() {
            self.waiter.run(&mut self.life, &mut self.ends)?;
            self.take_events();
        }
        Ok(self.life.exit().unwrap_or(Exit::Unknown))
    }

    /// Waits for its end, at most this long; `None` when it still runs. No polling is involved.
    ///
    /// # Errors
    /// Waiting failed.
    pub fn wait_timeout(&mut self, at_most: Duration) -> io::Result<Option<Exit>> {
        if self.poll().is_none() {
            self.life.set_deadline(Some(self.waiter.now() + at_most));
            while !self.take_events() && !self.life.is_done() {
                self.waiter.run(&mut self.life, &mut self.ends)?;
            }
            self.life.set_deadline(None);
        }
        Ok(self.life.exit())
    }

    /// Sends a signal. Nothing happens where it has ended: a reaped number is never signalled.
    pub fn signal(&mut self, signal: Signal) {
        self.life.signal(Target::Child, signal);
        self.poll();
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
    }

    /// Does what a stop asks of whoever has the pipes. Whether the deadline has passed.
    fn take_events(&mut self) -> bool {
        let mut timed_out = false;
        while let Some(event) = self.life.next_event() {
            match event {
                ChildEvent::TimedOut => timed_out = true,
                ChildEvent::Step(StopStep::CloseStdin) => self.stdin = None,
                _ => {}
            }
        }
        timed_out
    }

    /// Brings it to its end, and waits for that. A step that closes standard input drops [`Child::stdin`].
    ///
    /// # Errors
    /// Waiting failed.
    pub fn stop(&mut self, stop: &Stop) -> io::Result<Exit> {
        self.life.stop(stop);
        self.wait()
    }
}
