//! Commands in the standard library's habits: [`Command`].

mod run;

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use standpipe_core::process::{self, Group, Limit, Resource, Stdio};
use standpipe_core::signal::{ChildSignals, Signal};

use super::terms::Terms;

/// What to run, with what input and under which limits.
///
/// ```
/// use standpipe_blocking::{Command, Exit};
///
/// let output = Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]).output()?;
/// assert_eq!((output.exit, &output.stdout[..], &output.stderr[..]), (Exit::Code(3), &b"out\n"[..], &b"err\n"[..]));
/// # Ok::<(), standpipe_blocking::RunError>(())
/// ```
#[derive(Debug)]
pub struct Command {
    pub(crate) spec: process::Command,
    /// Open as long as the command is there.
    given: Vec<OwnedFd>,
    pub(crate) terms: Terms,
}

fn bytes(text: impl AsRef<OsStr>) -> Vec<u8> {
    text.as_ref().as_bytes().to_vec()
}

impl Command {
    /// Runs the program with no arguments.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self::from(process::Command::new(bytes(program)))
    }

    /// Runs the line by `/bin/sh -c`. Quoting what is put into the line is the caller's task.
    pub fn shell(line: impl AsRef<OsStr>) -> Self {
        Self::from(process::Command::shell(bytes(line)))
    }

    pub(crate) fn map(mut self, change: impl FnOnce(process::Command) -> process::Command) -> Self {
        self.spec = change(self.spec);
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.map(|spec| spec.arg(bytes(arg)))
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        self.map(|spec| spec.args(args.into_iter().map(bytes)))
    }

    /// Runs this program instead of argument 0, which the child still sees as its name.
    #[must_use]
    pub fn executable(self, program: impl AsRef<Path>) -> Self {
        self.map(|spec| spec.executable(bytes(program.as_ref())))
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.map(|spec| spec.env(bytes(name), bytes(value)))
    }

    /// Takes an environment variable away.
    #[must_use]
    pub fn env_remove(self, name: impl AsRef<OsStr>) -> Self {
        self.map(|spec| spec.env_remove(bytes(name)))
    }

    /// Starts from an empty environment.
    #[must_use]
    pub fn env_clear(self) -> Self {
        self.map(process::Command::env_clear)
    }

    /// The child's working directory.
    #[must_use]
    pub fn current_dir(self, path: impl AsRef<Path>) -> Self {
        self.map(|spec| spec.directory(bytes(path.as_ref())))
    }

    /// The child's standard input.
    #[must_use]
    pub fn stdin(self, stdio: Stdio) -> Self {
        self.map(|spec| spec.stdin(stdio))
    }

    /// The child's standard output.
    #[must_use]
    pub fn stdout(self, stdio: Stdio) -> Self {
        self.map(|spec| spec.stdout(stdio))
    }

    /// The child's standard error.
    #[must_use]
    pub fn stderr(self, stdio: Stdio) -> Self {
        self.map(|spec| spec.stderr(stdio))
    }

    /// Gives the child this descriptor at this number.
    #[must_use]
    pub fn fd(mut self, number: i32, descriptor: impl Into<OwnedFd>) -> Self {
        let descriptor = descriptor.into();
        let source = descriptor.as_raw_fd();
        self.given.push(descriptor);
        self.map(|spec| spec.descriptor(number, Stdio::Descriptor(source)))
    }

    /// Whether descriptors that are not listed are closed in the child. Default: yes.
    #[must_use]
    pub fn close_fds(self, close: bool) -> Self {
        self.map(|spec| spec.close_fds(close))
    }

    /// A new process group, led by the child.
    #[must_use]
    pub fn process_group(self) -> Self {
        self.map(|spec| spec.group(Group::New))
    }

    /// A new session, led by the child.
    #[must_use]
    pub fn session(self) -> Self {
        self.map(|spec| spec.group(Group::Session))
    }

    /// The child's session or process group; the two above are the usual ones.
    #[must_use]
    pub fn group(self, group: Group) -> Self {
        self.map(|spec| spec.group(group))
    }

    /// Runs it on a new pseudo-terminal, which all of its standard streams are and which controls its session:
    /// [`Stdio::Terminal`] for each of them. What is typed goes to [`Child::stdin`](crate::Child::stdin), all that is shown
    /// comes from [`Child::stdout`](crate::Child::stdout).
    ///
    /// ```
    /// use standpipe_blocking::{Command, RunError};
    ///
    /// let output = Command::shell("test -t 1 && cat </dev/tty").terminal().input("typed\n").communicate()?;
    /// assert_eq!(output.stdout, b"typed\r\ntyped\r\n"); // the terminal echoes what is typed
    /// # Ok::<(), RunError>(())
    /// ```
    #[must_use]
    pub fn terminal(self) -> Self {
        self.stdin(Stdio::Terminal).stdout(Stdio::Terminal).stderr(Stdio::Terminal)
    }

    /// Makes this terminal the controlling one of the child's session, which must be a new one. [`standpipe_sys::pty`] opens
    /// one; the child gets it at its standard streams by [`Command::fd`]. The command holds it until it is dropped, and so
    /// long the other side sees no end.
    #[must_use]
    pub fn controlling_terminal(mut self, terminal: impl Into<OwnedFd>) -> Self {
        let terminal = terminal.into();
        let number = terminal.as_raw_fd();
        self.given.push(terminal);
        self.map(|spec| spec.controlling_terminal(number))
    }

    /// Brings the child's process group to the foreground of the terminal behind this process's descriptor.
    #[must_use]
    pub fn foreground(self, number: i32) -> Self {
        self.map(|spec| spec.foreground(number))
    }

    /// The child's user. Its group must be given as well; it has no supplementary groups but those that are given.
    #[must_use]
    pub fn uid(self, uid: u32) -> Self {
        self.map(|spec| spec.uid(uid))
    }

    /// The child's group.
    #[must_use]
    pub fn gid(self, gid: u32) -> Self {
        self.map(|spec| spec.gid(gid))
    }

    /// The child's supplementary groups.
    #[must_use]
    pub fn groups(self, groups: impl IntoIterator<Item = u32>) -> Self {
        self.map(|spec| spec.groups(groups))
    }

    /// The permission bits that files made by the child do not get.
    #[must_use]
    pub fn umask(self, bits: u32) -> Self {
        self.map(|spec| spec.umask(bits))
    }

    /// Limits what the child may use of a resource. Not to be taken for [`Command::limit`], the bound on what is collected.
    #[must_use]
    pub fn resource_limit(self, resource: Resource, limit: Limit) -> Self {
        self.map(|spec| spec.resource_limit(resource, limit))
    }

    /// The child's nice value: the value itself, from −20 to 19, and not an increment.
    #[must_use]
    pub fn nice(self, value: i32) -> Self {
        self.map(|spec| spec.nice(value))
    }

    /// What the child keeps of this process's signals, and what it ignores and blocks. Default: nothing.
    #[must_use]
    pub fn signals(self, signals: ChildSignals) -> Self {
        self.map(|spec| spec.signals(signals))
    }

    /// Sends the child this signal when the thread that spawned it ends.
    ///
    /// ```
    /// use standpipe_blocking::{ChildSignals, Command, Limit, Resource, Signal};
    ///
    /// let output = Command::shell("umask; ulimit -n; nice")
    ///     .umask(0o027)
    ///     .resource_limit(Resource::Nofile, Limit::at(64))
    ///     .nice(19)
    ///     .signals(ChildSignals { ignored: Signal::HUP.into(), ..ChildSignals::default() })
    ///     .die_with_parent(Signal::KILL)
    ///     .output()?;
    /// assert_eq!(output.stdout, b"0027\n64\n19\n");
    /// # Ok::<(), standpipe_blocking::RunError>(())
    /// ```
    #[must_use]
    pub fn die_with_parent(self, signal: Signal) -> Self {
        self.map(|spec| spec.die_with_parent(signal))
    }
}

impl From<process::Command> for Command {
    fn from(spec: process::Command) -> Self {
        Self { spec, given: Vec::new(), terms: Terms::default() }
    }
}
