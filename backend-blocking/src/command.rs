//! Commands in the standard library's habits: [`Command`].

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use standpipe_core::flow::SendQueue;
use standpipe_core::process::{self, Exit, Group, Limit, Output, Resource, Stdio, Stop};
use standpipe_core::signal::{ChildSignals, Signal};
use standpipe_core::{Bytes, Machine};
use standpipe_sys::{Dialogue, LaunchError, RunError, communicate};

use crate::{Child, Waiter};

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
    spec: process::Command,
    given: Vec<OwnedFd>,
    input: Option<Bytes>,
    timeout: Option<Duration>,
    limit: Option<usize>,
    stop: Stop,
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

    fn map(mut self, change: impl FnOnce(process::Command) -> process::Command) -> Self {
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

    /// What standard input gets before it is closed.
    #[must_use]
    pub fn input(mut self, input: impl Into<Bytes>) -> Self {
        self.input = Some(input.into());
        self.stdin(Stdio::Pipe)
    }

    /// How long the whole call may take before the child is stopped. Default: no limit.
    #[must_use]
    pub fn timeout(mut self, wait: Duration) -> Self {
        self.timeout = Some(wait);
        self
    }

    /// How many bytes of each output are collected before the child is stopped. Default: 64 MiB.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// How the child is stopped by a time-out or a limit. Default: SIGTERM, 5 s, SIGKILL.
    #[must_use]
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`LaunchError`].
    pub fn spawn(&self) -> Result<Child, LaunchError> {
        Child::spawn(&self.spec)
    }

    /// Runs it and collects its outputs. Standard input is null unless something else was said.
    ///
    /// # Errors
    /// It could not be started; or it was stopped at the time-out or a limit, and what it had written is inside.
    pub fn output(self) -> Result<Output, RunError> {
        self.or(0, Stdio::Null).or(1, Stdio::Pipe).or(2, Stdio::Pipe).communicate()
    }

    /// Runs it with the parent's standard streams, where nothing else was said.
    ///
    /// # Errors
    /// As [`Command::output`].
    pub fn status(self) -> Result<Exit, RunError> {
        self.communicate().map(|output| output.exit)
    }

    /// Runs it, feeding and collecting the standard streams that are [`Stdio::Pipe`].
    ///
    /// # Errors
    /// As [`Command::output`].
    pub fn communicate(self) -> Result<Output, RunError> {
        let input = self.input.map(|bytes| {
            let mut queue = SendQueue::new(bytes.len(), 0);
            queue.push(bytes);
            queue
        });
        let dialogue = Dialogue { input, limit: self.limit, stop: Some(self.stop) };
        let (mut talk, mut ends) = communicate(&self.spec, dialogue)?;
        let mut waiter = Waiter::default();
        talk.set_deadline(self.timeout.map(|wait| waiter.now() + wait));
        while !talk.is_done() {
            waiter.run(&mut talk, &mut ends).map_err(RunError::Wait)?;
        }
        Ok(talk.finish()?)
    }

    fn or(self, number: i32, stdio: Stdio) -> Self {
        match self.spec.stdio(number) {
            None => self.map(|spec| spec.descriptor(number, stdio)),
            Some(_) => self,
        }
    }
}

impl From<process::Command> for Command {
    fn from(spec: process::Command) -> Self {
        Self { spec, given: Vec::new(), input: None, timeout: None, limit: None, stop: Stop::default() }
    }
}
