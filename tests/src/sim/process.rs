//! A modelled child: it runs a [`Program`] against the ends it was given.

use std::collections::VecDeque;
use std::time::Duration;

use standpipe_core::signal::Signal;
use standpipe_core::{Moment, Outcome};

use super::{Reader, Readiness, Writer};
use crate::program::{Act, Program};

/// What a process does in one step.
#[derive(Debug)]
pub(super) enum Stepped {
    /// It waits for an end or for time.
    Waits,
    /// It did something.
    Moved,
    /// It has a child of its own from now on.
    Forked(Process),
    /// It has ended with this wait status.
    Ended(i32),
}

/// The descriptors of a process.
#[derive(Clone, Debug, Default)]
pub struct Descriptors {
    /// Standard input.
    pub stdin: Option<Reader>,
    /// Standard output.
    pub stdout: Option<Writer>,
    /// Standard error.
    pub stderr: Option<Writer>,
}

#[derive(Clone, Debug)]
pub(super) struct Process {
    acts: VecDeque<Act>,
    descriptors: Descriptors,
    /// What it has made and not yet written, and where to.
    output: VecDeque<u8>,
    complains: bool,
    /// How far the act has come: bytes or numbers.
    progress: usize,
    until: Option<Moment>,
    ignores_term: bool,
}

const CHUNK: usize = 16 << 10;

impl Process {
    pub(super) fn new(program: &Program, descriptors: Descriptors) -> Self {
        Self {
            acts: program.acts().iter().cloned().collect(),
            descriptors,
            output: VecDeque::new(),
            complains: false,
            progress: 0,
            until: None,
            ignores_term: false,
        }
    }

    /// The wait status with which the signal ends it.
    pub(super) fn ended_by(&self, signal: Signal) -> Option<i32> {
        match signal {
            Signal::TERM if self.ignores_term => None,
            Signal::CHLD | Signal::CONT | Signal::URG | Signal::WINCH => None,
            Signal::STOP | Signal::TSTP | Signal::TTIN | Signal::TTOU => None,
            signal => Some(signal.number()),
        }
    }

    /// When it goes on by itself.
    pub(super) fn wake(&self) -> Option<Moment> {
        self.until
    }

    pub(super) fn step(&mut self, now: Moment, readiness: &mut Readiness) -> Stepped {
        if !self.output.is_empty() {
            return self.flush(readiness);
        }
        let Some(act) = self.acts.front().cloned() else { return Stepped::Ended(0) };
        match act {
            Act::Copy => self.read(CHUNK, readiness, |process, bytes| process.print_now(bytes, false)),
            Act::Count => self.count(readiness),
            Act::Swallow => self.read(CHUNK, readiness, |_, _| {}),
            Act::Take(n) => self.take(n, readiness),
            Act::Print(text) => self.print(text.as_bytes(), false),
            Act::Complain(text) => self.print(text.as_bytes(), true),
            Act::FirstOfMany => self.print(b"y\n", false),
            Act::Run(path) => self.print(format!("{path}\n").as_bytes(), false),
            Act::Numbers(n) => self.produce(n, |number| format!("{}\n", number + 1).into_bytes(), 1),
            Act::Zeros(n) => self.produce(n, |at| vec![0; CHUNK.min(n - at)], CHUNK),
            Act::Sleep(wait) => self.sleep(now, wait),
            Act::IgnoreTerm => {
                self.ignores_term = true;
                self.next()
            }
            Act::Linger(wait) => {
                self.next();
                Stepped::Forked(self.fork(wait))
            }
            Act::CloseInput => {
                self.descriptors.stdin = None;
                self.next()
            }
            Act::CloseOutput => {
                self.descriptors.stdout = None;
                self.next()
            }
            Act::Exit(code) => Stepped::Ended(i32::from(code) << 8),
            Act::Raise(signal) => Stepped::Ended(signal.number()),
        }
    }

    fn next(&mut self) -> Stepped {
        self.acts.pop_front();
        self.progress = 0;
        Stepped::Moved
    }

    /// A shell gives what it runs in the background no input.
    fn fork(&self, wait: Duration) -> Self {
        let Descriptors { stdout, stderr, .. } = &self.descriptors;
        let held = Descriptors { stdin: None, stdout: stdout.clone(), stderr: stderr.clone() };
        let mut child = Self::new(&Program::new([Act::Sleep(wait)]), held);
        child.ignores_term = self.ignores_term;
        child
    }

    fn flush(&mut self, readiness: &mut Readiness) -> Stepped {
        let Descriptors { stdout, stderr, .. } = &self.descriptors;
        let Some(writer) = (if self.complains { stderr } else { stdout }) else {
            self.output.clear();
            return Stepped::Moved;
        };
        let (bytes, _) = self.output.as_slices();
        let granted = readiness.grant(bytes.len());
        if granted == 0 {
            return Stepped::Waits;
        }
        match writer.write(&bytes[..granted]) {
            Outcome::Ready(n) => drop(self.output.drain(..n)),
            Outcome::Failed(_) => return Stepped::Ended(Signal::PIPE.number()),
            Outcome::Blocked | Outcome::Eof => return Stepped::Waits,
        }
        Stepped::Moved
    }

    fn read(
        &mut self,
        max: usize,
        readiness: &mut Readiness,
        came: impl FnOnce(&mut Self, &[u8]),
    ) -> Stepped {
        let Some(stdin) = &self.descriptors.stdin else { return self.next() };
        let mut chunk = vec![0; readiness.grant(max)];
        if chunk.is_empty() {
            return Stepped::Waits;
        }
        match stdin.read(&mut chunk) {
            Outcome::Ready(n) => {
                self.progress += n;
                came(self, &chunk[..n]);
                Stepped::Moved
            }
            Outcome::Blocked => Stepped::Waits,
            Outcome::Eof | Outcome::Failed(_) => self.next(),
        }
    }

    fn count(&mut self, readiness: &mut Readiness) -> Stepped {
        let before = (self.acts.len(), self.progress);
        let stepped = self.read(CHUNK, readiness, |_, _| {});
        if self.acts.len() < before.0 {
            self.print_now(format!("{}\n", before.1).as_bytes(), false);
        }
        stepped
    }

    fn take(&mut self, n: usize, readiness: &mut Readiness) -> Stepped {
        if self.progress == n {
            return self.next();
        }
        self.read(n - self.progress, readiness, |_, _| {})
    }

    fn print(&mut self, bytes: &[u8], complains: bool) -> Stepped {
        self.print_now(bytes, complains);
        self.next()
    }

    fn print_now(&mut self, bytes: &[u8], complains: bool) {
        self.output.extend(bytes);
        self.complains = complains;
    }

    fn produce(&mut self, end: usize, make: impl Fn(usize) -> Vec<u8>, by: usize) -> Stepped {
        self.complains = false;
        while self.progress < end && self.output.len() < CHUNK {
            self.output.extend(make(self.progress));
            self.progress += by;
        }
        if self.progress >= end { self.next() } else { Stepped::Moved }
    }

    fn sleep(&mut self, now: Moment, wait: Duration) -> Stepped {
        let until = *self.until.get_or_insert(now + wait);
        if now < until {
            return Stepped::Waits;
        }
        self.until = None;
        self.next()
    }
}
