//! What Python's `os` had before `subprocess` (SUB-64 to SUB-75), for programs that are carried over line by line:
//! [`system`], [`popen`], [`spawn_wait`] and [`spawn_nowait`].
//!
//! A program that cannot be run is an error here, where the originals fail quietly.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use standpipe_core::process::{Exit, Stdio, WaitStatus};
use standpipe_sys::{LaunchError, RunError};

use crate::{Child, Command, Stream};

/// Runs a line by the shell, with the parent's standard streams, to its end (SUB-67). `None` stands for a status that
/// somebody else has taken.
///
/// ```
/// use standpipe_blocking::os::system;
///
/// assert_eq!(system("exit 3")?.unwrap().raw(), 3 << 8);
/// # Ok::<(), standpipe_blocking::RunError>(())
/// ```
///
/// # Errors
/// There is no shell, or no process to run it in.
pub fn system(line: &str) -> Result<Option<WaitStatus>, RunError> {
    Command::shell(line).status().map(Exit::wait_status)
}

/// Starts a command, of which the caller keeps a handle instead of a bare number (SUB-68, `P_NOWAIT`).
///
/// ```
/// use standpipe_blocking::Command;
/// use standpipe_blocking::os::spawn_nowait;
///
/// let mut child = spawn_nowait(&Command::new("true"))?;
/// assert!(child.pid() > 0 && child.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LaunchError`].
pub fn spawn_nowait(command: &Command) -> Result<Child, LaunchError> {
    command.spawn()
}

/// Runs a command to its end: its code, or the negative signal (SUB-68, `P_WAIT`); `None` where somebody else has taken its
/// status.
///
/// ```
/// use standpipe_blocking::Command;
/// use standpipe_blocking::os::spawn_wait;
///
/// assert_eq!(spawn_wait(Command::shell("kill -9 $$").env("A", "1"))?, Some(-9));
/// # Ok::<(), standpipe_blocking::RunError>(())
/// ```
///
/// # Errors
/// It could not be started.
pub fn spawn_wait(command: Command) -> Result<Option<i32>, RunError> {
    command.status().map(Exit::return_code)
}

/// Which of its streams a line of [`popen`] has as a pipe.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// What it writes is read.
    Read,
    /// What is written it reads.
    Write,
}

/// Runs a line by the shell, with one of its streams as a file (SUB-70).
///
/// ```
/// use std::io::{Read, Write};
/// use standpipe_blocking::os::{Mode, popen};
///
/// let mut text = String::new();
/// let mut lines = popen("echo hi; exit 2", Mode::Read)?;
/// lines.read_to_string(&mut text)?;
/// assert_eq!((text.as_str(), lines.close()?.unwrap().raw()), ("hi\n", 2 << 8));
///
/// let mut sink = popen("cat >/dev/null", Mode::Write)?;
/// sink.write_all(b"hello")?;
/// assert_eq!(sink.close()?, None); // it was a success
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// There is no shell, or no process to run it in.
pub fn popen(line: &str, mode: Mode) -> Result<Popen, LaunchError> {
    let command = Command::shell(line);
    let mut child = match mode {
        Mode::Read => command.stdout(Stdio::Pipe),
        Mode::Write => command.stdin(Stdio::Pipe),
    }
    .spawn()?;
    let stream = child.stdout.take().or(child.stdin.take()).expect("one of them is a pipe");
    Ok(Popen { stream, child })
}

/// A stream of a line that is run by the shell. Dropping it ends the shell with SIGKILL; to let it come to its own end,
/// use [`Popen::close`].
#[derive(Debug)]
pub struct Popen {
    stream: Stream,
    child: Child,
}

impl Popen {
    /// Closes the stream and waits for the end: `None` where it was a success, as the original has it (SUB-75), and the raw
    /// status where it was not.
    ///
    /// # Errors
    /// Waiting failed; of kind `Other` where somebody else has taken the status, which the original reads as success.
    pub fn close(self) -> io::Result<Option<WaitStatus>> {
        let Self { stream, mut child } = self;
        drop(stream);
        match child.wait()? {
            exit if exit.success() => Ok(None),
            exit => exit.wait_status().map(Some).ok_or_else(|| io::Error::other(exit.to_string())),
        }
    }
}

impl Read for Popen {
    /// Of a line that reads, nothing comes: `EBADF`.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Popen {
    /// Of a line that writes, nothing is taken: `EBADF`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl AsFd for Popen {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
