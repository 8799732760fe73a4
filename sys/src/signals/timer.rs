//! The kernel's interval timers: [`set_timer`], [`alarm`], [`Armed`].

use std::mem::zeroed;
use std::time::Duration;

use libc::{itimerval, timeval};
use standpipe_core::Moment;
use standpipe_core::signal::{Expired, IntervalTimer, TimerClock, TimerError, TimerSetting};

use crate::Clock;

/// What the kernel counts by, and shows of a timer that is due.
const LEAST: Duration = Duration::from_micros(1);

/// Sets the process's timer of this clock, and gives back how it was set, in the time that remained (setitimer(2)). When it
/// expires, [`TimerClock::signal`] comes to the process, which ends it unless the signal is caught.
///
/// There is one for each clock in a process, and alarm(2) is the one of [`TimerClock::Real`]. A child begins without. Times
/// are rounded up to microseconds, so a timer is never early and what is positive never disarms (SIG-17).
///
/// ```
/// use std::time::Duration;
/// use standpipe_core::signal::{TimerClock, TimerError, TimerSetting};
/// use standpipe_sys::signals;
///
/// let hour = TimerSetting::every(Duration::from_secs(3600));
/// assert_eq!(signals::set_timer(TimerClock::Virtual, hour)?, TimerSetting::DISARMED);
/// assert!(signals::timer(TimerClock::Virtual).delay <= hour.delay + Duration::from_millis(20));
/// let before = signals::set_timer(TimerClock::Virtual, TimerSetting::DISARMED)?;
/// assert_eq!(before.interval, hour.interval);
///
/// let far = TimerSetting::once(Duration::MAX);
/// assert_eq!(signals::set_timer(TimerClock::Virtual, far), Err(TimerError::TooLong));
/// # Ok::<(), TimerError>(())
/// ```
///
/// # Errors
/// [`TimerError::TooLong`]: more seconds than the kernel counts.
pub fn set_timer(clock: TimerClock, setting: TimerSetting) -> Result<TimerSetting, TimerError> {
    let new = raw(setting)?;
    // SAFETY: an all-zero itimerval is valid; both live on this stack, and the clock is one of the three that there are.
    let old = unsafe {
        let mut old = zeroed();
        libc::setitimer(clock.number(), &raw const new, &raw mut old);
        old
    };
    Ok(setting_of(clock, &old))
}

/// How the process's timer of this clock is set, in the time that remains (getitimer(2)).
pub fn timer(clock: TimerClock) -> TimerSetting {
    // SAFETY: an all-zero itimerval is valid and lives on this stack; the clock is one of the three that there are.
    let current = unsafe {
        let mut current = zeroed();
        libc::getitimer(clock.number(), &raw mut current);
        current
    };
    setting_of(clock, &current)
}

/// Has SIGALRM come once after so many seconds, 0 for never, and gives back how many had remained (alarm(2)). It is the
/// timer of [`TimerClock::Real`] (SIG-20).
///
/// ```
/// use standpipe_sys::signals::alarm;
///
/// assert_eq!([alarm(1000), alarm(300), alarm(0), alarm(0)], [0, 1000, 300, 0]);
/// ```
pub fn alarm(seconds: u32) -> u32 {
    // SAFETY: alarm takes a number.
    unsafe { libc::alarm(seconds) }
}

/// A timer that is set until this is dropped. What was set before is set again then, as far as its time has gone on; where
/// it would have expired meanwhile, it does at once.
///
/// ```
/// use std::time::Duration;
/// use standpipe_core::signal::{TimerClock, TimerSetting};
/// use standpipe_sys::signals::{self, Armed};
///
/// signals::alarm(3600);
/// let armed = Armed::new(TimerClock::Real, TimerSetting::once(Duration::from_secs(100)))?;
/// assert!(signals::timer(TimerClock::Real).delay <= Duration::from_secs(100));
/// drop(armed);
/// assert!(signals::alarm(0) > 3000);
/// # Ok::<(), standpipe_core::signal::TimerError>(())
/// ```
#[derive(Debug)]
#[must_use = "the timer is as it was before when it is dropped"]
pub struct Armed {
    since: Clock,
    before: IntervalTimer,
    own: IntervalTimer,
}

impl Armed {
    /// Sets the timer.
    ///
    /// # Errors
    /// As [`set_timer`].
    pub fn new(clock: TimerClock, setting: TimerSetting) -> Result<Self, TimerError> {
        let since = Clock::start();
        let now = now(clock, since);
        let [mut before, mut own] = [IntervalTimer::new(clock), IntervalTimer::new(clock)];
        before.set(now, set_timer(clock, setting)?);
        own.set(now, setting);
        Ok(Self { since, before, own })
    }

    /// How often it has expired since it was last asked, now that its signal has come: one signal may stand for several (SIG-37). `None`
    /// where the signal was somebody else's, or where what it is for was told with the one before.
    ///
    /// A clock of processor time is told as once: the kernel counts it in ticks, and shows it in finer numbers that do not agree.
    pub fn take_expired(&mut self) -> Option<Expired> {
        if self.own.clock() != TimerClock::Real {
            return Some(Expired { overruns: 0 });
        }
        self.own.handle_now(self.since.now());
        self.own.take_expired()
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        let now = now(self.before.clock(), self.since);
        self.before.handle_now(now);
        let TimerSetting { mut delay, interval } = self.before.setting(now);
        if self.before.take_expired().is_some() {
            delay = LEAST;
        }
        // The kernel has had it before.
        let _ = set_timer(self.before.clock(), TimerSetting { delay, interval });
    }
}

/// The time on the clock of a timer.
fn now(clock: TimerClock, since: Clock) -> Moment {
    match clock {
        TimerClock::Real => since.now(),
        TimerClock::Virtual => Moment::ORIGIN + usage().0,
        TimerClock::Prof => Moment::ORIGIN + usage().0 + usage().1,
    }
}

/// The processor time of the process, and of the kernel for it (getrusage(2)).
fn usage() -> (Duration, Duration) {
    // SAFETY: an all-zero rusage is valid and lives on this stack.
    let usage = unsafe {
        let mut usage = zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    (duration(usage.ru_utime), duration(usage.ru_stime))
}

fn raw(setting: TimerSetting) -> Result<itimerval, TimerError> {
    Ok(itimerval { it_value: raw_time(setting.delay)?, it_interval: raw_time(setting.interval)? })
}

fn raw_time(time: Duration) -> Result<timeval, TimerError> {
    let up = time.checked_add(Duration::from_nanos(999)).ok_or(TimerError::TooLong)?;
    let tv_sec = up.as_secs().try_into().map_err(|_| TimerError::TooLong)?;
    Ok(timeval { tv_sec, tv_usec: up.subsec_micros().into() })
}

/// Without a delay, a timer of processor time is disarmed, and Linux goes on showing its interval (SIG-16); one of real time
/// has expired, and goes on when its signal is taken.
fn setting_of(clock: TimerClock, raw: &itimerval) -> TimerSetting {
    let setting = TimerSetting { delay: duration(raw.it_value), interval: duration(raw.it_interval) };
    match clock {
        _ if !setting.is_disarmed() => setting,
        TimerClock::Real if !setting.interval.is_zero() => TimerSetting { delay: LEAST, ..setting },
        _ => TimerSetting::DISARMED,
    }
}

/// The kernel tells no negative time.
fn duration(time: timeval) -> Duration {
    let seconds = time.tv_sec.try_into().unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(time.tv_usec.try_into().unwrap_or_default())
}
