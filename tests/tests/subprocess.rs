//! What Python's `subprocess` and `popen2` promise of a child, by the blocking backend's nouns.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use standpipe_blocking::{Command, Exit, LaunchError, Signal, Stdio, Stop, pipeline, standpipe_sys};
use standpipe_core::process::{self, PlanError};

/// The bound of every wait, reached only by a test that fails.
const LIMIT: Duration = Duration::from_secs(60);

/// What a command writes to standard output.
#[track_caller]
fn text(command: Command) -> String {
    let output = command.timeout(LIMIT).output().expect("it comes to its end");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn refusal(command: Command) -> PlanError {
    match command.spawn() {
        Err(LaunchError::Plan(error)) => error,
        other => panic!("it cannot be planned: {other:?}"),
    }
}

#[track_caller]
fn exit(command: Command) -> Exit {
    command.timeout(LIMIT).status().expect("it comes to its end")
}

fn script(folder: &Path, name: &str, line: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{line}\n")).expect("it can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// SUB-05, SUB-12, SUB-13, SUB-27, SUB-34.
#[test]
fn a_command_that_is_wrong_is_refused_before_anything_starts() {
    assert_eq!(refusal(Command::new("")), PlanError::NoProgram);
    assert_eq!(refusal(Command::new("true").arg("a\0b")), PlanError::Nul { what: "argument", offset: 1 });
    assert_eq!(refusal(Command::new("true").env("A=B", "")), PlanError::VariableName);
    assert_eq!(refusal(Command::new("true").stdin(Stdio::Stdout)), PlanError::NotStderr(0));
    assert_eq!(refusal(Command::new("true").stdin(Stdio::Descriptor(-1))), PlanError::NegativeDescriptor(-1));
    let error = std::io::Error::from(Command::new("").spawn().expect_err("there is no program"));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// SUB-49.
#[test]
fn a_stop_may_begin_with_the_end_of_input() {
    let mut child = Command::new("cat").stdin(Stdio::Pipe).spawn().expect("it starts");
    let stop = Stop::close_stdin().grace(LIMIT).then(Signal::KILL);
    assert_eq!(child.stop(&stop).expect("it can be waited for").exit, Exit::Code(0));
    assert!(child.stdin.is_none());
}

/// SUB-14, SUB-15, SUB-25.
#[test]
fn a_shell_line_has_arguments_of_its_own() {
    assert_eq!(text(Command::shell("echo \"$0-$1\"").args(["A", "B C"])), "A-B C\n");
}

/// SUB-26.
#[test]
fn a_relative_program_is_looked_for_in_the_childs_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    script(folder.path(), "tool", "echo here");
    assert_eq!(text(Command::new("./tool").current_dir(folder.path())), "here\n");
}

/// SUB-27.
#[test]
fn a_program_is_searched_on_the_path_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    script(folder.path(), "a-tool-of-this-test", "echo found");
    assert_eq!(text(Command::new("a-tool-of-this-test").env("PATH", folder.path())), "found\n");
    assert_eq!(text(Command::new("echo").arg("anyway").env_clear()), "anyway\n");
}

/// SUB-37, SUB-38, SUB-68.
#[test]
fn a_child_is_polled_and_waited_for_again_and_again() {
    let mut child = Command::shell("read line; exit 3").stdin(Stdio::Pipe).spawn().expect("a shell");
    assert_eq!(child.poll(), None);
    child.signal(Signal::STOP);
    assert_eq!(child.poll(), None, "one that has stopped has not ended");
    child.signal(Signal::CONT);
    drop(child.stdin.take());
    assert_eq!(child.wait_timeout(LIMIT).expect("it can be waited for"), Some(Exit::Code(3)));
    assert_eq!(child.wait().expect("it can be waited for"), Exit::Code(3));
    assert_eq!(child.poll(), Some(Exit::Code(3)));
    child.kill();
    assert_eq!(child.poll(), Some(Exit::Code(3)), "a signal that comes too late is none");
}

/// SUB-38, SUB-49.
#[test]
fn a_wait_may_have_a_limit() {
    let mut child = Command::new("sleep").arg("600").spawn().expect("it runs");
    assert_eq!(child.wait_timeout(Duration::from_millis(1)).expect("it can be waited for"), None);
    let exit = child.stop(&Stop::terminate(LIMIT)).expect("it can be waited for").exit;
    assert_eq!(exit.return_code(), Some(-15));
}

/// SUB-39, SUB-67, SUB-75.
#[test]
fn the_return_code_is_the_originals() {
    assert_eq!(exit(Command::shell("exit 300")).return_code(), Some(44));
    assert_eq!(exit(Command::shell("kill -KILL $$")).return_code(), Some(-9));
    assert_eq!(exit(Command::new("true")).return_code(), Some(0));
}

/// SUB-40, SUB-51, SUB-70, POP-14.
#[test]
fn what_is_left_is_read_after_the_wait() {
    let mut child = Command::shell("echo left").stdout(Stdio::Pipe).spawn().expect("a shell");
    assert!(child.stdin.is_none() && child.stderr.is_none(), "only what was asked for is a pipe");
    assert_eq!(child.wait_timeout(LIMIT).expect("it can be waited for"), Some(Exit::Code(0)));
    let mut left = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut left).expect("it can be read");
    assert_eq!(left, "left\n");
}

