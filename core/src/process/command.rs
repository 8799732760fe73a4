//! What to run, as data: [`Command`].

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What stands behind one of the child's descriptors.
///
/// ```
/// use standpipe_core::process::{Command, Stdio};
///
/// let command = Command::new("make")
///     .stdin(Stdio::Null)
///     .stdout(Stdio::Pipe)
///     .stderr(Stdio::Stdout)
///     .descriptor(7, Stdio::Descriptor(3));
/// assert_eq!(command.stdio(2), Some(Stdio::Stdout));
/// assert_eq!(command.stdio(9), None); // closed in the child
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Stdio {
    /// What the parent has at the same number; left closed where the parent's is closed.
    #[default]
    Inherit,
    /// The null device, opened by the child itself.
    Null,
    /// A new pipe, of which the driver keeps the other end.
    Pipe,
    /// The parent's descriptor with this number.
    Descriptor(i32),
    /// The same as the child's standard output. For standard error only (SUB-21).
    Stdout,
}

/// Which session or process group the child gets.
///
/// ```
/// use standpipe_core::process::{Command, Group};
///
/// let first = Command::new("yes").group(Group::New);
/// let second = Command::new("head").group(Group::Join(4711)); // the first one's number
/// assert!(first.leads_group() && second.leads_group());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Group {
    /// The parent's.
    #[default]
    Inherit,
    /// A new process group in the parent's session, led by the child (setpgid(2)).
    New,
    /// The process group that this process leads, in the parent's session.
    Join(i32),
    /// A new session without controlling terminal, and a new group in it, led by the child (setsid(2)).
    Session,
}

/// A child to be: program, arguments, environment, directory, descriptors. No closure runs in the child; everything is
/// data that [`Plan`](super::Plan) puts into one safe order.
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
    pub(super) terminal: Option<i32>,
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
            terminal: None,
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

    /// The child's working directory; relative to the parent's.
    #[must_use]
    pub fn directory(mut self, path: impl Into<Vec<u8>>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// The child's standard input. Default: inherited.
    #[must_use]
    pub fn stdin(self, stdio: Stdio) -> Self {
        self.descriptor(0, stdio)
    }

    /// The child's standard output. Default: inherited.
    #[must_use]
    pub fn stdout(self, stdio: Stdio) -> Self {
        self.descriptor(1, stdio)
    }

    /// The child's standard error. Default: inherited.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let merged = Command::new("make").stderr(Stdio::Stdout);
    /// assert_eq!(merged.stdio(2), Some(Stdio::Stdout));
    /// ```
    #[must_use]
    pub fn stderr(self, stdio: Stdio) -> Self {
        self.descriptor(2, stdio)
    }

    /// What stands behind any of the child's descriptors. Sources may be any of the parent's numbers, those of other
    /// targets included: the plan solves every permutation.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// // Standard input and output change places.
    /// let swapped = Command::new("cat").descriptor(0, Stdio::Descriptor(1)).descriptor(1, Stdio::Descriptor(0));
    /// assert_eq!(swapped.stdio(0), Some(Stdio::Descriptor(1)));
    /// ```
    #[must_use]
    pub fn descriptor(mut self, number: i32, stdio: Stdio) -> Self {
        self.descriptors.insert(number, stdio);
        self
    }

    /// Whether every descriptor from 3 up that is not listed is closed in the child. Default: yes. With `false` those
    /// without close-on-exec stay open, at the price of a copy of the whole descriptor table.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, Step};
    ///
    /// let old_way = Command::new("/bin/true").close_fds(false);
    /// let plan = Plan::new(&old_way, Parent::default())?;
    /// assert!(plan.steps().contains(&Step::Unshare { from: u32::MAX }), "nothing is closed");
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn close_fds(mut self, close: bool) -> Self {
        self.close_fds = close;
        self
    }

    /// The child's session or process group. Default: the parent's.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Group};
    ///
    /// assert!(Command::new("daemon").group(Group::Session).leads_group());
    /// ```
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// Makes the child's process group the one in the foreground of the terminal behind the parent's descriptor
    /// `number`, so that it may read from it and is what Ctrl-C is for (tcsetpgrp(3)).
    ///
    /// ```
    /// use standpipe_core::process::{Command, Group, Parent, Plan, Step};
    ///
    /// let editor = Command::new("/usr/bin/vi").group(Group::New).foreground(0);
    /// let plan = Plan::new(&editor, Parent::default())?;
    /// assert_eq!(plan.steps()[1], Step::Foreground { terminal: 0 });
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn foreground(mut self, number: i32) -> Self {
        self.terminal = Some(number);
        self
    }

    /// What stands behind the child's descriptor `number`; `None` where nothing was said.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let command = Command::new("cat").stdin(Stdio::Null);
    /// assert_eq!((command.stdio(0), command.stdio(1)), (Some(Stdio::Null), None));
    /// ```
    pub fn stdio(&self, number: i32) -> Option<Stdio> {
        self.descriptors.get(&number).copied()
    }

    /// The descriptors that were said something about, lowest first.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let command = Command::new("cat").stdout(Stdio::Pipe).stdin(Stdio::Null);
    /// assert_eq!(command.stdios().collect::<Vec<_>>(), [(0, Stdio::Null), (1, Stdio::Pipe)]);
    /// ```
    pub fn stdios(&self) -> impl Iterator<Item = (i32, Stdio)> + '_ {
        self.descriptors.iter().map(|(number, stdio)| (*number, *stdio))
    }

    /// Whether the child leads a process group of its own.
    ///
    /// ```
    /// use standpipe_core::process::Command;
    ///
    /// assert!(!Command::new("cat").leads_group());
    /// ```
    pub fn leads_group(&self) -> bool {
        self.group != Group::Inherit
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
