//! Several signals: [`SignalSet`].

use core::fmt::{self, Debug, Display, Formatter};
use core::iter::FusedIterator;
use core::ops::{BitAnd, BitOr, BitXor, Not, Sub};

use super::Signal;

/// A set of signals, in the kernel's own layout: signal `n` is bit `n - 1` (sigprocmask(2), proc_pid_status(5)).
///
/// ```
/// use standpipe_core::signal::{Signal, SignalSet};
///
/// let set = SignalSet::EMPTY.with(Signal::TERM).with(Signal::CONT);
/// assert_eq!(set.iter().collect::<Vec<_>>(), [Signal::TERM, Signal::CONT]);
/// assert_eq!(set.bits(), 1 << 14 | 1 << 17);
/// assert_eq!(SignalSet::from_bits(set.bits()), set);
/// assert_eq!((set.len(), set.is_empty(), set.first()), (2, false, Some(Signal::TERM)));
/// assert!(set.contains(Signal::TERM) && !set.contains(Signal::HUP));
/// assert_eq!(set.to_string(), "SIGTERM, SIGCONT");
/// assert_eq!(format!("{set:?}"), "{SIGTERM, SIGCONT}");
///
/// // Algebra, by name and by operator.
/// let stops: SignalSet = [Signal::TERM, Signal::INT].into();
/// assert_eq!(set.union(stops), set | stops);
/// assert_eq!(set.intersection(stops), Signal::TERM.into());
/// assert_eq!(set & stops, SignalSet::from_iter([Signal::TERM]));
/// assert_eq!(set.without(stops), set - stops);
/// assert_eq!(set ^ stops, [Signal::INT, Signal::CONT].into());
/// assert_eq!(!SignalSet::FULL, SignalSet::EMPTY.complement().complement());
/// assert!((set & stops).is_subset(set) && set.is_disjoint(!set));
///
/// let mut rest = set;
/// rest.insert(Signal::HUP);
/// rest.remove(Signal::TERM);
/// assert_eq!(rest.pop_first(), Some(Signal::HUP));
/// assert_eq!(rest.into_iter().next_back(), Some(Signal::CONT));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SignalSet(u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: Self = Self(0);

    /// Every signal, the reserved ones included.
    pub const FULL: Self = Self(u64::MAX);

    /// The set with these bits: signal `n` is bit `n - 1`.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The set as bits: signal `n` is bit `n - 1`.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set with this signal as well.
    #[must_use]
    pub const fn with(self, signal: Signal) -> Self {
        Self(self.0 | bit(signal))
    }

    /// The set without the signals of the other one.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The signals of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The signals of both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Every signal that is not in the set.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0)
    }

    /// Adds a signal.
    pub fn insert(&mut self, signal: Signal) {
        self.0 |= bit(signal);
    }

    /// Takes a signal out.
    pub fn remove(&mut self, signal: Signal) {
        self.0 &= !bit(signal);
    }

    /// Takes the signal with the lowest number out.
    pub fn pop_first(&mut self) -> Option<Signal> {
        let first = self.first()?;
        self.remove(first);
        Some(first)
    }

    /// The signal with the lowest number.
    pub const fn first(self) -> Option<Signal> {
        Signal::new(self.0.trailing_zeros() as i32 + 1)
    }

    /// Whether the signal is in the set.
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & bit(signal) != 0
    }

    /// Whether every signal of this set is in the other one.
    pub const fn is_subset(self, other: Self) -> bool {
        self.without(other).is_empty()
    }

    /// Whether no signal is in both sets.
    pub const fn is_disjoint(self, other: Self) -> bool {
        self.intersection(other).is_empty()
    }

    /// Whether no signal is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many signals are in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The signals of the set, lowest number first.
    pub const fn iter(self) -> Signals {
        Signals(self)
    }
}

const fn bit(signal: Signal) -> u64 {
    1 << (signal.number() - 1)
}

/// The signals of a set, lowest number first: [`SignalSet::iter`].
///
/// ```
/// use standpipe_core::signal::{Signal, SignalSet, Signals};
///
/// let mut signals: Signals = SignalSet::FULL.iter();
/// assert_eq!((signals.len(), signals.next(), signals.next_back()), (64, Some(Signal::HUP), Some(Signal::RTMAX)));
/// ```
#[derive(Clone, Debug)]
pub struct Signals(SignalSet);

impl Iterator for Signals {
    type Item = Signal;

    fn next(&mut self) -> Option<Signal> {
        self.0.pop_first()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl DoubleEndedIterator for Signals {
    fn next_back(&mut self) -> Option<Signal> {
        let last = Signal::new(64 - self.0.bits().leading_zeros() as i32)?;
        self.0.remove(last);
        Some(last)
    }
}

impl ExactSizeIterator for Signals {}

impl FusedIterator for Signals {}

impl IntoIterator for SignalSet {
    type Item = Signal;
    type IntoIter = Signals;

    fn into_iter(self) -> Signals {
        self.iter()
    }
}

impl FromIterator<Signal> for SignalSet {
    fn from_iter<I: IntoIterator<Item = Signal>>(signals: I) -> Self {
        signals.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Extend<Signal> for SignalSet {
    fn extend<I: IntoIterator<Item = Signal>>(&mut self, signals: I) {
        signals.into_iter().for_each(|signal| self.insert(signal));
    }
}

impl From<Signal> for SignalSet {
    fn from(signal: Signal) -> Self {
        Self::EMPTY.with(signal)
    }
}

impl<const N: usize> From<[Signal; N]> for SignalSet {
    fn from(signals: [Signal; N]) -> Self {
        signals.into_iter().collect()
    }
}

impl BitOr for SignalSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitAnd for SignalSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.intersection(other)
    }
}

impl BitXor for SignalSet {
    type Output = Self;

    fn bitxor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl Sub for SignalSet {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.without(other)
    }
}

impl Not for SignalSet {
    type Output = Self;

    fn not(self) -> Self {
        self.complement()
    }
}

impl Display for SignalSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, signal) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{signal}")?;
        }
        Ok(())
    }
}

impl Debug for SignalSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
