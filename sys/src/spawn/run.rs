//! What the child does: [`run_plan`]. Everything here is async-signal-safe; an [`io::Error`] of an errno is that
//! number and takes no memory.

use std::ffi::c_int;
use std::io;
use std::mem::zeroed;
use std::ptr::null_mut;

use standpipe_core::process::Step;

use super::execute::execute;
use super::ready::Ready;
use super::table::Table;
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
pub(super) fn run_plan(ready: &Ready<'_>, table: Table) -> Failure {
    let mut index = 0;
    for step in ready.steps {
        if let Err(error) = run(step, ready, table) {
            return Failure { step: index, errno: error.raw_os_error().unwrap_or(libc::EIO) };
        }
        index = index.wrapping_add(1);
    }
    Failure { step: index, errno: libc::ENOEXEC }
}

fn run(step: &Step, ready: &Ready<'_>, table: Table) -> io::Result<()> {
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
        Step::Foreground { terminal } => foreground(*terminal),
        // SAFETY: the path is a C string that outlives the call.
        Step::Directory(path) => check(unsafe { libc::chdir(path.as_ptr()) }).map(drop),
        Step::ResetSignals => reset_signals(),
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

/// SIGTTOU, which this costs a background process, is blocked: every signal is until they are reset.
fn foreground(terminal: i32) -> io::Result<()> {
    // SAFETY: neither takes a pointer.
    check(unsafe { libc::tcsetpgrp(terminal, libc::getpgrp()) }).map(drop)
}

/// Defaults first and the mask second: a handler of the parent must not run here, least of all in shared memory.
/// Ignored ones are reset too, since execve(2) keeps those.
fn reset_signals() -> io::Result<()> {
    (1..=SIGNALS).for_each(set_to_default);
    // SAFETY: both calls use a set that lives on this stack.
    check(unsafe {
        let mut none = zeroed::<libc::sigset_t>();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, null_mut())
    })
    .map(drop)
}

/// How many signals there are.
const SIGNALS: c_int = 64;

/// Not by sigaction(3): libc refuses the two signals that it keeps for its threads, and a parent that was started by
/// posix_spawn(3) has those ignored.
fn set_to_default(signal: c_int) {
    // All zeroes are SIG_DFL, without flags and mask, in the kernel's structure on every architecture.
    let default = [0u64; 4];
    let (number, old, size) = (libc::SYS_rt_sigaction, null_mut::<u64>(), SIGNALS as usize / 8);
    // SAFETY: rt_sigaction(2) with its four arguments; the kernel reads at most what `default` holds. It refuses KILL
    // and STOP, which are at their defaults.
    unsafe { libc::syscall(number, signal, default.as_ptr(), old, size) };
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
