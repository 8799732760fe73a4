//! Children are born with default dispositions and an empty mask.

use standpipe_core::process::Command;
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{Done, Target};

use crate::support::{output, reaped, start};
use crate::system::block_term;

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
