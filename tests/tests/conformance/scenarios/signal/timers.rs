//! The kernel's timers, and calls that their signals interrupt.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use standpipe_blocking::signal::{Armed, Blocked, alarm, pending, set_interrupt, set_timer, timer, wait_for};
use standpipe_core::process::Exit;
use standpipe_core::signal::{Signal, TimerClock, TimerSetting};
use standpipe_tests::harness::{Backend, Call, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

use super::{LONG, be_alone, catch};

const HOUR: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(10);

pub(super) fn real(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::ALRM]);
    let _armed = Armed::new(TimerClock::Real, TimerSetting::every(SHORT)).expect("a short time");
    for _ in 0..3 {
        assert_eq!(signals.wait_timeout(LONG), Some(Signal::ALRM));
    }
    Ok(Log::new())
}

pub(super) fn user(backend: &dyn Backend) -> Verdict {
    working(backend, TimerClock::Virtual)
}

pub(super) fn processor(backend: &dyn Backend) -> Verdict {
    working(backend, TimerClock::Prof)
}

/// A clock that stands while nobody works.
fn working(backend: &dyn Backend, clock: TimerClock) -> Verdict {
    let mut signals = catch(backend, &[clock.signal()]);
    let armed = Armed::new(clock, TimerSetting::every(SHORT)).expect("a short time");
    for _ in 0..3 {
        while signals.pending().is_none() {
            std::hint::spin_loop();
        }
    }
    assert_eq!(timer(clock).interval, SHORT);
    drop(armed);
    assert_eq!(timer(clock), TimerSetting::DISARMED);
    Ok(Log::new())
}

pub(super) fn remained(_: &dyn Backend) -> Verdict {
    assert_eq!([alarm(10_000), alarm(3000), alarm(0), alarm(0)], [0, 10_000, 3000, 0]);
    let setting = TimerSetting::from_seconds(7500.2, 0.0).expect("a time");
    assert_eq!(set_timer(TimerClock::Real, setting), Ok(TimerSetting::DISARMED));
    assert_eq!((alarm(0), timer(TimerClock::Real)), (7500, TimerSetting::DISARMED));
    Ok(Log::new())
}

pub(super) fn beneath(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::ALRM]);
    alarm(3600);
    drop(Armed::new(TimerClock::Real, TimerSetting::once(HOUR * 3)).expect("some hours"));
    let again = timer(TimerClock::Real);
    assert!(again.delay <= HOUR && again.delay > HOUR / 2, "{again:?}");
    // What has become due meanwhile comes at once.
    set_timer(TimerClock::Real, TimerSetting::once(Duration::from_micros(1))).expect("a short time");
    let armed = Armed::new(TimerClock::Real, TimerSetting::once(HOUR)).expect("an hour");
    drop(armed);
    assert_eq!(signals.wait_timeout(LONG), Some(Signal::ALRM));
    alarm(0);
    Ok(Log::new())
}

/// The kernel arms it again when its signal is taken, and shows no time until then.
pub(super) fn waiting(_: &dyn Backend) -> Verdict {
    be_alone(Signal::ALRM);
    let _blocked = Blocked::new(Signal::ALRM.into());
    let armed = Armed::new(TimerClock::Real, TimerSetting::every(SHORT)).expect("a short time");
    while !pending().contains(Signal::ALRM) {
        std::hint::spin_loop();
    }
    assert_eq!(timer(TimerClock::Real), TimerSetting { delay: Duration::from_micros(1), interval: SHORT });
    drop(Armed::new(TimerClock::Real, TimerSetting::DISARMED).expect("none"));
    for _ in 0..3 {
        assert!(wait_for(Signal::ALRM.into(), Some(LONG)).expect("it can wait").is_some(), "it goes on");
    }
    drop(armed);
    // One that has come since would kill when it is let.
    wait_for(Signal::ALRM.into(), Some(Duration::ZERO)).expect("it can look");
    Ok(Log::new())
}

/// Or it would die of it.
pub(super) fn child(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::ALRM]);
    let _armed = Armed::new(TimerClock::Real, TimerSetting::every(SHORT)).expect("a short time");
    let call = Call::new(Program::new([Act::Sleep(SHORT * 30), Act::Exit(3)]));
    assert_eq!(backend.communicate(&call).output().exit, Exit::Code(3));
    assert_eq!(signals.wait_timeout(LONG), Some(Signal::ALRM));
    Ok(Log::new())
}

pub(super) fn interrupted(backend: &dyn Backend) -> Verdict {
    let _signals = catch(backend, &[Signal::ALRM]);
    assert!(!set_interrupt(Signal::ALRM, true).expect("it is caught"));
    let _armed = Armed::new(TimerClock::Real, TimerSetting::every(SHORT)).expect("a short time");
    let (mut read, _write) = UnixStream::pair().expect("two sockets");
    let error = read.read(&mut [0]).expect_err("nobody writes");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    Ok(Log::new())
}

/// Ten alarms come before anything is written.
pub(super) fn restarted(backend: &dyn Backend) -> Verdict {
    let mut signals = catch(backend, &[Signal::ALRM]);
    let _armed = Armed::new(TimerClock::Real, TimerSetting::every(SHORT)).expect("a short time");
    let (mut read, mut write) = UnixStream::pair().expect("two sockets");
    // Caught until the timer is gone, or the next alarm would kill.
    let signals = &mut signals;
    thread::scope(|scope| {
        scope.spawn(move || {
            (0..10).for_each(|_| assert_eq!(signals.wait_timeout(LONG), Some(Signal::ALRM)));
            write.write_all(b"x").expect("it is read");
        });
        assert_eq!(read.read(&mut [0]).expect("it goes on"), 1);
    });
    Ok(Log::new())
}
