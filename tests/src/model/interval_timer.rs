//! [`IntervalTimer`]: against one that expires step by step.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::Moment;
use standpipe_core::signal::{IntervalTimer, TimerClock, TimerSetting};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    /// So many tenths of a microsecond pass, and it is told or not.
    Pass(u16, bool),
    /// Some time far off.
    Leap(u64),
    /// An earlier moment is told.
    Back(u16),
    /// In tenths of a microsecond.
    Set(u16, u16),
    SetFar(u64, u64),
    Alarm(u32),
    Take,
}

/// Times in nanoseconds, wide enough never to overflow.
struct Model {
    now: u128,
    next: Option<u128>,
    interval: u128,
    expired: u64,
}

/// The last moment there is.
const LAST: u128 = u64::MAX as u128;

/// How many expirations a leap may bring about here, since the model counts them one by one.
const MOST: u128 = 10_000;

impl Model {
    fn pass(&mut self, now: u128) {
        self.now = self.now.max(now);
        while let Some(at) = self.next.filter(|at| *at <= self.now) {
            self.expired += 1;
            self.next = (self.interval > 0 && at + self.interval <= LAST).then_some(at + self.interval);
        }
    }

    /// What is set at the last moment there is has expired with it.
    fn setting(&self) -> (u128, u128) {
        self.next.filter(|at| *at > self.now).map_or((0, 0), |at| (at - self.now, self.interval))
    }

    fn set(&mut self, delay: u128, interval: u128) -> (u128, u128) {
        let before = self.setting();
        self.next = (delay > 0).then_some((self.now + micros(delay)).min(LAST));
        self.interval = micros(interval);
        before
    }

    /// Whether a leap this far takes no more steps than the model can count.
    fn can_leap(&self, now: u128) -> bool {
        self.interval == 0 || now.saturating_sub(self.now) / self.interval < MOST
    }
}

/// Rounded up.
fn micros(nanos: u128) -> u128 {
    nanos.div_ceil(1000) * 1000
}

/// Whole seconds, the nearest, halves up, and 0 for nothing only.
fn seconds(nanos: u128) -> u32 {
    let nearest = (nanos + 500_000_000) / 1_000_000_000;
    let least = u128::from(nanos > 0);
    u32::try_from(nearest.max(least)).unwrap_or(u32::MAX)
}

fn moment(nanos: u128) -> Moment {
    Moment::from_nanos(nanos as u64)
}

fn setting((delay, interval): (u128, u128)) -> TimerSetting {
    TimerSetting { delay: Duration::from_nanos_u128(delay), interval: Duration::from_nanos_u128(interval) }
}

/// Checks any settings at any times, from any start.
pub fn check(bytes: &[u8]) {
    let Some((start, ops)) = super::read::<u64, Op>(bytes) else { return };
    let mut timer = IntervalTimer::new(TimerClock::Real);
    let mut model = Model { now: 0, next: None, interval: 0, expired: 0 };
    let mut now = u128::from(start);
    for op in ops {
        apply(&mut timer, &mut model, &mut now, op);
        assert_eq!(timer.wake().map(|wake| wake.at), model.next.map(moment), "after {op:?}");
        assert_eq!(timer.setting(moment(model.now)), setting(model.setting()), "after {op:?}");
    }
}

fn apply(timer: &mut IntervalTimer, model: &mut Model, now: &mut u128, op: Op) {
    match op {
        Op::Pass(tenths, told) => {
            *now = (*now + u128::from(tenths) * 100).min(LAST);
            let seen = timer.setting(moment(*now));
            if told && model.can_leap(*now) {
                model.pass(*now);
                assert_eq!(seen, setting(model.setting()), "seen beforehand");
                timer.handle_now(moment(*now));
            }
        }
        Op::Leap(nanos) => {
            let then = (*now + u128::from(nanos)).min(LAST);
            if model.can_leap(then) {
                *now = then;
                model.pass(then);
                timer.handle_now(moment(then));
            }
        }
        Op::Back(nanos) => {
            model.pass(0);
            timer.handle_now(moment(model.now.saturating_sub(nanos.into())));
        }
        Op::Set(delay, interval) => {
            set(timer, model, *now, u128::from(delay) * 100, u128::from(interval) * 100)
        }
        Op::SetFar(delay, interval) => set(timer, model, *now, delay.into(), interval.into()),
        Op::Alarm(asked) if model.can_leap(*now) => {
            model.pass(*now);
            let before = model.set(u128::from(asked) * 1_000_000_000, 0);
            assert_eq!(timer.alarm(moment(*now), asked), seconds(before.0));
        }
        Op::Alarm(_) => {}
        Op::Take => {
            let taken = timer.take_expired();
            assert_eq!(taken.map(|expired| expired.count()), (model.expired > 0).then_some(model.expired));
            model.expired = 0;
        }
    }
}

fn set(timer: &mut IntervalTimer, model: &mut Model, now: u128, delay: u128, interval: u128) {
    if model.can_leap(now) {
        model.pass(now);
        let before = model.set(delay, interval);
        assert_eq!(timer.set(moment(now), setting((delay, interval))), setting(before));
    }
}
