//! The backends, by what is asked of them here.

use std::time::Duration;

use standpipe_core::Bytes;
use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Command, Output, Stop};
use standpipe_sys::{Dialogue, RunError};

/// A dialogue with a command.
#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) command: Command,
    pub(crate) input: Vec<u8>,
    pub(crate) timeout: Duration,
    pub(crate) stop: Stop,
}

impl Talk {
    fn dialogue(&self) -> Dialogue {
        let mut input = SendQueue::new(self.input.len(), 0);
        input.push(Bytes::from(self.input.clone()));
        Dialogue { input: Some(input), limit: None, stop: Some(self.stop.clone()), ..Dialogue::default() }
    }
}

/// A backend.
pub(crate) struct Driver {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Talk) -> Result<Output, RunError>,
}

/// All of them.
pub(crate) const DRIVERS: &[Driver] = &[
    Driver {
        name: "blocking",
        run: |talk| {
            let command = standpipe_blocking::Command::from(talk.command.clone()).input(talk.input.clone());
            command.timeout(talk.timeout).stop(talk.stop.clone()).communicate()
        },
    },
    Driver {
        name: "mio",
        run: |talk| standpipe_mio::communicate(&talk.command, talk.dialogue(), Some(talk.timeout)),
    },
    Driver {
        name: "smol",
        run: |talk| {
            let run = standpipe_smol::communicate(&talk.command, talk.dialogue(), Some(talk.timeout));
            smol::block_on(run)
        },
    },
];
