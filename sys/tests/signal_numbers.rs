//! Core's signals are this system's.

use standpipe_core::signal::{Signal, SignalSet};

/// Every name that core has, with the C library's number for it.
fn numbers() -> Vec<(&'static str, i32)> {
    macro_rules! named {
        ($($name:ident)*) => { vec![$((stringify!($name), libc::$name)),*] };
    }
    let mut named = named! {
        SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM
        SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF
        SIGWINCH SIGIO SIGPWR SIGSYS SIGIOT SIGPOLL
    };
    named.extend([("SIGCLD", libc::SIGCHLD), ("SIGRTMIN", libc::SIGRTMIN()), ("SIGRTMAX", libc::SIGRTMAX())]);
    named
}

#[test]
fn every_name_has_the_c_librarys_number() {
    for (name, number) in numbers() {
        assert_eq!(Signal::parse(name).map(Signal::number), Some(number), "{name}");
    }
    let ours: usize = Signal::all().map(|signal| signal.names().count()).sum();
    assert_eq!(ours, numbers().len(), "no name is left out");
}

/// A handler that is never called.
extern "C" fn idle(_: libc::c_int) {}

#[test]
fn whoever_cannot_be_changed_here_is_refused_there() {
    for signal in Signal::all().filter(|signal| signal.check_changeable().is_err()) {
        // SAFETY: the handler does nothing, and the call is one that fails.
        let before = unsafe { libc::signal(signal.number(), idle as *const () as libc::sighandler_t) };
        assert_eq!(before, libc::SIG_ERR, "{signal}");
    }
}

#[test]
fn a_set_is_laid_out_as_the_kernels() {
    let set: SignalSet = [Signal::HUP, Signal::TERM, Signal::RTMAX].into();
    // SAFETY: an all-zero sigset_t is valid and both calls write to it only; its first 64 bits are the kernel's set.
    let bits = unsafe {
        let mut theirs = std::mem::zeroed::<libc::sigset_t>();
        set.iter().for_each(|signal| assert_eq!(libc::sigaddset(&raw mut theirs, signal.number()), 0));
        (&raw const theirs).cast::<u64>().read()
    };
    assert_eq!(SignalSet::from_bits(bits), set);
}
