//! [`Child`] on the modelled kernel.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::process::{Child, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::{BUDGET, Machine, Moment};

use super::child::{stop, target};
use crate::program::{Act, Program};
use crate::sim::{Descriptors, End, Readiness, SimIo, World};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Event {
    Turn,
    Wait,
    Signal(u8, u8),
    Stop(u8),
    ObserveStops(bool),
    /// Somebody else reaps whatever has ended.
    Steal,
}

/// Runs a child on the modelled kernel, which gives its number to a stranger the moment it is reaped: whatever happens
/// in whatever order, no stranger is signalled, and nobody stays unreaped.
///
/// # Panics
/// When one is.
pub fn check(bytes: &[u8]) {
    let Some(((seed, which), events)) = super::read::<(u64, u8), Event>(bytes) else { return };
    let mut world = World::new(Readiness::whole());
    let pid = world.kernel().borrow_mut().spawn(&program(which), Descriptors::default());
    let mut child = Child::new();
    let mut io = SimIo::new([End::Exit(pid)], world.kernel(), Readiness::random(seed));
    let mut stolen = false;
    for event in events {
        match event {
            Event::Turn => drop(world.turn(&mut child, &mut io, BUDGET, take_events)),
            Event::Wait => drop(world.wait(child.wake())),
            Event::Signal(to, which) => child.signal(target(to), kernel_signal(which)),
            Event::ObserveStops(observes) => child.observe_stops(observes),
            Event::Stop(which) => child.stop(&stop(which)),
            Event::Steal => stolen |= matches!(world.kernel().borrow_mut().reap(pid), Ok(Some(_))),
        }
    }
    child.stop(&Stop::kill().whole_group());
    assert_eq!(world.run(&mut child, &mut io, BUDGET, take_events), Ok(()));
    let kernel = world.kernel().borrow();
    // Where somebody else reaps, nobody can know in time.
    assert!(stolen || kernel.strangers_hit() == 0, "no stranger is hit");
    assert_eq!(kernel.zombies(), 0);
}

fn take_events(child: &mut Child, _: Moment) {
    while child.next_event().is_some() {}
}

fn kernel_signal(which: u8) -> Signal {
    [Signal::TERM, Signal::KILL, Signal::STOP, Signal::CONT][usize::from(which) % 4]
}

fn program(which: u8) -> Program {
    let wait = Duration::from_millis(u64::from(which) * 7);
    Program::new(match which % 4 {
        0 => vec![],
        1 => vec![Act::Sleep(wait), Act::Exit(3)],
        2 => vec![Act::IgnoreTerm, Act::Sleep(wait), Act::Raise(Signal::SEGV)],
        _ => vec![Act::Linger(wait), Act::Sleep(wait)],
    })
}
