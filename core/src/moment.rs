//! Time as an argument: [`Moment`].

use core::time::Duration;

/// A point in time, in nanoseconds since an arbitrary start that the driver chose.
///
/// Machines never read a clock. They are told the time by [`Machine::handle_now`](crate::Machine::handle_now) and
/// compare moments of one driver with each other, so a recorded run replays exactly. Arithmetic saturates: 584 years
/// after the start all moments are the last one.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::Moment;
///
/// let start = Moment::ORIGIN;
/// let later = start + Duration::from_millis(3);
/// assert_eq!(later.since(start), Duration::from_millis(3));
/// assert_eq!(later, Moment::from_nanos(3_000_000));
/// assert_eq!(later.as_nanos(), 3_000_000);
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment(u64);

impl Moment {
    /// The driver's arbitrary start.
    pub const ORIGIN: Self = Self(0);

    /// The moment `nanos` nanoseconds after [`Moment::ORIGIN`].
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since [`Moment::ORIGIN`].
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this moment is; zero where it is not later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl core::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }
}
