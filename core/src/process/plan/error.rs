//! Why a command cannot be planned: [`PlanError`].

use crate::process::command::Resource;
use crate::signal::SignalError;

/// Why a command cannot be planned. All of them are the caller's.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan, PlanError};
///
/// let error = Plan::new(&Command::new("echo").arg("a\0b"), Parent::default()).unwrap_err();
/// assert_eq!(error, PlanError::Nul { what: "argument", offset: 1 });
/// assert_eq!(error.to_string(), "the argument of the command holds a NUL byte at offset 1; remove it");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The program's name is empty.
    #[error("the command has no program: its name is empty")]
    NoProgram,
    /// A string for the child holds a NUL byte, which the operating system takes for its end.
    #[error("the {what} of the command holds a NUL byte at offset {offset}; remove it")]
    Nul {
        /// Which string.
        what: &'static str,
        /// Where in it.
        offset: usize,
    },
    /// A variable's name is empty or holds `=`.
    #[error("an environment variable's name is empty or holds '='")]
    VariableName,
    /// A descriptor number is negative.
    #[error("descriptor {0} is negative")]
    NegativeDescriptor(i32),
    /// [`Stdio::Stdout`](crate::process::Stdio::Stdout) was asked for at a number other than 2.
    #[error("only standard error can follow standard output, not descriptor {0}")]
    NotStderr(i32),
    /// A pipe or a terminal was asked for, and the driver has not put a descriptor in its place.
    #[error(
        "descriptor {0} is still to become a pipe or a terminal; replace it by a descriptor before planning"
    )]
    Unresolved(i32),
    /// Descriptors must change places while all others stay open, and no free number was given for it.
    #[error("no spare descriptor number was given to exchange descriptors by")]
    NoSpare,
    /// [`Group::Join`](crate::process::Group::Join) was asked for with a number that no process has.
    #[error("no process group has the number {0}; give that of the process that leads the group")]
    NotAGroup(i32),
    /// A controlling terminal was asked for without [`Group::Session`](crate::process::Group::Session).
    #[error(
        "the terminal at descriptor {0} cannot be the controlling one of a session that has begun; ask for a new session"
    )]
    TerminalWithoutSession(i32),
    /// The foreground was asked for in a new session that is given no terminal.
    #[error("a new session has no terminal at descriptor {0}; make that its controlling terminal as well")]
    ForegroundWithoutTerminal(i32),
    /// A file mode mask with other bits than the nine of permissions.
    #[error("the umask {0:o} has bits beyond 777; take them away")]
    Umask(u32),
    /// A soft limit above its hard one.
    #[error("the soft limit for {0} lies above the hard one; lower it")]
    Limit(Resource),
    /// A nice value out of its range.
    #[error("no process has the nice value {0}; choose one from -20 to 19")]
    Nice(i32),
    /// The child changes its user and says nothing of its group, which would stay the parent's.
    #[error("the command becomes user {0} and would keep its parent's group; give the group as well")]
    UserWithoutGroup(u32),
    /// The child is to ignore a signal that nobody can ignore.
    #[error("the command cannot ignore one of its signals: {0}")]
    Ignored(SignalError),
}
