//! Our handler beside others': of libraries, of other threads, in a forked child.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{ptr, thread};

use standpipe_core::signal::{Disposition, Signal};
use standpipe_sys::signals::{Arrivals, Ignored, disposition, raise, set_restart, signal_pipe};

use crate::alone::{alone, bytes, calls, put, put_count};

/// As tokio, smol and signal-hook do.
fn register(signal: Signal) -> (signal_hook_registry::SigId, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let theirs = seen.clone();
    let action = move || {
        theirs.fetch_add(1, Ordering::SeqCst);
    };
    // SAFETY: the action is an atomic operation.
    let id = unsafe { signal_hook_registry::register(signal.number(), action) };
    (id.unwrap(), seen)
}

#[test]
fn a_library_that_came_before_is_told_all_along() {
    alone(a_library_that_came_before_is_told_all_along, || {
        let (_id, seen) = register(Signal::USR1);
        for round in 0..3 {
            let arrivals = Arrivals::new(Signal::USR1.into(), Ignored::Leave).unwrap();
            raise(Signal::USR1).unwrap();
            assert_eq!(arrivals.take(), Signal::USR1.into());
            drop(arrivals);
            raise(Signal::USR1).unwrap();
            assert_eq!(seen.load(Ordering::SeqCst), 2 * (round + 1));
        }
    });
}

#[test]
fn a_library_that_comes_over_ours_is_told_and_tells_us_once() {
    alone(a_library_that_comes_over_ours_is_told_and_tells_us_once, || {
        let (mut pipe, caught) = signal_pipe(&[Signal::USR1]).unwrap();
        let (_id, seen) = register(Signal::USR1);
        raise(Signal::USR1).unwrap();
        assert_eq!((bytes(&mut pipe).len(), seen.swap(0, Ordering::SeqCst)), (1, 1));
        drop(caught);
        raise(Signal::USR1).unwrap();
        assert_eq!((bytes(&mut pipe).len(), seen.swap(0, Ordering::SeqCst)), (0, 1));
        // Back again, beneath: whoever was put over ours would be called by it, and call it.
        let (mut pipe, _caught) = signal_pipe(&[Signal::USR1]).unwrap();
        raise(Signal::USR1).unwrap();
        assert_eq!((bytes(&mut pipe).len(), seen.swap(0, Ordering::SeqCst)), (1, 1));
    });
}

#[test]
fn a_library_that_comes_when_we_are_gone_is_told() {
    alone(a_library_that_comes_when_we_are_gone_is_told, || {
        let (early, _) = register(Signal::USR1);
        drop(signal_pipe(&[Signal::USR1]).unwrap());
        signal_hook_registry::unregister(early);
        drop(signal_pipe(&[Signal::USR1, Signal::USR2]).unwrap());
        for signal in [Signal::USR1, Signal::USR2] {
            let (_id, seen) = register(signal);
            raise(signal).unwrap();
            assert_eq!(seen.load(Ordering::SeqCst), 1);
        }
    });
}

/// Everything at once: whoever is told by a descriptor that was closed, or reads what was dropped, ends this process.
#[test]
fn threads_catch_and_let_go_under_a_storm() {
    alone(threads_catch_and_let_go_under_a_storm, || {
        put_count(Signal::USR1, libc::SA_RESTART);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let storm = || {
                let mut raised = 0;
                while !stop.load(Ordering::SeqCst) {
                    raise(Signal::USR1).unwrap();
                    raised += 1;
                }
                raised
            };
            let storms = [scope.spawn(storm), scope.spawn(storm)];
            let catchers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..300 {
                            let arrivals = Arrivals::new(Signal::USR1.into(), Ignored::Leave).unwrap();
                            raise(Signal::USR1).unwrap();
                            assert_eq!(arrivals.take(), Signal::USR1.into());
                        }
                    })
                })
                .collect();
            catchers.into_iter().for_each(|catcher| catcher.join().unwrap());
            stop.store(true, Ordering::SeqCst);
            let raised: usize = storms.into_iter().map(|storm| storm.join().unwrap()).sum();
            assert_eq!(calls(), raised + 900, "each of them has reached the handler that was there before");
        });
        assert_eq!(disposition(Signal::USR1).unwrap(), Disposition::Foreign);
    });
}

