//! Commands in a row as futures: [`Pipeline`].

use standpipe_core::process::{Exit, Output, Stream};
use standpipe_sys::process::PreparedRow;
use standpipe_sys::{LaunchError, RunError, pipeline_methods};

use super::{Command, Talk, row};

/// Commands in a row, each reading what the one before writes: made by `|`, as in a shell (SUB-66). They are one process
/// group, under one deadline, and nothing is left of them when a call returns.
///
/// Input is the first one's; time-out, limit and stop are those of the first command that says any. A pipeline ends as
/// the last of its commands that has failed: one that is ended by a broken pipe, since the next had enough, has failed as
/// well, by SIGPIPE.
///
/// A future of it starts the commands when it is first polled. Dropping it kills and reaps all of them.
///
/// ```
/// use standpipe_smol::{Command, Exit, RunError};
///
/// smol::block_on(async {
///     let sorted = Command::new("sort").input("b\na\nb\n") | Command::new("uniq").arg("-c");
///     assert_eq!(sorted.check_output().await?.stdout, b"      1 a\n      2 b\n");
///
///     let rows = Command::shell("echo x; exit 2") | Command::new("cat") | Command::new("tr").args(["x", "y"]);
///     let error = rows.check_output().await.unwrap_err();
///     let RunError::Unsuccessful(failed) = &error else { panic!("{error}") };
///     assert_eq!((failed.stage, failed.output.stages.len(), &failed.output.stdout[..]), (0, 3, &b"y\n"[..]));
///     assert_eq!(failed.exit(), Exit::Code(2));
///     Ok::<(), RunError>(())
/// })?;
/// # Ok::<(), RunError>(())
/// ```
#[derive(Debug)]
pub struct Pipeline(PreparedRow);

pipeline_methods! { Pipeline, Command }

impl Pipeline {
    /// Runs them, and collects the last one's standard output and everybody's standard error. The first one's standard
    /// input is null unless something else was said.
    ///
    /// Dropping the future kills and reaps the children.
    ///
    /// # Errors
    /// One could not be started; or all were stopped at the time-out or a limit, and what they had written is inside; or the
    /// reactor cannot watch a descriptor, and they were killed and reaped.
    pub async fn output(self) -> Result<Output, RunError> {
        row::communicate(self.0.collecting()).await
    }

    /// Runs them as [`Pipeline::output`] does, but keeps nothing: what is written is handed to `sink` as it comes, in pieces from one
    /// buffer that is used again and again. [`Pipeline::limit`] does not hold; the outputs of the result are empty.
    ///
    /// Dropping the future kills and reaps the children.
    ///
    /// # Errors
    /// As [`Pipeline::output`]; what was written by then was handed over.
    pub async fn deliver(self, sink: impl FnMut(Stream, &[u8])) -> Result<Output, RunError> {
        row::deliver(self.0.collecting(), sink).await
    }

    /// Runs them with the parent's standard streams, where nothing else was said: how each has ended, in their order.
    ///
    /// Dropping the future kills and reaps the children.
    ///
    /// # Errors
    /// As [`Pipeline::output`].
    pub async fn status(self) -> Result<Vec<Exit>, RunError> {
        self.communicate().await.map(|output| output.stages)
    }

    /// Runs them as [`Pipeline::status`] does; that one has failed is an error.
    ///
    /// Dropping the future kills and reaps the children.
    ///
    /// # Errors
    /// As [`Pipeline::output`], and [`RunError::Unsuccessful`] with the last one that has failed.
    pub async fn check(self) -> Result<(), RunError> {
        row::checked(self.0).await.map(drop)
    }

    /// Runs them as [`Pipeline::output`] does; that one has failed is an error.
    ///
    /// Dropping the future kills and reaps the children.
    ///
    /// # Errors
    /// As [`Pipeline::check`].
    pub async fn check_output(self) -> Result<Output, RunError> {
        row::checked(self.0.collecting()).await
    }

    /// Runs them, feeding and collecting the outer streams that are [`Stdio::Pipe`](crate::Stdio::Pipe).
    ///
    /// Dropping the future kills and reaps the children.
    ///
    /// # Errors
    /// As [`Pipeline::output`].
    ///
    /// # Panics
    /// When there are more than [`Communicate::MOST_STAGES`](standpipe_core::process::Communicate::MOST_STAGES).
    pub async fn communicate(self) -> Result<Output, RunError> {
        row::communicate(self.0).await
    }

    /// Starts them and leaves it to the caller how long to wait, and what becomes of them at a limit: see
    /// [`Command::talk`]. This does not wait.
    ///
    /// # Errors
    /// [`LaunchError`]; what was started by then is killed and reaped.
    ///
    /// # Panics
    /// As [`Pipeline::communicate`].
    pub fn talk(self) -> Result<Talk, LaunchError> {
        row::talk(self.0)
    }
}
