//! What a thread lets come, and waiting without a handler.

use std::thread;
use std::time::Duration;

use standpipe_blocking::signal::{self, Blocked, raise, wait_for};
use standpipe_core::signal::Signal;
use standpipe_sys::Clock;
use standpipe_tests::harness::{Backend, Verdict};
use standpipe_tests::log::Log;

use super::{LONG, be_alone, catch, send};

pub(super) fn inherited(_: &dyn Backend) -> Verdict {
    let blocked = Blocked::new(Signal::USR2.into());
    let theirs = thread::spawn(|| {
        let theirs = signal::blocked();
        Blocked::exactly(Signal::HUP.into()).keep();
        theirs
    });
    assert_eq!(theirs.join().expect("no panic"), Signal::USR2.into());
    assert_eq!(signal::blocked(), Signal::USR2.into(), "the other one's is its own");
    drop(blocked);
    assert!(signal::blocked().is_empty());
    Ok(Log::new())
}

pub(super) fn blocked(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::USR2]);
    let blocked = Blocked::new(Signal::USR2.into());
    raise(Signal::USR2).expect("it can be sent");
    assert!(signal::pending().contains(Signal::USR2));
    assert_eq!(signals.pending(), None);
    drop(blocked);
    assert_eq!(signals.pending(), Some(Signal::USR2));
    Ok(Log::new())
}

pub(super) fn deadline(_: &dyn Backend) -> Verdict {
    let (limit, clock) = (Duration::from_millis(300), Clock::start());
    let begun = clock.now();
    assert_eq!(wait_for(Signal::USR2.into(), Some(limit)).expect("it can wait"), None);
    let took = clock.now().since(begun);
    assert!(took >= limit && took < LONG, "{took:?}");
    Ok(Log::new())
}

pub(super) fn sender(_: &dyn Backend) -> Verdict {
    be_alone(Signal::USR2);
    let _blocked = Blocked::new(Signal::USR2.into());
    let mut child =
        std::process::Command::new("sh").args(["-c", "kill -USR2 $PPID"]).spawn().expect("a shell runs");
    let arrived = wait_for(Signal::USR2.into(), Some(LONG)).expect("it can wait").expect("it is sent");
    assert_eq!(arrived.sender.map(|sender| sender.pid.cast_unsigned()), Some(child.id()));
    assert!(child.wait().expect("it is ours").success());
    Ok(Log::new())
}

/// It comes before the wait, and ends it all the same.
pub(super) fn suspended(backend: &dyn Backend) -> Verdict {
    be_alone(Signal::USR2);
    let mut signals = catch(backend, &[Signal::USR2]);
    let blocked = Blocked::new(Signal::USR2.into());
    for _ in 0..100 {
        send(Signal::USR2);
        assert_eq!(signals.pending(), None);
        blocked.suspend();
        assert_eq!(signals.pending(), Some(Signal::USR2));
    }
    Ok(Log::new())
}
