//! The child's signals: dispositions, mask, and the one that tells of its parent's end. All of it runs in the child.

use std::io;
use std::mem::zeroed;
use std::ptr::null_mut;

use standpipe_core::signal::{Signal, SignalSet};

use crate::fd::check;
use crate::signals::to_raw;

/// Defaults for all but those that are to be ignored: a handler of the parent must not run here, least of all in shared
/// memory, and what is ignored is kept by execve(2).
pub(super) fn reset(ignored: SignalSet) -> io::Result<()> {
    for signal in Signal::all() {
        if ignored.contains(signal) {
            ignore(signal)?;
        } else {
            set_to_default(signal);
        }
    }
    Ok(())
}

fn ignore(signal: Signal) -> io::Result<()> {
    // SAFETY: an all-zero sigaction is a valid value of that plain C struct; it lives on this stack, and no old one is
    // asked for.
    check(unsafe {
        let mut action = zeroed::<libc::sigaction>();
        action.sa_sigaction = libc::SIG_IGN;
        libc::sigaction(signal.number(), &raw const action, null_mut())
    })
    .map(drop)
}

/// Not by sigaction(3): libc refuses the two signals that it keeps for its threads, and a parent that was started by
/// posix_spawn(3) has those ignored.
fn set_to_default(signal: Signal) {
    // All zeroes are SIG_DFL, without flags and mask, in the kernel's structure on every architecture.
    let default = [0u64; 4];
    let (number, old, size) = (libc::SYS_rt_sigaction, null_mut::<u64>(), size_of::<SignalSet>());
    // SAFETY: rt_sigaction(2) with its four arguments; the kernel reads at most what `default` holds. It refuses KILL
    // and STOP, which are at their defaults.
    unsafe { libc::syscall(number, signal.number(), default.as_ptr(), old, size) };
}

/// The kernel leaves SIGKILL and SIGSTOP out.
pub(super) fn set_mask(blocked: SignalSet) -> io::Result<()> {
    let set = to_raw(blocked);
    // SAFETY: the set lives on this stack; the old one is not asked for.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const set, null_mut()) }).map(drop)
}

/// From now on the kernel tells of the parent's end, and nobody tells of one that was before. All signals are blocked yet,
/// so the child's own one comes when the mask is set, as the kernel's would.
pub(super) fn die_with(parent: i32, signal: Signal) -> io::Result<()> {
    // SAFETY: prctl with a number and no pointer.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal.number() as libc::c_ulong) })?;
    // SAFETY: getppid takes no arguments.
    if is_orphan(unsafe { libc::getppid() }, parent) {
        // SAFETY: neither call takes a pointer.
        check(unsafe { libc::kill(libc::getpid(), signal.number()) })?;
    }
    Ok(())
}

/// Zero is a parent in another process namespace, which lives: at its end somebody in this one is the next.
fn is_orphan(parent_now: i32, parent: i32) -> bool {
    parent_now != 0 && parent_now != parent
}

#[cfg(test)]
mod tests {
    use standpipe_core::signal::{Signal, SignalSet};

    use super::{die_with, is_orphan, set_mask};
    use crate::signals::Blocked;

    #[test]
    fn whoever_has_another_parent_is_an_orphan() {
        assert!(!is_orphan(4711, 4711));
        assert!(is_orphan(1, 4711));
        assert!(!is_orphan(1, 1), "the first process of a container may spawn");
        assert!(!is_orphan(0, 4711), "the parent is outside of the child's namespace");
    }

    /// The raw wait status of a forked child that takes the process with this number for its parent.
    fn status_of_a_child_of(parent: i32) -> i32 {
        let blocked = Blocked::new(SignalSet::FULL);
        let mut status = 0;
        // SAFETY: the child makes async-signal-safe calls only and ends by one; the status lives on this stack.
        unsafe {
            let pid = libc::fork();
            if pid == 0 {
                let asked = die_with(parent, Signal::TERM).and_then(|()| set_mask(SignalSet::EMPTY));
                libc::_exit(asked.is_err().into());
            }
            drop(blocked);
            assert!(pid > 0 && libc::waitpid(pid, &raw mut status, 0) == pid);
        }
        status
    }

    #[test]
    fn a_parent_that_died_in_between_counts() {
        let ours = std::process::id() as i32;
        assert_eq!(status_of_a_child_of(ours), 0);
        assert_eq!(status_of_a_child_of(ours + 1), Signal::TERM.number());
    }
}
