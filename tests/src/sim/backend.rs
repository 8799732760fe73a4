//! The simulation as a backend of the suite: [`Sim`].

use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Communicate, CommunicateOptions, Exit};
use standpipe_core::signal::Signal;
use standpipe_core::{BUDGET, Bytes, Target};

use super::{Descriptors, End, PIPE_CAPACITY, Readiness, Server, SimIo, World, pipe};
use crate::harness::{Backend, Call, Delivered, Finished, Served, Service, output_of};

/// The simulated driver on a simulated machine.
#[derive(Clone, Debug)]
pub struct Sim {
    /// How much of the driver's operations goes through.
    pub driver: Readiness,
    /// How processes and clients come on.
    pub others: Readiness,
    /// The capacity of pipes and connections.
    pub capacity: usize,
}

impl Default for Sim {
    /// Everything goes through at once.
    fn default() -> Self {
        Self { driver: Readiness::whole(), others: Readiness::whole(), capacity: PIPE_CAPACITY }
    }
}

impl Sim {
    /// Starts the program of a call, with pipes.
    pub fn spawn(&self, call: &Call, world: &World) -> (Communicate, SimIo) {
        let ((stdout, child_stdout), (stderr, child_stderr)) = (pipe(self.capacity), pipe(self.capacity));
        let stdin = call.input.as_ref().map(|_| pipe(self.capacity));
        let (child_stdin, stdin) = stdin.unzip();
        let child =
            Descriptors { stdin: child_stdin, stdout: Some(child_stdout), stderr: Some(child_stderr) };
        let pid = world.kernel().borrow_mut().spawn(&call.program, child);
        let talk = Communicate::new(CommunicateOptions {
            input: call.input.clone().map(queue),
            stdout: true,
            stderr: true,
            limit: call.limit,
            deliver: call.delivers,
            stop: Some(call.stop.clone()),
            ..CommunicateOptions::default()
        });
        let stdin = stdin.map_or(End::Closed, End::Writer);
        let ends = [stdin, End::Reader(stdout), End::Reader(stderr), End::Exit(pid)];
        (talk, SimIo::new(ends, world.kernel(), self.driver.clone()))
    }
}

/// Whether a stop has ended it, and not something of its own.
fn was_stopped(exit: Exit) -> bool {
    matches!(exit, Exit::Signal { signal: Signal::TERM | Signal::KILL, .. })
}

fn queue(input: Vec<u8>) -> SendQueue {
    let mut queue = SendQueue::new(input.len(), 0);
    queue.push(Bytes::from(input));
    queue
}

impl Backend for Sim {
    fn name(&self) -> &'static str {
        "sim"
    }

    fn communicate(&self, call: &Call) -> Finished {
        let mut world = World::new(self.others.clone());
        let (mut talk, mut io) = self.spawn(call, &world);
        let begun = world.now();
        talk.set_deadline(call.timeout.map(|wait| begun + wait));
        let mut delivered = Delivered::default();
        let take = |talk: &mut Communicate, _| talk.hand_over(|stream, piece| delivered.add(stream, piece));
        let ran = world.run(&mut talk, &mut io, BUDGET, take);
        assert_eq!(ran, Ok(()), "a call comes to its end: {talk:#?} {io:#?} {world:#?}");
        assert_eq!((io.open(), io.lent()), (0, 0), "nothing stays open and nothing stays lent");
        let kernel = world.kernel().borrow();
        assert_eq!((kernel.zombies(), kernel.strangers_hit()), (0, 0), "no zombie, and no stranger hit");
        let mut result = talk.finish();
        if call.delivers {
            delivered.put_into(output_of(&mut result));
        }
        let stopped = result.as_ref().is_err_and(|unfinished| was_stopped(unfinished.output().exit));
        if stopped && call.stop.target() == Target::Group {
            assert_eq!(kernel.running(), 0, "nobody survives the stop of a group");
        }
        Finished { result, took: world.now().since(begun) }
    }

    fn abandon(&self, call: &Call) {
        let mut world = World::new(self.others.clone());
        let (mut talk, mut io) = self.spawn(call, &world);
        let _ = world.turn(&mut talk, &mut io, BUDGET, |_, _| {});
    }

    fn serve(&self, service: &Service) -> Served {
        Server::new(self, service).run()
    }
}
