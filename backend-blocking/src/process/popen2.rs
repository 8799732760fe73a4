//! The names of Python's `popen2` (POP-01), for programs that are carried over line by line: [`popen2`](popen2()),
//! [`popen3`], [`popen4`], [`Popen3`] and [`Popen4`].
//!
//! They are [`Command`] and [`Child`] under other names: what is run is a command, so that a line for the shell and a list
//! of arguments are told apart, and nothing is inherited but what it says. The functions give a handle instead of a tuple, so
//! there is no order of streams to be mistaken about, and the exit is not lost.
//!
//! ```
//! use std::io::{Read, Write};
//! use standpipe_blocking::popen2::popen2;
//! use standpipe_blocking::{Command, Exit};
//!
//! let mut sort = popen2(Command::new("sort"))?;
//! sort.tochild.take().unwrap().write_all(b"b\na\n")?; // and closed by being dropped
//! let mut sorted = String::new();
//! sort.fromchild.read_to_string(&mut sorted)?;
//! assert_eq!((sorted.as_str(), sort.wait()?), ("a\nb\n", Exit::Code(0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io;

use standpipe_core::process::{Exit, Stdio, WaitStatus};
use standpipe_sys::LaunchError;

use crate::{Child, Command, Stream};

/// A child with standard input and output as pipes, and standard error where that is asked for (POP-12). Dropping it ends
/// the child with SIGKILL and reaps it.
#[derive(Debug)]
pub struct Popen3 {
    /// What the child writes.
    pub fromchild: Stream,
    /// What the child reads, until it is dropped.
    pub tochild: Option<Stream>,
    /// What the child complains of, where it was captured.
    pub childerr: Option<Stream>,
    child: Child,
}

/// A child whose standard error goes where its standard output does, in the order they are written in (POP-13).
///
/// ```
/// use std::io::Read;
/// use standpipe_blocking::Command;
/// use standpipe_blocking::popen2::Popen4;
///
/// let mut both = Popen4::new(Command::shell("echo a; echo b >&2"))?;
/// let mut text = String::new();
/// both.fromchild.read_to_string(&mut text)?;
/// assert_eq!((text.as_str(), both.wait()?.success()), ("a\nb\n", true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Popen4 {
    /// What the child writes, complaints included.
    pub fromchild: Stream,
    /// What the child reads, until it is dropped.
    pub tochild: Option<Stream>,
    child: Child,
}

/// Standard input and output as pipes (POP-02).
///
/// # Errors
/// [`LaunchError`].
pub fn popen2(command: Command) -> Result<Popen3, LaunchError> {
    Popen3::new(command, false)
}

/// The same, and standard error (POP-03).
///
/// # Errors
/// [`LaunchError`].
pub fn popen3(command: Command) -> Result<Popen3, LaunchError> {
    Popen3::new(command, true)
}

/// Standard input as a pipe, and one for both outputs (POP-04).
///
/// # Errors
/// [`LaunchError`].
pub fn popen4(command: Command) -> Result<Popen4, LaunchError> {
    Popen4::new(command)
}

fn spawn(command: Command) -> Result<(Stream, Option<Stream>, Child), LaunchError> {
    let mut child = command.stdin(Stdio::Pipe).stdout(Stdio::Pipe).spawn()?;
    let fromchild = child.stdout.take().expect("it is a pipe");
    Ok((fromchild, child.stdin.take(), child))
}

impl Popen3 {
    /// Starts it.
    ///
    /// # Errors
    /// [`LaunchError`]; a program that cannot be run is one.
    pub fn new(command: Command, capture_stderr: bool) -> Result<Self, LaunchError> {
        let command = if capture_stderr { command.stderr(Stdio::Pipe) } else { command };
        let (fromchild, tochild, mut child) = spawn(command)?;
        Ok(Self { fromchild, tochild, childerr: child.stderr.take(), child })
    }
}

impl Popen4 {
    /// Starts it.
    ///
    /// # Errors
    /// [`LaunchError`]; a program that cannot be run is one.
    pub fn new(command: Command) -> Result<Self, LaunchError> {
        let (fromchild, tochild, child) = spawn(command.stderr(Stdio::Stdout))?;
        Ok(Self { fromchild, tochild, child })
    }
}

macro_rules! life {
    ($($name:ident)*) => {
        $(impl $name {
            /// Its process number: its own until it is reaped.
            pub fn pid(&self) -> i32 {
                self.child.pid()
            }

            /// How it ended, if it has (POP-20). Never waits.
            pub fn poll(&mut self) -> Option<Exit> {
                self.child.poll()
            }

            /// Waits for its end (POP-22); also again and again. What it writes is not drained meanwhile, and what it reads
            /// not closed.
            ///
            /// # Errors
            /// Waiting failed.
            pub fn wait(&mut self) -> io::Result<Exit> {
                self.child.wait()
            }

            /// The raw status (POP-23); `None` while it is not known that it has ended, and where somebody else has reaped
            /// it.
            pub fn sts(&self) -> Option<WaitStatus> {
                self.child.status()
            }
        })*
    };
}

life! { Popen3 Popen4 }
