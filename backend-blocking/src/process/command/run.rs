//! Running a [`Command`]: with what input, how far, and for what.

use std::io;

use standpipe_core::chat::{ChatOptions, Terminator};
use standpipe_core::process::{Exit, Output, Stdio, Stream};
use standpipe_sys::process::PreparedRow;
use standpipe_sys::{LaunchError, RunError};

use super::Command;
use crate::process::row;
use crate::{ChatStream, Child, Talk};

impl Command {
    /// Starts it.
    ///
    /// # Errors
    /// [`LaunchError`].
    pub fn spawn(&self) -> Result<Child, LaunchError> {
        Child::spawn(self.0.spec())
    }

    /// Runs it and collects its outputs. Standard input is null unless something else was said.
    ///
    /// # Errors
    /// It could not be started; or it was stopped at the time-out or a limit, and what it had written is inside.
    pub fn output(self) -> Result<Output, RunError> {
        row::communicate(self.row().collecting())
    }

    /// Runs it as [`Command::output`] does, but keeps nothing: what is written is handed to `sink` as it comes, in pieces from one
    /// buffer that is used again and again. [`Command::limit`] does not hold; the outputs of the result are empty.
    ///
    /// ```
    /// use standpipe_blocking::{Command, StdStream};
    ///
    /// let mut newlines = 0;
    /// let seq = Command::new("seq").arg("100000").deliver(|stream, piece| {
    ///     assert_eq!(stream, StdStream::Stdout);
    ///     newlines += piece.iter().filter(|byte| **byte == b'\n').count();
    /// })?;
    /// assert!(seq.exit.success() && seq.stdout.is_empty());
    /// assert_eq!(newlines, 100_000);
    /// # Ok::<(), standpipe_blocking::RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::output`]; what was written by then was handed over.
    pub fn deliver(self, sink: impl FnMut(Stream, &[u8])) -> Result<Output, RunError> {
        row::deliver(self.row().collecting(), sink)
    }

    /// Runs it with the parent's standard streams, where nothing else was said (SUB-01).
    ///
    /// # Errors
    /// As [`Command::output`].
    pub fn status(self) -> Result<Exit, RunError> {
        self.communicate().map(|output| output.exit)
    }

    /// Runs it as [`Command::status`] does; every exit but code 0 is an error (SUB-02).
    ///
    /// ```
    /// use standpipe_blocking::{Command, RunError};
    ///
    /// Command::new("true").check()?;
    /// let error = Command::new("false").check().unwrap_err();
    /// assert_eq!(error.to_string(), "'false' failed (exit code 1)");
    /// # Ok::<(), RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::output`], and [`RunError::Unsuccessful`].
    pub fn check(self) -> Result<(), RunError> {
        row::checked(self.row()).map(drop)
    }

    /// Runs it as [`Command::output`] does; every exit but code 0 is an error, which has command, exit and both outputs
    /// (SUB-03).
    ///
    /// ```
    /// use standpipe_blocking::{Command, RunError};
    ///
    /// assert_eq!(Command::new("echo").arg("hi").check_output()?.stdout, b"hi\n");
    /// let error = Command::shell("echo so far; echo no such thing >&2; exit 3").check_output().unwrap_err();
    /// let RunError::Unsuccessful(failed) = &error else { panic!("{error}") };
    /// assert_eq!((failed.exit().return_code(), &failed.output.stdout[..]), (Some(3), &b"so far\n"[..]));
    /// assert!(error.to_string().ends_with("failed (exit code 3): no such thing"));
    /// # Ok::<(), RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::output`], and [`RunError::Unsuccessful`].
    pub fn check_output(self) -> Result<Output, RunError> {
        row::checked(self.row().collecting())
    }

    /// Runs it, feeding and collecting the standard streams that are [`Stdio::Pipe`] or [`Stdio::Terminal`].
    ///
    /// # Errors
    /// As [`Command::output`].
    pub fn communicate(self) -> Result<Output, RunError> {
        row::communicate(self.row())
    }

    /// Starts it as [`Command::communicate`] does and leaves it to the caller how long to wait, and what becomes of it at
    /// a limit. [`Command::timeout`] and [`Command::stop`] are not looked at.
    ///
    /// # Errors
    /// [`LaunchError`].
    pub fn talk(self) -> Result<Talk, LaunchError> {
        row::talk(self.row())
    }

    /// Starts it and a dialogue in messages with it, through pipes, or through its terminal where its standard streams are
    /// one.
    ///
    /// ```
    /// use standpipe_blocking::{Command, Terminator};
    ///
    /// let mut double = Command::shell("while read -r n; do echo $((n + n)); done").chat(Terminator::LF)?;
    /// double.send("21\n")?;
    /// assert_eq!(double.next_message()?.as_deref(), Some(&b"42"[..]));
    /// double.close_write()?;
    /// assert_eq!(double.next_message()?, None);
    /// assert!(double.child().unwrap().wait()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The [`LaunchError`], in the standard library's words; `NotConnected` where standard input or output is neither pipe
    /// nor terminal.
    pub fn chat(self, terminator: impl Into<Terminator>) -> io::Result<ChatStream> {
        let child = Child::spawn(self.0.or(0, Stdio::Pipe).or(1, Stdio::Pipe).spec())?;
        ChatStream::with_child(child, terminator, ChatOptions::default())
    }

    fn row(self) -> PreparedRow {
        self.0.into()
    }
}
