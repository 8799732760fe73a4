//! The portable way: fork(2), and a close-on-exec pipe that carries the failure.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use super::SpawnError;
use super::mask::SignalsBlocked;
use super::ready::Ready;
use super::run::{Failure, run_plan};
use super::table::Table;
use crate::exit::{ChildExit, SigchldPipe};
use crate::fd::{self, check};

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
    let sigchld = SigchldPipe::new()?;
    let (read, write) = fd::pipe()?;
    let write = out_of_the_way(write, ready)?;
    let blocked = SignalsBlocked::new();
    // SAFETY: the child makes only async-signal-safe calls, as is right after a fork of a process with threads, and
    // never returns from `child`.
    let pid = check(unsafe { libc::fork() });
    if matches!(pid, Ok(0)) {
        child(ready, &write);
    }
    drop(blocked);
    Ok((ChildExit::with_pipe(pid?, sigchld), File::from(read)))
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
