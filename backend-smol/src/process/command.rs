//! Commands as futures: [`Command`].

use standpipe_core::chat::{ChatOptions, Terminator};
use standpipe_core::process::{Exit, Output, Stdio, Stream};
use standpipe_sys::process::{Prepared, PreparedRow};
use standpipe_sys::{LaunchError, RunError, command_methods};

use super::child::{self, Child};
use super::{Talk, row};
use crate::Chat;

/// What to run, with what input and under which limits.
///
/// A future of it starts the command when it is first polled, and has it to itself: dropping the future, as a race with
/// something else does, kills and reaps the child, and what was collected by then is lost. To keep it, use [`Command::timeout`],
/// or [`Command::talk`], whose futures may be dropped without any loss.
///
/// ```
/// use std::time::Duration;
/// use standpipe_smol::{Command, Exit, RunError};
///
/// smol::block_on(async {
///     let sorted = Command::new("sort").input("b\na\n").timeout(Duration::from_secs(50)).output().await?;
///     assert_eq!(sorted.stdout, b"a\nb\n");
///
///     let output = Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]).output().await?;
///     assert_eq!((output.exit, &output.stdout[..], &output.stderr[..]), (Exit::Code(3), &b"out\n"[..], &b"err\n"[..]));
///
///     let typed = Command::shell("test -t 1 && cat </dev/tty").terminal().input("typed\n").communicate().await?;
///     assert_eq!(typed.stdout, b"typed\r\ntyped\r\n"); // the terminal echoes what is typed
///     Ok::<(), RunError>(())
/// })?;
/// # Ok::<(), RunError>(())
/// ```
///
/// How a child is to be set up is said beforehand, as everywhere:
///
/// ```
/// use standpipe_smol::{ChildSignals, Command, Limit, Resource, Signal};
///
/// let limited = Command::shell("umask; ulimit -n; nice")
///     .umask(0o027)
///     .resource_limit(Resource::Nofile, Limit::at(64))
///     .nice(19)
///     .signals(ChildSignals { ignored: Signal::HUP.into(), ..ChildSignals::default() });
/// assert_eq!(smol::block_on(limited.output())?.stdout, b"0027\n64\n19\n");
/// # Ok::<(), standpipe_smol::RunError>(())
/// ```
#[derive(Debug)]
pub struct Command(pub(crate) Prepared);

command_methods! { Command }

impl Command {
    /// Starts it. This does not wait, and needs no executor.
    ///
    /// # Errors
    /// [`RunError::Launch`] where it could not be started, [`RunError::Wait`] where a pipe of it cannot be watched; nothing is
    /// left of it.
    pub fn spawn(&self) -> Result<Child, RunError> {
        child::spawn(self.0.spec())
    }

    /// Runs it and collects its outputs. Standard input is null unless something else was said.
    ///
    /// Dropping the future kills and reaps the child.
    ///
    /// # Errors
    /// It could not be started; or it was stopped at the time-out or a limit, and what it had written is inside; or the reactor
    /// cannot watch a descriptor, and it was killed and reaped.
    pub async fn output(self) -> Result<Output, RunError> {
        row::communicate(self.row().collecting()).await
    }

    /// Runs it as [`Command::output`] does, but keeps nothing: what is written is handed to `sink` as it comes, in pieces from one
    /// buffer that is used again and again. [`Command::limit`] does not hold; the outputs of the result are empty.
    ///
    /// Dropping the future kills and reaps the child.
    ///
    /// ```
    /// use standpipe_smol::Command;
    ///
    /// let mut bytes = 0;
    /// let seq = Command::new("seq").arg("100000").deliver(|_, piece| bytes += piece.len());
    /// assert!(smol::block_on(seq)?.exit.success());
    /// assert_eq!(bytes, 588_895);
    /// # Ok::<(), standpipe_smol::RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::output`]; what was written by then was handed over.
    pub async fn deliver(self, sink: impl FnMut(Stream, &[u8])) -> Result<Output, RunError> {
        row::deliver(self.row().collecting(), sink).await
    }

