//! Commands with all that they are run with: [`Prepared`], [`PreparedRow`].

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use standpipe_core::Bytes;
use standpipe_core::process::{Command, Communicate, Stdio};

use super::Talking;
use super::terms::{Terms, terms};
use crate::{Ends, LaunchError, communicate_in_a_row};

/// What a backend's command is: what to run, the descriptors that it is given, its input and its limits.
///
/// The backend's own type is a tuple struct around it and has its methods from
/// [`command_methods!`](crate::command_methods), so that they stand in one place and are each type's own.
///
/// ```
/// use standpipe_sys::process::Prepared;
///
/// /// What to run.
/// #[derive(Debug)]
/// pub struct Command(Prepared);
///
/// standpipe_sys::command_methods! { Command }
///
/// let command = Command::new("sort").arg("-r").input("a\nb\n");
/// assert_eq!(command.0.spec().to_string(), "sort -r");
/// ```
#[derive(Debug)]
pub struct Prepared {
    spec: Command,
    /// Open as long as the command is there.
    given: Vec<OwnedFd>,
    terms: Terms,
}

terms! { Prepared }

impl Prepared {
    /// What is run, to be started as it stands as long as this is there.
    pub fn spec(&self) -> &Command {
        &self.spec
    }

    /// With something else said of what is run.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(Command) -> Command) -> Self {
        self.spec = change(self.spec);
        self
    }

    /// The same, and it has this descriptor, whose number `change` is told.
    #[must_use]
    pub fn give(mut self, descriptor: OwnedFd, change: impl FnOnce(Command, i32) -> Command) -> Self {
        let number = descriptor.as_raw_fd();
        self.given.push(descriptor);
        self.map(|spec| change(spec, number))
    }

    /// What standard input gets before it is closed. It becomes a pipe, unless it is a terminal.
    #[must_use]
    pub fn input(mut self, input: impl Into<Bytes>) -> Self {
        self.terms.input = Some(input.into());
        match self.spec.stdio(0) {
            Some(Stdio::Terminal) => self,
            _ => self.map(|spec| spec.stdin(Stdio::Pipe)),
        }
    }

    /// With this descriptor of the child's, unless something else was said of it.
    #[must_use]
    pub fn or(self, number: i32, stdio: Stdio) -> Self {
        match self.spec.stdio(number) {
            None => self.map(|spec| spec.descriptor(number, stdio)),
            Some(_) => self,
        }
    }
}

impl From<Command> for Prepared {
    fn from(spec: Command) -> Self {
        Self { spec, given: Vec::new(), terms: Terms::default() }
    }
}

/// What a backend's pipeline is: commands, each reading what the one before writes, and the terms of all of them. A command
/// that is run alone is one of them.
///
/// ```
/// use standpipe_core::process::Command;
/// use standpipe_sys::process::{Prepared, PreparedRow};
///
/// let row = PreparedRow::from(Prepared::from(Command::new("yes"))).pipe(Command::new("head").into()).collecting();
/// assert_eq!(row.names(), ["yes", "head"]);
/// let (talk, ends, timeout) = row.communicate()?;
/// // A driver runs it to its end; it was told no time-out.
/// # assert!(timeout.is_none());
/// # drop((talk, ends));
/// # Ok::<(), standpipe_sys::LaunchError>(())
/// ```
#[derive(Debug)]
pub struct PreparedRow {
    stages: Vec<Prepared>,
    terms: Terms,
}

terms! { PreparedRow }

impl From<Prepared> for PreparedRow {
    fn from(mut first: Prepared) -> Self {
        let terms = std::mem::take(&mut first.terms);
        Self { stages: vec![first], terms }
    }
}

impl PreparedRow {
    /// Then this one. Of its terms those hold that none before it has said; its input does not.
    #[must_use]
    pub fn pipe(mut self, mut next: Prepared) -> Self {
        self.terms = self.terms.or(std::mem::take(&mut next.terms));
        self.stages.push(next);
        self
    }

    /// What the first one's standard input gets before it is closed.
    #[must_use]
    pub fn input(mut self, input: impl Into<Bytes>) -> Self {
        self.terms.input = Some(input.into());
        self.change(0, |first| first.map(|spec| spec.stdin(Stdio::Pipe)))
    }

    /// The last one's standard output and everybody's standard error are collected, and nothing is read, unless something
    /// else was said.
    #[must_use]
    pub fn collecting(self) -> Self {
        let last = self.stages.len() - 1;
        let row = self.change(0, |first| first.or(0, Stdio::Null));
        let row = row.change(last, |last| last.or(1, Stdio::Pipe));
        (0..=last).fold(row, |row, stage| row.change(stage, |each| each.or(2, Stdio::Pipe)))
    }

    /// Outputs are delivered as they come, and not collected.
    ///
    /// ```
    /// use standpipe_core::process::Command;
    /// use standpipe_sys::process::{Prepared, PreparedRow};
    ///
    /// let yes = PreparedRow::from(Prepared::from(Command::new("yes"))).collecting().delivering();
    /// let (talk, ends, _) = yes.communicate()?;
    /// // A driver runs it, and takes the pieces by `hand_over`.
    /// # drop((talk, ends));
    /// # Ok::<(), standpipe_sys::LaunchError>(())
    /// ```
    #[must_use]
    pub fn delivering(mut self) -> Self {
        self.terms.deliver = true;
        self
    }

    fn change(mut self, stage: usize, change: impl FnOnce(Prepared) -> Prepared) -> Self {
        let prepared = std::mem::replace(&mut self.stages[stage], Command::new("").into());
        self.stages[stage] = change(prepared);
        self
    }

    /// What an error calls each of them.
    pub fn names(&self) -> Vec<String> {
        self.stages.iter().map(|stage| stage.spec.to_string()).collect()
    }

    /// Starts them and a dialogue that ends with all of them, and tells how long it may take. What was given to them is
    /// closed here.
    ///
    /// # Errors
    /// [`LaunchError`]; what was started by then is killed and reaped.
    ///
    /// # Panics
    /// When there are more than [`Communicate::MOST_STAGES`].
    pub fn communicate(self) -> Result<(Communicate, Ends, Option<Duration>), LaunchError> {
        let (specs, _given) = parts(self.stages);
        let timeout = self.terms.timeout;
        let (talk, ends) = communicate_in_a_row(&specs, self.terms.ending())?;
        Ok((talk, ends, timeout))
    }

    /// Starts them and a dialogue as long as the caller likes.
    ///
    /// # Errors
    /// As [`PreparedRow::communicate`].
    ///
    /// # Panics
    /// As [`PreparedRow::communicate`].
    pub fn talk(self) -> Result<Talking, LaunchError> {
        let (specs, _given) = parts(self.stages);
        let (talk, ends) = communicate_in_a_row(&specs, self.terms.open())?;
        Ok(Talking::new(talk, ends))
    }
}

/// What is run, and what must stay open until it is.
fn parts(stages: Vec<Prepared>) -> (Vec<Command>, Vec<Vec<OwnedFd>>) {
    stages.into_iter().map(|stage| (stage.spec, stage.given)).unzip()
}

/// A word of a command, as the system has it.
#[doc(hidden)]
pub fn bytes(text: impl AsRef<OsStr>) -> Vec<u8> {
    text.as_ref().as_bytes().to_vec()
}
