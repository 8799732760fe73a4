//! What the child does: [`run_plan`]. Everything here is async-signal-safe; an [`io::Error`] of an errno is that
//! number and takes no memory.

use std::io;

use standpipe_core::process::Step;

use super::execute::execute;
use super::ready::Ready;
use super::table::Table;
use super::{rights, signals};
use crate::fd::check;

/// Which step of the plan failed, and why; small enough for one atomic and one write to a pipe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    pub(super) step: u32,
    pub(super) errno: i32,
}

impl Failure {
    pub(super) fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.step) << 32 | u64::from(self.errno as u32)).to_ne_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; 8]) -> Self {
        let both = u64::from_ne_bytes(bytes);
        Self { step: (both >> 32) as u32, errno: both as i32 }
    }
}

/// Runs the steps in the child. It returns only if one of them fails.
pub(super) fn run_plan(ready: &Ready<'_>, table: Table<'_>) -> Failure {
    let mut index = 0;
    for step in ready.steps {
        if let Err(error) = run(step, ready, table) {
            return Failure { step: index, errno: error.raw_os_error().unwrap_or(libc::EIO) };
        }
        index = index.wrapping_add(1);
    }
    Failure { step: index, errno: libc::ENOEXEC }
}

fn run(step: &Step, ready: &Ready<'_>, table: Table<'_>) -> io::Result<()> {
    match step {
        Step::Unshare { from } => table.unshare(*from),
        Step::Duplicate { from, to } => duplicate(*from, *to),
        Step::Keep { number } => keep(*number),
        Step::OpenNull { to } => open_null(*to),
        Step::Close { first, last } => table.close(*first, *last),
        // SAFETY: setsid takes no arguments.
        Step::NewSession => check(unsafe { libc::setsid() }).map(drop),
        // SAFETY: setpgid takes no pointers.
        Step::NewGroup => check(unsafe { libc::setpgid(0, 0) }).map(drop),
        // SAFETY: as above.
        Step::JoinGroup(leader) => check(unsafe { libc::setpgid(0, *leader) }).map(drop),
        Step::ControllingTerminal { terminal } => control(*terminal),
        Step::Foreground { terminal } => foreground(*terminal),
        Step::Umask(bits) => rights::set_umask(*bits),
        Step::Limit { resource, limit } => rights::limit(*resource, *limit),
        Step::Nice(value) => rights::set_nice(*value),
        Step::Groups(groups) => rights::set_groups(groups),
        Step::GroupId(gid) => rights::become_group(*gid),
        Step::UserId(uid) => rights::become_user(*uid),
        Step::DieWithParent(signal) => signals::die_with(ready.parent, *signal),
        // SAFETY: the path is a C string that outlives the call.
        Step::Directory(path) => check(unsafe { libc::chdir(path.as_ptr()) }).map(drop),
        Step::ResetSignals { .. } => signals::reset(ready.ignored),
        Step::SignalMask { .. } => signals::set_mask(ready.mask),
        Step::Execute(program) => Err(execute(program, &ready.argv, &ready.environment)),
        _ => Err(io::Error::from_raw_os_error(libc::ENOSYS)),
    }
}

fn duplicate(from: i32, to: i32) -> io::Result<()> {
    // SAFETY: dup2 takes no pointers, and the child owns all of its table.
    check(unsafe { libc::dup2(from, to) }).map(drop)
}

fn keep(number: i32) -> io::Result<()> {
    // SAFETY: F_SETFD passes no pointer.
    check(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }).map(drop)
}

fn open_null(to: i32) -> io::Result<()> {
    // SAFETY: the path is a constant C string.
    let null = check(unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) })?;
    if null == to {
        return Ok(());
    }
    duplicate(null, to)?;
    // SAFETY: this number was just opened here, and nobody else uses it.
    check(unsafe { libc::close(null) }).map(drop)
}

fn control(terminal: i32) -> io::Result<()> {
    // SAFETY: TIOCSCTTY takes a number, which says that the terminal is not taken from another session; no pointer.
    check(unsafe { libc::ioctl(terminal, libc::TIOCSCTTY, 0) }).map(drop)
}

/// SIGTTOU, which this costs a background process, is blocked: every signal is until they are reset.
fn foreground(terminal: i32) -> io::Result<()> {
    // SAFETY: neither takes a pointer.
    check(unsafe { libc::tcsetpgrp(terminal, libc::getpgrp()) }).map(drop)
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_failure_survives_its_bytes() {
        for (step, errno) in [(0, 2), (7, libc::ETXTBSY), (u32::MAX, i32::MAX)] {
            let failure = Failure { step, errno };
            assert_eq!(Failure::from_bytes(failure.to_bytes()), failure);
        }
    }
}
