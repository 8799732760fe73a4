//! The process that spawns, and is measured: [`Spawning`].

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::method::Method;
use super::parent::Parent;
use super::python;
use crate::raw::leashed;
use crate::sample::{Outcome, helper};

/// Parents of one size, of this program and of Python. A small one is a fresh process for each measurement. To write the memory of a
/// big one takes seconds, which is what a table would take most of its time for: it stays for as long as this lives.
pub(super) struct Spawning {
    parent: Parent,
    ours: RefCell<Option<Held>>,
    python: RefCell<Option<Held>>,
}

impl Spawning {
    pub(super) fn new(parent: Parent) -> Self {
        Self { parent, ours: RefCell::default(), python: RefCell::default() }
    }

    /// Spawns so many times, one after the other, each child given what is asked.
    pub(super) fn measure(&self, method: Method, asked: &str, spawns: usize) -> Outcome {
        let (place, command, words) = match method.in_python() {
            Some(kind) => (&self.python, python::command(), format!("{spawns} {kind}")),
            None => (&self.ours, helper("spawn"), format!("{spawns} {asked} {}", method.name())),
        };
        let mut place = place.borrow_mut();
        let mut held = match place.take() {
            Some(held) => held,
            None => Held::start(command, self.parent)?,
        };
        let outcome = held.measure(&words);
        *place = Some(held).filter(|_| self.parent.is_big() && outcome.is_ok());
        outcome
    }
}

/// A running parent, which measures what it is told to by a line and ends when there are no more. It is ended should we die first.
struct Held {
    child: Child,
    /// Dropped first, for the child to end.
    lines: Option<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Held {
    fn start(mut command: Command, parent: Parent) -> Result<Self, String> {
        let numbers = [parent.mebibytes, parent.descriptors].map(|number| number.to_string());
        let command = command.args(numbers).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = leashed(command).spawn().map_err(|error| format!("a parent: {error}"))?;
        let lines = child.stdin.take().zip(child.stdout.take().map(BufReader::new));
        Ok(Self { child, lines })
    }

    fn measure(&mut self, words: &str) -> Outcome {
        let failed = |error: &dyn std::fmt::Display| format!("{words}: {error}");
        let (input, output) = self.lines.as_mut().ok_or("the parent has no pipes")?;
        writeln!(input, "{words}").map_err(|error| failed(&error))?;
        let mut line = String::new();
        output.read_line(&mut line).map_err(|error| failed(&error))?;
        serde_json::from_str(&line).map_err(|error| failed(&error))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.lines = None;
        let _ = self.child.wait();
    }
}
