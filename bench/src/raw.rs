//! What no safe interface offers: the bare spawns that are the limit, huge pages, CPU clocks, and the count of allocations.
//! The one file with `unsafe`.

#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::io;
use std::mem::zeroed;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::{null, null_mut};
use std::slice::from_raw_parts;
use std::sync::atomic::AtomicU64;

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// A program that is spawned with as little as possible around it.
#[derive(Debug)]
pub(crate) struct Bare {
    path: CString,
    stack: Vec<u8>,
    setup: Setup,
}

/// What the child does before its program.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup {
    /// Takes a descriptor table of its own that holds what it is given only, where it is otherwise a copy.
    pub(crate) cut: bool,
    pub(crate) options: Options,
}

/// What a child is asked for beside its program.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// A session, a directory, null standard streams, a umask, limits, a nice value, an ignored signal, an empty signal mask, and to
    /// die with its parent.
    pub(crate) everything: bool,
    /// This descriptor at number 3.
    pub(crate) source: Option<c_int>,
}

/// Where a child is given a descriptor.
const GIVEN: c_int = 3;

struct Birth {
    path: *const c_char,
    argv: [*const c_char; 2],
    environment: *const *const c_char,
    setup: Setup,
}

/// The child's stack, in bytes.
const STACK: usize = 64 << 10;

impl Bare {
    pub(crate) fn new(path: &str, setup: Setup) -> Self {
        let path = CString::new(path).expect("a path holds no NUL");
        Self { path, stack: vec![0; STACK], setup }
    }

    fn birth(&self) -> Birth {
        let path = self.path.as_ptr();
        // SAFETY: nobody changes the environment of these single-threaded helpers.
        Birth { path, argv: [path, null()], environment: unsafe { environ }, setup: self.setup }
    }

    /// By clone(2) of vfork's kind, and waitpid(2).
    pub(crate) fn clone_and_wait(&mut self) {
        let mut birth = self.birth();
        let files = if self.setup.cut { libc::CLONE_FILES } else { 0 };
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD | files;
        let top = (self.stack.as_mut_ptr_range().end as usize & !15) as *mut c_void;
        // SAFETY: stack and argument outlive the child's use of them, since this thread sleeps until it executes.
        let pid = unsafe { libc::clone(child, top, flags, (&raw mut birth).cast()) };
        wait(pid);
    }

    /// By posix_spawn(3), and waitpid(2).
    pub(crate) fn posix_spawn_and_wait(&self) {
        let birth = self.birth();
        let mut pid = 0;
        let (argv, environment) = (birth.argv.as_ptr().cast(), birth.environment.cast());
        // SAFETY: the path is a C string and both arrays end with null; there are no actions and no attributes.
        let result =
            unsafe { libc::posix_spawn(&raw mut pid, birth.path, null(), null(), argv, environment) };
        assert_eq!(result, 0, "posix_spawn failed");
        wait(pid);
    }
}

extern "C" fn child(argument: *mut c_void) -> c_int {
    // SAFETY: `clone_and_wait` passes its `birth`, which lives while the parent sleeps; all calls are
    // async-signal-safe.
    unsafe {
        let birth = &*argument.cast::<Birth>();
        let Setup { cut, options } = birth.setup;
        if cut {
            let above = options.source.unwrap_or(2) + 1;
            libc::syscall(libc::SYS_close_range, above, u32::MAX, libc::CLOSE_RANGE_UNSHARE);
        }
        set_up(options);
        if let Some(source) = options.source.filter(|_| cut) {
            libc::syscall(libc::SYS_close_range, GIVEN + 1, source, 0);
        }
        libc::execve(birth.path, birth.argv.as_ptr(), birth.environment);
        libc::_exit(127)
    }
}

fn wait(pid: c_int) {
    let mut status = 0;
    // SAFETY: the status is writable.
    let reaped = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    assert!(reaped == pid && status == 0, "the child has failed");
}

