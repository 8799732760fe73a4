//! Commands in a row: [`Pipeline`].

use std::ops::BitOr;

use standpipe_core::Bytes;
use standpipe_core::process::{self, Exit, Output, Stdio};
use standpipe_sys::{LaunchError, RunError};

use super::terms::{Terms, limits};
use crate::{Command, Talk};

/// Commands in a row, each reading what the one before writes: made by `|`, as in a shell (SUB-66). They are one process
/// group, under one deadline, and nothing is left of them when a call returns.
///
/// Input is the first one's; time-out, limit and stop are those of the first command that says any. A pipeline ends as
/// the last of its commands that has failed: one that is ended by a broken pipe, since the next had enough, has failed as
/// well, by SIGPIPE.
///
/// ```
/// use standpipe_blocking::{Command, Exit, RunError};
///
/// let sorted = (Command::new("sort").input("b\na\nb\n") | Command::new("uniq").arg("-c")).check_output()?;
/// assert_eq!(sorted.stdout, b"      1 a\n      2 b\n");
///
/// let rows = Command::shell("echo x; exit 2") | Command::new("cat") | Command::new("tr").args(["x", "y"]);
/// let error = rows.check_output().unwrap_err();
/// let RunError::Unsuccessful(failed) = &error else { panic!("{error}") };
/// assert_eq!((failed.stage, failed.output.stages.len(), &failed.output.stdout[..]), (0, 3, &b"y\n"[..]));
/// assert_eq!(failed.exit(), Exit::Code(2));
/// # Ok::<(), RunError>(())
/// ```
#[derive(Debug)]
pub struct Pipeline {
    stages: Vec<Command>,
    terms: Terms,
}

limits! { Pipeline }

impl Pipeline {
    /// Begins with this command.
    pub fn new(mut first: Command) -> Self {
        let terms = std::mem::take(&mut first.terms);
        Self { stages: vec![first], terms }
    }

    /// Then this one, which reads what the last one so far writes.
    #[must_use]
    pub fn pipe(mut self, mut next: Command) -> Self {
        self.terms = self.terms.or(std::mem::take(&mut next.terms));
        self.stages.push(next);
        self
    }

    /// What the first command's standard input gets before it is closed.
    #[must_use]
    pub fn input(mut self, input: impl Into<Bytes>) -> Self {
        self.terms.input = Some(input.into());
        self.change(0, |command| command.stdin(Stdio::Pipe))
    }

    /// Runs them, and collects the last one's standard output and everybody's standard error. The first one's standard
    /// input is null unless something else was said.
    ///
    /// # Errors
    /// One could not be started; or all were stopped at the time-out or a limit, and what they had written is inside.
    pub fn output(self) -> Result<Output, RunError> {
        self.collecting().communicate()
    }

    /// Runs them with the parent's standard streams, where nothing else was said: how each has ended, in their order.
    ///
    /// # Errors
    /// As [`Pipeline::output`].
    pub fn status(self) -> Result<Vec<Exit>, RunError> {
        self.communicate().map(|output| output.stages)
    }

    /// Runs them as [`Pipeline::status`] does; that one has failed is an error.
    ///
    /// # Errors
    /// As [`Pipeline::output`], and [`RunError::Unsuccessful`] with the last one that has failed.
    pub fn check(self) -> Result<(), RunError> {
        self.checked(Self::communicate).map(drop)
    }

    /// Runs them as [`Pipeline::output`] does; that one has failed is an error.
    ///
    /// # Errors
    /// As [`Pipeline::check`].
    pub fn check_output(self) -> Result<Output, RunError> {
        self.checked(Self::output)
    }

    /// Runs them, feeding and collecting the outer streams that are [`Stdio::Pipe`].
    ///
    /// # Errors
    /// As [`Pipeline::output`].
    ///
    /// # Panics
    /// When there are more than [`Communicate::MOST_STAGES`](process::Communicate::MOST_STAGES).
    pub fn communicate(self) -> Result<Output, RunError> {
        self.terms.communicate(&specs(&self.stages))
    }

    /// Starts them and leaves it to the caller how long to wait, and what becomes of them at a limit: see
    /// [`Command::talk`].
    ///
    /// # Errors
    /// [`LaunchError`]; what was started by then is killed and reaped.
    ///
    /// # Panics
    /// As [`Pipeline::communicate`].
    pub fn talk(self) -> Result<Talk, LaunchError> {
        self.terms.talk(&specs(&self.stages))
    }

    fn checked(self, run: impl FnOnce(Self) -> Result<Output, RunError>) -> Result<Output, RunError> {
        let names: Vec<_> = self.stages.iter().map(|command| command.spec.to_string()).collect();
        Ok(run(self)?.check(|stage| names[stage].clone())?)
    }

    fn collecting(self) -> Self {
        let last = self.stages.len() - 1;
        let pipeline = self.change(0, |command| command.or(0, Stdio::Null));
        let pipeline = pipeline.change(last, |command| command.or(1, Stdio::Pipe));
        (0..=last)
            .fold(pipeline, |pipeline, stage| pipeline.change(stage, |command| command.or(2, Stdio::Pipe)))
    }

    fn change(mut self, stage: usize, change: impl FnOnce(Command) -> Command) -> Self {
        let command = std::mem::replace(&mut self.stages[stage], Command::new(""));
        self.stages[stage] = change(command);
        self
    }
}

fn specs(stages: &[Command]) -> Vec<process::Command> {
    stages.iter().map(|command| command.spec.clone()).collect()
}

impl Command {
    /// A row of this command alone, to begin one with.
    pub fn into_pipeline(self) -> Pipeline {
        Pipeline::new(self)
    }
}

impl BitOr for Command {
    type Output = Pipeline;

    fn bitor(self, next: Self) -> Pipeline {
        Pipeline::new(self).pipe(next)
    }
}

impl BitOr<Command> for Pipeline {
    type Output = Self;

    fn bitor(self, next: Command) -> Self {
        self.pipe(next)
    }
}
