//! What a child does, as data: run by a shell, or by the simulated kernel.

use std::fmt::Write as _;
use std::time::Duration;

use standpipe_core::signal::Signal;

/// A child's program: acts in order, then exit code 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Program(Vec<Act>);

/// One thing that a child does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Writes what it reads, to its end, as `cat`.
    Copy,
    /// Reads to its end and then says how many bytes came, as `wc -c`.
    Count,
    /// Reads to its end.
    Swallow,
    /// Reads this many bytes, or to its end.
    Take(usize),
    /// Prints the text.
    Print(&'static str),
    /// Prints the text to standard error.
    Complain(&'static str),
    /// Prints one line of a program that would print for ever.
    FirstOfMany,
    /// Runs the script at this path, which prints its name.
    Run(String),
    /// Prints the numbers from 1, one a line, as `seq`.
    Numbers(usize),
    /// Prints this many zero bytes.
    Zeros(usize),
    /// Does nothing for a while.
    Sleep(Duration),
    /// Ignores SIGTERM from now on, and so do its own children.
    IgnoreTerm,
    /// Leaves a child of its own behind that holds both outputs for so long.
    Linger(Duration),
    /// Closes its standard input.
    CloseInput,
    /// Closes its standard output.
    CloseOutput,
    /// Ends with this code.
    Exit(u8),
    /// Sends itself a signal that ends it.
    Raise(Signal),
}

impl Program {
    /// A program of these acts.
    pub fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self(acts.into_iter().collect())
    }

    /// `cat`.
    pub fn cat() -> Self {
        Self::new([Act::Copy])
    }

    /// The acts, in order.
    pub fn acts(&self) -> &[Act] {
        &self.0
    }

    /// The same as a line for `/bin/sh`.
    pub fn shell(&self) -> String {
        let mut line = String::new();
        for act in &self.0 {
            act.shell(&mut line);
            line.push('\n');
        }
        line
    }
}

impl Act {
    fn shell(&self, line: &mut String) {
        let written = match self {
            Self::Copy => write!(line, "cat"),
            Self::Count => write!(line, "wc -c"),
            Self::Swallow => write!(line, "cat >/dev/null"),
            Self::Take(n) => write!(line, "head -c {n} >/dev/null"),
            Self::Print(text) => write!(line, "printf %s '{text}'"),
            Self::Complain(text) => write!(line, "printf %s '{text}' >&2"),
            Self::FirstOfMany => write!(line, "yes | head -n 1"),
            Self::Run(path) => write!(line, "'{path}'"),
            Self::Numbers(n) => write!(line, "seq 1 {n}"),
            Self::Zeros(n) => write!(line, "head -c {n} /dev/zero"),
            Self::Sleep(wait) => write!(line, "sleep {}", wait.as_secs_f64()),
            Self::IgnoreTerm => write!(line, "trap '' TERM"),
            Self::Linger(wait) => write!(line, "sleep {} &", wait.as_secs_f64()),
            Self::CloseInput => write!(line, "exec 0<&-"),
            Self::CloseOutput => write!(line, "exec 1>&-"),
            Self::Exit(code) => write!(line, "exit {code}"),
            Self::Raise(signal) => write!(line, "kill -{} $$", signal.number()),
        };
        written.expect("a string takes everything");
    }
}
