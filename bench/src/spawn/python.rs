//! Python's ways, in a process of its interpreter.

use std::process::Command;

use super::PROGRAM;
use super::parent::Parent;
use crate::sample::{Outcome, Sample};

/// How the names of these rows begin.
pub(super) const PREFIX: &str = "Python ";

pub(super) const INTERPRETER: &str = "python3";

pub(super) fn measure(kind: &str, parent: Parent, spawns: usize) -> Outcome {
    let Parent { mebibytes, descriptors } = parent;
    let numbers = [spawns, mebibytes, descriptors].map(|number| number.to_string());
    let script = include_str!("../../py/spawn.py");
    Sample::from_helper(Command::new(INTERPRETER).args(["-c", script, kind, PROGRAM]).args(numbers))
}
