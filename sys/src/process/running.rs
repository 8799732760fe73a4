//! A running child, whoever waits for it: [`Running`].

use standpipe_core::process::{Child, ChildEvent, Command, Exit, Stop, StopStep, WaitStatus};
use standpipe_core::signal::Signal;
use standpipe_core::{Machine, Moment, Target};

use super::Talking;
use crate::{ChildHandle, Dialogue, Ends, LaunchError, RunError, Stream, launch, talk_with};

/// A running child: how it lives and ends, without the wait for that. What is asked of it is done when its machine is advanced
/// next.
///
/// Dropping it ends the child with SIGKILL and reaps it.
///
/// ```
/// use standpipe_core::process::{Command, Exit};
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::process::Running;
///
/// let (sleep, [stdin, ..]) = Running::launch(&Command::new("sleep").arg("600"))?;
/// let handle = sleep.handle().clone();
/// assert!(stdin.is_none() && sleep.over().is_none() && handle.exit().is_none());
/// drop(sleep);
/// assert_eq!(handle.exit(), Some(Exit::Signal { signal: Signal::KILL, core_dumped: false }));
/// # Ok::<(), standpipe_sys::LaunchError>(())
/// ```
#[derive(Debug)]
pub struct Running {
    handle: ChildHandle,
    life: Child,
    ends: Ends,
}

impl Running {
    /// Starts a command as it stands, with our ends of its standard streams, where those are pipes or a terminal.
    ///
    /// # Errors
    /// [`LaunchError`]; nothing is left of it.
    pub fn launch(command: &Command) -> Result<(Self, [Option<Stream>; 3]), LaunchError> {
        let mut launched = launch(command)?;
        let pipes = [0, 1, 2].map(|number| launched.pipe(number));
        let ends = Ends::default().with(Child::EXIT, launched.exit);
        let handle = ends.child(Child::EXIT).expect("it was just put there");
        Ok((Self { handle, life: Child::new(), ends }, pipes))
    }

    /// The child for others.
    pub fn handle(&self) -> &ChildHandle {
        &self.handle
    }

    /// The machine and what stands behind its ports, to be advanced.
    pub fn parts(&mut self) -> (&mut Child, &mut Ends) {
        (&mut self.life, &mut self.ends)
    }

    /// How it ended, if that is known.
    pub fn exit(&self) -> Option<Exit> {
        self.life.exit()
    }

    /// How it ended, once it was reaped and there is nothing more to wait for.
    pub fn over(&self) -> Option<Exit> {
        self.life.is_done().then(|| self.life.exit().unwrap_or(Exit::Unknown))
    }

    /// The raw wait status; `None` while it is not known that it has ended, and where somebody else has reaped it.
    pub fn status(&self) -> Option<WaitStatus> {
        self.life.status()
    }

    /// Until when its end is waited for, which [`Running::take_events`] tells once.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.life.set_deadline(deadline);
    }

    /// Takes all that has happened; a step of its stop may be that standard input is to be closed. Whether the deadline has
    /// passed.
    pub fn take_events(&mut self, mut close_stdin: impl FnMut()) -> bool {
        let mut timed_out = false;
        while let Some(event) = self.life.next_event() {
            match event {
                ChildEvent::TimedOut => timed_out = true,
                ChildEvent::Step(StopStep::CloseStdin) => close_stdin(),
                _ => {}
            }
        }
        timed_out
    }

    /// Sends a signal. Nothing happens where it has ended: a reaped number is never signalled.
    pub fn signal(&mut self, signal: Signal) {
        self.life.signal(Target::Child, signal);
    }

    /// Begins to bring it to its end.
    pub fn stop(&mut self, stop: &Stop) {
        self.life.stop(stop);
    }

    /// What a stop came to, of a child that has ended in this way.
    pub fn stopped(&self, exit: Exit) -> Stopped {
        Stopped { exit, by: self.life.stop_step() }
    }

    /// Begins a dialogue with it over those of its pipes that are still there.
    ///
    /// # Errors
    /// As [`talk_with`].
    pub fn talk(mut self, pipes: [Option<Stream>; 3], dialogue: Dialogue) -> Result<Talking, RunError> {
        let reaped = || self.handle.clone().into_kept().map(Into::into);
        let exit = self.ends.take(Child::EXIT).or_else(reaped).expect("it is kept until it was reaped");
        let (talk, ends) = talk_with(exit, pipes, dialogue)?;
        Ok(Talking::new(talk, ends))
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
