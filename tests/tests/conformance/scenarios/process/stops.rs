//! How a child is brought to its end.

use std::time::Duration;

use standpipe_core::process::{Command, Exit, Group, Stop, Unfinished};
use standpipe_core::signal::{ChildSignals, Signal};
use standpipe_tests::harness::{Backend, Call, Condition, Processes, Scenario, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

use super::support::{LONG, SHORT, everywhere, puppet, real, shell};

/// What the parent's own signals are makes no difference.
const DEAF: &[Condition] = &[
    Condition::SignalStorm,
    Condition::Unprivileged,
    Condition::TermIgnored,
    Condition::TermBlocked,
    Condition::DescriptorLimit,
];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: DEAF, ..everywhere("who_listens_is_ended_by_term", listens) },
    Scenario { under: DEAF, ..everywhere("who_ignores_term_is_killed", ignores) },
    Scenario { under: DEAF, ..real("who_blocks_term_is_killed", blocks) },
    Scenario { under: DEAF, ..real("who_ends_by_term_in_its_own_way_keeps_its_code", own_way) },
    Scenario { under: DEAF, ..real("every_step_has_its_turn", every_step) },
    real("a_stop_may_begin_with_the_end_of_input", end_of_input),
    real("a_child_that_stands_still_is_killed", killed_while_stopped),
    real("a_child_that_stands_still_is_continued_for_its_term", continued),
    real("a_signal_without_a_handler_ends_it_too", usr1),
    real("a_group_that_begets_all_the_time_is_ended", begetting),
    real("a_shell_that_ignores_term_leaves_nobody", nobody_left),
    real("a_session_is_ended_with_all_its_groups", whole_session),
    Scenario { leaves: true, ..real("who_has_left_the_group_delays_nobody", left_the_group) },
    real("a_limit_stops_as_a_deadline_does", at_a_limit),
];

/// How the child ended after its deadline.
fn stopped(on: &dyn Processes, command: Command, stop: Stop) -> (Exit, Vec<u8>) {
    let call = Call { timeout: Some(SHORT * 2), stop, ..Call::new(command) };
    let done = on.run(&call).expect("it runs");
    assert!(matches!(done.result, Err(Unfinished::TimedOut { .. })), "{:?}", done.result);
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    (done.output().exit, done.output().stdout.clone())
}

