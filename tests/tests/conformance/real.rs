//! The three real backends as the suite sees them.

use std::io;

use standpipe_core::Bytes;
use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Command, Group, Output, Stdio};
use standpipe_sys::{Clock, Dialogue, Front, RunError};
use standpipe_tests::harness::{Backend, Call, Finished, Served, Service};

use crate::host::host;

/// A backend by what it calls its own.
pub(crate) struct Real {
    name: &'static str,
    communicate: fn(&Call, Command) -> Result<Output, RunError>,
    abandon: fn(&Call, Command),
    serve: fn(Front<'_>) -> io::Result<()>,
}

/// All of them.
pub(crate) const REAL: [Real; 3] = [
    Real {
        name: "blocking",
        communicate: |call, command| {
            let command =
                standpipe_blocking::Command::from(command).limit(call.limit).stop(call.stop.clone());
            let command = call.input.clone().into_iter().fold(command, standpipe_blocking::Command::input);
            call.timeout.into_iter().fold(command, standpipe_blocking::Command::timeout).communicate()
        },
        abandon: |_, command| drop(standpipe_blocking::Command::from(command).spawn()),
        serve: standpipe_blocking::serve,
    },
    Real {
        name: "mio",
        communicate: |call, command| standpipe_mio::communicate(&command, dialogue(call), call.timeout),
        abandon: |call, command| {
            let task = standpipe_sys::communicate(&command, dialogue(call)).expect("a shell runs");
            let mut event_loop = standpipe_mio::Loop::new().expect("descriptors");
            event_loop.insert(task).expect("it can be watched");
        },
        serve: standpipe_mio::serve,
    },
    Real {
        name: "smol",
        communicate: |call, command| {
            smol::block_on(standpipe_smol::communicate(&command, dialogue(call), call.timeout))
        },
        abandon: |call, command| {
            let run = async { drop(standpipe_smol::communicate(&command, dialogue(call), None).await) };
            smol::block_on(smol::future::or(run, smol::future::yield_now()));
        },
        serve: |front| {
            let executor = smol::Executor::new();
            smol::block_on(executor.run(standpipe_smol::serve(front, &executor)))
        },
    },
];

fn dialogue(call: &Call) -> Dialogue {
    let input = call.input.clone().map(|input| {
        let mut queue = SendQueue::new(input.len(), 0);
        queue.push(Bytes::from(input));
        queue
    });
    Dialogue { input, limit: Some(call.limit), stop: Some(call.stop.clone()) }
}

fn command(call: &Call) -> Command {
    let stdin = if call.input.is_some() { Stdio::Pipe } else { Stdio::Null };
    let command = Command::shell(call.program.shell()).group(Group::New);
    command.stdin(stdin).stdout(Stdio::Pipe).stderr(Stdio::Pipe)
}

impl Backend for Real {
    fn name(&self) -> &'static str {
        self.name
    }

    fn communicate(&self, call: &Call) -> Finished {
        let clock = Clock::start();
        let begun = clock.now();
        let result = match (self.communicate)(call, command(call)) {
            Ok(output) => Ok(output),
            Err(RunError::Unfinished(unfinished)) => Err(unfinished),
            Err(error) => panic!("a shell runs: {error}"),
        };
        Finished { result, took: clock.now().since(begun) }
    }

    fn abandon(&self, call: &Call) {
        (self.abandon)(call, command(call));
    }

    fn serve(&self, service: &Service) -> Served {
        host(service, self.serve)
    }
}
