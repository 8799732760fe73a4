//! [`Pipeline`]: however its stages end, its group is signalled only while the number is its own.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::BUDGET;
use standpipe_core::process::{Exit, Pipeline, PipelineOptions, Stop};

use super::child::stop;
use crate::laws::{self, Fact, Subject};
use crate::program::{Act, Program};
use crate::sim::{Descriptors, End, Readiness, SimIo, World, pipe};

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Stage {
    sleep: u16,
    code: u8,
    deaf: bool,
    lingers: bool,
}

impl Stage {
    fn program(self) -> Program {
        let wait = Duration::from_millis(self.sleep.into());
        let mut acts = Vec::new();
        acts.extend(self.deaf.then_some(Act::IgnoreTerm));
        acts.extend(self.lingers.then_some(Act::Linger(wait * 2)));
        acts.extend([Act::Sleep(wait), Act::Exit(self.code % 4)]);
        Program::new(acts)
    }
}

/// Checks the laws on any history, and any pipeline on the modelled kernel.
///
/// # Panics
/// When a stranger is signalled, or a stage is not reaped, or one survives its stop.
pub fn check(bytes: &[u8]) {
    if let Some(((stages, which), facts)) = super::read::<(u8, u8), Fact>(bytes) {
        let options = PipelineOptions { stages: 1 + stages % 4, stop: stop(which) };
        laws::check(Pipeline::new(options), &facts);
    }
    let Some(((seed, timeout), stages)) = super::read::<(u64, u16), Stage>(bytes) else { return };
    let stages = &stages[..stages.len().min(6)];
    if !stages.is_empty() {
        run(stages, Duration::from_millis(timeout.into()) + Duration::from_micros(500), seed);
    }
}

fn run(stages: &[Stage], timeout: Duration, seed: u64) {
    let mut world = World::new(Readiness::whole());
    let (control, _writer) = pipe(16);
    let mut ends = vec![End::Reader(control)];
    let mut leader = None;
    for stage in stages {
        let mut kernel = world.kernel().borrow_mut();
        let pid = kernel.spawn_in(leader, &stage.program(), Descriptors::default());
        leader = leader.or(Some(pid));
        ends.push(End::Exit(pid));
    }
    let stop = Stop::terminate(Duration::from_millis(300));
    let mut pipeline = Pipeline::new(PipelineOptions { stages: stages.len() as u8, stop });
    let mut io = SimIo::new(ends, world.kernel(), Readiness::random(seed));
    pipeline.set_deadline(Some(world.now() + timeout));
    assert_eq!(world.run(&mut pipeline, &mut io, BUDGET, |_, _| {}), Ok(()));
    let longest = stages.iter().map(|stage| stage.sleep).max().unwrap_or(0);
    let late = Duration::from_millis(longest.into()) > timeout;
    assert_eq!(pipeline.has_timed_out(), late);
    let kernel = world.kernel().borrow();
    assert_eq!((kernel.strangers_hit(), kernel.zombies()), (0, 0));
    if late {
        assert_eq!(kernel.running(), 0, "nobody survives the stop of the group");
    } else {
        let code = stages.iter().rev().map(|stage| stage.code % 4).find(|code| *code != 0);
        assert_eq!(pipeline.exit(), Some(Exit::Code(code.unwrap_or(0))));
    }
}

impl Subject for Pipeline {
    fn seen(&self) -> String {
        format!("{:?}", (self.exits().collect::<Vec<_>>(), self.exit(), self.has_timed_out()))
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        match verb % 4 {
            0 => self.tell_steps(verb & 4 == 0),
            _ => self.stop(&stop(verb / 4)),
        }
    }
}
