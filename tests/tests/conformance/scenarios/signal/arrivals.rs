//! What arrives: none lost, in order, by everybody who has asked.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use standpipe_blocking::signal::{self, Signals, raise};
use standpipe_core::signal::{Disposition, Signal};
use standpipe_sys::Clock;
use standpipe_tests::harness::{Backend, Verdict};
use standpipe_tests::log::Log;

use super::{LONG, all, catch, send};

pub(super) fn coalesced(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2]);
    (0..5).for_each(|_| raise(Signal::USR2).expect("it can be sent"));
    assert_eq!(all(&mut *signals), [Signal::USR2]);
    Ok(Log::new())
}

pub(super) fn ascending(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2, Signal::HUP, Signal::WINCH]);
    for signal in [Signal::WINCH, Signal::USR2, Signal::HUP, Signal::WINCH] {
        raise(signal).expect("it can be sent");
    }
    assert_eq!(all(&mut *signals), [Signal::HUP, Signal::USR2, Signal::WINCH]);
    Ok(Log::new())
}

pub(super) fn fair(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::HUP, Signal::USR2, Signal::WINCH]);
    raise(Signal::USR2).expect("it can be sent");
    raise(Signal::WINCH).expect("it can be sent");
    let taken = (0..4).map(|_| {
        raise(Signal::HUP).expect("it can be sent");
        signals.wait()
    });
    let taken: Vec<_> = taken.collect();
    assert_eq!(taken, [Signal::HUP, Signal::USR2, Signal::WINCH, Signal::HUP].map(Some));
    Ok(Log::new())
}

/// Each is sent when the one before was taken, at whatever moment that is in the other thread.
pub(super) fn none_lost(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2]);
    let (taken, next) = channel();
    thread::scope(|scope| {
        scope.spawn(move || next.iter().for_each(|()| send(Signal::USR2)));
        for round in 0..2000 {
            taken.send(()).expect("it listens");
            assert_eq!(signals.wait_timeout(LONG), Some(Signal::USR2), "{round}");
        }
        drop(taken);
    });
    Ok(Log::new())
}

/// A pipe of bytes would have been full long before the last.
pub(super) fn crowded(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::HUP, Signal::USR2, Signal::WINCH]);
    (0..100_000).for_each(|_| raise(Signal::USR2).expect("it can be sent"));
    raise(Signal::WINCH).expect("it can be sent");
    raise(Signal::HUP).expect("it can be sent");
    assert_eq!(all(&mut *signals), [Signal::HUP, Signal::USR2, Signal::WINCH]);
    Ok(Log::new())
}

pub(super) fn both(backend: &dyn Backend) -> Verdict {
    let mut first = catch(backend, &[Signal::USR2]);
    let mut second = catch(backend, &[Signal::USR2, Signal::HUP]);
    raise(Signal::USR2).expect("it can be sent");
    assert_eq!((first.wait(), second.wait()), (Some(Signal::USR2), Some(Signal::USR2)));
    drop(first);
    raise(Signal::USR2).expect("it can be sent");
    assert_eq!(second.wait(), Some(Signal::USR2));
    Ok(Log::new())
}

pub(super) fn apart(backend: &dyn Backend) -> Verdict {
    let mut first = catch(backend, &[Signal::USR2]);
    let mut second = catch(backend, &[Signal::HUP]);
    raise(Signal::USR2).expect("it can be sent");
    assert_eq!((first.pending(), second.pending()), (Some(Signal::USR2), None));
    Ok(Log::new())
}

pub(super) fn threads(backend: &dyn Backend) -> Verdict {
    let catchers: Vec<_> = (0..20).map(|_| catch(backend, &[Signal::USR2])).collect();
    thread::scope(|scope| {
        let waiting: Vec<_> =
            catchers.into_iter().map(|mut signals| scope.spawn(move || signals.wait_timeout(LONG))).collect();
        send(Signal::USR2);
        for thread in waiting {
            assert_eq!(thread.join().expect("no panic"), Some(Signal::USR2));
        }
    });
    Ok(Log::new())
}

pub(super) fn coming_and_going(backend: &dyn Backend) -> Verdict {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let mut signals = catch(backend, &[Signal::USR2, Signal::HUP]);
                    raise(Signal::USR2).expect("it is caught");
                    assert_eq!(signals.pending(), Some(Signal::USR2));
                }
            });
        }
    });
    assert_eq!(signal::disposition(Signal::USR2).expect("it can be asked"), Disposition::Default);
    Ok(Log::new())
}

pub(super) fn deadline(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2]);
    let (limit, clock) = (Duration::from_millis(300), Clock::start());
    let begun = clock.now();
    assert_eq!(signals.wait_timeout(limit), None);
    let took = clock.now().since(begun);
    assert!(took >= limit && took < LONG, "{took:?}");
    Ok(Log::new())
}

pub(super) fn closed(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2]);
    let close = signals.closer();
    thread::scope(|scope| {
        scope.spawn(close);
        assert_eq!(signals.wait(), None);
    });
    assert_eq!((signals.wait(), signals.wait_timeout(LONG)), (None, None));
    Ok(Log::new())
}

pub(super) fn closed_after(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::HUP, Signal::USR2]);
    raise(Signal::USR2).expect("it can be sent");
    raise(Signal::HUP).expect("it can be sent");
    signals.closer()();
    assert_eq!(
        [signals.wait(), signals.wait(), signals.wait()],
        [Some(Signal::HUP), Some(Signal::USR2), None]
    );
    Ok(Log::new())
}

pub(super) fn from_a_process(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2]);
    let mut child =
        std::process::Command::new("sh").args(["-c", "kill -USR2 $PPID"]).spawn().expect("a shell runs");
    assert_eq!(signals.wait_timeout(LONG), Some(Signal::USR2));
    assert!(child.wait().expect("it is ours").success());
    Ok(Log::new())
}

pub(super) fn refused(_: &dyn Backend) -> Verdict {
    for signal in [Signal::KILL, Signal::STOP, Signal::SEGV, Signal::FPE, Signal::ILL, Signal::BUS] {
        let error = Signals::new([Signal::USR2, signal]).expect_err("it cannot be caught");
        assert!(error.to_string().starts_with(&signal.to_string()), "{error}");
        assert_eq!(signal::disposition(Signal::USR2).expect("it can be asked"), Disposition::Default);
    }
    Ok(Log::new())
}
