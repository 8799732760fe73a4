//! Those who have the faults: Python's modules, by a script.

use standpipe_tests::python::Python;

pub(crate) const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/others.py");

/// Holds that each Python that has a module says these lines when it does this.
#[track_caller]
pub(crate) fn say(module: &str, what: &str, lines: &[&str]) {
    for python in Python::with_module(module) {
        assert_eq!(python.run(&["-B", SCRIPT, what]), lines, "{python:?}");
    }
}