const fn by(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

fn ended(exit: Exit) -> Verdict {
    Ok(Log::new().with("exit", &[], exit))
}

fn of_program(on: &dyn Backend, acts: impl IntoIterator<Item = Act>, grace: Duration) -> Exit {
    let stop = Stop::terminate(grace).whole_group();
    let call = Call { timeout: Some(SHORT * 2), stop, ..Call::new(Program::new(acts)) };
    let done = on.communicate(&call);
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    done.output().exit
}

/// Failure 20, seen from outside.
fn listens(on: &dyn Backend) -> Verdict {
    let exit = of_program(on, [Act::Sleep(LONG)], LONG);
    assert_eq!(exit, by(Signal::TERM));
    ended(exit)
}

fn ignores(on: &dyn Backend) -> Verdict {
    let exit = of_program(on, [Act::IgnoreTerm, Act::Sleep(LONG)], SHORT);
    assert_eq!(exit, by(Signal::KILL));
    ended(exit)
}

fn blocks(on: &dyn Processes) -> Verdict {
    let signals = ChildSignals { blocked: Signal::TERM.into(), ..ChildSignals::default() };
    let (exit, _) = stopped(on, puppet("wait 60000").signals(signals), Stop::terminate(SHORT));
    assert_eq!(exit, by(Signal::KILL));
    ended(exit)
}

/// A shell waits for what it runs before it looks at its traps.
fn own_way(on: &dyn Processes) -> Verdict {
    let line = "trap 'echo bye; exit 5' TERM; sleep 60 & wait";
    let (exit, stdout) = stopped(on, shell(line), Stop::terminate(LONG).whole_group());
    assert_eq!((exit, &stdout[..]), (Exit::Code(5), &b"bye\n"[..]));
    ended(exit)
}

fn every_step(on: &dyn Processes) -> Verdict {
    let line =
        "trap 'printf i' INT; trap 'printf t' TERM; trap 'printf h' HUP; while :; do sleep 60 & wait; done";
    let stop = [Signal::TERM, Signal::HUP, Signal::KILL];
    let stop =
        stop.into_iter().fold(Stop::signal(Signal::INT), |stop, signal| stop.grace(SHORT).then(signal));
    let (exit, stdout) = stopped(on, shell(line), stop.whole_group());
    assert_eq!((exit, &stdout[..]), (by(Signal::KILL), &b"ith"[..]));
    ended(exit)
}

/// What had not been sent is dropped, so that the end comes in time.
fn end_of_input(on: &dyn Processes) -> Verdict {
    let stop = Stop::close_stdin().grace(LONG).then(Signal::KILL);
    let call =
        Call { input: Some(vec![0; 4 << 20]), stop, ..Call::new(puppet("wait 400 , read 65536 0 , exit 6")) };
    let done = on.run(&Call { timeout: Some(SHORT), ..call }).expect("it runs");
    assert!(matches!(done.result, Err(Unfinished::TimedOut { .. })), "{:?}", done.result);
    let count: usize = String::from_utf8_lossy(&done.output().stdout).parse().expect("a number");
    assert!((1..4 << 20).contains(&count), "{count}");
    assert_eq!(done.output().exit, Exit::Code(6));
    ended(done.output().exit)
}

fn killed_while_stopped(on: &dyn Processes) -> Verdict {
    let (exit, stdout) = stopped(on, puppet("say x , stop , say y"), Stop::kill());
    assert_eq!((exit, &stdout[..]), (by(Signal::KILL), &b"x"[..]));
    ended(exit)
}

fn continued(on: &dyn Processes) -> Verdict {
    let stop = Stop::signal(Signal::TERM).then(Signal::CONT).grace(LONG).then(Signal::KILL);
    let (exit, _) = stopped(on, puppet("stop , wait 60000"), stop);
    assert_eq!(exit, by(Signal::TERM));
    ended(exit)
}

fn usr1(on: &dyn Processes) -> Verdict {
    let (exit, _) = stopped(on, puppet("wait 60000"), Stop::signal(Signal::USR1));
    assert_eq!(exit, by(Signal::USR1));
    ended(exit)
}

fn begetting(on: &dyn Processes) -> Verdict {
    let line = "while :; do sleep 60 & sleep 0.01; done";
    let (exit, _) = stopped(on, shell(line), Stop::kill().whole_group());
    ended(exit)
}

/// Failure 15 as it stands there.
fn nobody_left(on: &dyn Processes) -> Verdict {
    let line = "trap '' TERM; sleep 60 & wait";
    let (exit, _) = stopped(on, shell(line), Stop::terminate(SHORT * 3).whole_group());
    assert_eq!(exit, by(Signal::KILL));
    ended(exit)
}

/// With job control a shell's jobs have groups of their own.
fn whole_session(on: &dyn Processes) -> Verdict {
    let command = shell("set -m; sleep 60 & sleep 60 & wait").group(Group::Session);
    let (exit, _) = stopped(on, command, Stop::terminate(LONG).whole_session());
    assert_eq!(exit, by(Signal::TERM));
    ended(exit)
}

fn left_the_group(on: &dyn Processes) -> Verdict {
    let command = shell("setsid sleep 60 & sleep 60");
    let (exit, _) = stopped(on, command, Stop::terminate(LONG).whole_group());
    assert_eq!(exit, by(Signal::TERM));
    ended(exit)
}

fn at_a_limit(on: &dyn Processes) -> Verdict {
    let line = "trap 'exit 5' TERM; yes | head -c 100000; sleep 60 & wait";
    let stop = Stop::terminate(LONG).whole_group();
    let done = on.run(&Call { limit: 10_000, stop, ..Call::new(shell(line)) }).expect("it runs");
    assert!(matches!(done.result, Err(Unfinished::Limit { .. })), "{:?}", done.result);
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}
