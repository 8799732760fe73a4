//! The portable way: fork(2), and a close-on-exec pipe that carries the failure. It is also the way of a child that becomes
//! another user: the kernel lets nobody look into the memory of a process that has just changed its rights, and the
//! parent's would stay so closed if it were shared.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};

use standpipe_core::signal::SignalSet;

use super::SpawnError;
use super::ready::Ready;
use super::run::{Failure, run_plan};
use super::table::Table;
use crate::exit::{ChildExit, SigchldPipe};
use crate::fd::{self, check};
use crate::signals::Blocked;

/// Held from fork to program. Until then a child has copies of all descriptors of the parent, among them perhaps one that
/// another thread has just written a program by; that thread's own child could not run it (ETXTBSY).
static WINDOW: Mutex<()> = Mutex::new(());

pub(super) fn spawn(ready: &Ready<'_>) -> Result<ChildExit, SpawnError> {
    let window = WINDOW.lock().unwrap_or_else(PoisonError::into_inner);
    let (exit, failures) = fork(ready).map_err(|error| SpawnError::create(&error))?;
    let failure = failure(failures);
    drop(window);
    match failure {
        None => Ok(exit),
        Some(failure) => {
            exit.kill_and_reap();
            Err(ready.error(failure))
        }
    }
}

/// The child, and the reading end of its error pipe.
fn fork(ready: &Ready<'_>) -> io::Result<(ChildExit, File)> {
    let sigchld = if opens_pidfds(ready) { None } else { Some(SigchldPipe::new()?) };
    let (read, write) = fd::pipe()?;
    let write = out_of_the_way(write, ready)?;
    let blocked = Blocked::new(SignalSet::FULL);
    // SAFETY: the child makes only async-signal-safe calls, as is right after a fork of a process with threads, and
    // never returns from `child`.
    let pid = check(unsafe { libc::fork() });
    if matches!(pid, Ok(0)) {
        child(ready, &write);
    }
    drop(blocked);
    let pid = pid?;
    let exit = match sigchld {
        Some(pipe) => ChildExit::with_pipe(pid, pipe),
        None => ChildExit::with_pidfd(pid, pidfd_open(pid).inspect_err(|_| abandon(pid))?),
    };
    Ok((exit, File::from(read)))
}

/// Whether the exit may come by a pidfd all the same, where it is only the fast way that is not fit for the child.
fn opens_pidfds(ready: &Ready<'_>) -> bool {
    !cfg!(standpipe_force_portable) && ready.is_somebody_else() && pidfd_open(ready.parent).is_ok()
}

/// Close-on-exec from its birth (pidfd_open(2)).
fn pidfd_open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open(2) with its two arguments; no pointer.
    let number = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as libc::c_int)?;
    // SAFETY: pidfd_open has just given us this descriptor, and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// A child whose exit nobody would be told of is not left to live.
fn abandon(pid: i32) {
    // SAFETY: neither call takes a pointer but a null one, which is allowed; the child is ours and not reaped yet.
    unsafe {
        libc::kill(pid, libc::SIGKILL);
        while libc::waitpid(pid, null_mut(), 0) == -1 && is_interrupted() {}
    }
}

fn is_interrupted() -> bool {
    io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
}

/// Moves the error pipe to a number that no step fills.
fn out_of_the_way(mut pipe: OwnedFd, ready: &Ready<'_>) -> io::Result<OwnedFd> {
    while ready.fills(pipe.as_raw_fd()) {
        let above = pipe.as_raw_fd() + 1;
        // SAFETY: F_DUPFD_CLOEXEC passes no pointer, and the source is ours.
        let copy = check(unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_DUPFD_CLOEXEC, above) })?;
        // SAFETY: the copy was just made and nobody else owns it.
        pipe = unsafe { OwnedFd::from_raw_fd(copy) };
    }
    Ok(pipe)
}

fn child(ready: &Ready<'_>, failures: &OwnedFd) -> ! {
    let number = failures.as_raw_fd();
    let bytes = run_plan(ready, Table::Copied { spared: number }).to_bytes();
    // SAFETY: the bytes live for the call, which writes them in one piece; _exit never returns and runs nothing of the
    // parent's.
    unsafe {
        libc::write(number, bytes.as_ptr().cast(), bytes.len());
        libc::_exit(127)
    }
}

/// Waits until the child runs its program, which closes the pipe, or has told its failure.
fn failure(mut pipe: File) -> Option<Failure> {
    let mut bytes = [0; 8];
    pipe.read_exact(&mut bytes).ok().map(|()| Failure::from_bytes(bytes))
}
