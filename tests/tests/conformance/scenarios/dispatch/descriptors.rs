//! At the limit of descriptors.

use std::cell::Cell;
use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use standpipe_core::{FaultKind, Moment};
use standpipe_sys::Clock;
use standpipe_sys::dispatch::LoopEvent;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{Hearing, Log, client, event_loop, fine, plain, run_until, served};
use crate::condition::leave_descriptors;

pub(super) const SCENARIOS: &[Scenario] =
    &[plain("a_listener_at_the_descriptor_limit_pauses_and_goes_on_with_the_first_close", pauses)];

/// What takes all descriptors that are left.
fn all_descriptors() -> Vec<File> {
    leave_descriptors(8);
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

fn accepted(log: &Log) -> usize {
    log.lines().iter().filter(|line| *line == "accepted").count()
}

/// ACO-T1: a pass tries one accept at most, so there were no more of these than passes.
fn pauses(on: &dyn Dispatching) -> Verdict {
    const WHILE: Duration = Duration::from_secs(1);
    let (mut event_loop, log, paused) = (event_loop(on), Log::default(), Rc::new(Cell::new(0)));
    let count = paused.clone();
    event_loop.set_log(move |event| {
        let full = matches!(event, LoopEvent::Paused(fault) if fault.kind() == FaultKind::DescriptorLimit);
        count.set(count.get() + usize::from(full));
    });
    let heard = log.clone();
    let make = move || {
        Hearing::answering(&heard, |told, channel| match told.strip_prefix("read ") {
            Some(data) => channel.push(data.as_bytes()),
            None => Ok(()),
        })
    };
    let (listener, first) = served(&mut event_loop, make);
    run_until(&mut event_loop, || accepted(&log) == 1);
    let mut waiting = client(&event_loop, listener);
    let taken = all_descriptors();

    let (clock, until, mut passes) = (Clock::start(), Moment::ORIGIN + WHILE, 0);
    while clock.now() < until {
        event_loop.run_once(Some(clock.until(until))).expect("it can wait");
        passes += 1;
    }
    assert!(passes < 50, "{passes} passes");
    // Whoever else lets go of a descriptor late, such as a thread that has looked a name up, has made the first close.
    assert!(paused.get() > 0 && accepted(&log) <= 2);

    first.shutdown(Shutdown::Write).expect("it is connected");
    run_until(&mut event_loop, || log.has_closed() && accepted(&log) == 2);
    waiting.write_all(b"hello").expect("it is served");
    run_until(&mut event_loop, || log.has("read hello"));
    event_loop.run_once(Some(Duration::ZERO)).expect("it can wait");
    let mut answer = [0; 5];
    waiting.read_exact(&mut answer).expect("it is served");
    assert_eq!(&answer, b"hello");
    drop(taken);
    fine()
}
