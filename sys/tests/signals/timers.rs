//! The kernel's interval timers.

use std::time::Duration;

use standpipe_core::signal::{Signal, TimerClock, TimerError, TimerSetting};
use standpipe_sys::signals::{Armed, Arrivals, Ignored, alarm, set_timer, timer};

use crate::alone::{alone, dies_of};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn an_alarm_that_nobody_catches_ends_the_process() {
    dies_of(Signal::ALRM, an_alarm_that_nobody_catches_ends_the_process, || {
        set_timer(TimerClock::Real, TimerSetting::once(Duration::from_nanos(1))).unwrap();
        standpipe_sys::signals::pause();
    });
}

#[test]
fn each_clock_sends_its_signal() {
    alone(each_clock_sends_its_signal, || {
        for clock in [TimerClock::Real, TimerClock::Virtual, TimerClock::Prof] {
            let arrivals = Arrivals::new(clock.signal().into(), Ignored::Leave).unwrap();
            let every = TimerSetting::every(Duration::from_millis(5));
            assert_eq!(set_timer(clock, every), Ok(TimerSetting::DISARMED));
            let mut came = 0;
            while came < 3 {
                came += arrivals.take().len();
            }
            assert_eq!(set_timer(clock, TimerSetting::DISARMED).unwrap().interval, every.interval);
            assert_eq!(timer(clock), TimerSetting::DISARMED);
            // The last signal may still wait for the other thread of this process, and would kill it.
            std::mem::forget(arrivals);
        }
    });
}

#[test]
fn an_alarm_gives_what_had_remained_and_is_the_real_timer() {
    alone(an_alarm_gives_what_had_remained_and_is_the_real_timer, || {
        assert_eq!([alarm(10_000), alarm(3000), alarm(0), alarm(0)], [0, 10_000, 3000, 0]);
        set_timer(TimerClock::Real, TimerSetting::from_seconds(7500.2, 0.0).unwrap()).unwrap();
        assert_eq!(alarm(0), 7500);
        assert_eq!(timer(TimerClock::Real), TimerSetting::DISARMED);
    });
}

/// SIG-16, SIG-17.
#[test]
fn disarmed_has_no_interval_and_nothing_positive_is_disarmed() {
    alone(disarmed_has_no_interval_and_nothing_positive_is_disarmed, || {
        for clock in [TimerClock::Real, TimerClock::Virtual, TimerClock::Prof] {
            set_timer(clock, TimerSetting { delay: Duration::ZERO, interval: HOUR }).unwrap();
            assert_eq!(timer(clock), TimerSetting::DISARMED);
            let odd = TimerSetting { delay: HOUR, interval: Duration::from_nanos(1500) };
            set_timer(clock, odd).unwrap();
            assert_eq!(timer(clock).interval, Duration::from_micros(2), "never early");
            set_timer(clock, TimerSetting::DISARMED).unwrap();
        }
        for endless in [Duration::MAX, Duration::from_secs(u64::MAX)] {
            assert_eq!(set_timer(TimerClock::Real, TimerSetting::once(endless)), Err(TimerError::TooLong));
        }
        assert_eq!(timer(TimerClock::Real), TimerSetting::DISARMED);
    });
}

#[test]
fn what_was_set_goes_on_beneath_and_is_set_again() {
    alone(what_was_set_goes_on_beneath_and_is_set_again, || {
        set_timer(TimerClock::Real, TimerSetting { delay: HOUR, interval: HOUR * 2 }).unwrap();
        drop(Armed::new(TimerClock::Real, TimerSetting::once(HOUR * 3)).unwrap());
        let again = timer(TimerClock::Real);
        assert!(again.delay <= HOUR && again.delay > HOUR / 2 && again.interval == HOUR * 2, "{again:?}");
        // One that would have expired meanwhile does so now.
        let arrivals = Arrivals::new(Signal::ALRM.into(), Ignored::Leave).unwrap();
        set_timer(TimerClock::Real, TimerSetting::once(Duration::from_millis(20))).unwrap();
        let armed = Armed::new(TimerClock::Real, TimerSetting::once(HOUR)).unwrap();
        let clock = standpipe_sys::Clock::start();
        while clock.now().as_nanos() < 30_000_000 {}
        assert!(arrivals.take().is_empty());
        drop(armed);
        while arrivals.take().is_empty() {}
        assert_eq!(timer(TimerClock::Real), TimerSetting::DISARMED);
    });
}
