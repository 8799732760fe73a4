//! The signals that a child is born with.

use standpipe_core::process::{Command, PlanError};
use standpipe_core::signal::{ChildSignals, Signal, SignalError, SignalSet};
use standpipe_tests::harness::{Condition, Processes, Scenario, Verdict};

use super::support::{field, fine, plain, puppet, real, refused, run, said, shell};

/// Whatever the parent has done to its own.
const PARENTS: &[Condition] = &[
    Condition::SignalStorm,
    Condition::StandardClosed,
    Condition::Unprivileged,
    Condition::TermIgnored,
    Condition::TermBlocked,
    Condition::DeathsIgnored,
];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: PARENTS, ..real("a_child_is_born_with_no_signal_ignored_or_blocked", clean) },
    Scenario { under: PARENTS, ..real("a_child_ignores_and_blocks_what_it_is_told", told) },
    Scenario { under: PARENTS, ..real("a_child_keeps_of_its_parents_signals_what_it_is_told", kept) },
    Scenario { under: PARENTS, ..real("a_parent_keeps_its_own_signals", parents_own) },
    plain("a_signal_that_cannot_be_ignored_is_refused", uncatchable),
    real("a_pipeline_in_a_child_ends_silently", silent),
    real("a_child_dies_of_a_pipe_without_a_reader", dies_of_pipe),
];

/// A program that changes no signal of its own; a puppet's standard library does.
fn status() -> Command {
    Command::new("cat").arg("/proc/self/status")
}

fn mask(status: &str, name: &str) -> u64 {
    u64::from_str_radix(&field(status, name), 16).expect("hexadecimal")
}

const fn bit(signal: Signal) -> u64 {
    1 << (signal.number() - 1)
}

/// Ignored and blocked signals of this thread.
fn ours() -> [u64; 2] {
    let status = std::fs::read_to_string("/proc/thread-self/status").expect("proc is mounted");
    ["SigIgn:", "SigBlk:"].map(|name| mask(&status, name))
}

/// The same of a child. How it has ended is nobody's to know where the parent ignores SIGCHLD.
fn of_child(on: &dyn Processes, signals: ChildSignals) -> [u64; 2] {
    let done = run(on, status().signals(signals));
    let status = String::from_utf8_lossy(&done.output().stdout);
    ["SigIgn:", "SigBlk:"].map(|name| mask(&status, name))
}

/// Failure 20. The parent ignores SIGPIPE at least, as Rust's programs do.
fn clean(on: &dyn Processes) -> Verdict {
    assert_ne!(ours()[0] & bit(Signal::PIPE), 0);
    assert_eq!(of_child(on, ChildSignals::default()), [0, 0]);
    fine()
}

fn told(on: &dyn Processes) -> Verdict {
    let signals = ChildSignals {
        ignored: Signal::HUP.into(),
        blocked: SignalSet::EMPTY.with(Signal::USR2).with(Signal::TERM),
        ..ChildSignals::default()
    };
    assert_eq!(of_child(on, signals), [bit(Signal::HUP), bit(Signal::USR2) | bit(Signal::TERM)]);
    fine()
}

fn kept(on: &dyn Processes) -> Verdict {
    let all = ChildSignals {
        keep_ignored: SignalSet::FULL,
        keep_blocked: SignalSet::FULL,
        ..ChildSignals::default()
    };
    // Of the two that the C library has for itself nothing is kept.
    assert_eq!(of_child(on, all), ours().map(|mask| mask & !(0b11 << 31)));
    let pipe = ChildSignals { keep_ignored: Signal::PIPE.into(), ..ChildSignals::default() };
    assert_eq!(of_child(on, pipe), [bit(Signal::PIPE), 0]);
    fine()
}

fn parents_own(on: &dyn Processes) -> Verdict {
    let before = ours();
    run(on, status());
    assert_eq!(ours(), before);
    fine()
}

fn uncatchable(on: &dyn Processes) -> Verdict {
    for signal in [Signal::KILL, Signal::STOP] {
        let signals = ChildSignals { ignored: signal.into(), ..ChildSignals::default() };
        let reason = PlanError::Ignored(SignalError::Uncatchable(signal));
        refused(on, puppet("").signals(signals), &reason)?;
    }
    fine()
}

/// Failure 21 as it stands there.
fn silent(on: &dyn Processes) -> Verdict {
    assert_eq!(said(on, shell("yes | head -1")), "y\n");
    fine()
}

/// SUB trap 2: its code is that of the signal, and not of a failed write.
fn dies_of_pipe(on: &dyn Processes) -> Verdict {
    let line = "exec 3>&1; { yes; echo $? >&3; } | head -1 >/dev/null";
    assert_eq!(said(on, shell(line)), "141\n");
    fine()
}
