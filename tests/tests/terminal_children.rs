//! Children on a pseudo-terminal of ours.

use std::io::{Read, Write};
use std::time::Duration;

use standpipe_blocking::{Command, Exit, Group, Signal, Stdio, Stop};

const LONG: Duration = Duration::from_secs(60);

/// What is shown when the child has ended, and nobody reads before.
#[test]
fn nothing_is_lost_when_the_child_is_gone_before_it_is_read() {
    let mut child = Command::shell("printf x; exit").terminal().spawn().expect("a shell runs");
    assert_eq!(child.wait().expect("it ends"), Exit::Code(0));
    let mut shown = String::new();
    child.stdout.take().expect("it is a terminal").read_to_string(&mut shown).expect("to the end");
    assert_eq!(shown, "x");
}

#[test]
fn a_terminal_controls_the_childs_session_and_not_ours() {
    let before = std::fs::read_to_string("/proc/self/stat").expect("proc is mounted");
    let line = "ps=$(cut -d' ' -f1,5,6,7 /proc/$$/stat); echo $ps $$; test -t 0 && test -t 1 && test -t 2; echo $?; tty";
    let output = Command::shell(line).terminal().communicate().expect("it ends");
    let shown = String::from_utf8(output.stdout).expect("text");
    let mut lines = shown.lines();
    let numbers: Vec<i64> =
        lines.next().expect("a line").split(' ').map(|n| n.parse().expect("a number")).collect();
    assert!(
        numbers[..3].iter().all(|number| *number == numbers[4]),
        "it leads group and session: {numbers:?}"
    );
    assert_ne!(numbers[3], 0, "it has a controlling terminal");
    assert_eq!(lines.next(), Some("0"));
    assert!(lines.next().is_some_and(|name| name.starts_with("/dev/pts/")), "{shown}");
    let terminal =
        |stat: &str| stat.rsplit(')').next().and_then(|rest| rest.split(' ').nth(5).map(String::from));
    let after = std::fs::read_to_string("/proc/self/stat").expect("proc is mounted");
    assert_eq!(terminal(&before), terminal(&after), "ours is as it was");
}

#[test]
fn the_end_of_input_is_typed_after_a_line_and_within_one() {
    for input in ["", "a line\n", "no newline"] {
        let command = Command::shell("stty -echo; echo ready; exec wc -c").terminal().input(input);
        let output = command.timeout(LONG).communicate().expect("wc sees the end of its input");
        let shown = String::from_utf8(output.stdout).expect("text");
        assert!(shown.ends_with(&format!("{}\r\n", input.len())), "{input:?}: {shown:?}");
    }
}

#[test]
fn more_than_a_terminal_holds_goes_through_it() {
    let lines: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
    let command = Command::shell("stty -echo -onlcr; exec cat").stdin(Stdio::Terminal).stdout(Stdio::Pipe);
    let output = command.input(lines.clone()).timeout(LONG).communicate().expect("it ends");
    assert!(output.stdout == lines.as_bytes(), "{} of {} bytes", output.stdout.len(), lines.len());
}

#[test]
fn what_is_typed_may_be_a_signal() {
    let mut child = Command::shell("echo ready; exec sleep 600").terminal().spawn().expect("a shell runs");
    let (mut typed, mut shown) =
        (child.stdin.take().expect("a terminal"), child.stdout.take().expect("a terminal"));
    shown.read_exact(&mut [0; 7]).expect("it is ready");
    typed.write_all(b"\x03").expect("it can be typed");
    let exit = child.wait_timeout(LONG).expect("waiting works");
    assert_eq!(exit, Some(Exit::Signal { signal: Signal::INT, core_dumped: false }));
}

#[test]
fn a_terminal_that_hangs_up_ends_the_session() {
    let mut child = Command::shell("echo ready; exec sleep 600").terminal().spawn().expect("a shell runs");
    child.stdout.as_mut().expect("a terminal").read_exact(&mut [0; 7]).expect("it is ready");
    (child.stdin, child.stdout) = (None, None);
    let exit = child.wait_timeout(LONG).expect("waiting works");
    assert_eq!(exit, Some(Exit::Signal { signal: Signal::HUP, core_dumped: false }));
}

/// What a child does not read it may not keep its parent by.
#[test]
fn a_child_that_ends_without_reading_keeps_nobody() {
    let command = Command::shell("exit 3").terminal().input("line\n".repeat(10_000));
    let output = command.timeout(LONG).communicate().expect("it ends");
    assert_eq!(output.exit, Exit::Code(3));
}

#[test]
fn a_group_that_was_asked_for_stays() {
    let line = "echo $$ $(cut -d' ' -f5,6 /proc/$$/stat)";
    let output =
        Command::shell(line).stdout(Stdio::Terminal).group(Group::New).communicate().expect("it ends");
    let shown = String::from_utf8(output.stdout).expect("text");
    let numbers: Vec<&str> = shown.split_whitespace().collect();
    assert!(numbers[0] == numbers[1] && numbers[0] != numbers[2], "a group, and no session: {shown}");
}

#[test]
fn a_stop_that_closes_standard_input_is_read_as_its_end() {
    let mut child = Command::new("cat").terminal().spawn().expect("cat runs");
    let stop = Stop::close_stdin().grace(LONG).then(Signal::KILL);
    let shown = child.stdout.take();
    let stopped = child.stop(&stop).expect("waiting works");
    drop(shown);
    assert_eq!(stopped.exit, Exit::Code(0), "by {:?}", stopped.by);
}
