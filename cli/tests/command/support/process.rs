//! Processes of our own, waited for with a bound: [`Process`].

use std::borrow::Cow;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use standpipe_blocking::signal::{Signal, set_default};

use super::{Collected, LIMIT, STANDPIPE, signal};

/// A program with no input whose outputs are collected, and which hears of signals as programs do.
pub(crate) fn command(program: &str) -> Command {
    hear_signals();
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Whoever runs these tests by nohup, or in the background of a shell, has them ignore signals, which programs inherit.
fn hear_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::HUP, Signal::INT, Signal::QUIT] {
            set_default(signal).expect("it can be").keep();
        }
    });
}

/// The command under test, on a runtime.
pub(crate) fn standpipe(runtime: &str, task: &str, words: &[&str]) -> Command {
    let mut command = command(STANDPIPE);
    command.args([task, "--runtime", runtime]).args(words);
    command
}

/// The command under test, on a descriptor 3. The standard library passes standard streams on only, so a shell moves one.
pub(crate) fn with_descriptor_3(fd: OwnedFd, runtime: &str, task: &str, words: &[&str]) -> Command {
    let mut shell = command("sh");
    shell.args([
        "-c",
        "exec 3<&0 0</dev/null; exec \"$0\" \"$@\"",
        STANDPIPE,
        task,
        "--runtime",
        runtime,
        "fd:3",
    ]);
    shell.args(words).stdin(fd);
    shell
}

/// Runs a program to its end.
#[track_caller]
pub(crate) fn finish(command: Command) -> Ended {
    Process::start(command).end()
}

/// Runs a program to its end on this input.
#[track_caller]
pub(crate) fn finish_with(command: Command, input: impl Into<Cow<'static, [u8]>>) -> Ended {
    Process::feed(command, input).end()
}

/// A process of our own; it is killed when this is dropped before its end.
pub(crate) struct Process {
    pid: u32,
    reaped: Receiver<ExitStatus>,
    status: Option<ExitStatus>,
    pub(crate) stdout: Collected,
    pub(crate) stderr: Collected,
}

/// How a process ended, and what it wrote.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Process {
    /// The command is dropped, and with it our copies of the child's ends.
    pub(crate) fn start(mut command: Command) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self::of(child)
    }

    /// Starts a program that reads this and then the end.
    pub(crate) fn feed(mut command: Command, input: impl Into<Cow<'static, [u8]>>) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program can be started");
        let (stdin, input) = (child.stdin.take(), input.into());
        // One that does not read to the end is the test's own business.
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        Self::of(child)
    }

    /// Starts a program, and gives what its input is written to.
    pub(crate) fn open(mut command: Command) -> (Self, ChildStdin) {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program can be started");
        let stdin = child.stdin.take().expect("it was asked for");
        (Self::of(child), stdin)
    }

    fn of(mut child: Child) -> Self {
        let (pid, stdout, stderr) = (child.id(), child.stdout.take(), child.stderr.take());
        let (sender, reaped) = channel();
        thread::spawn(move || child.wait().map(|status| sender.send(status)));
        let (stdout, stderr) = (Collected::of(stdout), Collected::of(stderr));
        Self { pid, reaped, status: None, stdout, stderr }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid, name);
    }

    /// Its exit code, once it has ended; `None` for a signal.
    #[track_caller]
    pub(crate) fn code(&mut self) -> Option<i32> {
        if self.status.is_none() {
            self.status = self.reaped.recv_timeout(LIMIT).ok();
        }
        let stderr = || self.stderr.so_far();
        self.status.unwrap_or_else(|| panic!("process {} has no end: {}", self.pid, stderr())).code()
    }

    /// How it ended, once it has and its outputs have.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let code = self.code();
        let stderr = String::from_utf8_lossy(&self.stderr.whole()).into_owned();
        Ended { code, stdout: self.stdout.whole(), stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.status.is_none() && self.reaped.try_recv().is_err() {
            self.signal("KILL");
        }
    }
}

impl Ended {
    /// What it wrote, where it ended well and had nothing to say about that.
    #[track_caller]
    pub(crate) fn well(self) -> Vec<u8> {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }

    /// As [`Ended::well`], as text.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.well()).expect("it wrote text")
    }

    /// Holds that it ended with this code and said why, in one line that has these words.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, words: &str) {
        let Self { stderr, .. } = self;
        assert_eq!(self.code, Some(code), "{stderr}");
        assert!(stderr.starts_with("standpipe: ") && stderr.contains(words), "{words} is not in: {stderr}");
        assert_eq!(stderr.matches('\n').count(), 1, "one line: {stderr}");
    }
}
