//! The kernel's timers as streams. One test, since a process has one timer of each clock.

mod limited;

use std::time::Duration;

use futures_lite::StreamExt;
use futures_lite::future;
use standpipe_smol::signal::{Interval, Signal, TimerClock, TimerError, TimerSetting, raise, timer};

use limited::within_limit;

/// An hour is not over before the test is.
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn expirations_that_nobody_waited_for_are_told_together() {
    let short = Duration::from_millis(2);
    within_limit(async {
        let mut ticks = Interval::new(TimerClock::Real, TimerSetting::every(short)).expect("a short time");
        ticks.next().await.expect("it goes on");
        // Time is what is looked at: it has to pass while nobody asks. More of it does no harm.
        async_io::Timer::after(short * 20).await;
        assert!(ticks.next().await.expect("it goes on").count() >= 10);
        drop(ticks);
        assert_eq!(timer(TimerClock::Real), TimerSetting::DISARMED);

        // A signal of somebody else's is no expiration.
        let mut alarm = Interval::new(TimerClock::Real, TimerSetting::once(HOUR)).expect("an hour");
        raise(Signal::ALRM).expect("it is caught");
        let early = async {
            // That nothing comes is seen by waiting; one that is slow sees the same.
            async_io::Timer::after(short).await;
            None
        };
        assert_eq!(future::or(async { Some(alarm.next().await) }, early).await, None);
        drop(alarm);

        let mut once = Interval::new(TimerClock::Real, TimerSetting::once(short)).expect("a short time");
        assert_eq!(once.next().await.map(|expired| expired.count()), Some(1));
        assert_eq!((once.next().await, once.next().await), (None, None));

        let error = Interval::new(TimerClock::Real, TimerSetting::once(Duration::MAX)).expect_err("too long");
        let reason = error.get_ref().and_then(|error| error.downcast_ref::<TimerError>());
        assert_eq!(reason, Some(&TimerError::TooLong));
    });
}
