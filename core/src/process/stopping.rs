//! A stop under way: [`Stopping`].

use crate::process::{Stop, StopStep};
use crate::{Moment, Target};

#[derive(Clone, Debug)]
pub(super) struct Stopping {
    stop: Stop,
    /// How many of its steps are taken.
    taken: usize,
    /// How many of those were told.
    told: usize,
    until: Option<Moment>,
    /// The last step that did something while the child lived.
    last: Option<StopStep>,
}

impl Stopping {
    pub(super) fn new(stop: Stop) -> Self {
        Self { stop, taken: 0, told: 0, until: None, last: None }
    }

    pub(super) fn target(&self) -> Target {
        self.stop.target()
    }

    /// When the grace that is under way is over.
    pub(super) fn until(&self) -> Option<Moment> {
        self.until
    }

    pub(super) fn last(&self) -> Option<StopStep> {
        self.last
    }

    /// Takes the next step, unless a grace is under way or there is none.
    pub(super) fn take(&mut self, now: Moment, is_alive: bool) -> Option<StopStep> {
        if self.until.is_some_and(|until| now < until) {
            return None;
        }
        self.until = None;
        let step = *self.stop.steps().get(self.taken)?;
        self.taken += 1;
        match step {
            StopStep::Grace(wait) => self.until = Some(now + wait),
            _ if is_alive => self.last = Some(step),
            _ => {}
        }
        Some(step)
    }

    pub(super) fn has_untold(&self) -> bool {
        self.told < self.taken
    }

    /// The first step that is taken and not told.
    pub(super) fn tell(&mut self) -> Option<StopStep> {
        let step = self.stop.steps()[..self.taken].get(self.told)?;
        self.told += 1;
        Some(*step)
    }
}
