//! Programs of other makes: [`Serving`] for those that serve us, [`asking`] and [`Talking`] for our clients.

mod certificate;
mod serving;

use std::time::Duration;

use standpipe_blocking::{Command, Output, Stdio};
use standpipe_core::Bytes;

use crate::python::Python;
use crate::skip;

pub use certificate::Certificate;
pub use serving::{Serving, Talking};

/// The bound of every wait. Reached only by a test that fails.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Whether one of these programs is missing; the test is skipped then, and says so.
///
/// # Panics
/// When there is no shell to ask.
pub fn is_missing(program: &str) -> bool {
    let looked = Command::new("sh").args(["-c", "command -v \"$0\"", program]).stdout(Stdio::Null).status();
    if looked.expect("there is a shell").success() {
        return false;
    }
    skip(&format!("{program} is not installed"));
    true
}

/// A script of Python's, which may stand beside the test that needs it.
pub fn script(python: &Python, path: &str, words: &[&str]) -> Command {
    let command = Command::new(python.program()).args(["-B", "-W", "ignore", path]).args(words);
    python.environment().into_iter().fold(command, |command, (name, value)| command.env(name, value))
}

/// Runs a program to its end on this input; it is ended where it takes too long.
///
/// # Panics
/// When it cannot be started, or takes too long.
#[track_caller]
pub fn asking(command: Command, input: impl Into<Bytes>) -> Output {
    match command.input(input).timeout(LIMIT).output() {
        Ok(output) => output,
        Err(error) => panic!("{error}"),
    }
}
