//! Descriptors from high numbers, fetched one by one: [`Fetch`].
//!
//! A child whose table reaches up to a high number gets a copy of everything below it first, whatever is closed then: a
//! thousand microseconds where ten thousand descriptors are open, as they are in a server that gives its child a pipe. A
//! table without high numbers costs nothing, and pidfd_getfd(2) brings the few that are wanted.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};

use standpipe_core::process::Step;

use super::table::unshare_below;
use crate::fd::check;

/// From here up a number is high: below, the copy costs no more than fetching does.
const HIGH: RawFd = 1024;

/// Whether the kernel, or a filter or a security module in front of it, does not let a child do this.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// What a child fetches.
#[derive(Debug)]
pub(super) struct Fetch {
    sources: Vec<RawFd>,
    /// The child's table begins without the numbers from here up.
    from: u32,
    /// The thread that spawns: another one may have a table of its own.
    thread: libc::pid_t,
}

impl Fetch {
    /// `None` where no number is high, or where it cannot be done. Nor is it where a terminal changes hands before, which
    /// a second attempt would do again.
    pub(super) fn of(steps: &[Step]) -> Option<Self> {
        let hinders = |step: &Step| match step {
            Step::Unshare { from } => *from == u32::MAX,
            Step::ControllingTerminal { .. } | Step::Foreground { .. } => true,
            _ => false,
        };
        let (sources, low): (Vec<_>, Vec<_>) = sources(steps).into_iter().partition(|number| *number >= HIGH);
        if sources.is_empty() || steps.iter().any(hinders) || REFUSED.load(Ordering::Relaxed) {
            return None;
        }
        let from = low.into_iter().max().unwrap_or(2).max(2) as u32 + 1;
        // SAFETY: gettid takes no arguments.
        Some(Self { sources, from, thread: unsafe { libc::gettid() } })
    }

    /// Runs in the child, which shares its parent's table yet.
    pub(super) fn run(&self) -> io::Result<()> {
        unshare_below(self.from)?;
        let parent = open_thread(self.thread)?;
        self.sources.iter().try_for_each(|source| fetch(parent, *source))?;
        close(parent)
    }

    /// Remembers that it cannot be done, where it failed with this for good.
    pub(super) fn failed(errno: i32) {
        if matches!(errno, libc::EPERM | libc::ENOSYS | libc::EINVAL | libc::EACCES) {
            REFUSED.store(true, Ordering::Relaxed);
        }
    }
}

/// The parent's numbers that the child needs, of the steps that move and keep them.
fn sources(steps: &[Step]) -> Vec<RawFd> {
    let (mut sources, mut filled) = (Vec::new(), Vec::new());
    for step in steps {
        let source = match step {
            Step::Duplicate { from, .. } => *from,
            Step::Keep { number } => *number,
            _ => continue,
        };
        if !filled.contains(&source) && !sources.contains(&source) {
            sources.push(source);
        }
        if let Step::Duplicate { to, .. } = step {
            filled.push(*to);
        }
    }
    sources
}

fn open_thread(thread: libc::pid_t) -> io::Result<RawFd> {
    // SAFETY: pidfd_open(2) with its two arguments; no pointer.
    check(unsafe { libc::syscall(libc::SYS_pidfd_open, thread, libc::PIDFD_THREAD) } as libc::c_int)
}

/// Brings the parent's descriptor to the same number.
fn fetch(parent: RawFd, source: RawFd) -> io::Result<()> {
    if source == parent {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    // SAFETY: pidfd_getfd(2) with its three arguments; no pointer.
    let copy = check(unsafe { libc::syscall(libc::SYS_pidfd_getfd, parent, source, 0) } as libc::c_int)?;
    if copy == source {
        return Ok(());
    }
    // SAFETY: dup3 takes no pointers, and the child owns all of its table.
    check(unsafe { libc::dup3(copy, source, libc::O_CLOEXEC) })?;
    close(copy)
}

fn close(number: RawFd) -> io::Result<()> {
    // SAFETY: close takes no pointers; the number was just opened in the child's own table.
    check(unsafe { libc::close(number) }).map(drop)
}

#[cfg(test)]
mod tests {
    use standpipe_core::process::{Command, Group, Parent, Plan, Stdio};

    use super::Fetch;

    fn fetch(command: &Command) -> Option<(Vec<i32>, u32)> {
        let plan = Plan::new(command, Parent { spare: Some(9), ..Parent::default() }).expect("a plan");
        Fetch::of(plan.steps()).map(|fetch| (fetch.sources, fetch.from))
    }

    #[test]
    fn only_high_numbers_are_fetched() {
        let command = Command::new("true").stdin(Stdio::Descriptor(7)).stdout(Stdio::Descriptor(1023));
        assert_eq!(fetch(&command), None);
        assert_eq!(fetch(&command.stderr(Stdio::Descriptor(1024))), Some((vec![1024], 1024)));
    }

    #[test]
    fn each_is_fetched_once_and_what_was_moved_is_not() {
        let command = Command::new("true").stdin(Stdio::Descriptor(5000)).stdout(Stdio::Descriptor(5000));
        assert_eq!(fetch(&command), Some((vec![5000], 3)));
        let exchanged = Command::new("true")
            .descriptor(5, Stdio::Descriptor(2000))
            .descriptor(2000, Stdio::Descriptor(5));
        assert_eq!(fetch(&exchanged), Some((vec![2000], 6)));
        assert_eq!(fetch(&Command::new("true").descriptor(3000, Stdio::Inherit)), Some((vec![3000], 3)));
    }

    #[test]
    fn a_whole_table_is_copied_and_no_terminal_changes_hands_twice() {
        let command = Command::new("true").stdin(Stdio::Descriptor(5000));
        assert_eq!(fetch(&command.clone().close_fds(false)), None);
        assert_eq!(fetch(&command.group(Group::Session).controlling_terminal(0)), None);
    }
}
