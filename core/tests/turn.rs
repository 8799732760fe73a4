//! What a turn promises to whoever waits after it.

use std::cell::Cell;

use standpipe_core::{
    BUDGET, Done, Duty, Io, Lend, Machine, Moment, Outcome, Pending, Port, Progress, Wake, Wants, Window,
    advance,
};

/// What another thread brings about while a turn comes to its end used to be slept through: the event was looked for
/// before, and nothing was wanted any more.
#[test]
fn an_event_that_comes_as_the_turn_ends_is_told() {
    struct Late(Cell<u32>);

    impl Machine for Late {
        fn ports(&self) -> u8 {
            1
        }

        fn wants(&self, _: Port) -> Wants {
            self.0.set(self.0.get() + 1);
            Wants { write: !self.has_event(), ..Wants::NOTHING }
        }

        fn wake(&self) -> Option<Wake> {
            None
        }

        fn handle_now(&mut self, _: Moment) {}

        fn has_event(&self) -> bool {
            self.0.get() >= 6
        }

        fn is_done(&self) -> bool {
            false
        }
    }

    struct Blocks;

    impl Lend for Blocks {
        fn take(&mut self) -> Box<[u8]> {
            Box::default()
        }

        fn give(&mut self, _: Box<[u8]>) {}
    }

    impl Io for Blocks {
        fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
            Outcome::Blocked
        }

        fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
            Outcome::Blocked
        }

        fn try_duty(&mut self, _: Port, _: Duty) -> Done {
            Done::Blocked
        }
    }

    // However many looks the turn takes, it must not end in waiting for nothing.
    for asked in 0..6 {
        match advance(&mut Late(Cell::new(asked)), &mut Blocks, Moment::ORIGIN, BUDGET) {
            Progress::Blocked(blocked) => assert!(blocked.write.contains(Port::new(0)), "from {asked}"),
            progress => assert_eq!(progress, Progress::Events, "from {asked}"),
        }
    }
}
