//! How long a channel waits: [`Limit`], and until when: [`Deadline`].
//!
//! Each takes half the room of an option, and every idle connection has five of them.

use core::time::Duration;

use crate::Moment;

/// What stands for none. It is more than 500 years away.
const NONE: u64 = u64::MAX;

/// How long something may take, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(u64);

impl Limit {
    pub(super) fn of(limit: Option<Duration>) -> Self {
        let nanos = |limit: Duration| u64::try_from(limit.as_nanos()).unwrap_or(NONE).min(NONE - 1);
        Self(limit.map_or(NONE, nanos))
    }
}

/// When it has taken too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(u64);

impl Deadline {
    pub(super) const NONE: Self = Self(NONE);

    /// Is there from now on, unless it is already.
    pub(super) fn begin(&mut self, now: Moment, limit: Limit) {
        if self.0 == NONE && limit.0 != NONE {
            self.0 = now.as_nanos().saturating_add(limit.0).min(NONE - 1);
        }
    }

    pub(super) fn at(self) -> Option<Moment> {
        (self.0 != NONE).then_some(Moment::from_nanos(self.0))
    }

    pub(super) fn is_due(self, now: Moment) -> bool {
        self.at().is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_begins_once() {
        let mut deadline = Deadline::NONE;
        deadline.begin(Moment::from_nanos(5), Limit::of(None));
        assert_eq!(deadline.at(), None);
        deadline.begin(Moment::from_nanos(5), Limit::of(Some(Duration::from_nanos(10))));
        deadline.begin(Moment::from_nanos(9), Limit::of(Some(Duration::from_nanos(10))));
        assert_eq!(deadline.at(), Some(Moment::from_nanos(15)));
        assert!(!deadline.is_due(Moment::from_nanos(14)) && deadline.is_due(Moment::from_nanos(15)));
    }

    /// Which is not the same as none: whoever waits so long has begun to.
    #[test]
    fn the_longest_limit_is_a_limit() {
        let mut deadline = Deadline::NONE;
        deadline.begin(Moment::from_nanos(5), Limit::of(Some(Duration::MAX)));
        assert_eq!(deadline.at(), Some(Moment::from_nanos(u64::MAX - 1)));
    }
}
