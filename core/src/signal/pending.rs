//! What has arrived and was not dealt with: [`PendingSignals`].

use super::{Signal, SignalSet};

/// The signals that have arrived and were not yet dealt with: one flag for each, so that a signal that is taken has come
/// at least once since it was last taken (SIG-37). One SIGCHLD may stand for many children.
///
/// They are taken one by one, in ascending order (SIG-38), and what the owner does with one never touches the others: a
/// failure in between leaves them here, and the next call goes on with them (SIG-39 is the fault to avoid). A pass begins
/// with the lowest and goes through the numbers once, so one that keeps coming is taken again only after the higher ones.
///
/// ```
/// use standpipe_core::signal::{PendingSignals, Signal, SignalSet};
///
/// let mut pending = PendingSignals::default();
/// assert!(pending.handle_arrival(Signal::USR2), "the first one is to wake the owner");
/// assert!(!pending.handle_arrival(Signal::USR2));
/// assert!(!pending.handle_arrivals([Signal::USR1, Signal::TERM].into()));
///
/// assert_eq!(pending.take_next(), Some(Signal::USR1));
/// // It comes again while the pass goes on.
/// pending.handle_arrival(Signal::USR1);
/// assert_eq!(pending.set(), [Signal::USR1, Signal::USR2, Signal::TERM].into());
/// assert_eq!(pending.take_next(), Some(Signal::USR2));
/// assert_eq!(pending.take_next(), Some(Signal::TERM));
/// assert_eq!(pending.take_next(), Some(Signal::USR1));
/// assert!(pending.is_empty() && pending.take_next().is_none());
///
/// // All at once, as a value.
/// pending.handle_arrival(Signal::HUP);
/// assert_eq!(pending.take_all().iter().collect::<Vec<_>>(), [Signal::HUP]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PendingSignals {
    arrived: SignalSet,
    /// Those that the pass under way has not come to.
    ahead: SignalSet,
}

impl PendingSignals {
    /// A fact: a signal has arrived. Whether nothing was pending before, which is when the owner must be woken (SIG-48).
    pub fn handle_arrival(&mut self, signal: Signal) -> bool {
        self.handle_arrivals(signal.into())
    }

    /// A fact: all of these have arrived. Whether the owner must be woken.
    pub fn handle_arrivals(&mut self, signals: SignalSet) -> bool {
        let was_empty = self.is_empty();
        if was_empty {
            self.ahead = SignalSet::FULL;
        }
        self.arrived = self.arrived.union(signals);
        was_empty && !signals.is_empty()
    }

    /// Takes the next signal: the lowest that the pass has not come to, and after the last one the lowest of all.
    pub fn take_next(&mut self) -> Option<Signal> {
        if self.arrived.is_disjoint(self.ahead) {
            self.ahead = SignalSet::FULL;
        }
        let next = self.arrived.intersection(self.ahead).first()?;
        self.arrived.remove(next);
        self.ahead = above(next);
        Some(next)
    }

    /// Takes all of them, as a value to be iterated (trap SIG-T2).
    pub fn take_all(&mut self) -> SignalSet {
        core::mem::take(self).arrived
    }

    /// What is pending.
    pub const fn set(&self) -> SignalSet {
        self.arrived
    }

    /// Whether nothing is pending.
    pub const fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }
}

/// The signals with a higher number.
fn above(signal: Signal) -> SignalSet {
    SignalSet::from_bits(!1 << (signal.number() - 1))
}
