//! One command with its input and its limits, and what it came to.

use std::time::Duration;

use standpipe_core::process::{Output, Stop, Stream, Unfinished};

use crate::log::Log;
use crate::program::Program;

/// A command to run to its end, both outputs collected: a [`Program`], which is given a process group of its own, or a
/// whole [`Command`](standpipe_core::process::Command), which is run as it stands.
#[derive(Clone, Debug)]
pub struct Call<P = Program> {
    /// What it does.
    pub program: P,
    /// What it reads; `None` for the null device.
    pub input: Option<Vec<u8>>,
    /// How many bytes of each output are collected.
    pub limit: usize,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How it is ended then, or over its limit.
    pub stop: Stop,
    /// Whether the outputs are delivered as they come, which is put together again for [`Finished`], instead of collected.
    pub delivers: bool,
}

impl<P> Call<P> {
    /// Runs the program with no input and the usual limits.
    pub fn new(program: P) -> Self {
        Self {
            program,
            input: None,
            limit: 64 << 20,
            timeout: None,
            stop: Stop::kill().whole_group(),
            delivers: false,
        }
    }
}

/// The pieces of outputs that are delivered, put together.
#[derive(Debug, Default)]
pub struct Delivered {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Delivered {
    /// One more piece.
    ///
    /// # Panics
    /// When it is empty.
    pub fn add(&mut self, stream: Stream, piece: &[u8]) {
        assert!(!piece.is_empty(), "there is something in every piece");
        match stream {
            Stream::Stdout => self.stdout.extend_from_slice(piece),
            Stream::Stderr => self.stderr.extend_from_slice(piece),
        }
    }

    /// As if it had been collected.
    ///
    /// # Panics
    /// When something was.
    pub fn put_into(self, output: &mut Output) {
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "what is delivered is not kept");
        (output.stdout, output.stderr) = (self.stdout, self.stderr);
    }
}

/// What there was, however it ended, to be added to.
///
/// # Panics
/// When it ended in a way that is not known here.
pub fn output_of(result: &mut Result<Output, Unfinished>) -> &mut Output {
    match result {
        Ok(output) | Err(Unfinished::TimedOut { output } | Unfinished::Limit { output, .. }) => output,
        Err(_) => panic!("an unknown end"),
    }
}

/// What a [`Call`] came to.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What the machine says.
    pub result: Result<Output, Unfinished>,
    /// How long it took.
    pub took: Duration,
}

impl Finished {
    /// What there was, however it ended.
    pub fn output(&self) -> &Output {
        match &self.result {
            Ok(output) => output,
            Err(unfinished) => unfinished.output(),
        }
    }

    /// The event log in normal form.
    pub fn log(&self) -> Log {
        let output = self.output();
        let how = match &self.result {
            Ok(_) => "finished",
            Err(Unfinished::TimedOut { .. }) => "timed out",
            Err(_) => "over a limit",
        };
        Log::new().with("stdout", &output.stdout, how).with("stderr", &output.stderr, how).with(
            "exit",
            &[],
            (output.exit, output.cut),
        )
    }
}
