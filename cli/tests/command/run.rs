//! `standpipe run`: exit codes, input, pipelines and signals.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{
    Process, assert_same, command, finish, finish_with, is_missing, on_every_runtime, payload, standpipe,
};

on_every_runtime! {
    the_childs_code_is_ours a_signal_is_128_and_its_number not_found_is_127 not_executable_is_126
    input_from_a_file input_from_our_own input_is_inherited
    a_pipeline the_last_failed_stage_counts a_stage_that_ends_early
    later_dashes_are_the_programs_own
    signals_are_passed_on a_child_starts_with_signals_at_their_default
    a_grandchild_that_holds_the_output_does_not_matter
}

fn code(runtime: &str, line: &str) -> Option<i32> {
    finish(standpipe(runtime, "run", &["--", "sh", "-c", line])).code
}

fn the_childs_code_is_ours(runtime: &str) {
    for expected in [0, 1, 3, 124, 125, 255] {
        assert_eq!(code(runtime, &format!("exit {expected}")), Some(expected));
    }
}

fn a_signal_is_128_and_its_number(runtime: &str) {
    for (name, number) in [("KILL", 9), ("TERM", 15), ("SEGV", 11)] {
        assert_eq!(code(runtime, &format!("ulimit -c 0; kill -{name} $$")), Some(128 + number));
    }
}

fn not_found_is_127(runtime: &str) {
    for program in ["/no/such/program", "no-such-program-anywhere"] {
        finish(standpipe(runtime, "run", &["--", program])).failed(127, program);
    }
    let pipeline = ["--pipe", "--", "sleep", "60", "--", "/no/such/program"];
    finish(standpipe(runtime, "run", &pipeline)).failed(127, "/no/such/program");
}

fn not_executable_is_126(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("script");
    fs::write(&file, "#!/bin/sh\n").expect("it can be written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let name = file.to_str().expect("a path in UTF-8");
    finish(standpipe(runtime, "run", &["--", name])).failed(126, name);
    let name = folder.path().to_str().expect("a path in UTF-8");
    finish(standpipe(runtime, "run", &["--", name])).failed(126, name);
}

fn input_from_a_file(runtime: &str) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut file, payload(8 << 20)).expect("it can be written");
    let words = ["--input", file.path().to_str().expect("a path in UTF-8"), "--", "cat"];
    assert_same(&finish(standpipe(runtime, "run", &words)).well(), payload(8 << 20));
}

fn input_from_our_own(runtime: &str) {
    let run = standpipe(runtime, "run", &["--input", "-", "--", "cat"]);
    assert_same(&finish_with(run, payload(8 << 20)).well(), payload(8 << 20));
}

/// What the child leaves is there for whoever comes next.
fn input_is_inherited(runtime: &str) {
    let mut shell = command("sh");
    let line = "\"$0\" run --runtime \"$1\" -- head -c 3; cat";
    shell.args(["-c", line, crate::support::STANDPIPE, runtime]);
    assert_eq!(finish_with(shell, b"abcdef".as_slice()).text(), "abcdef");
}

fn a_pipeline(runtime: &str) {
    let words = ["--pipe", "--", "seq", "3", "--", "tac"];
    assert_eq!(finish(standpipe(runtime, "run", &words)).text(), "3\n2\n1\n");
    let words = ["--pipe", "--", "cat", "--", "cat", "--", "cat", "--", "cat"];
    assert_same(&finish_with(standpipe(runtime, "run", &words), payload(8 << 20)).well(), payload(8 << 20));
}

fn the_last_failed_stage_counts(runtime: &str) {
    let stages = |codes: [&str; 3]| {
        let [first, second, third] = codes.map(|code| format!("cat >/dev/null; exit {code}"));
        let words = ["sh", "-c", &first, "--", "sh", "-c", &second, "--", "sh", "-c", &third];
        finish(standpipe(runtime, "run", &[&["--pipe", "--"], &words[..]].concat())).code
    };
    assert_eq!(stages(["0", "0", "0"]), Some(0));
    assert_eq!(stages(["3", "0", "0"]), Some(3));
    assert_eq!(stages(["3", "4", "0"]), Some(4));
    assert_eq!(stages(["3", "4", "5"]), Some(5));
}

/// Were SIGPIPE ignored, `yes` would complain or never end.
fn a_stage_that_ends_early(runtime: &str) {
    let ended = finish(standpipe(runtime, "run", &["--pipe", "--", "yes", "--", "head", "-n", "1"]));
    assert_eq!((ended.stdout.as_slice(), ended.stderr.as_str()), (b"y\n".as_slice(), ""));
    assert_eq!(ended.code, Some(128 + 13), "a stage that SIGPIPE has ended has failed");
}

fn later_dashes_are_the_programs_own(runtime: &str) {
    let words = ["--", "printf", "%s,", "a", "--", "--timeout", "b"];
    assert_eq!(finish(standpipe(runtime, "run", &words)).text(), "a,--,--timeout,b,");
    if is_missing("git") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let git = |words: &[&str]| {
        let mut run = standpipe(runtime, "run", &[&["--", "git"], words].concat());
        run.current_dir(&folder);
        finish(run)
    };
    assert_eq!(git(&["init", "-q"]).code, Some(0));
    let refused = git(&["checkout", "--", "nothing"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("pathspec 'nothing'"), "{}", refused.stderr);
}

fn signals_are_passed_on(runtime: &str) {
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1), ("QUIT", 3), ("USR1", 10), ("USR2", 12)] {
        let line = format!("trap 'echo {name}; exit 7' {name}; echo ready; while :; do sleep 0.05; done");
        let mut caught = Process::start(standpipe(runtime, "run", &["--", "sh", "-c", &line]));
        caught.stdout.once_it_has("ready");
        caught.signal(name);
        assert_eq!(caught.code(), Some(7));
        assert_eq!(caught.stdout.whole(), format!("ready\n{name}\n").into_bytes());
        let line = "ulimit -c 0; echo ready; exec sleep 60";
        let mut deadly = Process::start(standpipe(runtime, "run", &["--", "sh", "-c", line]));
        deadly.stdout.once_it_has("ready");
        deadly.signal(name);
        assert_eq!(deadly.code(), Some(128 + number));
    }
}

/// Though we were started with a signal ignored.
fn a_child_starts_with_signals_at_their_default(runtime: &str) {
    let mut shell = command("sh");
    let line =
        "trap '' INT PIPE; exec \"$0\" run --runtime \"$1\" -- grep -E 'Sig(Blk|Ign)' /proc/self/status";
    shell.args(["-c", line, crate::support::STANDPIPE, runtime]);
    let none = "0".repeat(16);
    assert_eq!(finish(shell).text(), format!("SigBlk:\t{none}\nSigIgn:\t{none}\n"));
}

fn a_grandchild_that_holds_the_output_does_not_matter(runtime: &str) {
    let line = "sleep 120 & echo $!";
    let mut run = Process::start(standpipe(runtime, "run", &["--", "sh", "-c", line]));
    assert_eq!(run.code(), Some(0));
    let grandchild = run.stdout.once(|said| said.ends_with('\n')).trim().parse().expect("a number");
    assert!(crate::support::is_alive(grandchild), "what the child leaves running is its own business");
    crate::support::signal(grandchild, "KILL");
}
