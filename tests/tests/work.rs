//! Work is linear: twice the bytes cost at most twice the operations, in one piece or one byte at a time.

use standpipe_core::BUDGET;
use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_tests::client::{Step, pattern};
use standpipe_tests::harness::Call;
use standpipe_tests::program::Program;
use standpipe_tests::sim::{Client, End, Readiness, Sim, SimIo, World, connection};

/// How many operations a dialogue with `cat` takes.
fn communicate(len: usize, driver: Readiness) -> usize {
    let sim = Sim { driver, ..Sim::default() };
    let mut world = World::new(Readiness::whole());
    let call = Call { input: Some(pattern(0, len)), ..Call::new(Program::cat()) };
    let (mut talk, mut io) = sim.spawn(&call, &world);
    assert_eq!(world.run(&mut talk, &mut io, BUDGET, |_, _| {}), Ok(()));
    assert_eq!(talk.finish().map(|output| output.stdout), Ok(pattern(0, len)));
    io.calls().total()
}

/// How many operations an echo takes, and how many lent buffers at a time.
fn echo(len: usize, driver: Readiness) -> (usize, usize) {
    let mut world = World::new(Readiness::whole());
    let (ours, theirs) = connection(64 << 10);
    world.add(Client::new(theirs, &[Step::Send(len), Step::HalfClose, Step::AwaitEnd]));
    let mut relay = Relay::echo(RelayOptions::default());
    let mut io = SimIo::new([End::Socket(ours)], world.kernel(), driver);
    assert_eq!(world.run(&mut relay, &mut io, BUDGET, |_, _| {}), Ok(()));
    world.settle();
    assert_eq!(world.clients()[0].received(), pattern(0, len));
    (io.calls().total(), io.calls().lent)
}

#[test]
fn whole_pieces_cost_few_operations() {
    let pieces = (1 << 20) / (16 << 10);
    assert!(communicate(1 << 20, Readiness::whole()) < pieces * 12);
    let (calls, lent) = echo(1 << 20, Readiness::whole());
    assert!(calls < pieces * 8 && lent == 1, "{calls} operations, {lent} buffers");
}

#[test]
fn single_bytes_cost_a_bounded_number_of_operations_each() {
    for len in [20_000, 40_000] {
        let calls = communicate(len, Readiness::byte_by_byte(1));
        assert!(calls < len * 12, "{calls} operations for {len} bytes each way");
        let (calls, _) = echo(len, Readiness::byte_by_byte(1));
        assert!(calls < len * 8, "{calls} operations for {len} bytes each way");
    }
}
