//! Signals as bytes that wake whoever waits: [`Woken`] and [`Told`].

use super::{Signal, SignalSet};
use crate::Outcome;

/// What the bytes of a wake-up pipe tell. A signal is one byte, its number; so unlike the original's the bytes say which
/// signals came (SIG-47), and like there they cannot be counted (SIG-48): a signal that finds the pipe full leaves none.
///
/// Any bytes can be decoded. What is no signal's number is counted, so that a pipe into which somebody else writes shows.
///
/// ```
/// use standpipe_core::signal::{PendingSignals, Signal, Woken};
///
/// let bytes = [Woken::byte(Signal::TERM), Woken::byte(Signal::HUP), Woken::byte(Signal::TERM), 0, 200];
/// let woken = Woken::decode(&bytes);
/// assert_eq!(woken, Woken { signals: [Signal::HUP, Signal::TERM].into(), unknown: 2 });
///
/// let mut pending = PendingSignals::default();
/// pending.handle_arrivals(woken.signals);
/// assert_eq!(pending.take_next(), Some(Signal::HUP));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Woken {
    /// The signals that came, each at least once.
    pub signals: SignalSet,
    /// How many bytes were no signal's number.
    pub unknown: usize,
}

impl Woken {
    /// The byte that tells of a signal.
    pub const fn byte(signal: Signal) -> u8 {
        signal.number() as u8
    }

    /// What these bytes tell.
    pub fn decode(bytes: &[u8]) -> Self {
        let signals: SignalSet = bytes.iter().filter_map(|byte| Signal::new((*byte).into())).collect();
        let unknown = bytes.iter().filter(|byte| Signal::new((**byte).into()).is_none()).count();
        Self { signals, unknown }
    }
}

/// What became of the byte that tells of a signal. The write must not wait, so the pipe is a non-blocking one (SIG-46).
///
/// ```
/// use standpipe_core::signal::Told;
/// use standpipe_core::{Fault, FaultKind, Outcome};
///
/// assert_eq!(Told::of(Outcome::Ready(1)), Told::Written);
/// assert_eq!(Told::of(Outcome::Blocked), Told::AlreadyAwake);
/// assert_eq!(Told::of(Outcome::Failed(Fault::new(FaultKind::BrokenPipe, 32))), Told::Nobody);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Told {
    /// It lies in the pipe, which is readable now.
    Written,
    /// The pipe is full, hence readable already: the owner wakes, but hears of this signal only if it is also kept in a
    /// set, such as [`PendingSignals`](super::PendingSignals), that the owner looks at.
    AlreadyAwake,
    /// Nobody reads any more (SIG-49).
    Nobody,
}

impl Told {
    /// What the outcome of the write says.
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ready(1..) => Self::Written,
            Outcome::Ready(0) | Outcome::Blocked => Self::AlreadyAwake,
            Outcome::Eof | Outcome::Failed(_) => Self::Nobody,
        }
    }
}
