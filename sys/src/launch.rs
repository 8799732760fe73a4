//! From a command to a running child with our ends of its pipes: [`launch`].

use std::borrow::Cow;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use standpipe_core::Fault;
use standpipe_core::process::{Command, Parent, Plan, PlanError, Stdio};

use crate::exit::ChildExit;
use crate::spawn::{self, SpawnError};
use crate::{Pty, Stream, fault, fd, pty};

/// A child that was just started.
#[derive(Debug)]
pub struct Launched {
    /// Its exit.
    pub exit: ChildExit,
    /// Our ends of its pipes and of its terminal, by the child's descriptor number.
    pub pipes: Vec<(i32, Stream)>,
}

impl Launched {
    /// Takes our end of the pipe or the terminal at the child's descriptor `number`.
    pub fn pipe(&mut self, number: i32) -> Option<Stream> {
        let index = self.pipes.iter().position(|(at, _)| *at == number)?;
        Some(self.pipes.swap_remove(index).1)
    }
}

/// Why a command could not be started. Nothing is left of the attempt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// No pipe for it, or no descriptor to exchange others by.
    #[error("cannot make a pipe for the child: {0}")]
    Pipe(Fault),
    /// No terminal for it.
    #[error("cannot make a terminal for the child: {0}")]
    Terminal(Fault),
    /// The command itself is wrong.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A step of its set-up failed.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

impl LaunchError {
    /// What the operating system said, where it was asked.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Pipe(fault) | Self::Terminal(fault) => Some(*fault),
            Self::Plan(_) => None,
            Self::Spawn(error) => Some(error.fault()),
        }
    }
}

impl From<LaunchError> for io::Error {
    /// The kind a user would match on, the typed error as its source.
    fn from(error: LaunchError) -> Self {
        let kind = match error.fault() {
            Some(fault) => crate::fault::error(fault).kind(),
            None => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}

/// Starts a command. Every [`Stdio::Pipe`] becomes a pipe: the child reads from the one at 0 and writes to all others.
/// [`Stdio::Terminal`] becomes a pseudo-terminal: what is typed goes where 0 is one, and what is shown comes where the
/// lowest of the others is. Our ends are non-blocking, the child's are not.
///
/// # Errors
/// [`LaunchError`].
pub fn launch(command: &Command) -> Result<Launched, LaunchError> {
    check_sources(command)?;
    let mut wiring =
        Wiring { command: Cow::Borrowed(command), ours: Vec::new(), theirs: Vec::new(), unseen: None };
    for number in wiring.all(Stdio::Pipe) {
        wiring.pipe(number).map_err(|error| LaunchError::Pipe(fault::of(&error)))?;
    }
    wiring.terminal().map_err(|error| LaunchError::Terminal(fault::of(&error)))?;
    let mut exit = start(&wiring.command)?;
    wiring.unseen.into_iter().for_each(|master| exit.keep_terminal(master));
    Ok(Launched { exit, pipes: wiring.ours })
}

/// A command on its way to having a descriptor of ours at each of its own.
struct Wiring<'a> {
    /// Copied as soon as something is put in place.
    command: Cow<'a, Command>,
    ours: Vec<(i32, Stream)>,
    /// Kept open until the child has them.
    theirs: Vec<OwnedFd>,
    /// A terminal that is typed at only.
    unseen: Option<OwnedFd>,
}

impl Wiring<'_> {
    /// The child's descriptors that are to be this.
    fn all(&self, wanted: Stdio) -> Vec<i32> {
        self.command.stdios().filter(|(_, stdio)| *stdio == wanted).map(|(number, _)| number).collect()
    }

    fn change(&mut self, change: impl FnOnce(Command) -> Command) {
        let command = std::mem::replace(self.command.to_mut(), Command::new(""));
        self.command = Cow::Owned(change(command));
    }

    fn pipe(&mut self, number: i32) -> io::Result<()> {
        let (read, write) = fd::pipe()?;
        let (our, their) = if number == 0 { (write, read) } else { (read, write) };
        self.change(|command| command.descriptor(number, Stdio::Descriptor(their.as_raw_fd())));
        self.ours.push((number, Stream::pipe(our)?));
        self.theirs.push(their);
        Ok(())
    }

    fn terminal(&mut self) -> io::Result<()> {
        let numbers = self.all(Stdio::Terminal);
        if numbers.is_empty() {
            return Ok(());
        }
        let Pty { master, slave } = pty()?;
        fd::set_nonblocking(master.as_fd())?;
        self.change(|command| command.on_terminal(slave.as_raw_fd()));
        if numbers[0] == 0 {
            self.ours.push((0, Stream::typed(master.try_clone()?)));
        }
        match numbers.iter().find(|number| **number != 0) {
            Some(shown) => self.ours.push((*shown, Stream::shown(master))),
            None => self.unseen = Some(master),
        }
        self.theirs.push(slave);
        Ok(())
    }
}

/// A source that is closed is told before anything is opened, which could come to lie there. A negative one is refused by
/// the plan.
pub(crate) fn check_sources(command: &Command) -> Result<(), SpawnError> {
    let closed = command.sources().find(|number| *number >= 0 && !spawn::is_open(*number));
    closed.map_or(Ok(()), |number| Err(SpawnError::closed(number)))
}

fn start(command: &Command) -> Result<ChildExit, LaunchError> {
    let environment = spawn::environment();
    let plan = |spare| Plan::new(command, Parent { environment: &environment, spare });
    let spawned = match plan(None) {
        Err(PlanError::NoSpare) => {
            let spare = spare(command).map_err(|error| LaunchError::Pipe(fault::of(&error)))?;
            spawn::spawn(&plan(Some(spare.as_raw_fd()))?)?
        }
        plan => spawn::spawn(&plan?)?,
    };
    Ok(spawned.into_exit())
}

/// A descriptor whose number the command does not name, kept until the child has parked another one there.
fn spare(command: &Command) -> io::Result<OwnedFd> {
    let (mut held, _) = fd::pipe()?;
    let mut passed = Vec::new();
    while command.stdio(held.as_raw_fd()).is_some() {
        let next = held.try_clone()?;
        passed.push(std::mem::replace(&mut held, next));
    }
    Ok(held)
}
