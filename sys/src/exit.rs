//! The exit of a child as something to poll: [`ChildExit`].

use std::io;
use std::mem::zeroed;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::null;
use std::sync::Arc;

use signal_hook_registry::SigId;
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{Done, Side, Target};

use crate::fd::{self, check};
use crate::{PollSet, fault};

/// The exit of one child: its descriptor is readable once the child has ended, and stays so.
///
/// It is the child's pidfd where the kernel has them. Elsewhere it is a pipe of this child's own that SIGCHLD writes
/// to, beside whatever other handlers that signal has; a single SIGCHLD for many deaths wakes all of them. Such a pipe
/// may also be readable for nothing, so [`ChildExit::observe`] has the last word. A process that has SIGCHLD blocked in
/// every thread, or takes its handler away, is not woken.
///
/// No other child is ever waited for, and what somebody else reaps first is reported as
/// [`FaultKind::NoChild`](standpipe_core::FaultKind::NoChild).
///
/// Dropping it leaves the child as it is: running, or a zombie until somebody reaps it. [`ChildExit::kill_and_reap`] is
/// for those who must leave nothing.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan};
/// use standpipe_core::{Done, Side};
/// use standpipe_sys::{PollSet, spawn};
/// use std::os::fd::AsFd;
/// use std::time::Duration;
///
/// let plan = Plan::new(&Command::shell("exit 3"), Parent::default())?;
/// let exit = spawn::spawn(&plan)?.into_exit();
/// let mut status = exit.observe();
/// while status == Done::Blocked {
///     let mut set = PollSet::default();
///     set.add(exit.as_fd(), Side::Read);
///     set.wait(Some(Duration::from_secs(30)))?;
///     status = exit.observe();
/// }
/// assert_eq!(status, Done::Ok(3 << 8));
/// assert_eq!(exit.reap(), Done::Ok(3 << 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChildExit {
    pid: i32,
    watch: Watch,
}

#[derive(Debug)]
enum Watch {
    Pidfd(Arc<OwnedFd>),
    Sigchld(SigchldPipe),
}

impl ChildExit {
    pub(crate) fn with_pidfd(pid: i32, pidfd: OwnedFd) -> Self {
        Self { pid, watch: Watch::Pidfd(Arc::new(pidfd)) }
    }

    pub(crate) fn with_pipe(pid: i32, pipe: SigchldPipe) -> Self {
        Self { pid, watch: Watch::Sigchld(pipe) }
    }

    /// The child's process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// What to poll for reading, to be registered with a reactor.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        match &self.watch {
            Watch::Pidfd(pidfd) => pidfd,
            Watch::Sigchld(pipe) => &pipe.read,
        }
    }

    /// Looks whether the child has ended and leaves it to be reaped (waitid(2), WNOWAIT): yields the raw wait status.
    ///
    /// Fails with [`FaultKind::NoChild`](standpipe_core::FaultKind::NoChild) where somebody else has reaped it.
    pub fn observe(&self) -> Done {
        self.wait(libc::WEXITED | libc::WNOHANG | libc::WNOWAIT)
    }

    /// Collects the child if it has ended: yields the raw wait status. Its number may be another process's afterwards.
    ///
    /// Fails as [`ChildExit::observe`] does.
    pub fn reap(&self) -> Done {
        self.wait(libc::WEXITED | libc::WNOHANG)
    }

    /// Sends every signal of the set, lowest number first, to the child or to the process group that it leads. Yields
    /// 0; a target that is gone is no failure.
    ///
    /// Not to be called after [`ChildExit::reap`] has yielded a status: without a pidfd, and for a group, the number
    /// could be somebody else's. Core's [`Child`](standpipe_core::process::Child) sees to that.
    pub fn signal(&self, target: Target, set: SignalSet) -> Done {
        for signal in set.iter() {
            match self.send(target, signal) {
                Err(error) if error.raw_os_error() != Some(libc::ESRCH) => {
                    return Done::Failed(fault::of(&error));
                }
                _ => {}
            }
        }
        Done::Ok(0)
    }

    /// Ends the child with SIGKILL and reaps it, waiting for that. Nothing happens to a child that was reaped already
    /// by somebody else; one that [`ChildExit::reap`] has reaped must not be given to it.
    pub fn kill_and_reap(self) {
        let _gone_is_fine = self.signal(Target::Child, SignalSet::EMPTY.with(Signal::KILL));
        while self.reap() == Done::Blocked {
            self.wait_for_end();
        }
    }

    fn wait(&self, options: libc::c_int) -> Done {
        let Watch::Sigchld(pipe) = &self.watch else {
            return self.ask(options);
        };
        // Drained first: a death after the question makes it readable again.
        pipe.drain();
        let done = self.ask(options);
        if done != Done::Blocked {
            wake(&pipe.write);
        }
        done
    }

    fn ask(&self, options: libc::c_int) -> Done {
        match self.waitid(options) {
            Ok(Some(status)) => Done::Ok(status),
            Ok(None) => Done::Blocked,
            Err(error) => Done::Failed(fault::of(&error)),
        }
    }

    fn waitid(&self, options: libc::c_int) -> io::Result<Option<i32>> {
        let (kind, id) = match &self.watch {
            Watch::Pidfd(pidfd) => (libc::P_PIDFD, pidfd.as_raw_fd()),
            Watch::Sigchld(_) => (libc::P_PID, self.pid),
        };
        // SAFETY: an all-zero siginfo_t is a valid value of that plain C struct.
        let mut info = unsafe { zeroed::<libc::siginfo_t>() };
        // SAFETY: `info` is writable and of the right type; the descriptor is ours.
        check(unsafe { libc::waitid(kind, id as libc::id_t, &raw mut info, options) })?;
        // SAFETY: waitid filled in the fields of a SIGCHLD, or left the zeroes that mean that nothing has ended.
        let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
        Ok((pid != 0).then(|| raw_status(info.si_code, status)))
    }

    /// Sleeps until the child has ended, or something else has come up; the caller asks again.
    fn wait_for_end(&self) {
        match &self.watch {
            Watch::Pidfd(pidfd) => {
                let mut set = PollSet::default();
                set.add(pidfd.as_fd(), Side::Read);
                let _ask_again_anyway = set.wait(None);
            }
            // Not by the pipe: every thread may have SIGCHLD blocked.
            Watch::Sigchld(_) => drop(self.waitid(libc::WEXITED | libc::WNOWAIT)),
        }
    }

    fn send(&self, target: Target, signal: Signal) -> io::Result<()> {
        let number = signal.number();
        match (target, &self.watch) {
            (Target::Child, Watch::Pidfd(pidfd)) => pidfd_send_signal(pidfd.as_fd(), number),
            (Target::Child, Watch::Sigchld(_)) => kill(self.pid, number),
            (Target::Group, _) => kill(-self.pid, number),
        }
    }
}

