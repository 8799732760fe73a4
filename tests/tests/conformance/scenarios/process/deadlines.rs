//! Time that a child is given.

use std::time::Duration;

use standpipe_core::process::{Exit, Stop, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Backend, Call, Finished, Processes, Scenario, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

use super::support::{LONG, SHORT, everywhere, finished, puppet, real, shell};

pub(super) const SCENARIOS: &[Scenario] = &[
    everywhere("a_deadline_that_has_not_passed_harms_nothing", not_passed),
    everywhere("a_deadline_without_end_is_none", without_end),
    everywhere("a_deadline_at_once_is_one", at_once),
    everywhere("a_deadline_ends_a_child_that_reads_nothing", reads_nothing),
    everywhere("a_deadline_ends_a_child_that_has_closed_its_output", closed_output),
    everywhere("a_deadline_keeps_both_outputs", keeps_both),
    everywhere("a_child_that_ends_about_its_deadline_is_told_either_way", about_its_deadline),
    real("a_deadline_passes_under_constant_output", constant_output),
    real("a_deadline_passes_while_an_input_trickles", trickle),
    real("a_deadline_ends_grandchildren_of_the_group", grandchildren),
    Scenario { leaves: true, ..real("a_deadline_after_the_childs_own_end_is_none", after_the_end) },
    Scenario { leaves: true, ..real("a_child_that_is_stopped_alone_leaves_its_own", alone) },
];

/// Whether somebody who dies with the child held a pipe for a moment longer is not in the log.
fn timed_out(done: &Finished) -> Verdict {
    assert!(matches!(done.result, Err(Unfinished::TimedOut { .. })), "{:?}", done.result);
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    let output = done.output();
    let log = Log::new().with("stdout", &output.stdout, output.exit);
    Ok(log.with("stderr", &output.stderr, ()))
}

fn not_passed(on: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("x"), Act::Exit(3)]);
    finished(&on.communicate(&Call { timeout: Some(LONG), ..Call::new(program) }))
}

fn without_end(on: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("x"), Act::Sleep(Duration::from_millis(50)), Act::Exit(3)]);
    finished(&on.communicate(&Call { timeout: Some(Duration::MAX), ..Call::new(program) }))
}

fn at_once(on: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Sleep(LONG)]);
    timed_out(&on.communicate(&Call { timeout: Some(Duration::ZERO), ..Call::new(program) }))
}

fn reads_nothing(on: &dyn Backend) -> Verdict {
    let call = Call { input: Some(pattern(0, 1 << 20)), ..Call::new(Program::new([Act::Sleep(LONG)])) };
    timed_out(&on.communicate(&Call { timeout: Some(SHORT), ..call }))
}

fn closed_output(on: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("x"), Act::CloseOutput, Act::Sleep(LONG)]);
    timed_out(&on.communicate(&Call { timeout: Some(SHORT * 3), ..Call::new(program) }))
}

fn keeps_both(on: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Numbers(1000), Act::Complain("so far"), Act::Sleep(LONG)]);
    timed_out(&on.communicate(&Call { timeout: Some(SHORT * 3), ..Call::new(program) }))
}

/// Failure 11: a signal that comes too late hits nobody, and nothing hangs. The simulated kernel gives the number away at
/// once.
fn about_its_deadline(on: &dyn Backend) -> Verdict {
    for milliseconds in 0..20 {
        let program = Program::new([Act::Sleep(Duration::from_millis(milliseconds)), Act::Exit(3)]);
        let timeout = Some(Duration::from_millis(10));
        let done = on.communicate(&Call { timeout, ..Call::new(program) });
        let killed = Exit::Signal { signal: Signal::KILL, core_dumped: false };
        assert!([Exit::Code(3), killed].contains(&done.output().exit), "{done:?}");
    }
    Ok(Log::new())
}

fn constant_output(on: &dyn Processes) -> Verdict {
    let call = Call { timeout: Some(SHORT), limit: usize::MAX, ..Call::new(shell("exec yes")) };
    let done = on.run(&call).expect("it runs");
    assert!(done.output().stdout.starts_with(b"y\ny\n"));
    timed_out(&done)?;
    Ok(Log::new().with("exit", &[], done.output().exit))
}

fn trickle(on: &dyn Processes) -> Verdict {
    let call = Call { input: Some(vec![0; 1 << 20]), ..Call::new(puppet("read 1 1")) };
    timed_out(&on.run(&Call { timeout: Some(SHORT), ..call }).expect("it runs"))
}

fn grandchildren(on: &dyn Processes) -> Verdict {
    let acts = "beget wait 60000 , beget beget wait 60000 , say x , wait 60000";
    let call = Call { timeout: Some(SHORT * 2), ..Call::new(puppet(acts)) };
    timed_out(&on.run(&call).expect("it runs"))?;
    Ok(Log::new())
}

/// What holds the pipe is waited for by another clock.
fn after_the_end(on: &dyn Processes) -> Verdict {
    let call = Call { timeout: Some(LONG), ..Call::new(puppet("say x , beget wait 60000")) };
    let done = on.run(&call).expect("it runs");
    assert_eq!((done.output().cut, done.output().exit), (true, Exit::Code(0)));
    finished(&done)
}

fn alone(on: &dyn Processes) -> Verdict {
    let command = puppet("say x , beget wait 60000 , wait 60000");
    let call = Call { timeout: Some(SHORT * 2), stop: Stop::kill(), ..Call::new(command) };
    let done = on.run(&call).expect("it runs");
    assert!(done.output().cut, "its own child holds the pipes");
    timed_out(&done)?;
    Ok(Log::new())
}
