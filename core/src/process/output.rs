//! What a dialogue with a child came to.

use alloc::vec::Vec;

use crate::Fault;
use crate::process::Exit;

/// One of the two collected outputs.
///
/// ```
/// use standpipe_core::process::Stream;
///
/// assert_eq!(Stream::Stderr.to_string(), "standard error");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl core::fmt::Display for Stream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
        })
    }
}

/// How a collected output ended.
///
/// ```
/// use standpipe_core::process::StreamEnd;
///
/// /// Whether more may have been to come.
/// fn is_whole(end: StreamEnd) -> bool {
///     matches!(end, StreamEnd::Eof)
/// }
/// assert!(!is_whole(StreamEnd::Cut));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StreamEnd {
    /// Everybody who could write to it has closed it.
    Eof,
    /// The child has ended and somebody else still holds the pipe; what was there by then is collected.
    Cut,
    /// Reading failed.
    Failed(Fault),
}

/// What a finished dialogue with a child came to.
///
/// ```
/// use standpipe_core::process::{Exit, Output};
///
/// let exit = Exit::Code(0);
/// let output = Output { exit, stages: vec![exit], stdout: b"hi".to_vec(), stderr: vec![], cut: false };
/// assert!(output.exit.success() && output.stdout == b"hi");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How the child ended; several in a row as the last one that failed, or well.
    pub exit: Exit,
    /// How each child ended, in their order.
    pub stages: Vec<Exit>,
    /// What was collected of standard output; empty where it was not.
    pub stdout: Vec<u8>,
    /// What was collected of standard error; empty where it was not.
    pub stderr: Vec<u8>,
    /// Whether an output was cut at the child's end because somebody else still holds its pipe.
    pub cut: bool,
}

/// Why a dialogue was ended before its time. Everything collected by then is inside.
///
/// ```
/// use standpipe_core::process::{Exit, Output, Stream, Unfinished};
///
/// let exit = Exit::Code(1);
/// let output = Output { exit, stages: vec![exit], stdout: b"so far".to_vec(), stderr: vec![], cut: false };
/// let ended = Unfinished::Limit { stream: Stream::Stdout, output };
/// assert_eq!(ended.output().stdout, b"so far");
/// assert_eq!(
///     ended.to_string(),
///     "the command wrote more to standard output than its limit and was stopped (exit code 1)"
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfinished {
    /// The deadline has passed; the child was stopped.
    #[error("the command timed out and was stopped ({})", output.exit)]
    TimedOut {
        /// What there was by then.
        output: Output,
    },
    /// An output has more than its limit; the child was stopped.
    #[error("the command wrote more to {stream} than its limit and was stopped ({})", output.exit)]
    Limit {
        /// Which output.
        stream: Stream,
        /// What there was by then.
        output: Output,
    },
}

impl Unfinished {
    /// What there was by then.
    pub fn output(&self) -> &Output {
        match self {
            Self::TimedOut { output } | Self::Limit { output, .. } => output,
        }
    }
}
