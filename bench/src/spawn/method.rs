//! The ways to spawn and wait: [`Method`].

use super::peers;
use super::{ours, python};
use crate::raw::{Options, Setup};

/// Spawns one child after the other and waits for each, as long as it is told to go on.
pub(super) type Spawner = Box<dyn FnMut(&mut dyn FnMut() -> bool)>;

/// What does so by calling this.
pub(super) fn one_by_one(mut spawn: impl FnMut() + 'static) -> Spawner {
    Box::new(move |goes_on| {
        while goes_on() {
            spawn();
        }
    })
}

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
    AsyncProcess,
    Subprocess,
    Duct,
    PythonRun,
    PythonRunInheriting,
    PythonPosixSpawn,
}

/// What the child is given. The numbers are those of open descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    Plain,
    /// One more descriptor, and every option that costs something.
    Everything(i32),
    /// One more descriptor.
    Descriptor(i32),
}

impl Asked {
    pub(super) const fn options(self) -> Options {
        match self {
            Self::Plain => Options { everything: false, source: None },
            Self::Everything(source) => Options { everything: true, source: Some(source) },
            Self::Descriptor(source) => Options { everything: false, source: Some(source) },
        }
    }
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
        Self::AsyncProcess,
        Self::Subprocess,
        Self::Duct,
        Self::PythonRun,
        Self::PythonRunInheriting,
        Self::PythonPosixSpawn,
    ];
    /// Those that can do all that is asked for, beside std without any of it.
    pub(super) const EVERYTHING: &[Self] =
        &[Self::Clone, Self::CloneCut, Self::Blocking, Self::Mio, Self::Smol, Self::Std, Self::StdPreExec];
    /// Those that give the child a descriptor, beside std that gives it none.
    pub(super) const INHERITING: &[Self] = Self::EVERYTHING;
    /// Those whose cost should not depend on their parent, and std, whose does.
    pub(super) const FLAT: &[Self] = &[Self::CloneCut, Self::Blocking, Self::Mio, Self::Smol, Self::Std];

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
            Self::AsyncProcess => "smol async-process",
            Self::Subprocess => "subprocess crate",
            Self::Duct => "duct",
            Self::PythonRun => "Python subprocess.run",
            Self::PythonRunInheriting => "Python subprocess.run close_fds=False",
            Self::PythonPosixSpawn => "Python os.posix_spawn",
        }
    }

    /// Where it is no function of this program: what the script calls it.
    pub(super) fn in_python(self) -> Option<&'static str> {
        self.name().strip_prefix(python::PREFIX)
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::PLAIN.iter().copied().find(|method| method.name() == name)
    }

    /// With everything prepared that a program would make once, such as a runtime; `None` where it is not this program.
    pub(super) fn spawner(self, program: &'static str, asked: Asked) -> Option<Spawner> {
        Some(match self {
            Self::Clone => peers::bare(program, Setup { cut: false, options: asked.options() }),
            Self::CloneCut => peers::bare(program, Setup { cut: true, options: asked.options() }),
            Self::PosixSpawn => peers::posix_spawn(program),
            Self::Blocking => ours::blocking(program, asked),
            Self::Mio => ours::mio(program, asked),
            Self::Smol => ours::smol(program, asked),
            Self::Std => peers::std(program),
            Self::StdPreExec => peers::pre_exec(program, asked.options()),
            Self::Tokio => peers::tokio(program),
            Self::AsyncProcess => peers::async_process(program),
            Self::Subprocess => peers::subprocess(program),
            Self::Duct => peers::duct(program),
            Self::PythonRun | Self::PythonRunInheriting | Self::PythonPosixSpawn => return None,
        })
    }
}
