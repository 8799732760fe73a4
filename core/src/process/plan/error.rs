//! Why a command cannot be planned: [`PlanError`].

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
    /// A pipe was asked for, and the driver has not put a descriptor in its place.
    #[error("descriptor {0} is still to become a pipe; replace it by the pipe's end before planning")]
    Unresolved(i32),
    /// Descriptors must change places while all others stay open, and no free number was given for it.
    #[error("no spare descriptor number was given to exchange descriptors by")]
    NoSpare,
}
