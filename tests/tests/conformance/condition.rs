//! What the process of a scenario has to put up with.

use std::ffi::OsStr;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::io::fcntl_getfd;
use rustix::process::{
    Resource, Rlimit, WaitOptions, getpid, getrlimit, getuid, kill_process, setrlimit, wait,
};
use standpipe_core::signal::Signal;
use standpipe_sys::{Caught, Stream, close_standard, signal_pipe};
use standpipe_tests::harness::{Condition, Skip};

/// The command that starts this program again under a condition that must hold from its start.
pub(crate) fn command(condition: Condition, program: &OsStr) -> Result<Command, Skip> {
    let mut command = match condition {
        Condition::TermIgnored => after("--ignore-signal=TERM"),
        Condition::TermBlocked => after("--block-signal=TERM"),
        Condition::DeathsIgnored => after("--ignore-signal=CHLD"),
        Condition::Unprivileged if !getuid().is_root() => {
            return Err(Skip("only root can become somebody else".into()));
        }
        Condition::Unprivileged => {
            let mut other = Command::new("setpriv");
            other.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
            other
        }
        Condition::OwnNames => own_names()?,
        _ => return Ok(Command::new(program)),
    };
    command.arg(program);
    Ok(command)
}

/// What starts a program after env(1) has changed its signals.
fn after(change: &str) -> Command {
    let mut env = Command::new("env");
    env.arg(change);
    env
}

/// What starts a program where the suite's own hosts are all that there are, on no name server either.
fn own_names() -> Result<Command, Skip> {
    let mut unshare = Command::new("unshare");
    unshare.arg("--mount");
    let possible = Command::new("unshare").args(["--mount", "true"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return Err(Skip("only who may mount can have names of its own".into()));
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/names");
    let script =
        "cd \"$0\" && for file in *; do mount --bind $file /etc/$file || exit; done && cd / && exec \"$@\"";
    unshare.args(["sh", "-c", script, folder]);
    Ok(unshare)
}

/// How many descriptors a command and its scenario take at most beside those that are open: three pipes while it is
/// started, a pidfd, or a pipe for its end and one for its failure in its place, what a loop of its own has, and a few files.
const LEFT: u64 = 16;

/// Leaves so many descriptors beside those that are open.
pub(crate) fn leave_descriptors(left: u64) {
    let open = std::fs::read_dir("/proc/self/fd").expect("proc is mounted").count() as u64 - 1;
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(open + left), ..limit }).expect("it may be lowered");
}

/// A condition for as long as this lives.
#[derive(Default)]
pub(crate) struct Standing {
    background: Option<(Sender<()>, JoinHandle<()>)>,
    /// The pipe is never read: a full one loses nothing that anybody waits for.
    caught: Option<(Stream, Caught)>,
}

/// Lets a condition hold that this process can set itself.
pub(crate) fn set(condition: Condition) -> Standing {
    let mut standing = Standing::default();
    match condition {
        Condition::SignalStorm => {
            standing.caught = Some(signal_pipe(&[Signal::USR1]).expect("it can be caught"));
            standing.background = Some(background(storm));
        }
        Condition::ForeignReaper => standing.background = Some(background(reap)),
        Condition::StandardClosed => {
            close_standard();
            assert!(fcntl_getfd(std::io::stdin()).is_err(), "standard input is closed");
        }
        Condition::DescriptorLimit => leave_descriptors(LEFT),
        Condition::Plain
        | Condition::Unprivileged
        | Condition::TermIgnored
        | Condition::TermBlocked
        | Condition::DeathsIgnored
        | Condition::OwnNames => {}
    }
    standing
}

impl Drop for Standing {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.background.take() {
            drop(stop);
            thread.join().expect("no panic");
        }
    }
}

fn background(run: fn(&Receiver<()>)) -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = channel();
    (stop, thread::spawn(move || run(&stopped)))
}

const PERIOD: Duration = Duration::from_millis(1);

fn storm(stopped: &Receiver<()>) {
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        kill_process(getpid(), rustix::process::Signal::USR1).expect("a process may signal itself");
    }
}

fn reap(stopped: &Receiver<()>) {
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
    }
}
