//! Signals that wait to be sent: [`Due`].

use crate::signal::{Signal, SignalSet};
use crate::{Duty, Target};

/// Signals that wait to be sent, by target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    session: SignalSet,
    group: SignalSet,
    child: SignalSet,
}

impl Due {
    pub(super) const NOTHING: Self =
        Self { session: SignalSet::EMPTY, group: SignalSet::EMPTY, child: SignalSet::EMPTY };

    pub(super) fn add(&mut self, target: Target, signal: Signal) {
        self.at(target).insert(signal);
    }

    /// These were sent.
    pub(super) fn remove(&mut self, target: Target, signals: SignalSet) {
        let due = self.at(target);
        *due = due.without(signals);
    }

    /// Drops what is for this target.
    pub(super) fn clear(&mut self, target: Target) {
        *self.at(target) = SignalSet::EMPTY;
    }

    /// What is sent next: those for the most receivers first.
    pub(super) fn duty(&self) -> Option<Duty> {
        let all = [(Target::Session, self.session), (Target::Group, self.group), (Target::Child, self.child)];
        let due = all.into_iter().find(|(_, signals)| !signals.is_empty());
        due.map(|(target, signals)| Duty::Signals(target, signals))
    }

    fn at(&mut self, target: Target) -> &mut SignalSet {
        match target {
            Target::Session => &mut self.session,
            Target::Group => &mut self.group,
            Target::Child => &mut self.child,
        }
    }
}
