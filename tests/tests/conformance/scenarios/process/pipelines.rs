//! Commands in a row.

use rustix::io::Errno;
use standpipe_core::process::{Command, Exit, Stdio, Stop};
use standpipe_core::signal::Signal;
use standpipe_sys::spawn::SpawnStep;
use standpipe_sys::{LaunchError, fault};
use standpipe_tests::harness::{Processes, Scenario, Stages, Verdict};
use standpipe_tests::log::Log;

use super::support::{LONG, SHORT, fine, puppet, real, shell};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("what_the_first_writes_the_last_reads", through_three),
    real("a_stage_that_has_enough_ends_those_before_it", enough),
    real("every_stage_has_its_own_exit", exits),
    real("a_pipeline_ends_as_one_at_its_deadline", deadline),
    real("a_leader_that_ends_first_leaves_a_group_to_be_stopped", leader_first),
    real("a_stage_that_cannot_be_started_ends_the_others", no_stage),
];

fn stages<const N: usize>(commands: [Command; N]) -> Stages {
    let nobody_reads = |command: Command| command.stdin(Stdio::Null).stdout(Stdio::Null).stderr(Stdio::Null);
    let commands = commands.map(nobody_reads).to_vec();
    Stages { commands, timeout: Some(LONG), stop: Stop::terminate(SHORT) }
}

const fn by(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

/// SUB-66: the last one's code tells whether all came.
fn through_three(on: &dyn Processes) -> Verdict {
    let count = shell("test $(wc -c) = 1000000");
    let exits =
        on.pipeline(&stages([puppet("write 1 1000000 3000"), puppet("copy 1"), count])).expect("it runs");
    assert_eq!(exits, [Exit::Code(0); 3]);
    fine()
}

/// SUB-66: the parent holds no end that would keep the first one from seeing its reader go.
fn enough(on: &dyn Processes) -> Verdict {
    let exits = on.pipeline(&stages([Command::new("yes"), Command::new("cat"), puppet("take 10")]));
    let exits = exits.expect("it runs");
    assert_eq!(exits, [by(Signal::PIPE), by(Signal::PIPE), Exit::Code(0)]);
    Ok(Log::new().with("exits", &[], exits))
}

fn exits(on: &dyn Processes) -> Verdict {
    let exits =
        on.pipeline(&stages([puppet("exit 1"), puppet("raise 9"), puppet("exit 3")])).expect("it runs");
    assert_eq!(exits, [Exit::Code(1), by(Signal::KILL), Exit::Code(3)]);
    Ok(Log::new().with("exits", &[], exits))
}

fn deadline(on: &dyn Processes) -> Verdict {
    let all = stages([puppet("wait 60000"), shell("trap '' TERM; sleep 60"), puppet("wait 60000")]);
    let exits = on.pipeline(&Stages { timeout: Some(SHORT), ..all }).expect("it runs");
    assert_eq!((exits[0], exits[2]), (by(Signal::TERM), by(Signal::TERM)));
    assert!(!exits[1].success());
    fine()
}

/// The group bears the number of its leader, which is not given away before.
fn leader_first(on: &dyn Processes) -> Verdict {
    let all = stages([puppet("exit 0"), puppet("wait 60000")]);
    let exits = on.pipeline(&Stages { timeout: Some(SHORT * 2), ..all }).expect("it runs");
    assert_eq!(exits, [Exit::Code(0), by(Signal::TERM)]);
    Ok(Log::new().with("exits", &[], exits))
}

fn no_stage(on: &dyn Processes) -> Verdict {
    let all = stages([puppet("wait 60000"), Command::new("/no/such"), puppet("wait 60000")]);
    let error = on.pipeline(&all).expect_err("one is missing").downcast::<LaunchError>().map(|error| *error);
    let Ok(LaunchError::Spawn(error)) = error else { panic!("{error:?}") };
    assert_eq!(*error.step(), SpawnStep::Execute("/no/such".into()));
    assert_eq!(error.fault(), fault(Errno::NOENT.raw_os_error()));
    fine()
}
