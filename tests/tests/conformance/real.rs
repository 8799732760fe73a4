//! The three real backends as the suite sees them.

use std::io;
use std::time::Duration;

use standpipe_core::process::{Command, Exit, Group, Output, Pipeline, Stdio};
use standpipe_sys::{Clock, Dialogue, Ends, Front, RunError};
use standpipe_tests::harness::{
    Backend, Call, Chats, Children, Delivered, Dispatching, Finished, Living, NotRun, Processes, Securing,
    Served, Service, Signalling, Sockets, Stages, Upgrading, output_of,
};

use crate::host::host;
use crate::{chats, children, dispatching, lone, looped, signalling, sockets, streams};

/// Starts a child that has a handle.
type Spawn = fn(&Command) -> Result<Box<dyn Living>, NotRun>;

/// A backend by what it calls its own.
pub(crate) struct Real {
    name: &'static str,
    communicate: fn(&Call<Command>) -> Result<Output, RunError>,
    abandon: fn(&Call<Command>),
    pipeline: fn(Pipeline, Ends, Option<Duration>) -> io::Result<Pipeline>,
    serve: fn(Front<'_>) -> io::Result<()>,
    spawn: Option<Spawn>,
    signalling: Option<&'static dyn Signalling>,
    sockets: Option<&'static dyn Sockets>,
    dispatching: Option<&'static dyn Dispatching>,
    chats: Option<&'static dyn Chats>,
    securing: Option<&'static dyn Securing>,
    upgrading: Option<&'static dyn Upgrading>,
}

/// All of them.
pub(crate) const REAL: [Real; 3] = [
    Real {
        name: "blocking",
        communicate: |call| {
            let command = standpipe_blocking::Command::from(call.program.clone());
            let command = command.limit(call.limit).stop(call.stop.clone());
            let command = call.input.clone().into_iter().fold(command, standpipe_blocking::Command::input);
            let command = call.timeout.into_iter().fold(command, standpipe_blocking::Command::timeout);
            if call.delivers {
                return put_together(|delivered| {
                    command.deliver(|stream, piece| delivered.add(stream, piece))
                });
            }
            command.communicate()
        },
        abandon: |call| drop(standpipe_blocking::Command::from(call.program.clone()).spawn()),
        pipeline: standpipe_blocking::pipeline,
        serve: standpipe_blocking::serve,
        spawn: Some(children::spawn),
        signalling: Some(&signalling::Blocking),
        sockets: Some(&sockets::Blocking),
        dispatching: Some(&dispatching::Blocking),
        chats: Some(&chats::Blocking),
        securing: Some(&streams::Blocking),
        upgrading: Some(&streams::Blocking),
    },
    Real {
        name: "mio",
        communicate: |call| {
            let (command, dialogue) = (&call.program, dialogue(call));
            if call.delivers {
                return put_together(|delivered| {
                    let sink = |stream, piece: &[u8]| delivered.add(stream, piece);
                    standpipe_mio::deliver(command, dialogue, call.timeout, sink)
                });
            }
            standpipe_mio::communicate(command, dialogue, call.timeout)
        },
        abandon: |call| {
            let task = standpipe_sys::communicate(&call.program, dialogue(call)).expect("a shell runs");
            let mut event_loop = standpipe_mio::Loop::new().expect("descriptors");
            event_loop.insert(task).expect("it can be watched");
        },
        pipeline: standpipe_mio::pipeline,
        serve: standpipe_mio::serve,
        spawn: Some(lone::spawn),
        signalling: Some(&lone::Mio),
        sockets: None,
        dispatching: Some(&dispatching::Mio),
        chats: Some(&looped::Mio),
        securing: Some(&looped::Mio),
        upgrading: Some(&looped::Mio),
    },
    Real {
        name: "smol",
        communicate: |call| {
            let command = standpipe_smol::Command::from(call.program.clone());
            let command = command.limit(call.limit).stop(call.stop.clone());
            let command = call.input.clone().into_iter().fold(command, standpipe_smol::Command::input);
            let command = call.timeout.into_iter().fold(command, standpipe_smol::Command::timeout);
            if call.delivers {
                return put_together(|delivered| {
                    smol::block_on(command.deliver(|stream, piece| delivered.add(stream, piece)))
                });
            }
            smol::block_on(command.communicate())
        },
        abandon: |call| {
            let command = standpipe_smol::Command::from(call.program.clone());
            let run = async { drop(command.communicate().await) };
            smol::block_on(smol::future::or(run, smol::future::yield_now()));
        },
        pipeline: |pipeline, ends, timeout| smol::block_on(standpipe_smol::pipeline(pipeline, ends, timeout)),
        serve: |front| {
            let executor = smol::Executor::new();
            smol::block_on(executor.run(standpipe_smol::serve(front, &executor)))
        },
        spawn: Some(children::spawn_awaited),
        signalling: Some(&signalling::Smol),
        sockets: Some(&sockets::Smol),
        dispatching: Some(&dispatching::Smol),
        chats: Some(&chats::Smol),
        securing: Some(&streams::Smol),
        upgrading: Some(&streams::Smol),
    },
];

/// What is delivered, as if it had been collected.
fn put_together(run: impl FnOnce(&mut Delivered) -> Result<Output, RunError>) -> Result<Output, RunError> {
    let mut delivered = Delivered::default();
    let mut result = match run(&mut delivered) {
        Ok(output) => Ok(output),
        Err(RunError::Unfinished(unfinished)) => Err(unfinished),
        Err(error) => return Err(error),
    };
    delivered.put_into(output_of(&mut result));
    Ok(result?)
}

fn dialogue(call: &Call<Command>) -> Dialogue {
    let dialogue = call.input.clone().map(Dialogue::fed).unwrap_or_default();
    Dialogue { limit: Some(call.limit), stop: Some(call.stop.clone()), ..dialogue }
}

/// The call of a program as the call of a command, in a process group of its own.
fn of_program(call: &Call) -> Call<Command> {
    let Call { program, input, limit, timeout, stop, delivers } = call.clone();
    with_pipes(&Call {
        program: Command::shell(program.shell()).group(Group::New),
        input,
        limit,
        timeout,
        stop,
        delivers,
    })
}

/// The same call, with something said of each standard stream.
fn with_pipes(call: &Call<Command>) -> Call<Command> {
    let stdin = if call.input.is_some() { Stdio::Pipe } else { Stdio::Null };
    let usual = [(0, stdin), (1, Stdio::Pipe), (2, Stdio::Pipe)];
    let command = usual.into_iter().fold(call.program.clone(), |command, (number, stdio)| {
        let stdio = command.stdio(number).unwrap_or(stdio);
        command.descriptor(number, stdio)
    });
    Call { program: command, ..call.clone() }
}

impl Backend for Real {
    fn name(&self) -> &'static str {
        self.name
    }

