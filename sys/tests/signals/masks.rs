//! What is let come, what is pending, and waiting for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use standpipe_core::signal::{Signal, SignalSet};
use standpipe_sys::Clock;
use standpipe_sys::signals::{self, Arrivals, Blocked, Ignored, blocked, pending, raise, wait_for};

use crate::alone::alone;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn masks_are_as_before_when_guards_are_dropped() {
    alone(masks_are_as_before_when_guards_are_dropped, || {
        assert_eq!(blocked(), SignalSet::EMPTY);
        let one = Blocked::new(Signal::USR1.into());
        let two = Blocked::new(Signal::USR2.into());
        assert_eq!((one.before(), two.before()), (SignalSet::EMPTY, Signal::USR1.into()));
        assert_eq!(blocked(), [Signal::USR1, Signal::USR2].into());
        let let_come = Blocked::unblock(Signal::USR1.into());
        assert_eq!(blocked(), Signal::USR2.into());
        let all = Blocked::exactly(SignalSet::FULL);
        let never = Signal::all().filter(|signal| signal.check_changeable().is_err()).collect();
        assert_eq!(blocked(), SignalSet::FULL - never);
        drop(all);
        assert_eq!(blocked(), Signal::USR2.into());
        drop(let_come);
        drop(two);
        assert_eq!(blocked(), Signal::USR1.into());
        drop(one);
        assert_eq!(blocked(), SignalSet::EMPTY);
        Blocked::new(Signal::HUP.into()).keep();
        assert_eq!(blocked(), Signal::HUP.into());
    });
}

#[test]
fn a_mask_is_its_threads_and_inherited() {
    alone(a_mask_is_its_threads_and_inherited, || {
        let _blocked = Blocked::new(Signal::USR1.into());
        thread::spawn(|| {
            assert_eq!(blocked(), Signal::USR1.into());
            Blocked::exactly(SignalSet::EMPTY).keep();
        })
        .join()
        .unwrap();
        assert_eq!(blocked(), Signal::USR1.into());
    });
}

#[test]
fn what_is_blocked_is_pending_and_comes_when_it_is_let() {
    alone(what_is_blocked_is_pending_and_comes_when_it_is_let, || {
        let arrivals = Arrivals::new(Signal::USR1.into(), Ignored::Leave).unwrap();
        let blocked = Blocked::new(Signal::USR1.into());
        raise(Signal::USR1).unwrap();
        assert_eq!((pending(), arrivals.take()), (Signal::USR1.into(), SignalSet::EMPTY));
        drop(blocked);
        assert_eq!((pending(), arrivals.take()), (SignalSet::EMPTY, Signal::USR1.into()));
    });
}

#[test]
fn the_lowest_pending_one_is_taken_first_and_realtime_ones_are_queued() {
    alone(the_lowest_pending_one_is_taken_first_and_realtime_ones_are_queued, || {
        let realtime = Signal::realtime(3).unwrap();
        let set: SignalSet = [Signal::USR1, Signal::USR2, realtime].into();
        let _blocked = Blocked::new(set);
        for signal in [realtime, Signal::USR2, realtime, Signal::USR1, Signal::USR2] {
            raise(signal).unwrap();
        }
        let taken: Vec<_> = std::iter::from_fn(|| wait_for(set, Some(Duration::ZERO)).unwrap()).collect();
        let signals: Vec<_> = taken.iter().map(|arrived| arrived.signal).collect();
        assert_eq!(signals, [Signal::USR1, Signal::USR2, realtime, realtime]);
        let own = std::process::id() as i32;
        // SAFETY: getuid takes no arguments.
        let user = unsafe { libc::getuid() };
        assert!(taken.iter().all(|arrived| arrived.sender.is_some_and(|by| (by.pid, by.uid) == (own, user))));
    });
}

#[test]
fn a_wait_has_one_deadline_under_a_storm() {
    alone(a_wait_has_one_deadline_under_a_storm, || {
        let _caught = Arrivals::new(Signal::USR1.into(), Ignored::Leave).unwrap();
        let limit = Duration::from_millis(200);
        let clock = Clock::start();
        let begun = clock.now();
        let arrived = under_a_storm(|| wait_for(Signal::USR2.into(), Some(limit)));
        let took = clock.now().since(begun);
        assert_eq!(arrived.unwrap(), None);
        assert!(took >= limit && took < LONG, "{took:?}");
    });
}

#[test]
fn another_process_is_the_sender() {
    alone(another_process_is_the_sender, || {
        let _blocked = Blocked::new(Signal::USR1.into());
        // SAFETY: the child makes two async-signal-safe calls; neither takes a pointer.
        let child = unsafe {
            let (own, thread) = (libc::getpid(), libc::gettid());
            let child = libc::fork();
            if child == 0 {
                libc::syscall(libc::SYS_tgkill, own, thread, libc::SIGUSR1);
                libc::_exit(0);
            }
            child
        };
        let arrived = wait_for(Signal::USR1.into(), Some(LONG)).unwrap().expect("it is sent");
        assert_eq!(arrived.sender.map(|by| by.pid), Some(child));
        // glibc makes the one of the other.
        assert!(matches!(arrived.code, libc::SI_USER | libc::SI_TKILL), "{}", arrived.code);
        // SAFETY: a null status is allowed.
        assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child);
    });
}

#[test]
fn what_never_comes_is_not_waited_for() {
    alone(what_never_comes_is_not_waited_for, || {
        for signal in [Signal::KILL, Signal::STOP, Signal::new(32).unwrap()] {
            assert!(wait_for(signal.into(), None).is_err());
        }
    });
}

#[test]
fn a_pause_ends_when_a_handler_was_run() {
    alone(a_pause_ends_when_a_handler_was_run, || {
        let arrivals = Arrivals::new(Signal::USR1.into(), Ignored::Leave).unwrap();
        under_a_storm(signals::pause);
        assert_eq!(arrivals.take(), Signal::USR1.into());
    });
}

/// Does something while SIGUSR1 comes to this thread again and again.
fn under_a_storm<T>(act: impl FnOnce() -> T) -> T {
    // SAFETY: pthread_self takes no arguments.
    let target = unsafe { libc::pthread_self() } as usize;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                // SAFETY: the thread lives: it ends the scope.
                unsafe { libc::pthread_kill(target as libc::pthread_t, libc::SIGUSR1) };
            }
        });
        let done = act();
        stop.store(true, Ordering::SeqCst);
        done
    })
}
