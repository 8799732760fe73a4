//! The exit of a child as something to poll: [`ChildExit`].

use std::io;
use std::mem::zeroed;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::null;
use std::sync::Arc;

use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{Done, Side, Target};

use crate::fd::check;
pub(crate) use crate::sigchld::SigchldPipe;
use crate::{PollSet, fault, session};

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
    /// A terminal of the child's that nobody else keeps from hanging up.
    terminal: Option<OwnedFd>,
}

#[derive(Debug)]
enum Watch {
    Pidfd(Arc<OwnedFd>),
    Sigchld(SigchldPipe),
    /// A pidfd tells nobody that its process has stopped.
    Both(Arc<OwnedFd>, SigchldPipe),
}

impl ChildExit {
    pub(crate) fn with_pidfd(pid: i32, pidfd: OwnedFd) -> Self {
        Self { pid, watch: Watch::Pidfd(Arc::new(pidfd)), terminal: None }
    }

    pub(crate) fn with_pipe(pid: i32, pipe: SigchldPipe) -> Self {
        Self { pid, watch: Watch::Sigchld(pipe), terminal: None }
    }

    /// Keeps the master of the child's terminal open as long as this is there: closing it hangs up, and what was typed but
    /// not read yet is lost.
    pub(crate) fn keep_terminal(&mut self, master: OwnedFd) {
        self.terminal = Some(master);
    }

    /// Makes its descriptor readable as well when the child is stopped or continued: it is a pipe from now on that SIGCHLD
    /// writes to, beside the pidfd if there is one. To be called before the descriptor is registered anywhere.
    ///
    /// # Errors
    /// No more descriptors, or the handler cannot be put in place; everything is as it was.
    pub fn watch_stops(&mut self) -> io::Result<()> {
        if let Watch::Pidfd(pidfd) = &self.watch {
            self.watch = Watch::Both(pidfd.clone(), SigchldPipe::new()?);
        }
        Ok(())
    }

    /// The child's process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// What to poll for reading, to be registered with a reactor.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        match &self.watch {
            Watch::Pidfd(pidfd) => pidfd,
            Watch::Sigchld(pipe) | Watch::Both(_, pipe) => &pipe.read,
        }
    }

    pub(crate) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        match &self.watch {
            Watch::Pidfd(pidfd) | Watch::Both(pidfd, _) => Some(pidfd.as_fd()),
            Watch::Sigchld(_) => None,
        }
    }

    /// Looks whether the child has ended and leaves it to be reaped (waitid(2), WNOWAIT): yields the raw wait status.
    ///
    /// Fails with [`FaultKind::NoChild`](standpipe_core::FaultKind::NoChild) where somebody else has reaped it.
    pub fn observe(&self) -> Done {
        self.wait(|| self.ask(libc::WEXITED | libc::WNOHANG | libc::WNOWAIT))
    }

    /// The same, and looks as well whether it has stopped or continued, which is told once: yields the raw wait status.
    /// Its descriptor becomes readable for that after [`ChildExit::watch_stops`] only.
    ///
    /// Fails as [`ChildExit::observe`] does.
    pub fn observe_stops(&self) -> Done {
        // Without WEXITED an end is left alone: to that question a child that has ended is none at all.
        self.wait(|| match self.ask(libc::WSTOPPED | libc::WCONTINUED | libc::WNOHANG) {
            Done::Ok(status) => Done::Ok(status),
            _ => self.ask(libc::WEXITED | libc::WNOHANG | libc::WNOWAIT),
        })
    }

    /// Collects the child if it has ended: yields the raw wait status. Its number may be another process's afterwards.
    ///
    /// Fails as [`ChildExit::observe`] does.
    pub fn reap(&self) -> Done {
        self.wait(|| self.ask(libc::WEXITED | libc::WNOHANG))
    }

    /// Sends every signal of the set, lowest number first, to the child, or to the process group or session that it leads.
    /// Yields 0; a target that is gone is no failure.
    ///
    /// The processes of a session are looked for in `/proc`, until none is found that has not got the signal. Where there
    /// is no such list, the group that the child leads gets it instead.
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

    fn wait(&self, ask: impl Fn() -> Done) -> Done {
        let (Watch::Sigchld(pipe) | Watch::Both(_, pipe)) = &self.watch else {
            return ask();
        };
        // Drained first: news after the question makes it readable again.
        pipe.drain();
        let done = ask();
        if done != Done::Blocked {
            pipe.wake();
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
        let (kind, id) = match self.pidfd() {
            Some(pidfd) => (libc::P_PIDFD, pidfd.as_raw_fd()),
            None => (libc::P_PID, self.pid),
        };
        // SAFETY: an all-zero siginfo_t is a valid value of that plain C struct.
        let mut info = unsafe { zeroed::<libc::siginfo_t>() };
        // SAFETY: `info` is writable and of the right type; the descriptor is ours.
        let mut ask = || check(unsafe { libc::waitid(kind, id as libc::id_t, &raw mut info, options) });
        while let Err(error) = ask() {
            // A status is not lost to a signal that came in between.
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        // SAFETY: waitid filled in the fields of a SIGCHLD, or left the zeroes that mean that there is no news.
        let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
        Ok((pid != 0).then(|| raw_status(info.si_code, status)))
    }

    /// Sleeps until the child has ended, or something else has come up; the caller asks again.
    pub(crate) fn wait_for_end(&self) {
        match self.pidfd() {
            Some(pidfd) => {
                let mut set = PollSet::default();
                set.add(pidfd, Side::Read);
                let _ask_again_anyway = set.wait(None);
            }
            // Not by the pipe: every thread may have SIGCHLD blocked.
            None => drop(self.waitid(libc::WEXITED | libc::WNOWAIT)),
        }
    }

    fn send(&self, target: Target, signal: Signal) -> io::Result<()> {
        let number = signal.number();
        match (target, self.pidfd()) {
            (Target::Child, Some(pidfd)) => pidfd_send_signal(pidfd, number),
            (Target::Child, None) => kill(self.pid, number),
            (Target::Group, _) => kill(-self.pid, number),
            (Target::Session, _) => session::signal(self.pid, number),
        }
    }
}

impl AsFd for ChildExit {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor().as_fd()
    }
}

pub(crate) fn kill(pid: i32, signal: i32) -> io::Result<()> {
    // SAFETY: kill takes no pointers.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let (number, info, flags) = (libc::SYS_pidfd_send_signal, null::<libc::siginfo_t>(), 0);
    // SAFETY: pidfd_send_signal(2) with its four arguments; a null info stands for what kill(2) sends.
    check(unsafe { libc::syscall(number, pidfd.as_raw_fd(), signal, info, flags) } as libc::c_int).map(drop)
}

/// What waitid(2) tells in two fields, as wait(2) has it in one.
const fn raw_status(code: i32, status: i32) -> i32 {
    match code {
        libc::CLD_EXITED => (status & 0xff) << 8,
        libc::CLD_DUMPED => status | 0x80,
        libc::CLD_STOPPED | libc::CLD_TRAPPED => (status & 0xff) << 8 | 0x7f,
        libc::CLD_CONTINUED => 0xffff,
        _ => status,
    }
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
        assert_eq!(raw_status(libc::CLD_STOPPED, 19), 0x137f);
        assert_eq!(raw_status(libc::CLD_CONTINUED, 18), 0xffff);
    }
}
