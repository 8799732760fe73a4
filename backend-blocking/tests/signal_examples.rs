//! The examples that are about signals, as programs.

use std::env;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};

/// Long enough for a slow machine; only there to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// Cargo builds the examples of a package before its tests run, beside them.
fn example(name: &str) -> Command {
    let test = env::current_exe().expect("it runs");
    let folder = test.ancestors().nth(2).expect("target/debug").join("examples");
    let mut command = Command::new(folder.join(name));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn fifo(folder: &Path) -> PathBuf {
    let path = folder.join("fifo");
    mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).expect("a folder of ours");
    path
}

#[test]
fn an_open_that_hangs_is_given_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = example("signal_alarm").arg(fifo(folder.path())).arg("0.2").output().expect("it was built");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "timed out\n");
    assert!(output.status.success());
}

#[test]
fn an_open_that_is_answered_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = fifo(folder.path());
    let child = example("signal_alarm").arg(&path).arg("600").spawn().expect("it was built");
    drop(std::fs::File::options().write(true).open(&path).expect("it is opened for reading"));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "open\n");
}

/// The example that ends gracefully, which does not outlive its test.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start() -> Self {
        let mut child = example("signal_stop").spawn().expect("it was built");
        let output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line).ok())
        });
        Self { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("it says something")
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it is ours, and not reaped");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_is_asked_to_end_finishes_first() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = Running::start();
        assert_eq!(running.line(), "working");
        running.signal(signal);
        assert!(running.line().starts_with("finishing"));
        drop(running.child.stdin.take());
        assert_eq!(running.line(), "done");
        assert!(running.child.wait().expect("it is ours").success());
    }
}

#[test]
fn who_is_asked_twice_ends_at_once() {
    let mut running = Running::start();
    assert_eq!(running.line(), "working");
    running.signal(Signal::TERM);
    assert!(running.line().starts_with("finishing"));
    running.signal(Signal::TERM);
    assert_eq!(running.child.wait().expect("it is ours").signal(), Some(15));
}
