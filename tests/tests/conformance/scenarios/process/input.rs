//! What goes to the child.

use std::time::Duration;

use standpipe_core::process::{Exit, Stdio};
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Backend, Call, Processes, Scenario, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

use super::support::{bounded, everywhere, field, finished, puppet, real, said, shell};

pub(super) const SCENARIOS: &[Scenario] = &[
    everywhere("no_input_is_an_end_at_once", no_input),
    everywhere("an_empty_input_is_an_end_at_once", empty_input),
    everywhere("a_child_that_reads_nothing_loses_its_input", reads_nothing),
    everywhere("a_child_that_closes_its_input_may_go_on", closes_input),
    everywhere("a_child_may_answer_more_than_it_is_told", answers_more),
    real("an_input_of_a_pipes_size_and_one_more_arrive", around_a_pipe),
    real("a_slow_reader_gets_every_byte", slow_reader),
    real("sixteen_mebibytes_go_in", sixteen_mebibytes),
    real("a_pipe_without_input_is_closed_at_once", pipe_without_input),
    Scenario { leaves: true, ..real("a_grandchild_that_holds_the_input_keeps_nobody", held_by_grandchild) },
    real("what_is_left_of_an_input_goes_to_nobody_else", left_over),
    real("a_broken_pipe_is_no_failure_of_ours", broken_pipe),
];

fn no_input(on: &dyn Backend) -> Verdict {
    finished(&on.communicate(&Call::new(Program::new([Act::Swallow, Act::Exit(5)]))))
}

/// SUB-42.
fn empty_input(on: &dyn Backend) -> Verdict {
    let call = Call { input: Some(Vec::new()), ..Call::new(Program::new([Act::Swallow, Act::Exit(6)])) };
    finished(&on.communicate(&call))
}

/// SUB-45.
fn reads_nothing(on: &dyn Backend) -> Verdict {
    let call = Call { input: Some(pattern(0, 1 << 20)), ..Call::new(Program::new([Act::Exit(7)])) };
    let done = on.communicate(&call);
    assert_eq!(done.output().exit, Exit::Code(7));
    finished(&done)
}

fn closes_input(on: &dyn Backend) -> Verdict {
    let acts = [Act::Take(10), Act::CloseInput, Act::Numbers(20_000), Act::Exit(8)];
    let done = on.communicate(&Call { input: Some(vec![0; 1 << 20]), ..Call::new(Program::new(acts)) });
    assert_eq!(done.output().exit, Exit::Code(8));
    finished(&done)
}

/// Failure 3, with outputs that are longer than the input.
fn answers_more(on: &dyn Backend) -> Verdict {
    let acts = [Act::Numbers(50_000), Act::Copy, Act::Numbers(50_000)];
    finished(&on.communicate(&Call { input: Some(pattern(0, 300_000)), ..Call::new(Program::new(acts)) }))
}

fn around_a_pipe(on: &dyn Processes) -> Verdict {
    let sizes = [1, 4095, 4096, 4097, 65_535, 65_536, 65_537];
    sizes.into_iter().try_fold(Log::new(), |log, size| {
        let done =
            bounded(on, Call { input: Some(pattern(0, size)), ..Call::new(puppet("wait 10 , copy 1")) });
        assert!(done.output().stdout == pattern(0, size), "{size} bytes");
        Ok(log.with(format!("{size} bytes"), &done.output().stdout, done.output().exit))
    })
}

fn slow_reader(on: &dyn Processes) -> Verdict {
    let call = Call { input: Some(vec![1; 200_000]), ..Call::new(puppet("read 4000 1")) };
    let done = bounded(on, call);
    assert_eq!(done.output().stdout, b"200000");
    finished(&done)
}

fn sixteen_mebibytes(on: &dyn Processes) -> Verdict {
    let call = Call { input: Some(pattern(0, 16 << 20)), ..Call::new(puppet("read 262144 0")) };
    let done = bounded(on, call);
    assert_eq!(done.output().stdout, b"16777216");
    finished(&done)
}

/// SUB-42.
fn pipe_without_input(on: &dyn Processes) -> Verdict {
    let said = said(on, puppet("read 100 0").stdin(Stdio::Pipe));
    assert_eq!(said, "0");
    Ok(Log::new())
}

/// The child's own end is what counts, also for what it never read.
fn held_by_grandchild(on: &dyn Processes) -> Verdict {
    let acts = "say x , null 1 , null 2 , beget wait 60000";
    let done = bounded(on, Call { input: Some(vec![0; 1 << 20]), ..Call::new(puppet(acts)) });
    assert_eq!((&done.output().stdout[..], done.output().exit), (&b"x"[..], Exit::Code(0)));
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    Ok(Log::new().with("stdout", &done.output().stdout, done.output().exit))
}

fn left_over(on: &dyn Processes) -> Verdict {
    for _ in 0..20 {
        let first = Call { input: Some(vec![b'x'; 100_000]), ..Call::new(puppet("take 5 , exit 1")) };
        assert_eq!(bounded(on, first).output().exit, Exit::Code(1));
        let second = Call { input: Some(b"y".to_vec()), ..Call::new(puppet("copy 1")) };
        assert_eq!(bounded(on, second).output().stdout, b"y");
    }
    Ok(Log::new())
}

/// The signal that a write has caused is taken back.
fn broken_pipe(on: &dyn Processes) -> Verdict {
    let call = Call { input: Some(vec![0; 1 << 20]), ..Call::new(shell("exec <&-; exit 9")) };
    let done = bounded(on, call);
    assert_eq!((done.output().exit, &done.output().stderr[..]), (Exit::Code(9), &b""[..]));
    let pending = std::fs::read_to_string("/proc/thread-self/status").expect("proc is mounted");
    assert_eq!(field(&pending, "SigPnd:"), "0000000000000000");
    finished(&done)
}
