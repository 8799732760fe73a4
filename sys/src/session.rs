//! Signalling every process of a session, for which there is no system call.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::process;

use crate::exit::{kill, pidfd_send_signal};
use crate::fd::check;

/// How often the processes are listed. One that is born while they are is found the next time, unless its like are born
/// faster than they can be listed.
const ROUNDS: usize = 64;

/// Sends the signal to each process of the session once: also to those that were born meanwhile. Where nothing lists the
/// processes, the group that the session's leader leads gets it.
///
/// # Errors
/// As kill(2) for the last process that could not be signalled; the others were.
pub(crate) fn signal(session: i32, signal: i32) -> io::Result<()> {
    let mut reached = BTreeSet::new();
    let mut outcome = Ok(());
    for _ in 0..ROUNDS {
        let Some(members) = members(session) else { return kill(-session, signal) };
        let fresh: Vec<i32> = members.into_iter().filter(|pid| reached.insert(*pid)).collect();
        if fresh.is_empty() {
            break;
        }
        for pid in fresh {
            match send(pid, session, signal) {
                Err(error) if error.raw_os_error() != Some(libc::ESRCH) => outcome = Err(error),
                _ => {}
            }
        }
    }
    outcome
}

/// The processes of the session; `None` where nothing lists processes.
fn members(session: i32) -> Option<Vec<i32>> {
    let entries = if cfg!(standpipe_force_portable) { None } else { fs::read_dir("/proc").ok() }?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let ourselves = process::id() as i32;
    let found: Vec<i32> = pids.filter(|pid| *pid != ourselves && is_member(*pid, session)).collect();
    // Its leader is not reaped yet, so a list without it is none.
    (!found.is_empty()).then_some(found)
}

fn is_member(pid: i32, session: i32) -> bool {
    // SAFETY: getsid takes no pointers.
    unsafe { libc::getsid(pid) == session }
}

/// By a pidfd, so that no process is hit that got the number meanwhile: it is looked at again once the pidfd holds it.
fn send(pid: i32, session: i32, signal: i32) -> io::Result<()> {
    let pidfd = match pidfd_open(pid) {
        Ok(pidfd) => pidfd,
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => return kill(pid, signal),
        Err(error) => return Err(error),
    };
    if is_member(pid, session) { pidfd_send_signal(pidfd.as_fd(), signal) } else { Ok(()) }
}

fn pidfd_open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open(2) with its two arguments.
    let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as libc::c_int)?;
    // SAFETY: the kernel has just made this descriptor for us; it is close-on-exec.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
