//! Nobody starves in a loop of the pieces that core has for it.

use standpipe_core::dispatch::{Ready, Registry};
use standpipe_core::{
    BUDGET, Done, Duty, Io, Lend, Machine, Moment, Outcome, Pending, Port, Progress, Wake, Wants, Window,
    advance,
};

/// Reads for ever, so many bytes at once.
struct Flood {
    at_once: usize,
    moved: usize,
}

impl Machine for Flood {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, _: Port) -> Wants {
        Wants { read: true, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        None
    }

    fn handle_now(&mut self, _: Moment) {}

    fn handle_read(&mut self, _: Port, n: usize) {
        self.moved += n;
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Always has so many bytes.
struct Full(usize);

impl Lend for Full {
    fn take(&mut self) -> Box<[u8]> {
        Box::default()
    }

    fn give(&mut self, _: Box<[u8]>) {}
}

impl Io for Full {
    fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
        Outcome::Ready(self.0)
    }

    fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
        Outcome::Blocked
    }

    fn try_duty(&mut self, _: Port, _: Duty) -> Done {
        Done::Blocked
    }
}

/// However much each has at once, after any number of rounds none has had more than the budgets of its turns and what one
/// operation is past them; and who comes late waits for one round at most.
#[test]
fn who_has_much_gets_no_more_than_its_turns() {
    let mut registry = Registry::new();
    let mut ready = Ready::default();
    for at_once in [1 << 10, 64 << 10, 128 << 10, BUDGET] {
        ready.push(registry.insert(Flood { at_once, moved: 0 }));
    }
    let mut late = None;
    for round in 1..=100 {
        if round == 50 {
            let key = registry.insert(Flood { at_once: 1, moved: 0 });
            ready.push(key);
            late = Some(key);
        }
        ready.begin_round();
        while let Some(turn) = ready.next_turn() {
            let flood = registry.get_mut(turn.key()).expect("nobody leaves");
            let mut io = Full(flood.at_once);
            assert_eq!(advance(flood, &mut io, Moment::ORIGIN, turn.left()), Progress::Budget);
            assert!(flood.moved <= round * (BUDGET + flood.at_once), "{}", flood.at_once);
            ready.push(turn.key());
        }
        assert_eq!(ready.len(), registry.len(), "everybody had a turn, and stands in the queue again");
        let late = late.and_then(|key| registry.get(key));
        assert!(late.is_none_or(|flood| flood.moved > 0), "in the very round it came in");
    }
    assert!(registry.iter().all(|(_, flood)| flood.moved > 50), "nobody was left out");
}
