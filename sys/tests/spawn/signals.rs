//! Children are born with default dispositions and an empty mask, unless they are to have others.

use standpipe_core::process::Command;
use standpipe_core::signal::{ChildSignals, Signal, SignalSet};
use standpipe_core::{Done, Target};

use crate::support::{output, reaped, start};
use crate::system::{block_term, may_change_user};

const TERM: u64 = 1 << 14;
const PIPE: u64 = 1 << 12;

/// A set of signals in proc_pid_status(5).
fn set(status: &str, name: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line is there");
    u64::from_str_radix(value.trim_start_matches(':').trim(), 16).expect("a set")
}

fn ours() -> String {
    std::fs::read_to_string("/proc/thread-self/status").expect("the system has /proc")
}

#[test]
fn nothing_is_blocked_or_ignored_in_the_child() {
    block_term();
    let before = ours();
    assert_ne!(set(&before, "SigBlk") & TERM, 0, "the parent blocks it");
    assert_ne!(set(&before, "SigIgn") & PIPE, 0, "Rust's own start-up ignores it");
    let child = output(Command::new("cat").arg("/proc/self/status"));
    assert_eq!(set(&child, "SigBlk"), 0);
    assert_eq!(set(&child, "SigIgn"), 0);
    assert_eq!(set(&ours(), "SigBlk"), set(&before, "SigBlk"), "the parent's mask is back");
    assert_eq!(set(&ours(), "SigIgn"), set(&before, "SigIgn"), "its dispositions were never touched");
}

#[test]
fn a_child_of_a_deaf_parent_hears() {
    block_term();
    let exit = start(&Command::new("sleep").arg("600"));
    assert_eq!(exit.signal(Target::Child, SignalSet::EMPTY.with(Signal::TERM)), Done::Ok(0));
    assert_eq!(reaped(&exit), Done::Ok(15));
}

#[test]
fn a_child_dies_of_a_broken_pipe() {
    let command = Command::shell("{ yes; echo $? >&2; } 2>&1 | head -n 1");
    assert_eq!(output(command), "y\n");
}

/// What a child with these signals has ignored and blocked.
fn born_with(signals: ChildSignals) -> [SignalSet; 2] {
    let status = output(Command::new("cat").arg("/proc/self/status").signals(signals));
    ["SigIgn", "SigBlk"].map(|name| SignalSet::from_bits(set(&status, name)))
}

#[test]
fn what_is_ignored_may_be_kept() {
    let kept = ChildSignals { keep_ignored: [Signal::PIPE, Signal::USR2].into(), ..ChildSignals::default() };
    assert_eq!(born_with(kept), [Signal::PIPE.into(), SignalSet::EMPTY], "SIGUSR2 was not ignored");
    let others = ChildSignals { keep_ignored: Signal::USR2.into(), ..ChildSignals::default() };
    assert_eq!(born_with(others), [SignalSet::EMPTY; 2]);
}

#[test]
fn a_child_may_ignore_signals_of_its_own() {
    let ignored = [Signal::HUP, Signal::RTMAX].into();
    assert_eq!(born_with(ChildSignals { ignored, ..ChildSignals::default() }), [ignored, SignalSet::EMPTY]);
}

#[test]
fn what_is_blocked_may_be_kept() {
    block_term();
    let kept = ChildSignals { keep_blocked: SignalSet::FULL, ..ChildSignals::default() };
    assert_eq!(born_with(kept), [SignalSet::EMPTY, Signal::TERM.into()]);
    let both = ChildSignals { blocked: Signal::USR1.into(), ..kept };
    assert_eq!(born_with(both), [SignalSet::EMPTY, [Signal::TERM, Signal::USR1].into()]);
}

#[test]
fn whatever_can_be_blocked_may_be() {
    let [_, blocked] = born_with(ChildSignals { blocked: SignalSet::FULL, ..ChildSignals::default() });
    assert_eq!(blocked, Signal::all().filter(|signal| signal.check_changeable().is_ok()).collect());
}

/// For the kernel the parent is the thread.
#[test]
fn a_child_may_die_with_its_parent() {
    let command = Command::new("sleep").arg("600").die_with_parent(Signal::TERM);
    let exit = std::thread::spawn(move || start(&command)).join().expect("a child");
    assert_eq!(reaped(&exit), Done::Ok(15));
}

#[test]
fn another_user_dies_with_its_parent_too() {
    if !may_change_user("another user that dies with its parent") {
        return;
    }
    let command = Command::new("sleep").arg("600").uid(65534).gid(65534).die_with_parent(Signal::HUP);
    let exit = std::thread::spawn(move || start(&command)).join().expect("a child");
    assert_eq!(reaped(&exit), Done::Ok(1));
}
