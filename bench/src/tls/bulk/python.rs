//! Python's `ssl`: two processes of one script, which prints the sample.

use std::process::Command;

use crate::sample::{Outcome, Sample};
use crate::tls::identity::Identity;
use crate::tls::python::command;

pub(super) const NAME: &str = "Python ssl";

pub(super) fn measure(identity: &Identity, total: usize, at_once: usize) -> Outcome {
    let script: &mut Command = &mut command(identity, include_str!("python.py"))?;
    Sample::from_helper(script.args([total.to_string(), at_once.to_string()]))
}
