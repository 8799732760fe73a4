//! What a child is given: arguments, environment, directory, group.

use standpipe_core::process::{Command, Group, Stdio};
use standpipe_sys::spawn::environment;

use crate::support::{output, start};

/// The numbers of parent, process group and session in proc_pid_stat(5), and the process's own.
fn numbers(stat: &str) -> [i32; 4] {
    let (pid, rest) = stat.split_once(' ').expect("fields");
    let (_, rest) = rest.rsplit_once(") ").expect("a name");
    let mut fields = rest.split(' ').skip(1).map(|field| field.parse().expect("a number"));
    [pid.parse().expect("a number"), fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap()]
}

#[test]
fn arguments_arrive_as_they_are() {
    let command = Command::new("printf").args(["%s|", "a b", "", "$HOME", "'\""]);
    assert_eq!(output(command), "a b||$HOME|'\"|");
}

#[test]
fn argument_zero_may_differ_from_the_program() {
    let command = Command::new("other").args(["-c", "echo $0"]).executable("/bin/sh");
    assert_eq!(output(command), "other\n");
}

#[test]
fn the_environment_is_exactly_what_was_asked_for() {
    let command = Command::new("/usr/bin/env").env_clear().env("B", "2").env("A", "=1");
    assert_eq!(output(command), "A==1\nB=2\n");
}

#[test]
fn the_parents_environment_is_handed_down() {
    assert!(!environment().is_empty());
    let lines = output(Command::new("/usr/bin/env"));
    let path = std::env::var("PATH").expect("the parent has a PATH");
    assert!(lines.lines().any(|line| line == format!("PATH={path}")), "{lines}");
}

#[test]
fn the_directory_is_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("its path");
    let command = Command::new("/bin/pwd").directory(folder.as_os_str().as_encoded_bytes());
    assert_eq!(output(command), format!("{}\n", folder.display()));
}

#[test]
fn a_group_is_the_parents_or_new_or_a_sessions() {
    let ours = numbers(&std::fs::read_to_string("/proc/self/stat").expect("the system has /proc"));
    let of = |group| numbers(&output(Command::new("cat").arg("/proc/self/stat").group(group)));
    let [_, parent, group, session] = of(Group::Inherit);
    assert_eq!([parent, group, session], [ours[0], ours[2], ours[3]]);
    let [pid, _, group, session] = of(Group::New);
    assert_eq!([group, session], [pid, ours[3]]);
    let [pid, _, group, session] = of(Group::Session);
    assert_eq!([group, session], [pid, pid]);
}

#[test]
fn a_group_can_be_joined() {
    let leader = start(&Command::new("sleep").arg("600").group(Group::New));
    let stat = output(Command::new("cat").arg("/proc/self/stat").group(Group::Join(leader.pid())));
    assert_eq!(numbers(&stat)[2], leader.pid());
    leader.kill_and_reap();
}

#[test]
fn standard_error_follows_standard_output() {
    let command = Command::shell("echo a; echo b >&2").stderr(Stdio::Stdout);
    assert_eq!(output(command), "a\nb\n");
}
