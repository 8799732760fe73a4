//! What commands get to read, and how far they may go: [`Terms`].

use std::time::Duration;

use standpipe_core::Bytes;
use standpipe_core::process::Stop;

use crate::Dialogue;

/// Input and limits of one command, or of several in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    pub(super) input: Option<Bytes>,
    pub(super) timeout: Option<Duration>,
    pub(super) limit: Option<usize>,
    pub(super) stop: Option<Stop>,
    /// Whether outputs are delivered as they come.
    pub(super) deliver: bool,
}

impl Terms {
    /// These, and of those what is not said here; the input is not.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            input: self.input,
            timeout: self.timeout.or(others.timeout),
            limit: self.limit.or(others.limit),
            stop: self.stop.or(others.stop),
            deliver: self.deliver || others.deliver,
        }
    }

    /// A dialogue that ends by itself, at a time-out or a limit as well.
    pub(super) fn ending(self) -> Dialogue {
        let stop = self.stop.clone();
        Dialogue { stop, ..self.open() }.ending()
    }

    /// A dialogue in which nobody is stopped unasked.
    pub(super) fn open(self) -> Dialogue {
        let dialogue = self.input.map(Dialogue::fed).unwrap_or_default();
        Dialogue { limit: self.limit, deliver: self.deliver, ..dialogue }
    }
}

/// What has [`Terms`] can be told them.
macro_rules! terms {
    ($name:ident) => {
        impl $name {
            /// How long all of it may take before what runs is stopped.
            #[must_use]
            pub fn timeout(mut self, wait: ::std::time::Duration) -> Self {
                self.terms.timeout = Some(wait);
                self
            }

            /// How many bytes of each output are collected before what runs is stopped.
            #[must_use]
            pub fn limit(mut self, bytes: usize) -> Self {
                self.terms.limit = Some(bytes);
                self
            }

            /// How what runs is stopped by a time-out or a limit.
            #[must_use]
            pub fn stop(mut self, stop: ::standpipe_core::process::Stop) -> Self {
                self.terms.stop = Some(stop);
                self
            }
        }
    };
}

pub(super) use terms;
