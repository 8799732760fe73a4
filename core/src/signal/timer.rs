//! Alarm clocks that end in a signal: [`IntervalTimer`].

use core::time::Duration;

use super::Signal;
use crate::{Moment, Timer, Wake};

/// Which clock an interval timer counts by, and so which signal it ends in (setitimer(2)).
///
/// ```
/// use standpipe_core::signal::{Signal, TimerClock, TimerError};
///
/// assert_eq!(TimerClock::try_from(1), Ok(TimerClock::Virtual));
/// assert_eq!(TimerClock::Prof.number(), 2);
/// assert_eq!(TimerClock::Real.signal(), Signal::ALRM);
/// assert_eq!(TimerClock::try_from(3), Err(TimerError::UnknownClock(3)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TimerClock {
    /// Time as it passes; SIGALRM (SIG-08).
    Real,
    /// The processor time of the process itself; SIGVTALRM (SIG-09).
    Virtual,
    /// The processor time of the process and of the kernel for it; SIGPROF (SIG-10).
    Prof,
}

/// Why a timer cannot be set as asked. Nothing has changed then.
///
/// ```
/// use standpipe_core::signal::{TimerError, TimerSetting};
///
/// assert_eq!(TimerSetting::from_seconds(-1.0, 0.0), Err(TimerError::Negative));
/// assert_eq!(TimerSetting::from_seconds(f64::NAN, 0.0), Err(TimerError::NotANumber));
/// assert_eq!(TimerSetting::from_seconds(1.0, f64::INFINITY), Err(TimerError::TooLong));
/// assert_eq!(TimerError::UnknownClock(3).to_string(), "no interval timer has number 3: they are 0 (real), 1 (virtual) and 2 (prof)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimerError {
    /// A time before now.
    #[error("a timer cannot be set to a negative time; zero disarms it")]
    Negative,
    /// Not a number at all.
    #[error("a timer cannot be set to what is not a number")]
    NotANumber,
    /// More than a [`Duration`] holds.
    #[error("a timer cannot be set to a time of more than 2^64 seconds")]
    TooLong,
    /// No timer has this number.
    #[error("no interval timer has number {0}: they are 0 (real), 1 (virtual) and 2 (prof)")]
    UnknownClock(i32),
}

/// How a timer is set: when it first expires, and how often after that.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::signal::TimerSetting;
///
/// let setting = TimerSetting::from_seconds(7.5, 0.25)?;
/// assert_eq!(setting, TimerSetting { delay: Duration::from_millis(7500), interval: Duration::from_millis(250) });
/// assert_eq!(setting.to_seconds(), (7.5, 0.25));
/// assert!(TimerSetting::from_seconds(0.0, 5.0)?.is_disarmed());
/// assert_eq!(TimerSetting::once(Duration::from_millis(7500)), TimerSetting { interval: Duration::ZERO, ..setting });
/// assert_eq!(TimerSetting::every(setting.interval).delay, setting.interval);
/// assert_eq!(TimerSetting::DISARMED, TimerSetting::default());
/// # Ok::<(), standpipe_core::signal::TimerError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct TimerSetting {
    /// How long until it expires; zero disarms, whatever the interval (SIG-16).
    pub delay: Duration,
    /// How long from each expiration to the next; zero is once.
    pub interval: Duration,
}

/// That a timer has expired, as one signal is sent for it however often it was (SIG-37).
///
/// ```
/// use standpipe_core::signal::Expired;
///
/// assert_eq!(Expired { overruns: 2 }.count(), 3);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Expired {
    /// How often it expired besides the once.
    pub overruns: u64,
}

