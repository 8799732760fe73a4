//! What a child does between its birth and its program: [`Step`].

use alloc::ffi::CString;
use alloc::vec::Vec;

use super::command::{Limit, Resource};
use crate::signal::{Signal, SignalSet};

/// One thing that the child does between its birth and its program. Each is a system call or two, safe between
/// `vfork` and `execve`, and needs no memory.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan, Step, Stdio};
///
/// let plan = Plan::new(&Command::new("/bin/true").stdin(Stdio::Null), Parent::default())?;
/// let [unshare, null, reset, mask, execute] = plan.steps() else { panic!() };
/// assert_eq!((unshare, null), (&Step::Unshare { from: 3 }, &Step::OpenNull { to: 0 }));
/// assert!(matches!((reset, mask), (Step::ResetSignals { .. }, Step::SignalMask { .. })));
/// assert!(matches!(execute, Step::Execute(_)));
/// # Ok::<(), standpipe_core::process::PlanError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Makes the descriptor table the child's own and closes every number from `from` up. What lies below is copied,
    /// so a low number makes it cheap (close_range(2), CLOSE_RANGE_UNSHARE).
    Unshare {
        /// The lowest number that is closed; `u32::MAX` closes none.
        from: u32,
    },
    /// Puts what `from` stands for at `to` as well, without close-on-exec (dup2(2)).
    Duplicate {
        /// The source, open.
        from: i32,
        /// The target; closed first if it was open.
        to: i32,
    },
    /// Takes close-on-exec away from a descriptor that is at its place already.
    Keep {
        /// Which one.
        number: i32,
    },
    /// Opens the null device at this number.
    OpenNull {
        /// Where.
        to: i32,
    },
    /// Closes a range of numbers, both ends included.
    Close {
        /// The first number.
        first: u32,
        /// The last number.
        last: u32,
    },
    /// Starts a session (setsid(2)).
    NewSession,
    /// Starts a process group (setpgid(2)).
    NewGroup,
    /// Joins the process group that this process leads (setpgid(2)).
    JoinGroup(i32),
    /// Makes a terminal the controlling one of the session that the child leads (TIOCSCTTY, ioctl_tty(2)). One that
    /// another session has is not taken from it.
    ControllingTerminal {
        /// The terminal's descriptor.
        terminal: i32,
    },
    /// Brings the child's process group to the foreground of a terminal (tcsetpgrp(3)); SIGTTOU is blocked then.
    Foreground {
        /// The terminal's descriptor.
        terminal: i32,
    },
    /// Sets the mask of permission bits for new files (umask(2)).
    Umask(u32),
    /// Sets a resource limit (setrlimit(2)).
    Limit {
        /// Of what.
        resource: Resource,
        /// How much.
        limit: Limit,
    },
    /// Sets the nice value (setpriority(2)).
    Nice(i32),
    /// Sets the supplementary groups (setgroups(2)).
    Groups(Vec<u32>),
    /// Sets the real, effective and saved group (setgid(2)).
    GroupId(u32),
    /// Sets the real, effective and saved user (setuid(2)), which gives up the privileges of root.
    UserId(u32),
    /// Asks for this signal at the parent's end (PR_SET_PDEATHSIG(2const)). Where the parent has ended already, which the
    /// kernel does not tell any more, the child sends it to itself.
    DieWithParent(Signal),
    /// Changes the working directory.
    Directory(CString),
    /// Sets every signal to its default but those that it ignores.
    ResetSignals {
        /// Those that stay ignored where they are.
        keep_ignored: SignalSet,
        /// Those that are ignored in any case.
        ignored: SignalSet,
    },
    /// Sets the signal mask (sigprocmask(2)), which leaves SIGKILL and SIGSTOP out. Until then every signal is blocked.
    SignalMask {
        /// Those that stay blocked where they were in the thread that spawned.
        keep_blocked: SignalSet,
        /// Those that are blocked in any case.
        blocked: SignalSet,
    },
    /// Runs the program: tries each path in turn, as execvp(3) does.
    Execute(Program),
}

/// The last step: what is executed.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan, Step};
///
/// let command = Command::new("-sh").executable("/bin/sh").env("A", "1");
/// let plan = Plan::new(&command, Parent::default())?;
/// let Some(Step::Execute(program)) = plan.steps().last() else { panic!() };
/// assert_eq!((program.argv[0].as_c_str(), program.environment[0].as_c_str()), (c"-sh", c"A=1"));
/// # Ok::<(), standpipe_core::process::PlanError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The paths to try, in order.
    pub candidates: Vec<CString>,
    /// The arguments, argument 0 included.
    pub argv: Vec<CString>,
    /// The environment, each as `NAME=value`.
    pub environment: Vec<CString>,
}