    fn communicate(&self, call: &Call) -> Finished {
        self.run(&of_program(call)).expect("a shell runs")
    }

    fn abandon(&self, call: &Call) {
        self.forget(&of_program(call));
    }

    fn serve(&self, service: &Service) -> Served {
        host(service, self.serve)
    }

    fn signalling(&self) -> Option<&dyn Signalling> {
        self.signalling
    }

    fn sockets(&self) -> Option<&dyn Sockets> {
        self.sockets
    }

    fn dispatching(&self) -> Option<&dyn Dispatching> {
        self.dispatching
    }

    fn chats(&self) -> Option<&dyn Chats> {
        self.chats
    }

    fn processes(&self) -> Option<&dyn Processes> {
        Some(self)
    }

    fn children(&self) -> Option<&dyn Children> {
        self.spawn.map(|_| self as &dyn Children)
    }

    fn securing(&self) -> Option<&dyn Securing> {
        self.securing
    }

    fn upgrading(&self) -> Option<&dyn Upgrading> {
        self.upgrading
    }
}

impl Processes for Real {
    fn run(&self, call: &Call<Command>) -> Result<Finished, NotRun> {
        let clock = Clock::start();
        let begun = clock.now();
        let result = match (self.communicate)(&with_pipes(call)) {
            Ok(output) => Ok(output),
            Err(RunError::Unfinished(unfinished)) => Err(unfinished),
            Err(error) => return Err(error.into()),
        };
        Ok(Finished { result, took: clock.now().since(begun) })
    }

    fn forget(&self, call: &Call<Command>) {
        (self.abandon)(&with_pipes(call));
    }

    fn pipeline(&self, stages: &Stages) -> Result<Vec<Exit>, NotRun> {
        let (pipeline, ends) = standpipe_sys::pipeline(&stages.commands, stages.stop.clone(), None)?;
        let pipeline = (self.pipeline)(pipeline, ends, stages.timeout)?;
        Ok(pipeline.exits().flatten().collect())
    }
}

impl Children for Real {
    fn spawn(&self, command: &Command) -> Result<Box<dyn Living>, NotRun> {
        let spawn = self.spawn.expect("asked of those that have handles");
        spawn(&with_pipes(&Call { input: Some(Vec::new()), ..Call::new(command.clone()) }).program)
    }
}