/// Does in the child what it is asked for. What fails is passed over: here it is the costs that are looked at.
///
/// # Safety
/// To be called between a child's birth and its program only. It is async-signal-safe and allocates nothing.
unsafe fn set_up(options: Options) {
    // SAFETY: every pointer is to a constant C string or to a value on this stack, and outlives its call.
    unsafe {
        if options.everything {
            libc::setsid();
            let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
            for number in 0..3 {
                libc::dup2(null, number);
            }
        }
        if let Some(source) = options.source {
            libc::dup2(source, GIVEN);
        }
        if options.everything {
            libc::umask(0o022);
            let limit = |most| libc::rlimit { rlim_cur: most, rlim_max: most };
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit(1024));
            libc::setrlimit(libc::RLIMIT_CORE, &limit(0));
            libc::setpriority(libc::PRIO_PROCESS, 0, 5);
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            libc::chdir(c"/".as_ptr());
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            let mask = zeroed::<libc::sigset_t>();
            libc::sigprocmask(libc::SIG_SETMASK, &raw const mask, null_mut());
        }
    }
}

/// Lets the child of a `Command` do all of it, the way the standard library has for it.
pub(crate) fn with_options(command: &mut Command, options: Options) -> &mut Command {
    // SAFETY: it runs in the child, before its program.
    unsafe {
        command.pre_exec(move || {
            set_up(options);
            Ok(())
        })
    }
}

/// Lets the kernel end the child should we die first.
pub(crate) fn leashed(command: &mut Command) -> &mut Command {
    // SAFETY: prctl is async-signal-safe and allocates nothing.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        })
    }
}

/// So many times this byte, in huge pages where the kernel has them: a gibibyte of small ones takes a second to fill.
pub(crate) fn in_huge_pages(byte: u8, len: usize) -> &'static [u8] {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the mapping is new, as long as what is written and lent, and stays to the end of the process.
    unsafe {
        let start = libc::mmap(null_mut(), len, protection, flags, -1, 0);
        assert_ne!(start, libc::MAP_FAILED, "there is no memory for {len} bytes");
        // Small pages do as well.
        libc::madvise(start, len, libc::MADV_HUGEPAGE);
        start.cast::<u8>().write_bytes(byte, len);
        from_raw_parts(start.cast(), len)
    }
}

/// Whose CPU time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose {
    Own,
    ReapedChildren,
}

/// CPU seconds used so far.
pub(crate) fn cpu(whose: Whose) -> f64 {
    let who = match whose {
        Whose::Own => libc::RUSAGE_SELF,
        Whose::ReapedChildren => libc::RUSAGE_CHILDREN,
    };
    // SAFETY: an all-zero rusage is valid, and getrusage writes to it.
    let usage = unsafe {
        let mut usage = zeroed::<libc::rusage>();
        libc::getrusage(who, &raw mut usage);
        usage
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// CPU seconds that a living process has used so far, threads that have ended included.
pub(crate) fn process_cpu(pid: u32) -> Option<f64> {
    let mut clock = 0;
    // SAFETY: both are writable; the first call makes the clock that the second one reads.
    unsafe {
        let mut time = zeroed::<libc::timespec>();
        let found = libc::clock_getcpuclockid(pid as libc::pid_t, &raw mut clock) == 0;
        let read = found && libc::clock_gettime(clock, &raw mut time) == 0;
        read.then_some(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
    }
}

/// Counts what is allocated in this process.
#[cfg(feature = "count-alloc")]
mod counting {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    pub(super) static COUNT: AtomicU64 = AtomicU64::new(0);

    #[global_allocator]
    static COUNTING: Counting = Counting;

    struct Counting;

    // SAFETY: every call goes to the system's allocator as it came, which keeps the contract.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.fetch_add(1, Relaxed);
            // SAFETY: the caller's promises are those that are asked for.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            COUNT.fetch_add(1, Relaxed);
            // SAFETY: the caller's promises are those that are asked for.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            COUNT.fetch_add(1, Relaxed);
            // SAFETY: the caller's promises are those that are asked for, and the block came from there.
            unsafe { System.realloc(block, layout, size) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promises are those that are asked for, and the block came from there.
            unsafe { System.dealloc(block, layout) }
        }
    }
}

/// The count of allocations in this process, which is written to all the time; `None` where nobody counts.
pub(crate) fn allocations() -> Option<&'static AtomicU64> {
    #[cfg(feature = "count-alloc")]
    return Some(&counting::COUNT);
    #[cfg(not(feature = "count-alloc"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_pages_hold_what_was_asked_for() {
        let len = (2 << 20) + 1;
        let bytes = in_huge_pages(b'x', len);
        assert!(bytes.len() == len && bytes.iter().all(|byte| *byte == b'x'));
    }
}
