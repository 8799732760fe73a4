//! The system calls on the way of a child, and how each may fail.

use crate::drivers::Driver;
use crate::scenes::Scene;

/// A system call and its errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Its name, as strace(1) has it.
    pub(crate) name: &'static str,
    /// How it may fail, of what its man page names what can happen to us.
    pub(crate) errors: &'static [&'static str],
    /// Who makes it, where that is not everybody.
    drivers: &'static [&'static str],
    /// In which scene, where that is not every one.
    scenes: &'static [&'static str],
    /// Whether the portable twins do without it.
    is_linuxs: bool,
}

const fn call(name: &'static str, errors: &'static [&'static str]) -> Call {
    Call { name, errors, drivers: &[], scenes: &[], is_linuxs: false }
}

const fn of(driver: &'static [&'static str], call: Call) -> Call {
    Call { drivers: driver, ..call }
}

const fn within(scenes: &'static [&'static str], call: Call) -> Call {
    Call { scenes, ..call }
}

const fn linuxs(call: Call) -> Call {
    Call { is_linuxs: true, ..call }
}

impl Call {
    pub(crate) fn is_made_by(&self, driver: &Driver) -> bool {
        let is_theirs = self.drivers.is_empty() || self.drivers.contains(&driver.name);
        let is_here = !(self.is_linuxs && cfg!(standpipe_force_portable));
        is_theirs && is_here && crate::scenes().any(|scene| self.is_in(scene))
    }

    pub(crate) fn is_in(&self, scene: &Scene) -> bool {
        self.scenes.is_empty() || self.scenes.contains(&scene.name)
    }
}

/// All of them, from the making of a child to its reaping.
pub(crate) const CALLS: &[Call] = &[
    call("pipe2", &["EMFILE", "ENFILE"]),
    call("fcntl", &["EMFILE", "ENOMEM", "EPERM"]),
    linuxs(call("close_range", &["EMFILE", "ENOMEM", "ENOSYS"])),
    call("clone", &["EAGAIN", "ENOMEM", "ENOSYS"]),
    // The twins are woken by SIGCHLD, which would stay blocked: then nobody could wake them.
    linuxs(call("rt_sigprocmask", &["EINVAL"])),
    call("rt_sigaction", &["EINVAL"]),
    call("rt_sigpending", &["EFAULT"]),
    call("dup2", &["EINTR", "EMFILE", "EBUSY"]),
    call("execve", &["EACCES", "ENOMEM", "EIO", "ETXTBSY", "E2BIG"]),
    of(&["blocking", "smol"], call("read", &["EINTR", "EAGAIN"])),
    of(&["blocking", "smol"], call("writev", &["EINTR", "EAGAIN"])),
    // Who is told of edges would wait for the next one, which a kernel that had really said so would send.
    of(&["mio"], call("read", &["EINTR"])),
    of(&["mio"], call("writev", &["EINTR"])),
    call("waitid", &["EINTR"]),
    within(&["dialogue"], call("openat", &["EMFILE", "ENFILE", "EINTR"])),
    within(&["dialogue"], call("setpgid", &["EPERM", "EACCES"])),
    within(&["dialogue"], call("prlimit64", &["EPERM"])),
    within(&["dialogue"], call("setpriority", &["EACCES"])),
    within(&["dialogue"], call("chdir", &["ENOENT", "EIO", "ENOMEM"])),
    within(&["dialogue"], call("prctl", &["EINVAL"])),
    within(&["stop"], call("kill", &["EPERM"])),
    within(&["terminal"], call("setsid", &["EPERM"])),
    within(&["terminal"], call("ioctl", &["ENOTTY", "EPERM", "EIO"])),
    linuxs(within(&["terminal"], call("pidfd_send_signal", &["EPERM", "ENOMEM"]))),
    linuxs(within(&["terminal"], call("pidfd_open", &["EMFILE", "ENOMEM"]))),
    linuxs(within(&["terminal"], call("getdents64", &["ENOENT", "ENOMEM"]))),
    within(&["somebody else"], call("setgroups", &["EPERM", "ENOMEM"])),
    within(&["somebody else"], call("setgid", &["EPERM"])),
    within(&["somebody else"], call("setuid", &["EAGAIN", "EPERM"])),
    of(&["blocking"], call("ppoll", &["EINTR", "ENOMEM"])),
    of(&["mio", "smol"], call("epoll_ctl", &["ENOMEM", "ENOSPC"])),
    of(&["mio"], call("epoll_wait", &["EINTR"])),
    of(&["smol"], call("epoll_pwait", &["EINTR"])),
    of(&["mio"], call("epoll_create1", &["EMFILE", "ENOMEM"])),
];

/// Calls that cannot fail where they are used, or whose failure is the end of every program: memory, time, locks. And
/// close(2), which closes on Linux whatever it answers: strace(1) could only answer in its place.
pub(crate) const HARMLESS: &[&str] = &[
    "close",
    "timerfd_settime",
    "mmap",
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "mprotect",
    "futex",
    "rt_sigreturn",
    "restart_syscall",
    "clock_nanosleep",
    "clock_gettime",
    "getpid",
    "getsid",
    "getppid",
    "getpgrp",
    "getpgid",
    "umask",
    "exit",
    "exit_group",
    "sendto",
    "recvfrom",
    "sched_yield",
    "rt_sigtimedwait",
    "fstat",
    "newfstatat",
    "statx",
    "write",
    "poll",
    "set_robust_list",
    "rseq",
    "gettid",
    "sched_getaffinity",
    "getrandom",
];
