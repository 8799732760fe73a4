//! A test in a process of its own, and what the tests do there by raw calls.

use std::any::type_name_of_val;
use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

use standpipe_core::signal::Signal;
use standpipe_core::{Outcome, Window};
use standpipe_sys::Stream;

const NAME: &str = "STANDPIPE_ALONE";

/// Runs the body of this test in a new process, which must pass.
pub(crate) fn alone<T: Fn()>(test: T, body: fn()) {
    if let Some(status) = status_of(&test, body) {
        assert!(status.success(), "{status}");
    }
}

/// Runs the body of this test in a new process, which must end by this signal.
pub(crate) fn dies_of<T: Fn()>(signal: Signal, test: T, body: fn()) {
    if let Some(status) = status_of(&test, body) {
        assert_eq!(status.signal(), Some(signal.number()), "{status}");
    }
}

/// How the process of the body ended; `None` in that process.
fn status_of<T: Fn()>(test: &T, body: fn()) -> Option<ExitStatus> {
    let name = type_name_of_val(test).split_once("::").expect("within a crate").1;
    if env::var(NAME).is_ok_and(|alone| alone == name) {
        body();
        return None;
    }
    let mut command = Command::new(env::current_exe().expect("it runs"));
    command.args(["--exact", name, "--test-threads=1", "--nocapture"]).env(NAME, name);
    Some(command.stdout(Stdio::null()).status().expect("it can be started"))
}

/// How often [`count`] was called.
pub(crate) static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Somebody else's handler.
pub(crate) extern "C" fn count(_: libc::c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
}

/// How often [`count`] was called since the last time.
pub(crate) fn calls() -> usize {
    CALLS.swap(0, Ordering::SeqCst)
}

/// Puts somebody else's handler in place.
pub(crate) fn put_count(signal: Signal, flags: libc::c_int) {
    let mut action = raw_action(signal);
    action.sa_sigaction = count as *const () as libc::sighandler_t;
    action.sa_flags = flags;
    put_raw(signal, &action);
}

/// Puts SIG_DFL or SIG_IGN in place.
pub(crate) fn put(signal: Signal, action: libc::sighandler_t) {
    // SAFETY: no handler is passed.
    unsafe { libc::signal(signal.number(), action) };
}

pub(crate) fn raw_action(signal: Signal) -> libc::sigaction {
    // SAFETY: an all-zero sigaction is a valid value of that plain C struct; no new one is passed.
    unsafe {
        let mut action = std::mem::zeroed();
        assert_eq!(libc::sigaction(signal.number(), std::ptr::null(), &raw mut action), 0);
        action
    }
}

pub(crate) fn put_raw(signal: Signal, action: &libc::sigaction) {
    // SAFETY: the action was in place before, or has a handler of these tests.
    assert_eq!(unsafe { libc::sigaction(signal.number(), action, null_mut()) }, 0);
}

/// The bytes that wait in a pipe.
pub(crate) fn bytes(pipe: &mut Stream) -> Vec<i32> {
    let mut all = Vec::new();
    let mut buffer = [0; 512];
    while let Outcome::Ready(n @ 1..) = pipe.try_read(Window::Slice(&mut buffer)) {
        all.extend(buffer[..n].iter().map(|byte| i32::from(*byte)));
    }
    all
}
