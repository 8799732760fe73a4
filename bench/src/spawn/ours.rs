//! The three backends.

use standpipe_core::process::{Child, Command, Exit, Group, Limit, Resource, Stdio};
use standpipe_core::signal::{ChildSignals, Signal};
use standpipe_mio::{Loop, Turned};
use standpipe_sys::{Ends, launch};

use super::method::{Asked, Spawner, one_by_one};

pub(super) fn blocking(program: &'static str, asked: Asked) -> Spawner {
    one_by_one(move || {
        let command = standpipe_blocking::Command::from(spec(program, asked));
        assert_eq!(command.status().expect("it runs"), Exit::Code(0));
    })
}

/// In one loop, as a program has it.
pub(super) fn mio(program: &'static str, asked: Asked) -> Spawner {
    let mut event_loop = Loop::new().expect("a loop");
    one_by_one(move || {
        let exit = launch(&spec(program, asked)).expect("it runs").exit;
        let task = (Child::new(), Ends::default().with(Child::EXIT, exit));
        let key = event_loop.insert(task).expect("it is watched");
        while event_loop.next().expect("the loop waits") != Some(Turned::Done(key)) {}
        let (child, _) = event_loop.remove(key).expect("it is there");
        assert_eq!(child.exit(), Some(Exit::Code(0)));
    })
}

/// In one task, as a program has it: the end of each `block_on` wakes the thread that has the reactor meanwhile.
pub(super) fn smol(program: &'static str, asked: Asked) -> Spawner {
    Box::new(move |goes_on| {
        smol::block_on(async {
            while goes_on() {
                let command = standpipe_smol::Command::from(spec(program, asked));
                assert_eq!(command.status().await.expect("it runs"), Exit::Code(0));
            }
        });
    })
}

fn spec(program: &str, asked: Asked) -> Command {
    let command = Command::new(program);
    match asked {
        Asked::Plain => command,
        Asked::Descriptor(source) => command.descriptor(3, Stdio::Descriptor(source)),
        Asked::Everything(source) => everything(command).descriptor(3, Stdio::Descriptor(source)),
    }
}

fn everything(command: Command) -> Command {
    command
        .group(Group::Session)
        .directory("/")
        .stdin(Stdio::Null)
        .stdout(Stdio::Null)
        .stderr(Stdio::Stdout)
        .umask(0o022)
        .resource_limit(Resource::Nofile, Limit::at(1024))
        .resource_limit(Resource::Core, Limit::at(0))
        .nice(5)
        .die_with_parent(Signal::KILL)
        .signals(ChildSignals { ignored: Signal::HUP.into(), ..ChildSignals::default() })
}
