//! A machine in a loop of one's own: no backend crate, no descriptor, no clock.

use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_core::{
    BUDGET, Done, Duty, Io, LENT_SIZE, Lend, Moment, Outcome, Pending, Port, Progress, Window, advance,
};

/// A connection whose input is known and whose output is kept.
#[derive(Default)]
struct Memory {
    input: &'static [u8],
    output: Vec<u8>,
}

impl Lend for Memory {
    fn take(&mut self) -> Box<[u8]> {
        vec![0; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {}
}

impl Io for Memory {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        let Window::Slice(into) = window else { unreachable!("a relay reads into slices") };
        let n = self.input.len().min(into.len());
        into[..n].copy_from_slice(&self.input[..n]);
        self.input = &self.input[n..];
        if n == 0 { Outcome::Eof } else { Outcome::Ready(n) }
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        let Pending::Slice(bytes) = pending else { unreachable!("a relay writes slices") };
        self.output.extend_from_slice(bytes);
        Outcome::Ready(bytes.len())
    }

    fn try_duty(&mut self, _: Port, _: Duty) -> Done {
        Done::Ok(0)
    }
}

fn main() {
    let mut echo = Relay::echo(RelayOptions::default());
    let mut memory = Memory { input: b"hello", ..Memory::default() };
    loop {
        match advance(&mut echo, &mut memory, Moment::ORIGIN, BUDGET) {
            Progress::Done => break,
            Progress::Budget => {} // others would be served here
            Progress::Blocked(what) => panic!("memory never blocks: {what:?}"), // one would wait here
            Progress::Events => unreachable!("an echo has no events"),
        }
    }
    assert_eq!(memory.output, b"hello");
}