/// SIG-T14: what comes to the child is not told to the parent, and does there what it did before.
#[test]
fn a_forked_child_writes_to_no_pipe_of_its_parent() {
    alone(a_forked_child_writes_to_no_pipe_of_its_parent, || {
        let (mut pipe, _caught) = signal_pipe(&[Signal::USR1]).unwrap();
        let mut status = 0;
        // SAFETY: the child makes two async-signal-safe calls.
        unsafe {
            let pid = libc::fork();
            if pid == 0 {
                libc::raise(libc::SIGUSR1);
                libc::_exit(7);
            }
            assert_eq!(libc::waitpid(pid, &raw mut status, 0), pid);
        }
        assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGUSR1, "{status:x}");
        assert!(bytes(&mut pipe).is_empty());
        raise(Signal::USR1).unwrap();
        assert_eq!(bytes(&mut pipe), [Signal::USR1.number()]);
    });
}

#[test]
fn a_reader_that_is_gone_is_nobodys_death() {
    alone(a_reader_that_is_gone_is_nobodys_death, || {
        put(Signal::PIPE, libc::SIG_DFL);
        let (pipe, _caught) = signal_pipe(&[Signal::USR1]).unwrap();
        drop(pipe);
        raise(Signal::USR1).unwrap();
    });
}

#[test]
fn errno_is_kept() {
    alone(errno_is_kept, || {
        let (_pipe, _caught) = signal_pipe(&[Signal::USR1]).unwrap();
        for _ in 0..=1 << 16 {
            // SAFETY: the place of this thread's errno.
            unsafe { *libc::__errno_location() = libc::EXDEV };
            raise(Signal::USR1).unwrap();
            assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EXDEV));
        }
    });
}

/// SIG-33, on a read that a thread-directed signal interrupts.
#[test]
fn an_interrupted_call_goes_on_or_fails_as_it_was_said() {
    alone(an_interrupted_call_goes_on_or_fails_as_it_was_said, || {
        let (_pipe, _caught) = signal_pipe(&[Signal::USR1]).unwrap();
        assert_eq!(read_under_a_storm(), Ok(1), "it goes on, and reads what comes at last");
        assert!(set_restart(Signal::USR1, false).unwrap());
        assert_eq!(read_under_a_storm(), Err(libc::EINTR));
        assert!(!set_restart(Signal::USR1, true).unwrap());
        assert_eq!(read_under_a_storm(), Ok(1));
    });
}

/// What a read of an empty pipe comes to that is interrupted again and again, a hundred times, before a byte comes.
fn read_under_a_storm() -> Result<isize, i32> {
    let (read, write) = standpipe_sys::fd::pipe().unwrap();
    // SAFETY: pthread_self takes no arguments.
    let reader = unsafe { libc::pthread_self() } as usize;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (nobody, pause) = std::sync::mpsc::channel::<()>();
            for _ in 0..100 {
                if !stop.load(Ordering::SeqCst) {
                    // SAFETY: the thread lives: it ends the scope.
                    unsafe { libc::pthread_kill(reader as libc::pthread_t, libc::SIGUSR1) };
                }
                let _ = pause.recv_timeout(std::time::Duration::from_millis(1));
            }
            drop(nobody);
            std::io::Write::write_all(&mut std::fs::File::from(write), b"x").unwrap();
        });
        let mut byte = 0u8;
        // SAFETY: there is room for the byte, and the descriptor lives.
        let result =
            unsafe { libc::read(std::os::fd::AsRawFd::as_raw_fd(&read), ptr::from_mut(&mut byte).cast(), 1) };
        let error = std::io::Error::last_os_error();
        stop.store(true, Ordering::SeqCst);
        if result < 0 { Err(error.raw_os_error().unwrap()) } else { Ok(result) }
    })
}