    /// Runs it with the parent's standard streams, where nothing else was said (SUB-01).
    ///
    /// Dropping the future kills and reaps the child.
    ///
    /// # Errors
    /// As [`Command::output`].
    pub async fn status(self) -> Result<Exit, RunError> {
        self.communicate().await.map(|output| output.exit)
    }

    /// Runs it as [`Command::status`] does; every exit but code 0 is an error (SUB-02).
    ///
    /// Dropping the future kills and reaps the child.
    ///
    /// ```
    /// use standpipe_smol::{Command, RunError};
    ///
    /// smol::block_on(Command::new("true").check())?;
    /// let error = smol::block_on(Command::new("false").check()).unwrap_err();
    /// assert_eq!(error.to_string(), "'false' failed (exit code 1)");
    /// # Ok::<(), RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::output`], and [`RunError::Unsuccessful`].
    pub async fn check(self) -> Result<(), RunError> {
        row::checked(self.row()).await.map(drop)
    }

    /// Runs it as [`Command::output`] does; every exit but code 0 is an error, which has command, exit and both outputs
    /// (SUB-03).
    ///
    /// Dropping the future kills and reaps the child.
    ///
    /// ```
    /// use standpipe_smol::{Command, RunError};
    ///
    /// assert_eq!(smol::block_on(Command::new("echo").arg("hi").check_output())?.stdout, b"hi\n");
    /// let error = smol::block_on(Command::shell("echo so far; exit 3").check_output()).unwrap_err();
    /// let RunError::Unsuccessful(failed) = &error else { panic!("{error}") };
    /// assert_eq!((failed.exit().return_code(), &failed.output.stdout[..]), (Some(3), &b"so far\n"[..]));
    /// # Ok::<(), RunError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::output`], and [`RunError::Unsuccessful`].
    pub async fn check_output(self) -> Result<Output, RunError> {
        row::checked(self.row().collecting()).await
    }

    /// Runs it, feeding and collecting the standard streams that are [`Stdio::Pipe`](crate::Stdio::Pipe) or
    /// [`Stdio::Terminal`](crate::Stdio::Terminal).
    ///
    /// Dropping the future kills and reaps the child.
    ///
    /// # Errors
    /// As [`Command::output`].
    pub async fn communicate(self) -> Result<Output, RunError> {
        row::communicate(self.row()).await
    }

    /// Starts it as [`Command::communicate`] does and leaves it to the caller how long to wait, and what becomes of it at
    /// a limit: see [`Talk`]. [`Command::timeout`] and [`Command::stop`] are not looked at. This does not wait.
    ///
    /// # Errors
    /// [`LaunchError`].
    pub fn talk(self) -> Result<Talk, LaunchError> {
        row::talk(self.row())
    }

    /// Starts it and a dialogue in messages with it, through pipes, or through its terminal where its standard streams are
    /// one. This does not wait.
    ///
    /// ```
    /// use smol::stream::StreamExt;
    /// use standpipe_smol::{Command, Terminator};
    ///
    /// smol::block_on(async {
    ///     let mut double = Command::shell("while read -r n; do echo $((n + n)); done").chat(Terminator::LF)?;
    ///     double.send("21\n").await?;
    ///     assert_eq!(double.try_next().await?.as_deref(), Some(&b"42"[..]));
    ///     double.close_write().await?;
    ///     assert!(double.try_next().await?.is_none());
    ///     assert!(double.child().unwrap().wait().await?.success());
    ///     Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::spawn`]; or [`RunError::Wait`] with `NotConnected` where standard input or output is neither pipe nor
    /// terminal.
    pub fn chat(self, terminator: impl Into<Terminator>) -> Result<Chat, RunError> {
        let child = child::spawn(self.0.or(0, Stdio::Pipe).or(1, Stdio::Pipe).spec())?;
        Chat::with_child(child, terminator, ChatOptions::default()).map_err(RunError::Wait)
    }

    fn row(self) -> PreparedRow {
        self.0.into()
    }
}
