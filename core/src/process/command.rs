//! What to run, as data: [`Command`].

mod group;
mod limits;
mod signals;
mod stdio;
mod user;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::signal::{ChildSignals, Signal};

pub use group::Group;
pub use limits::{Limit, Resource};
pub use stdio::Stdio;

/// A child to be: program, arguments, environment, directory, descriptors, group, user, limits, signals. No closure runs in
/// the child; everything is data that [`Plan`](super::Plan) puts into one safe order.
///
/// Strings are bytes, as the operating system has them. The defaults differ from the original's where that had a known
/// fault: all descriptors but the listed ones are closed (SUB-24), and the child starts with default signal
/// dispositions and an empty signal mask (SUB trap 2).
///
/// A program name without a slash is searched on the `PATH` of the child's environment (SUB-27); one with a slash is
/// taken as it is, relative to the child's directory (SUB-26).
///
/// ```
/// use standpipe_core::process::{Command, Stdio};
///
/// let command = Command::new("sort").arg("-r").env("LC_ALL", "C").stdin(Stdio::Pipe).stdout(Stdio::Pipe);
/// assert_eq!(command.to_string(), "sort -r");
/// assert_eq!(command.program(), b"sort");
///
/// let login = Command::new("-sh").executable("/bin/sh").args(["-c", "pwd"]).directory("/");
/// assert_eq!(login.program(), b"/bin/sh");
///
/// let bare = Command::shell("env").env_clear().env("A", "1").env_remove("B");
/// assert_eq!(bare.to_string(), "/bin/sh -c env");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    pub(super) argv: Vec<Vec<u8>>,
    pub(super) executable: Option<Vec<u8>>,
    pub(super) environment: Environment,
    pub(super) directory: Option<Vec<u8>>,
    pub(super) descriptors: BTreeMap<i32, Stdio>,
    pub(super) close_fds: bool,
    pub(super) group: Group,
    pub(super) controlling_terminal: Option<i32>,
    pub(super) foreground: Option<i32>,
    pub(super) extras: Box<Extras>,
}

/// What few commands say anything of; apart, so that the many stay small.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Extras {
    pub(super) umask: Option<u32>,
    pub(super) limits: BTreeMap<Resource, Limit>,
    pub(super) nice: Option<i32>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) groups: Option<Vec<u32>>,
    pub(super) die_with_parent: Option<Signal>,
    pub(super) signals: ChildSignals,
}

/// Changes against the parent's environment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Environment {
    pub(super) clear: bool,
    /// `None` removes the name.
    pub(super) changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Command {
    /// Runs the program with no arguments.
    pub fn new(program: impl Into<Vec<u8>>) -> Self {
        Self {
            argv: alloc::vec![program.into()],
            executable: None,
            environment: Environment::default(),
            directory: None,
            descriptors: BTreeMap::new(),
            close_fds: true,
            group: Group::default(),
            controlling_terminal: None,
            foreground: None,
            extras: Box::default(),
        }
    }

    /// Runs the line by `/bin/sh -c` (SUB-14). Quoting what is put into the line is the caller's task.
    pub fn shell(line: impl Into<Vec<u8>>) -> Self {
        Self::new("/bin/sh").arg("-c").arg(line)
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<Vec<u8>>) -> Self {
        self.argv.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<Vec<u8>>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.argv.extend(args.into_iter().map(Into::into));
        self
    }

    /// Runs this program instead of argument 0, which the child still sees as its name (SUB-18).
    #[must_use]
    pub fn executable(mut self, program: impl Into<Vec<u8>>) -> Self {
        self.executable = Some(program.into());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.environment.changes.insert(name.into(), Some(value.into()));
        self
    }

    /// Takes an environment variable away.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<Vec<u8>>) -> Self {
        self.environment.changes.insert(name.into(), None);
        self
    }

    /// Starts from an empty environment; variables set before are forgotten.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.environment = Environment { clear: true, changes: BTreeMap::new() };
        self
    }

    /// The child's working directory; relative to the parent's. It is entered with the rights of the child's own user, so
    /// that nobody comes to stand in a folder that is closed to them.
    #[must_use]
    pub fn directory(mut self, path: impl Into<Vec<u8>>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// The program that is run: the executable, or argument 0.
    pub fn program(&self) -> &[u8] {
        self.executable.as_deref().unwrap_or(&self.argv[0])
    }
}

impl core::fmt::Display for Command {
    /// The arguments with blanks between them, for a message; not for a shell.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, arg) in self.argv.iter().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            write!(f, "{blank}{}", alloc::string::String::from_utf8_lossy(arg))?;
        }
        Ok(())
    }
}
