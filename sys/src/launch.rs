//! From a command to a running child with our ends of its pipes: [`launch`].

use std::os::fd::{AsRawFd, OwnedFd};

use standpipe_core::Fault;
use standpipe_core::process::{Command, Parent, Plan, PlanError, Stdio};

use crate::exit::ChildExit;
use crate::spawn::{self, SpawnError};
use crate::{Stream, fault, fd};

/// A child that was just started.
#[derive(Debug)]
pub struct Launched {
    /// Its exit.
    pub exit: ChildExit,
    /// Our ends of its pipes, by the child's descriptor number.
    pub pipes: Vec<(i32, Stream)>,
}

impl Launched {
    /// Takes our end of the pipe at the child's descriptor `number`.
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
            Self::Pipe(fault) => Some(*fault),
            Self::Plan(_) => None,
            Self::Spawn(error) => Some(error.fault()),
        }
    }
}

impl From<LaunchError> for std::io::Error {
    /// The kind a user would match on, the typed error as its source.
    fn from(error: LaunchError) -> Self {
        let kind = match error.fault() {
            Some(fault) => crate::fault::error(fault).kind(),
            None => std::io::ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}

/// Starts a command. Every [`Stdio::Pipe`] becomes a pipe: the child reads from the one at 0 and writes to all others.
/// Our ends are non-blocking, the child's are not.
///
/// # Errors
/// [`LaunchError`].
pub fn launch(command: &Command) -> Result<Launched, LaunchError> {
    check_sources(command)?;
    let mut command = command.clone();
    let wanted: Vec<i32> =
        command.stdios().filter(|(_, stdio)| *stdio == Stdio::Pipe).map(|(n, _)| n).collect();
    let mut ours = Vec::new();
    let mut theirs: Vec<OwnedFd> = Vec::new();
    for number in wanted {
        let (our, their) = ends(number).map_err(|error| LaunchError::Pipe(fault::of(&error)))?;
        command = command.descriptor(number, Stdio::Descriptor(their.as_raw_fd()));
        ours.push((number, our));
        theirs.push(their);
    }
    let exit = start(&command)?;
    Ok(Launched { exit, pipes: ours })
}

/// A source that is closed is told before anything is opened, which could come to lie there. A negative one is refused by
/// the plan.
fn check_sources(command: &Command) -> Result<(), SpawnError> {
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
fn spare(command: &Command) -> std::io::Result<OwnedFd> {
    let (mut held, _) = fd::pipe()?;
    let mut passed = Vec::new();
    while command.stdio(held.as_raw_fd()).is_some() {
        let next = held.try_clone()?;
        passed.push(std::mem::replace(&mut held, next));
    }
    Ok(held)
}

fn ends(number: i32) -> std::io::Result<(Stream, OwnedFd)> {
    let (read, write) = fd::pipe()?;
    let (our, their) = if number == 0 { (write, read) } else { (read, write) };
    Ok((Stream::pipe(our)?, their))
}
