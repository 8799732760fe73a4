//! [`PendingSignals`] and [`Woken`]: a flag for each number, looked at in ascending order.

use arbitrary::Arbitrary;
use standpipe_core::signal::{PendingSignals, Signal, SignalSet, Woken};

#[derive(Arbitrary, Clone, Debug)]
enum Op {
    Arrive(u8),
    ArriveAll(u64),
    /// What a wake-up pipe gives.
    Read(Vec<u8>),
    Take,
    TakeAll,
}

struct Model {
    /// By number; for each how many others were taken while it waited.
    waiting: [Option<u8>; 65],
    /// The number that the pass comes to next.
    cursor: usize,
}

impl Model {
    fn arrive(&mut self, numbers: impl IntoIterator<Item = usize>) {
        let was_idle = self.set().is_empty();
        for number in numbers {
            self.cursor = if was_idle { 1 } else { self.cursor };
            self.waiting[number].get_or_insert(0);
        }
    }

    fn set(&self) -> Vec<usize> {
        (1..65).filter(|number| self.waiting[*number].is_some()).collect()
    }

    fn take(&mut self) -> Option<usize> {
        let mut pass = (self.cursor..65).chain(1..self.cursor);
        let taken = pass.find(|number| self.waiting[*number].is_some())?;
        self.waiting[taken] = None;
        self.waiting.iter_mut().flatten().for_each(|others| *others += 1);
        assert!(
            self.waiting.iter().flatten().all(|others| *others < 64),
            "nobody waits for longer than a pass"
        );
        self.cursor = taken + 1;
        Some(taken)
    }
}

/// Checks any arrivals, in any order, before and while they are taken.
pub fn check(bytes: &[u8]) {
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let mut pending = PendingSignals::default();
    let mut model = Model { waiting: [None; 65], cursor: 1 };
    for op in ops {
        apply(&mut pending, &mut model, op);
        let numbers: Vec<_> = pending.set().iter().map(|signal| signal.number() as usize).collect();
        assert_eq!(numbers, model.set());
        assert_eq!(pending.is_empty(), numbers.is_empty());
    }
}

fn apply(pending: &mut PendingSignals, model: &mut Model, op: Op) {
    let was_idle = model.set().is_empty();
    match op {
        Op::Arrive(number) => {
            let number = usize::from(number % 64) + 1;
            let signal = Signal::new(number as i32).expect("1 to 64");
            model.arrive([number]);
            assert_eq!(pending.handle_arrival(signal), was_idle);
        }
        Op::ArriveAll(bits) => {
            model.arrive((1..65).filter(|number| bits >> (number - 1) & 1 == 1));
            assert_eq!(pending.handle_arrivals(SignalSet::from_bits(bits)), was_idle && bits != 0);
        }
        Op::Read(bytes) => {
            let (known, unknown): (Vec<_>, Vec<_>) =
                bytes.iter().map(|byte| usize::from(*byte)).partition(|number| (1..65).contains(number));
            let woken = Woken::decode(&bytes);
            assert_eq!(woken.unknown, unknown.len());
            assert!(woken.signals.iter().all(|signal| bytes.contains(&Woken::byte(signal))));
            assert_eq!(pending.handle_arrivals(woken.signals), was_idle && !known.is_empty());
            model.arrive(known);
        }
        Op::Take => assert_eq!(pending.take_next().map(|signal| signal.number() as usize), model.take()),
        Op::TakeAll => {
            let all: Vec<_> = pending.take_all().into_iter().map(|signal| signal.number() as usize).collect();
            assert_eq!(all, model.set());
            *model = Model { waiting: [None; 65], cursor: 1 };
        }
    }
}
