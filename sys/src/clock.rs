//! The clock of a driver: [`Clock`].

use std::time::{Duration, Instant};

use standpipe_core::Moment;

/// A monotonic clock that gives machines their [`Moment`]s.
///
/// ```
/// use standpipe_sys::Clock;
///
/// let clock = Clock::start();
/// assert!(clock.now() <= clock.now());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

#[allow(clippy::disallowed_methods, reason = "the one clock of all drivers")]
impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time.
    pub fn now(&self) -> Moment {
        Moment::ORIGIN + self.0.elapsed()
    }

    /// How long it is until `at`; zero where that has passed.
    pub fn until(&self, at: Moment) -> Duration {
        at.since(self.now())
    }

    /// The moment as the standard library's clock has it.
    pub fn instant(&self, at: Moment) -> Instant {
        self.0 + at.since(Moment::ORIGIN)
    }
}
