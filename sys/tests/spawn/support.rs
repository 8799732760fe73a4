//! Children with bounded waits, and tests in a process of their own.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use standpipe_core::process::{Command, Parent, Plan, Stdio};
use standpipe_core::{Done, Side};
use standpipe_sys::exit::ChildExit;
use standpipe_sys::spawn::{SpawnError, environment, spawn};
use standpipe_sys::{Clock, PollSet, fd};

/// The bound of every wait. Reached only by a test that fails.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn plan(command: &Command) -> Plan {
    let environment = environment();
    Plan::new(command, Parent { environment: &environment, spare: None }).expect("the command is sound")
}

pub(crate) fn start(command: &Command) -> ChildExit {
    spawn(&plan(command)).unwrap_or_else(|error| panic!("{error}")).into_exit()
}

pub(crate) fn refusal(command: &Command) -> SpawnError {
    spawn(&plan(command)).expect_err("the command cannot be run")
}

/// How the child ended.
pub(crate) fn ended(exit: &ChildExit) -> Done {
    seen(exit, ChildExit::observe)
}

/// How the child ended, or that it has stopped or goes on.
pub(crate) fn news(exit: &ChildExit) -> Done {
    seen(exit, ChildExit::observe_stops)
}

fn seen(exit: &ChildExit, look: fn(&ChildExit) -> Done) -> Done {
    let mut done = Done::Blocked;
    wait_until(exit.as_fd(), || {
        done = look(exit);
        done != Done::Blocked
    });
    done
}

pub(crate) fn reaped(exit: &ChildExit) -> Done {
    let done = ended(exit);
    assert_eq!(exit.reap(), done, "observed and reaped alike");
    done
}

/// What a child that ends with code 0 writes.
pub(crate) fn output(command: Command) -> String {
    let (read, write) = fd::pipe().expect("a pipe");
    let exit = start(&command.stdout(Stdio::Descriptor(write.as_raw_fd())));
    drop(write);
    let text = read_to_end(read);
    assert_eq!(reaped(&exit), Done::Ok(0), "{text}");
    text
}

pub(crate) fn read_to_end(pipe: OwnedFd) -> String {
    let mut pipe = File::from(pipe);
    let mut text = Vec::new();
    while read_some(&mut pipe, &mut text) > 0 {}
    String::from_utf8(text).expect("the child writes text")
}

pub(crate) fn read_some(pipe: &mut File, text: &mut Vec<u8>) -> usize {
    let mut bytes = [0; 4096];
    wait_until(pipe.as_fd(), || standpipe_sys::is_ready(pipe.as_fd(), Side::Read));
    let length = pipe.read(&mut bytes).expect("the pipe can be read");
    text.extend_from_slice(&bytes[..length]);
    length
}

/// Waits for the descriptor until the condition holds.
fn wait_until(fd: BorrowedFd<'_>, mut holds: impl FnMut() -> bool) {
    let clock = Clock::start();
    let limit = clock.now() + LIMIT;
    while !holds() {
        let left = clock.until(limit);
        assert!(!left.is_zero(), "nothing came in time");
        let mut set = PollSet::default();
        set.add(fd, Side::Read);
        set.wait(Some(left)).expect("poll works");
    }
}

const ISOLATED: &str = "STANDPIPE_TEST_ISOLATED";
/// Proves that the test with that name has really run.
const PASSED: i32 = 42;

/// Runs the body in a process of its own, for a test that counts, closes or reaps what belongs to the whole process.
/// `name` is the test's own path.
pub(crate) fn isolated(name: &str, body: impl FnOnce()) {
    if std::env::var_os(ISOLATED).is_some() {
        body();
        std::process::exit(PASSED);
    }
    let program = std::env::current_exe().expect("this program has a path");
    let command = Command::new(program.into_os_string().into_encoded_bytes())
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(ISOLATED, "1")
        .stdout(Stdio::Null);
    assert_eq!(reaped(&start(&command)), Done::Ok(PASSED << 8), "{name} in a process of its own");
}
