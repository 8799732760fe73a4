//! The fast way: a child in shared memory, of vfork's kind.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use standpipe_core::signal::SignalSet;

use super::fetch::Fetch;
use super::ready::Ready;
use super::run::{Failure, run_plan};
use super::table::{Table, has_close_range};
use super::{SpawnError, SpawnStep};
use crate::exit::{ChildExit, SigchldPipe};
use crate::fd::check;
use crate::signals::Blocked;

const FLAGS: c_int =
    libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES | libc::CLONE_PIDFD | libc::SIGCHLD;

/// The child's stack, aligned as every ABI wants it. [`run_plan`] uses a small part of it.
#[repr(align(16))]
struct Stack {
    _bytes: [u8; 64 << 10],
}

thread_local! {
    /// Kept from child to child: for so large a piece the allocator tidies up all small ones first.
    static STACK: Cell<Option<Box<MaybeUninit<Stack>>>> = const { Cell::new(None) };
}

/// What the child is given, and where it answers.
struct Birth<'a> {
    ready: &'a Ready<'a>,
    table: Table<'a>,
    /// The bytes of a [`Failure`]; zero while there is none, since no errno is zero.
    failure: AtomicU64,
}

/// Spawns; `None` where the kernel, or a filter in front of it, does not offer what this takes.
pub(super) fn spawn(ready: &Ready<'_>) -> Option<Result<ChildExit, SpawnError>> {
    if !has_close_range() {
        return None;
    }
    let Some(fetch) = Fetch::of(ready.steps) else { return spawn_with(ready, Table::Shared) };
    match spawn_with(ready, Table::Fetched(&fetch)) {
        Some(Err(error)) if *error.step() == SpawnStep::Unshare => {
            Fetch::failed(error.fault().raw());
            spawn_with(ready, Table::Shared)
        }
        spawned => spawned,
    }
}

fn spawn_with(ready: &Ready<'_>, table: Table<'_>) -> Option<Result<ChildExit, SpawnError>> {
    let birth = Birth { ready, table, failure: AtomicU64::new(0) };
    match clone(&birth) {
        Ok(exit) => Some(outcome(exit, &birth)),
        Err(error) if is_missing(&error) => None,
        Err(error) => Some(Err(SpawnError::create(&error))),
    }
}

fn outcome(exit: ChildExit, birth: &Birth<'_>) -> Result<ChildExit, SpawnError> {
    let failure = birth.failure.load(Ordering::Acquire);
    if failure == 0 {
        return Ok(exit);
    }
    exit.kill_and_reap();
    Err(birth.ready.error(Failure::from_bytes(failure.to_ne_bytes())))
}

/// What a system call that is not there fails with, a filter's answers included.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM | libc::EINVAL))
}

/// Returns once the child runs its program or has failed (CLONE_VFORK).
fn clone(birth: &Birth<'_>) -> io::Result<ChildExit> {
    let kept = STACK.try_with(Cell::take).ok().flatten();
    let mut stack = kept.unwrap_or_else(Box::new_uninit);
    let top = stack.as_mut_ptr().wrapping_add(1);
    let argument = ptr::from_ref(birth).cast_mut();
    let mut pidfd: c_int = -1;
    let blocked = Blocked::new(SignalSet::FULL);
    // SAFETY: stack and argument outlive the child's use of our memory, since this thread sleeps until that ends. The
    // child makes only async-signal-safe calls and writes nothing that others read but its stack, the atomic and this
    // thread's errno. No handler of ours runs in it: all signals are blocked until it has set them to default.
    let result = unsafe { libc::clone(child, top.cast(), FLAGS, argument.cast(), &raw mut pidfd) };
    let pid = check(result);
    drop(blocked);
    // A thread that is ending keeps nothing any more.
    let _ = STACK.try_with(|kept| kept.set(Some(stack)));
    watch(pid?, pidfd)
}

/// A kernel without pidfds takes their flag without complaint and gives none.
fn watch(pid: i32, pidfd: c_int) -> io::Result<ChildExit> {
    if pidfd == -1 {
        return Ok(ChildExit::with_pipe(pid, SigchldPipe::new()?));
    }
    // SAFETY: clone has just given us this descriptor, and nobody else owns it.
    Ok(ChildExit::with_pidfd(pid, unsafe { OwnedFd::from_raw_fd(pidfd) }))
}

extern "C" fn child(argument: *mut c_void) -> c_int {
    // SAFETY: `clone` above passes its `birth`, which lives while the parent's thread sleeps.
    let birth = unsafe { &*argument.cast::<Birth<'_>>() };
    let failure = run_plan(birth.ready, birth.table);
    birth.failure.store(u64::from_ne_bytes(failure.to_bytes()), Ordering::Release);
    // SAFETY: _exit never returns and runs nothing of the parent's.
    unsafe { libc::_exit(127) }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::time::Duration;

    use standpipe_core::process::{Command, Parent, Plan};
    use standpipe_core::{Done, Side};

    use super::watch;
    use crate::{Clock, PollSet};

    #[test]
    fn a_kernel_without_pidfds_is_watched_by_sigchld() {
        let plan = Plan::new(&Command::new("/bin/true"), Parent::default()).expect("a plan");
        let child = crate::spawn::spawn(&plan).expect("a child");
        let exit = watch(child.pid(), -1).expect("a pipe can be made");
        let clock = Clock::start();
        let limit = clock.now() + Duration::from_secs(60);
        while exit.observe() == Done::Blocked {
            let left = clock.until(limit);
            assert!(!left.is_zero(), "SIGCHLD has not woken it");
            let mut set = PollSet::default();
            set.add(exit.as_fd(), Side::Read);
            set.wait(Some(left)).expect("poll works");
        }
        assert_eq!(exit.reap(), Done::Ok(0));
    }
}
