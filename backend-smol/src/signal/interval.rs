//! A timer of the kernel's, as a stream: [`Interval`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_lite::Stream;
use standpipe_core::signal::{Expired, TimerClock, TimerSetting};
use standpipe_sys::signals::{Armed, Ignored};

use super::Signals;

/// The process's timer of a clock (setitimer(2)), set until this is dropped, as a stream of its expirations. What was set before is set
/// again then, as with [`Armed`].
///
/// There is one for each clock in a process, and alarm(2) is the one of real time. For a time limit take
/// `async_io::Timer`, of which there are as many as one likes; this is for
/// clocks that count processor time, and for programs that have been written around SIGALRM.
///
/// A wait may be dropped at its await: an expiration is taken only by a poll that returns it, and those that nobody has waited for are
/// told together.
///
/// ```
/// use std::time::Duration;
/// use smol::stream::StreamExt;
/// use standpipe_smol::signal::{Interval, TimerClock, TimerSetting};
///
/// smol::block_on(async {
///     let setting = TimerSetting::every(Duration::from_millis(2));
///     let mut ticks = Interval::new(TimerClock::Real, setting)?;
///     let mut count = 0;
///     while count < 3 {
///         count += ticks.next().await.unwrap().count();
///     }
///
///     // An alarm(2), which comes once.
///     drop(ticks);
///     let mut alarm = Interval::new(TimerClock::Real, TimerSetting::once(Duration::from_millis(2)))?;
///     assert_eq!(alarm.next().await.map(|expired| expired.count()), Some(1));
///     assert_eq!(alarm.next().await, None);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Interval {
    /// Unset before its signal is let go, which would end the process.
    armed: Armed,
    signals: Signals,
    setting: TimerSetting,
}

impl Interval {
    /// Catches the clock's signal, and sets its timer.
    ///
    /// # Errors
    /// As [`Signals::new`]; or `InvalidInput` with the [`TimerError`](super::TimerError) within: more seconds than the kernel counts.
    pub fn new(clock: TimerClock, setting: TimerSetting) -> io::Result<Self> {
        let signals = Signals::with([clock.signal()], Ignored::Catch)?;
        let armed = Armed::new(clock, setting);
        let armed = armed.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self { armed, signals, setting })
    }
}

impl Stream for Interval {
    type Item = Expired;

    /// Ends with the expiration of a timer that is set to expire once.
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Expired>> {
        while !self.setting.is_disarmed() {
            let came = ready!(Pin::new(&mut self.signals).poll_next(context));
            let Some(expired) = came.and_then(|_| self.armed.take_expired()) else { continue };
            if self.setting.interval.is_zero() {
                self.setting = TimerSetting::DISARMED;
            }
            return Poll::Ready(Some(expired));
        }
        Poll::Ready(None)
    }
}
