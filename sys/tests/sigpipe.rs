//! A program of its own, since it gives SIGPIPE back the disposition that ends the process.

use standpipe_core::{FaultKind, Outcome, Pending};
use standpipe_sys::{Stream, fd};

#[test]
fn writing_to_a_broken_pipe_fails_and_raises_nothing() {
    // SAFETY: the default disposition needs no handler; this process has no other test.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let (read, write) = fd::pipe().unwrap();
    let mut write = Stream::pipe(write).unwrap();
    drop(read);
    for _ in 0..3 {
        let outcome = write.try_write(Pending::Slice(b"nobody reads this"));
        assert!(matches!(outcome, Outcome::Failed(fault) if fault.kind() == FaultKind::BrokenPipe));
        assert!(!is_blocked_or_pending(), "the mask is as before, and nothing is left pending");
    }
}

fn is_blocked_or_pending() -> bool {
    // SAFETY: both calls fill a set of ours; an all-zero one is valid.
    unsafe {
        let (mut mask, mut pending) = (std::mem::zeroed(), std::mem::zeroed());
        libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut mask);
        libc::sigpending(&raw mut pending);
        libc::sigismember(&raw const mask, libc::SIGPIPE) == 1
            || libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
    }
}
