//! What a [`Program`] comes to, said without pipes: it takes no time but in its sleeps.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::process::Exit;
use standpipe_core::signal::Signal;

use crate::program::{Act, Program};

/// An act with its numbers still to be read.
///
/// All sleeps are multiples of 10 ms, a lingering child lives 7 ms more and time limits are 5 ms more, so that no two
/// things ever fall on one moment.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Pick {
    Copy,
    Count,
    Swallow,
    Take(u8),
    Print,
    Complain,
    Numbers(u8),
    Zeros(u16),
    Sleep(u8),
    IgnoreTerm,
    Linger(u8),
    CloseInput,
    CloseOutput,
    Exit(u8),
    Raise,
}

impl Pick {
    fn act(self) -> Act {
        let millis = |n: u8, more| Duration::from_millis(u64::from(n) * 10 + more);
        match self {
            Self::Copy => Act::Copy,
            Self::Count => Act::Count,
            Self::Swallow => Act::Swallow,
            Self::Take(n) => Act::Take(n.into()),
            Self::Print => Act::Print("printed\n"),
            Self::Complain => Act::Complain("complained\n"),
            Self::Numbers(n) => Act::Numbers(n.into()),
            Self::Zeros(n) => Act::Zeros(n.into()),
            Self::Sleep(n) => Act::Sleep(millis(n, 0)),
            Self::IgnoreTerm => Act::IgnoreTerm,
            Self::Linger(n) => Act::Linger(millis(n, 7)),
            Self::CloseInput => Act::CloseInput,
            Self::CloseOutput => Act::CloseOutput,
            Self::Exit(code) => Act::Exit(code),
            Self::Raise => Act::Raise(Signal::SEGV),
        }
    }
}

/// A program of these acts.
pub(super) fn program(picks: &[Pick]) -> Program {
    Program::new(picks.iter().map(|pick| pick.act()))
}

/// What a program comes to.
#[derive(Debug, Default)]
pub(super) struct Expected {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// `None` where it was stopped before its end.
    pub(super) exit: Option<Exit>,
    /// When it ended.
    pub(super) time: Duration,
    /// Until when somebody else holds each of its outputs.
    pub(super) stdout_held: Duration,
    pub(super) stderr_held: Duration,
    /// Whether it ignored SIGTERM at its end.
    pub(super) deaf: bool,
    input: Vec<u8>,
    output_closed: bool,
}

impl Expected {
    /// What it comes to on this input, if it is stopped after `limit`.
    pub(super) fn of(program: &Program, input: &[u8], limit: Duration) -> Self {
        let mut expected = Self { input: input.to_vec(), ..Self::default() };
        for act in program.acts() {
            expected.act(act);
            if expected.time > limit || expected.exit.is_some() {
                return expected;
            }
        }
        expected.exit = Some(Exit::Code(0));
        expected
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Copy => {
                let all = std::mem::take(&mut self.input);
                self.print(&all);
            }
            Act::Count => {
                let all = std::mem::take(&mut self.input);
                self.print(format!("{}\n", all.len()).as_bytes());
            }
            Act::Swallow => self.input.clear(),
            Act::Take(n) => drop(self.input.drain(..n.min(self.input.len()))),
            Act::Print(text) => self.print(text.as_bytes()),
            Act::Complain(text) => self.stderr.extend_from_slice(text.as_bytes()),
            Act::FirstOfMany | Act::Run(_) => {}
            Act::Numbers(n) => (1..=n).for_each(|number| self.print(format!("{number}\n").as_bytes())),
            Act::Zeros(n) => self.print(&vec![0; n]),
            Act::Sleep(wait) => self.time += wait,
            Act::IgnoreTerm => self.deaf = true,
            Act::Linger(wait) => self.linger(wait),
            Act::CloseInput => self.input.clear(),
            Act::CloseOutput => self.output_closed = true,
            Act::Exit(code) => self.exit = Some(Exit::Code(code)),
            Act::Raise(signal) => self.exit = Some(Exit::Signal { signal, core_dumped: false }),
        }
    }

    fn print(&mut self, bytes: &[u8]) {
        if !self.output_closed {
            self.stdout.extend_from_slice(bytes);
        }
    }

    fn linger(&mut self, wait: Duration) {
        let until = self.time + wait;
        self.stderr_held = self.stderr_held.max(until);
        if !self.output_closed {
            self.stdout_held = self.stdout_held.max(until);
        }
    }
}