/// SUB-45.
#[test]
fn a_write_to_a_child_that_is_gone_is_an_error() {
    let mut child = Command::new("true").stdin(Stdio::Pipe).spawn().expect("it runs");
    child.wait_timeout(LIMIT).expect("it can be waited for").expect("it ends");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Until it runs its program, another test's child may hold the other end as well.
    let refused = std::iter::repeat_with(|| stdin.write(b"x")).find_map(Result::err);
    assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::BrokenPipe));
}

/// SUB-52, POP-17.
#[test]
fn the_number_of_a_shell_line_is_its_shells() {
    let mut child = Command::shell("echo $$").stdout(Stdio::Pipe).spawn().expect("a shell");
    let mut told = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut told).expect("it can be read");
    assert_eq!(told.trim(), child.pid().to_string());
}

/// SUB-66.
#[test]
fn a_pipeline_gives_on_and_ends_as_its_last_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = fs::File::create(folder.path().join("out")).expect("a file");
    let stages = [
        process::Command::shell("echo b; echo a; exit 4"),
        process::Command::new("sort").stdout(Stdio::Descriptor(std::os::fd::AsRawFd::as_raw_fd(&out))),
    ];
    let (machine, ends) = standpipe_sys::pipeline(&stages, Stop::kill(), None).expect("both can be started");
    let ended = pipeline(machine, ends, Some(LIMIT)).expect("it can be waited for");
    assert_eq!(ended.exit(), Some(Exit::Code(4)));
    assert_eq!(ended.exits().collect::<Vec<_>>(), [Some(Exit::Code(4)), Some(Exit::Code(0))]);
    assert_eq!(fs::read_to_string(folder.path().join("out")).expect("its output"), "a\nb\n");
}

/// POP-35, POP-37: all of standard error, then its end, then all of standard output.
#[test]
fn the_simple_protocol_of_popen2_comes_to_its_end() {
    let line = "head -c 6000 /dev/zero >&2; exec 2>&-; head -c 8000 /dev/zero; cat";
    let command = Command::shell(line).stdin(Stdio::Pipe).stdout(Stdio::Pipe).stderr(Stdio::Pipe);
    let mut child = command.spawn().expect("a shell");
    let mut came = Vec::new();
    child.stderr.take().expect("a pipe").read_to_end(&mut came).expect("it can be read");
    assert_eq!(came.len(), 6000);
    drop(child.stdin.take());
    came.clear();
    child.stdout.take().expect("a pipe").read_to_end(&mut came).expect("it can be read");
    assert_eq!(came.len(), 8000);
    assert_eq!(child.wait_timeout(LIMIT).expect("it can be waited for"), Some(Exit::Code(0)));
}

/// POP-34, POP-37: more on standard error than a pipe holds, whatever is read first.
#[test]
fn a_full_standard_error_keeps_nobody() {
    let line = "head -c 1048576 /dev/zero >&2; head -c 1048576 /dev/zero; cat";
    let command = Command::shell(line).input(vec![0; 1 << 20]).timeout(LIMIT);
    let output = command.output().expect("it comes to its end");
    assert_eq!((output.stdout.len(), output.stderr.len()), (2 << 20, 1 << 20));
}

/// POP-24, POP-25, SUB-76: the shell says so itself, by its exit code.
#[test]
fn a_missing_program_of_a_shell_is_127() {
    assert_eq!(exit(Command::shell("/no/such/program").stderr(Stdio::Null)), Exit::Code(127));
    assert!(
        matches!(Command::new("/no/such/program").spawn(), Err(LaunchError::Spawn(error)) if error.is_not_found())
    );
}

/// POP-18: the command stays its caller's, and can be run again.
#[test]
fn a_command_may_be_run_again() {
    let command = Command::shell("exit 5");
    for _ in 0..2 {
        let mut child = command.spawn().expect("a shell");
        assert_eq!(child.wait_timeout(LIMIT).expect("it can be waited for"), Some(Exit::Code(5)));
    }
}
