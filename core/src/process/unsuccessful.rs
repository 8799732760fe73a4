//! A command that came to its end, but not to a good one: [`Unsuccessful`].

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::process::{Exit, Output};

/// A command has failed by itself: its exit is not code 0 (SUB-06). What there was of its outputs is inside.
///
/// ```
/// use standpipe_core::process::{Exit, Output};
///
/// let (well, badly) = (Exit::Code(0), Exit::Code(2));
/// let output = Output {
///     exit: badly,
///     stages: vec![well, badly, well],
///     stdout: vec![],
///     stderr: b"warning\nsort: cannot read: x\n".to_vec(),
///     cut: false,
/// };
/// let error = output.check(|stage| ["cat", "sort x", "tail"][stage].into()).unwrap_err();
/// assert_eq!((error.stage, error.output.exit), (1, badly));
/// assert_eq!(error.to_string(), "'sort x' failed (exit code 2): sort: cannot read: x");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsuccessful {
    /// What failed, its arguments with blanks between them.
    pub command: String,
    /// Its place among several in a row; 0 for the first.
    pub stage: usize,
    /// How everything ended, and what was collected.
    pub output: Output,
}

impl Output {
    /// This, unless a child has failed; `command` says what was run as the child with this index.
    ///
    /// # Errors
    /// [`Unsuccessful`] with the last one that failed; also where it is unknown how it ended.
    pub fn check(self, command: impl FnOnce(usize) -> String) -> Result<Self, Unsuccessful> {
        match self.stages.iter().rposition(|exit| !exit.success()) {
            None => Ok(self),
            Some(stage) => Err(Unsuccessful { command: command(stage), stage, output: self }),
        }
    }
}

impl Unsuccessful {
    /// How the command ended.
    pub fn exit(&self) -> Exit {
        self.output.exit
    }

    /// The last thing it has complained of, if that was collected.
    fn complaint(&self) -> Option<Cow<'_, str>> {
        let lines = self.output.stderr.rsplit(|byte| *byte == b'\n');
        let last = lines.map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
        last.map(String::from_utf8_lossy)
    }
}

impl fmt::Display for Unsuccessful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' failed ({})", self.command, self.output.exit)?;
        self.complaint().map_or(Ok(()), |complaint| write!(f, ": {complaint}"))
    }
}

impl core::error::Error for Unsuccessful {}