impl AsFd for ChildExit {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor().as_fd()
    }
}

fn kill(pid: i32, signal: i32) -> io::Result<()> {
    // SAFETY: kill takes no pointers.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let (number, info, flags) = (libc::SYS_pidfd_send_signal, null::<libc::siginfo_t>(), 0);
    // SAFETY: pidfd_send_signal(2) with its four arguments; a null info stands for what kill(2) sends.
    check(unsafe { libc::syscall(number, pidfd.as_raw_fd(), signal, info, flags) } as libc::c_int).map(drop)
}

/// What waitid(2) tells in two fields, as wait(2) has it in one.
const fn raw_status(code: i32, status: i32) -> i32 {
    match code {
        libc::CLD_EXITED => (status & 0xff) << 8,
        libc::CLD_DUMPED => status | 0x80,
        _ => status,
    }
}

/// A pipe that SIGCHLD makes readable. It begins readable, so that a death from before it is not missed.
#[derive(Debug)]
pub(crate) struct SigchldPipe {
    read: Arc<OwnedFd>,
    write: Arc<OwnedFd>,
    handler: SigId,
}

impl SigchldPipe {
    pub(crate) fn new() -> io::Result<Self> {
        let (read, write) = fd::pipe()?;
        fd::set_nonblocking(read.as_fd())?;
        fd::set_nonblocking(write.as_fd())?;
        wake(&write);
        let write = Arc::new(write);
        let theirs = write.clone();
        // SAFETY: the handler makes one async-signal-safe call on a descriptor that lives in it, allocates nothing,
        // takes no lock and cannot panic; signal-hook-registry keeps errno.
        let handler = unsafe { signal_hook_registry::register(libc::SIGCHLD, move || wake(&theirs)) }?;
        Ok(Self { read: Arc::new(read), write, handler })
    }

    fn drain(&self) {
        let mut bytes = [0u8; 64];
        // SAFETY: `bytes` is writable and as long as is said; the descriptor is ours and does not wait.
        while unsafe { libc::read(self.read.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
    }
}

impl Drop for SigchldPipe {
    /// The handler goes before the reading end does, so it never writes to a pipe without a reader.
    fn drop(&mut self) {
        signal_hook_registry::unregister(self.handler);
    }
}

/// Makes the pipe readable. A full one is readable already.
fn wake(write: &OwnedFd) {
    // SAFETY: write(2) is async-signal-safe and reads one byte of a constant.
    unsafe { libc::write(write.as_raw_fd(), b"!".as_ptr().cast(), 1) };
}

#[cfg(test)]
mod tests {
    use super::raw_status;

    #[test]
    fn two_fields_become_the_one_of_wait() {
        assert_eq!(raw_status(libc::CLD_EXITED, 3), 3 << 8);
        assert_eq!(raw_status(libc::CLD_EXITED, 255), 255 << 8);
        assert_eq!(raw_status(libc::CLD_KILLED, 15), 15);
        assert_eq!(raw_status(libc::CLD_DUMPED, 11), 11 | 0x80);
    }
}