/// An interval timer as arithmetic on moments (SIG-13 to SIG-20). It keeps its phase: an expiration that is noticed late
/// does not put off the next ones.
///
/// Moments are those of its own clock: for [`TimerClock::Virtual`] and [`TimerClock::Prof`] they count processor time.
/// Times are rounded up to whole microseconds, so a timer is never early, and a positive time never disarms (SIG-17).
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::signal::{Expired, IntervalTimer, Signal, TimerClock, TimerSetting};
/// use standpipe_core::{Moment, Timer};
///
/// let second = Duration::from_secs(1);
/// let start = Moment::ORIGIN;
/// let mut timer = IntervalTimer::new(TimerClock::Real);
/// assert_eq!(timer.set(start, TimerSetting::from_seconds(2.0, 0.5)?), TimerSetting::DISARMED);
/// assert_eq!(timer.setting(start + second).to_seconds(), (1.0, 0.5));
/// assert_eq!(timer.wake().map(|wake| (wake.at, wake.why)), Some((start + second * 2, Timer::Alarm)));
///
/// // Noticed late: it expired at 2.0, 2.5 and 3.0.
/// timer.handle_now(start + second * 3);
/// assert_eq!(timer.take_expired(), Some(Expired { overruns: 2 }));
/// assert_eq!(timer.take_expired(), None);
/// assert_eq!(timer.clock().signal(), Signal::ALRM);
///
/// // alarm(2) is the same timer, in whole seconds.
/// timer.set(start + second * 3, TimerSetting::once(second * 7));
/// assert_eq!(timer.alarm(start + second * 3, 10), 7);
/// assert_eq!(timer.alarm(start + second * 3, 0), 10);
/// assert_eq!(timer.wake(), None);
/// # Ok::<(), standpipe_core::signal::TimerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct IntervalTimer {
    clock: TimerClock,
    now: Moment,
    armed: Option<Armed>,
    /// How often it has expired since that was last taken.
    expired: u64,
}

#[derive(Clone, Copy, Debug)]
struct Armed {
    at: Moment,
    interval: Duration,
}

impl IntervalTimer {
    /// A timer that is not armed.
    pub const fn new(clock: TimerClock) -> Self {
        Self { clock, now: Moment::ORIGIN, armed: None, expired: 0 }
    }

    /// The clock it counts by.
    pub const fn clock(&self) -> TimerClock {
        self.clock
    }

    /// Sets the timer and gives back how it was set, in the time that remained (SIG-15). What has expired before stays to
    /// be taken: its signal was sent.
    pub fn set(&mut self, now: Moment, setting: TimerSetting) -> TimerSetting {
        self.handle_now(now);
        let before = self.setting(self.now);
        self.armed = (!setting.is_disarmed()).then(|| Armed {
            at: self.now + whole_micros(setting.delay),
            interval: whole_micros(setting.interval),
        });
        before
    }

    /// Sets the timer to expire once, after whole seconds, 0 for never, and gives back how many had remained: rounded to
    /// the nearest, halves up, but never to 0 while it was armed, as alarm(2) does (SIG-13).
    pub fn alarm(&mut self, now: Moment, seconds: u32) -> u32 {
        let before = self.set(now, TimerSetting::once(Duration::from_secs(seconds.into()))).delay;
        let is_more = before.subsec_millis() >= 500 || before.as_secs() == 0 && !before.is_zero();
        u32::try_from(before.as_secs().saturating_add(is_more.into())).unwrap_or(u32::MAX)
    }

    /// How the timer is set, in the time that remains at this moment; all zero where it is not armed (SIG-19).
    pub fn setting(&self, now: Moment) -> TimerSetting {
        let now = self.now.max(now);
        match self.armed.and_then(|armed| if armed.at > now { Some(armed) } else { armed.passed(now).1 }) {
            Some(Armed { at, interval }) => TimerSetting { delay: at.since(now), interval },
            None => TimerSetting::DISARMED,
        }
    }

