//! The ways to spawn and wait: [`Method`].

use std::process::Command;

use standpipe_core::process::{self, Child, Exit, Group, Stdio};
use standpipe_mio::{Loop, Turned};
use standpipe_smol::Dialogue;
use standpipe_sys::{Ends, launch};

use crate::raw::{Bare, Setup, with_session};

/// A way to spawn a program and wait for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Method {
    Clone,
    CloneCut,
    PosixSpawn,
    Blocking,
    Mio,
    Smol,
    Std,
    StdPreExec,
    Tokio,
    Subprocess,
}

/// What the child is given. The numbers are those of open descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    Plain,
    /// A session and a directory of its own.
    Session,
    /// That, a umask, standard streams and one more descriptor.
    Everything(i32),
    /// One more descriptor.
    Descriptor(i32),
}

impl Method {
    pub(super) const PLAIN: &[Self] = &[
        Self::Clone,
        Self::CloneCut,
        Self::PosixSpawn,
        Self::Blocking,
        Self::Mio,
        Self::Smol,
        Self::Std,
        Self::StdPreExec,
        Self::Tokio,
        Self::Subprocess,
    ];
    /// Those that can start a session.
    pub(super) const OPTIONS: &[Self] =
        &[Self::Clone, Self::CloneCut, Self::Blocking, Self::Mio, Self::Smol, Self::StdPreExec];
    /// The same, beside std without any option.
    pub(super) const EVERYTHING: &[Self] =
        &[Self::Clone, Self::CloneCut, Self::Blocking, Self::Mio, Self::Smol, Self::Std, Self::StdPreExec];
    /// Those that give the child a descriptor, beside those that give it none.
    pub(super) const INHERITING: &[Self] =
        &[Self::Clone, Self::CloneCut, Self::Blocking, Self::Mio, Self::Smol, Self::Std];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Clone => "clone VM+VFORK, execve (limit)",
            Self::CloneCut => "clone VM+VFORK+FILES, close_range UNSHARE, execve",
            Self::PosixSpawn => "posix_spawn of libc",
            Self::Blocking => "**standpipe blocking**",
            Self::Mio => "**standpipe mio**",
            Self::Smol => "**standpipe smol**",
            Self::Std => "std Command",
            Self::StdPreExec => "std Command + pre_exec",
            Self::Tokio => "tokio process",
            Self::Subprocess => "subprocess crate",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::PLAIN.iter().copied().find(|method| method.name() == name)
    }

    /// What spawns once and waits, with everything prepared that a program would make once.
    pub(super) fn spawner(self, program: &'static str, asked: Asked) -> Box<dyn FnMut()> {
        let options = matches!(asked, Asked::Session | Asked::Everything(_));
        match self {
            Self::Clone => bare(program, Setup { cut: false, options }),
            Self::CloneCut => bare(program, Setup { cut: true, options }),
            Self::PosixSpawn => {
                let bare = Bare::new(program, Setup::default());
                Box::new(move || bare.posix_spawn_and_wait())
            }
            Self::Blocking => blocking(program, asked),
            Self::Mio => mio(program, asked),
            Self::Smol => smol(program, asked),
            Self::Std => Box::new(move || expect(Command::new(program).status())),
            Self::StdPreExec => pre_exec(program, options),
            Self::Tokio => tokio(program),
            Self::Subprocess => Box::new(move || {
                let status = subprocess::Exec::cmd(program).join();
                assert!(status.expect("it runs").success());
            }),
        }
    }
}

fn expect(status: std::io::Result<std::process::ExitStatus>) {
    assert!(status.expect("it runs").success());
}

fn bare(program: &str, setup: Setup) -> Box<dyn FnMut()> {
    let mut bare = Bare::new(program, setup);
    Box::new(move || bare.clone_and_wait())
}

fn blocking(program: &'static str, asked: Asked) -> Box<dyn FnMut()> {
    Box::new(move || {
        let command = standpipe_blocking::Command::from(spec(program, asked));
        assert_eq!(command.status().expect("it runs"), Exit::Code(0));
    })
}

fn spec(program: &str, asked: Asked) -> process::Command {
    let command = process::Command::new(program);
    match asked {
        Asked::Plain => command,
        Asked::Session => command.group(Group::Session).directory("/"),
        Asked::Everything(source) => command
            .group(Group::Session)
            .directory("/")
            .umask(0o022)
            .stdin(Stdio::Null)
            .stdout(Stdio::Null)
            .stderr(Stdio::Stdout)
            .descriptor(3, Stdio::Descriptor(source)),
        Asked::Descriptor(source) => command.descriptor(3, Stdio::Descriptor(source)),
    }
}

/// In one loop, as a program has it.
fn mio(program: &'static str, asked: Asked) -> Box<dyn FnMut()> {
    let mut event_loop = Loop::new().expect("a loop");
    Box::new(move || {
        let exit = launch(&spec(program, asked)).expect("it runs").exit;
        let task = (Child::new(), Ends::default().with(Child::EXIT, exit));
        let key = event_loop.insert(task).expect("it is watched");
        while event_loop.next().expect("the loop waits") != Some(Turned::Done(key)) {}
        let (child, _) = event_loop.remove(key).expect("it is there");
        assert_eq!(child.exit(), Some(Exit::Code(0)));
    })
}

fn smol(program: &'static str, asked: Asked) -> Box<dyn FnMut()> {
    Box::new(move || {
        let command = spec(program, asked);
        let talk = standpipe_smol::communicate(&command, Dialogue::default(), None);
        assert_eq!(smol::block_on(talk).expect("it runs").exit, Exit::Code(0));
    })
}

fn pre_exec(program: &'static str, options: bool) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut command = Command::new(program);
        if options {
            command.current_dir("/");
        }
        expect(with_session(&mut command).status());
    })
}

fn tokio(program: &'static str) -> Box<dyn FnMut()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    Box::new(move || expect(runtime.block_on(async { tokio::process::Command::new(program).status().await })))
}
