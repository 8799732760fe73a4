//! Real processes, as scenarios see them: [`Processes`].

use std::error::Error;
use std::time::Duration;

use standpipe_core::process::{Command, Exit, Stop};

use super::{Backend, Call, Finished};

/// Why nothing came of a command: the backend's own typed error.
pub type NotRun = Box<dyn Error + Send + Sync>;

/// A backend whose processes are real, so that whatever a [`Command`] says can be seen in them.
pub trait Processes: Backend {
    /// Runs a command as it stands. A standard stream of which it says nothing is fed or collected; without input,
    /// standard input is the null device.
    ///
    /// # Errors
    /// It cannot be started, or not be waited for.
    fn run(&self, call: &Call<Command>) -> Result<Finished, NotRun>;

    /// Starts a command and forgets it in the middle of its life.
    fn forget(&self, call: &Call<Command>);

    /// Runs commands in a row, each reading what the one before writes.
    ///
    /// # Errors
    /// One of them cannot be started, or not be waited for.
    fn pipeline(&self, stages: &Stages) -> Result<Vec<Exit>, NotRun>;
}

/// Commands in a row, in a group of their own.
#[derive(Clone, Debug)]
pub struct Stages {
    /// The commands, the one that writes first at the front.
    pub commands: Vec<Command>,
    /// How long all of them may take.
    pub timeout: Option<Duration>,
    /// How they are ended then.
    pub stop: Stop,
}
