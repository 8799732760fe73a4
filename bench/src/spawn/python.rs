//! Python's ways, in a process of its interpreter.

use std::process::Command;

use super::PROGRAM;
use crate::process;

/// How the names of these rows begin.
pub(super) const PREFIX: &str = "Python ";

pub(super) const INTERPRETER: &str = "python3";

/// A parent that is to be told how much it holds, and then, line by line, what it spawns.
pub(super) fn command() -> Command {
    let mut command = Command::new(process::python());
    command.args(["-c", include_str!("../../py/spawn.py"), PROGRAM]);
    command
}
