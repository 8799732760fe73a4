//! The halves of a secured connection against the model of the whole one, on random histories: cut and put together at
//! any time, and one of them at work in the midst of the other's system calls.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use standpipe_core::{
    Done, Duty, End, Io, Lend, Machine, Moment, Outcome, Pending, Port, Progress, Secured, Window, advance,
};
use standpipe_sys::halves::{ReadHalf, Receive, Transmit, WriteHalf, join, split};
use standpipe_tests::model::secured::{Connection, check_of};
use standpipe_tests::tls::Wire;

/// A connection that can be cut.
#[derive(Debug)]
enum Divisible {
    Whole(Box<Secured>),
    Halves(ReadHalf, WriteHalf),
    /// On its way from one to the other.
    Nothing,
}

/// One half's turn, in which the other one has its own during one of the operations.
struct Interleaved<'a, 'w> {
    wire: &'a mut Wire<'w>,
    other: &'a mut dyn Machine,
    /// How many operations from now, and whether once that one has moved its bytes.
    at: Option<(u8, bool)>,
    now: Moment,
    budget: usize,
}

impl Interleaved<'_, '_> {
    fn during<T>(&mut self, operation: impl FnOnce(&mut Wire<'_>) -> T) -> T {
        let at = self.at.take();
        self.at = at.and_then(|(count, after)| Some((count.checked_sub(1)?, after)));
        if at == Some((0, false)) {
            self.other_turn();
        }
        let outcome = operation(self.wire);
        if at == Some((0, true)) {
            self.other_turn();
        }
        outcome
    }

    fn other_turn(&mut self) {
        let _progress = advance(self.other, self.wire, self.now, self.budget);
    }
}

impl Lend for Interleaved<'_, '_> {
    fn take(&mut self) -> Box<[u8]> {
        self.wire.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.wire.give(buffer);
    }
}

impl Io for Interleaved<'_, '_> {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        self.during(|wire| wire.try_read(port, window))
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.during(|wire| wire.try_write(port, pending))
    }

    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        self.during(|wire| wire.try_duty(port, duty))
    }
}

impl Connection for Divisible {
    /// Each half may have a part taken out beside what the connection holds.
    const LENT: usize = 4;

    fn new(connection: Secured) -> Self {
        Self::Whole(Box::new(connection))
    }

    fn hands(&self) -> usize {
        if matches!(self, Self::Halves(..)) { 2 } else { 1 }
    }

    fn whole(&mut self) -> Option<&mut Secured> {
        match self {
            Self::Whole(whole) => Some(whole),
            _ => None,
        }
    }

    fn cut(&mut self) {
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Whole(whole) => match split(*whole) {
                Ok((read, write)) => Self::Halves(read, write),
                Err(whole) => Self::Whole(whole),
            },
            halves => halves,
        };
    }

    fn join(&mut self) {
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Halves(read, write) => Self::new(join(read, write).expect("they belong together")),
            whole => whole,
        };
    }

    fn run(
        &mut self,
        hand: usize,
        wire: &mut Wire<'_>,
        now: Moment,
        budget: usize,
        meanwhile: Option<u8>,
    ) -> Progress {
        let at = meanwhile.map(|at| (at / 2 % 4, at % 2 == 0));
        let (machine, other): (&mut dyn Machine, &mut dyn Machine) = match self {
            Self::Whole(whole) => return advance(&mut **whole, wire, now, budget),
            Self::Halves(read, write) if hand == 0 => (read, write),
            Self::Halves(read, write) => (write, read),
            Self::Nothing => unreachable!("it is one or the other"),
        };
        advance(machine, &mut Interleaved { wire, other, at, now, budget }, now, budget)
    }

    fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>> {
        match self {
            Self::Whole(whole) => Secured::take(whole, into),
            Self::Halves(read, _) => read.take(into),
            Self::Nothing => None,
        }
    }

    fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End> {
        match self {
            Self::Whole(whole) => Secured::send(whole, data, lend),
            Self::Halves(_, write) => write.send(data, lend),
            Self::Nothing => Ok(0),
        }
    }

    fn close_write(&mut self) {
        match self {
            Self::Whole(whole) => Secured::close_write(whole),
            Self::Halves(_, write) => write.close_write(),
            Self::Nothing => {}
        }
    }

    fn is_flushed(&mut self) -> bool {
        match self {
            Self::Whole(whole) => !whole.has_unsent(),
            Self::Halves(_, write) => write.is_flushed(),
            Self::Nothing => true,
        }
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        match self {
            Self::Whole(whole) => Machine::settle(&mut **whole, lend),
            Self::Halves(read, _) => read.settle(lend),
            Self::Nothing => {}
        }
    }

    fn is_done(&self, hand: usize) -> bool {
        match self {
            Self::Whole(whole) => Machine::is_done(&**whole),
            Self::Halves(read, write) => {
                if hand == 0 {
                    read.is_done()
                } else {
                    write.is_done()
                }
            }
            Self::Nothing => true,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn halves(bytes in vec(any::<u8>(), 0..512)) {
        check_of::<Divisible>(&bytes);
    }
}
