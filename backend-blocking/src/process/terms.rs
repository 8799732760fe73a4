//! What commands get to read, and how far they may go: [`Terms`].

use std::time::Duration;

use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Command, Output, Stop};
use standpipe_core::{Bytes, Machine};
use standpipe_sys::process::Talking;
use standpipe_sys::{Dialogue, LaunchError, RunError, communicate_in_a_row};

use crate::{Talk, Waiter};

/// Input and limits of one command, or of several in a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) input: Option<Bytes>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) limit: Option<usize>,
    pub(crate) stop: Option<Stop>,
}

impl Terms {
    /// These, and of those what is not said here; the input is not.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            input: self.input,
            timeout: self.timeout.or(others.timeout),
            limit: self.limit.or(others.limit),
            stop: self.stop.or(others.stop),
        }
    }

    /// Runs commands in a row to the end of all of them.
    pub(crate) fn communicate(self, commands: &[Command]) -> Result<Output, RunError> {
        let stop = self.stop.unwrap_or_default();
        let dialogue = Dialogue { input: self.input.map(fed), limit: self.limit, stop: Some(stop) };
        let (mut talk, mut ends) = communicate_in_a_row(commands, dialogue)?;
        let mut waiter = Waiter::default();
        talk.set_deadline(self.timeout.map(|wait| waiter.now() + wait));
        while !talk.is_done() {
            waiter.run(&mut talk, &mut ends).map_err(RunError::Wait)?;
        }
        Ok(talk.finish()?)
    }

    /// Begins to run commands in a row. Nobody is stopped unasked.
    pub(crate) fn talk(self, commands: &[Command]) -> Result<Talk, LaunchError> {
        let dialogue = Dialogue { input: self.input.map(fed), limit: self.limit, stop: None };
        let (talk, ends) = communicate_in_a_row(commands, dialogue)?;
        Ok(Talk::new(Talking::new(talk, ends), Waiter::default()))
    }
}

/// All of the input, at once.
pub(crate) fn fed(input: Bytes) -> SendQueue {
    let mut queue = SendQueue::new(input.len(), 0);
    queue.push(input);
    queue
}

/// The limits of what has [`Terms`].
macro_rules! limits {
    ($name:ident) => {
        impl $name {
            /// How long the whole call may take before what runs is stopped. Default: no limit.
            #[must_use]
            pub fn timeout(mut self, wait: ::std::time::Duration) -> Self {
                self.terms.timeout = Some(wait);
                self
            }

            /// How many bytes of each output are collected before what runs is stopped. Default: 64 MiB.
            #[must_use]
            pub fn limit(mut self, bytes: usize) -> Self {
                self.terms.limit = Some(bytes);
                self
            }

            /// How what runs is stopped by a time-out or a limit: a child as is said, several always as a group. Default:
            /// SIGTERM, 5 s, SIGKILL.
            #[must_use]
            pub fn stop(mut self, stop: ::standpipe_core::process::Stop) -> Self {
                self.terms.stop = Some(stop);
                self
            }
        }
    };
}

pub(super) use limits;
