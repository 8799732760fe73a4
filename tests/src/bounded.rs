//! Tests that wait for others, with a bound: [`bounded()`].

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Only to catch a hang.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a test that waits for others, and bounds its wait so that a hang is told.
///
/// # Panics
/// As the test does, or when it hangs.
#[track_caller]
pub fn bounded(test: impl FnOnce() + Send + 'static) {
    let (done, ended) = channel();
    let test = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    match ended.recv_timeout(LIMIT) {
        Err(RecvTimeoutError::Timeout) => panic!("it hangs"),
        _ => test.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
    }
}