    /// Tells the time. A moment earlier than the last one is taken as the last one.
    pub fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if let Some(armed) = self.armed.filter(|armed| armed.at <= self.now) {
            let (times, armed) = armed.passed(self.now);
            self.expired = self.expired.saturating_add(times);
            self.armed = armed;
        }
    }

    /// Takes the expirations up to the moment that was last told. Where there are some, the clock's signal is sent once.
    pub fn take_expired(&mut self) -> Option<Expired> {
        let overruns = core::mem::take(&mut self.expired).checked_sub(1)?;
        Some(Expired { overruns })
    }

    /// When it expires next.
    pub fn wake(&self) -> Option<Wake> {
        self.armed.map(|armed| Wake { at: armed.at, why: Timer::Alarm })
    }
}

impl Armed {
    /// How often it has expired up to a moment that is not before the first time, and what is left of it. It is not armed
    /// again past the last moment there is.
    fn passed(self, now: Moment) -> (u64, Option<Self>) {
        let interval = u64::try_from(self.interval.as_nanos()).unwrap_or(u64::MAX);
        let Some(more) = (now.as_nanos() - self.at.as_nanos()).checked_div(interval) else {
            return (1, None);
        };
        let at = (more + 1).checked_mul(interval).and_then(|nanos| self.at.as_nanos().checked_add(nanos));
        let next = at.map(|at| Self { at: Moment::from_nanos(at), ..self });
        (more + 1, next)
    }
}

fn whole_micros(time: Duration) -> Duration {
    let beyond = time.subsec_nanos() % 1000;
    if beyond == 0 { time } else { time.saturating_add(Duration::from_nanos((1000 - beyond).into())) }
}

impl TimerClock {
    /// The number that the system calls know it by.
    pub const fn number(self) -> i32 {
        match self {
            Self::Real => 0,
            Self::Virtual => 1,
            Self::Prof => 2,
        }
    }

    /// The signal that is sent when a timer of this clock expires.
    pub const fn signal(self) -> Signal {
        match self {
            Self::Real => Signal::ALRM,
            Self::Virtual => Signal::VTALRM,
            Self::Prof => Signal::PROF,
        }
    }
}

impl TryFrom<i32> for TimerClock {
    type Error = TimerError;

    fn try_from(number: i32) -> Result<Self, TimerError> {
        let all = [Self::Real, Self::Virtual, Self::Prof];
        all.into_iter().find(|clock| clock.number() == number).ok_or(TimerError::UnknownClock(number))
    }
}

impl TimerSetting {
    /// Not armed.
    pub const DISARMED: Self = Self { delay: Duration::ZERO, interval: Duration::ZERO };

    /// To expire once.
    pub const fn once(delay: Duration) -> Self {
        Self { delay, interval: Duration::ZERO }
    }

    /// To expire again and again, first after one interval.
    pub const fn every(interval: Duration) -> Self {
        Self { delay: interval, interval }
    }

    /// From seconds as the original takes them. The least positive number is a nanosecond.
    ///
    /// # Errors
    /// [`TimerError::Negative`], [`TimerError::NotANumber`] or [`TimerError::TooLong`], for either.
    pub fn from_seconds(delay: f64, interval: f64) -> Result<Self, TimerError> {
        Ok(Self { delay: duration(delay)?, interval: duration(interval)? })
    }

    /// As seconds, the way the original gives them.
    pub fn to_seconds(self) -> (f64, f64) {
        (self.delay.as_secs_f64(), self.interval.as_secs_f64())
    }

    /// Whether a timer that is set so never expires.
    pub const fn is_disarmed(self) -> bool {
        self.delay.is_zero()
    }
}

fn duration(seconds: f64) -> Result<Duration, TimerError> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) if seconds > 0.0 => Ok(Duration::from_nanos(1)),
        Ok(duration) => Ok(duration),
        Err(_) if seconds.is_nan() => Err(TimerError::NotANumber),
        Err(_) if seconds < 0.0 => Err(TimerError::Negative),
        Err(_) => Err(TimerError::TooLong),
    }
}

impl Expired {
    /// How often it expired.
    pub const fn count(self) -> u64 {
        self.overruns.saturating_add(1)
    }
}
