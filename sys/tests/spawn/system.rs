//! The few system calls that only the tests make.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::null_mut;

/// The open descriptors of this process.
pub(crate) fn descriptors() -> BTreeSet<RawFd> {
    let numbers: BTreeSet<RawFd> = std::fs::read_dir("/proc/self/fd")
        .expect("the system has /proc")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().parse().expect("a number"))
        .collect();
    numbers.into_iter().filter(|number| is_open(*number)).collect()
}

pub(crate) fn is_open(number: RawFd) -> bool {
    // SAFETY: F_GETFD passes no pointer; a number that is not open is an error.
    unsafe { libc::fcntl(number, libc::F_GETFD) != -1 }
}

/// A copy, at the lowest number that is free from `above` up, which a program that is executed inherits.
pub(crate) fn inheritable(fd: BorrowedFd<'_>, above: RawFd) -> OwnedFd {
    // SAFETY: F_DUPFD passes no pointer, and the source is borrowed.
    let copy = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD, above) };
    assert!(copy >= 0, "{}", std::io::Error::last_os_error());
    // SAFETY: the copy was just made and nobody else owns it.
    unsafe { OwnedFd::from_raw_fd(copy) }
}

/// Closes the three standard descriptors.
pub(crate) fn close_standard() {
    for number in 0..=2 {
        // SAFETY: close takes no pointers; the standard library copes with these three being closed.
        unsafe { libc::close(number) };
    }
}

pub(crate) fn put_at(fd: BorrowedFd<'_>, number: RawFd) {
    // SAFETY: dup2 takes no pointers; the number is a standard one, which nobody owns.
    assert_eq!(unsafe { libc::dup2(fd.as_raw_fd(), number) }, number);
}

/// Raises the limit on descriptors as far as it may be, and tells it.
pub(crate) fn raise_descriptor_limit(wanted: libc::rlim_t) -> libc::rlim_t {
    let mut limit = libc::rlimit { rlim_cur: wanted, rlim_max: wanted };
    // SAFETY: both calls use a limit that lives on this stack.
    unsafe {
        if libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0 {
            return wanted;
        }
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit), 0);
    }
    limit.rlim_cur
}

/// Blocks SIGTERM in this thread, for the rest of its life.
pub(crate) fn block_term() {
    // SAFETY: the set lives on this stack; the mask is this thread's own.
    let result = unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGTERM);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, null_mut())
    };
    assert_eq!(result, 0);
}

/// Reaps any child at all, as careless hosts do; `None` when there is none.
pub(crate) fn reap_any() -> Option<i32> {
    // SAFETY: a null status is allowed.
    let pid = unsafe { libc::waitpid(-1, null_mut(), 0) };
    (pid > 0).then_some(pid)
}

/// A byte to read for each SIGCHLD from now on.
pub(crate) fn deaths() -> OwnedFd {
    let (read, write) = standpipe_sys::fd::pipe().expect("a pipe");
    // SAFETY: the handler makes one async-signal-safe call, on a descriptor that lives in it and a constant.
    let write_one = move || unsafe {
        libc::write(write.as_raw_fd(), b"!".as_ptr().cast(), 1);
    };
    // SAFETY: as above; the handler allocates nothing, takes no lock and cannot panic.
    unsafe { signal_hook_registry::register(libc::SIGCHLD, write_one) }.expect("SIGCHLD can be caught");
    read
}

/// Makes a system call fail from now on in this process: always, or where its first argument has one of these bits.
pub(crate) fn refuse(call: libc::c_long, bits: Option<u32>, errno: i32) {
    let instruction = |code, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let load = |offset| instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    let mut filter = [
        load(0),
        instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 3, call as u32),
        load(16),
        instruction(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, bits.unwrap_or(0)),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | errno as u32),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    if bits.is_none() {
        filter[3].jf = 0;
    }
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the program and its instructions live on this stack and are read only.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program), 0);
    }
}

/// Whether other users may look into this process (PR_GET_DUMPABLE).
pub(crate) fn is_dumpable() -> bool {
    // SAFETY: prctl without a pointer.
    unsafe { libc::prctl(libc::PR_GET_DUMPABLE) == 1 }
}

/// Whether a child of ours may become another user; what is not shown otherwise is told as skipped.
pub(crate) fn may_change_user(what: &str) -> bool {
    // SAFETY: geteuid takes no arguments.
    if unsafe { libc::geteuid() } == 0 {
        return true;
    }
    let reason = format!("{what}: only root may have it");
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    let list = std::env::var_os("STANDPIPE_SKIPS")
        .and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
    let _ = list.map(|mut list| writeln!(list, "{reason}"));
    false
}
