//! What a dialogue and a pipeline cost, however much goes through them.

use std::hint::black_box;

use standpipe_core::flow::{More, Producer, SendQueue};
use standpipe_core::process::{
    Communicate, CommunicateOptions, Exit, Pipeline, PipelineOptions, Stop, Stream,
};
use standpipe_core::{
    BUDGET, Bytes, Done, Duty, Io, Lend, Moment, Outcome, Pending, Pool, Port, Progress, Window, advance,
};

use super::allocations;

const PIECE: &[u8] = &[b'x'; 4096];

/// A child that says a piece in each read, so many times at each of its outputs, takes everything, and then ends.
#[derive(Default)]
struct Other {
    says: [usize; 3],
    took: usize,
    pool: Pool,
    /// How often collected output has grown.
    grown: u64,
}

impl Lend for Other {
    fn take(&mut self) -> Box<[u8]> {
        self.pool.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.pool.give(buffer);
    }
}

impl Io for Other {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        let Some(left) = self.says[port.index()].checked_sub(1) else { return Outcome::Eof };
        self.says[port.index()] = left;
        match window {
            Window::Append { into, max } => {
                let piece = &PIECE[..max.min(PIECE.len())];
                self.grown += allocations(|| into.extend_from_slice(piece));
                Outcome::Ready(piece.len())
            }
            Window::Slice(slice) => {
                slice[0] = 28; // SIGWINCH
                Outcome::Ready(1)
            }
            window => panic!("an unknown window: {window:?}"),
        }
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        let Pending::Queue(queue) = pending else { panic!("a dialogue writes its queue") };
        let n = queue.front().map_or(0, <[u8]>::len).min(1000);
        self.took += n;
        Outcome::Ready(n)
    }

    fn try_duty(&mut self, _: Port, duty: Duty) -> Done {
        let lives = self.says != [0; 3];
        if duty == Duty::Observe && lives { Done::Blocked } else { Done::Ok(0) }
    }
}

/// The same piece again and again.
struct Repeat(usize);

impl Producer for Repeat {
    fn more(&mut self) -> More {
        let Some(left) = self.0.checked_sub(1) else { return More::End };
        self.0 = left;
        More::Bytes(Bytes::from_static(PIECE))
    }
}

/// How often a dialogue of so many pieces each way asks for memory, what it collects aside.
fn dialogue(pieces: usize) -> u64 {
    let mut other = Other { says: [0, pieces, pieces], ..Other::default() };
    let all = allocations(|| {
        let mut input = SendQueue::new(1 << 16, 1 << 14);
        input.push_producer(Repeat(pieces));
        let (input, stdout, stderr) = (Some(input), true, true);
        let mut talk = Communicate::new(CommunicateOptions { input, stdout, stderr, ..Default::default() });
        while advance(&mut talk, &mut other, Moment::ORIGIN, BUDGET) != Progress::Done {}
        assert_eq!(talk.exit(), Some(Exit::Code(0)));
        assert_eq!(talk.collected(Stream::Stderr).len(), pieces * PIECE.len());
        black_box(talk);
    });
    assert_eq!(other.took, pieces * PIECE.len());
    all - other.grown
}

#[test]
fn a_dialogue_costs_the_same_whatever_goes_through_it() {
    let few = dialogue(4);
    assert!(few < 10, "{few}");
    assert_eq!(dialogue(2000), few);
}

/// A stage's bytes never come here, but signals to be passed on do.
#[test]
fn a_pipeline_costs_nothing_once_it_runs() {
    let mut pipeline = Pipeline::new(PipelineOptions { stages: 3, stop: Stop::default() });
    pipeline.set_deadline(Some(Moment::from_nanos(1)));
    let mut other = Other { says: [5000, 0, 0], ..Other::default() };
    let run = || while advance(&mut pipeline, &mut other, Moment::ORIGIN, BUDGET) != Progress::Done {};
    assert_eq!(allocations(run), 0);
    assert_eq!(pipeline.exit(), Some(Exit::Code(0)));
}
