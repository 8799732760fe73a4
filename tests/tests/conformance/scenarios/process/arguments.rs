//! Which program it is, and with which words.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::io::Errno;
use standpipe_core::process::{Command, Exit, Group, PlanError};
use standpipe_sys::spawn::SpawnStep;
use standpipe_tests::harness::{Processes, Scenario, Verdict};

use super::support::{
    PUPPET, bytes, fails, file, finished, plain, puppet, real, refused, run, said, shell, text,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("arguments_arrive_byte_for_byte", byte_for_byte),
    real("ten_thousand_arguments_arrive_in_order", ten_thousand),
    real("an_argument_that_is_too_long_is_told", too_long),
    plain("a_nul_in_an_argument_is_refused", nul),
    real("a_program_is_no_line", no_line),
    plain("an_empty_name_is_refused", empty_name),
    real("words_after_a_shell_line_are_its_parameters", parameters),
    real("an_executable_leaves_the_name_alone", executable),
    real("a_bare_name_is_searched_on_the_childs_path", childs_path),
    real("an_empty_entry_of_the_path_is_the_childs_folder", empty_entry),
    real("what_cannot_be_run_on_the_path_is_passed_over", passed_over),
    real("what_could_never_be_run_on_the_path_is_told", never_run),
    real("a_relative_program_lies_in_the_childs_folder", relative),
    real("a_missing_program_is_told", missing),
    real("a_shell_that_finds_nothing_says_so_itself", shell_finds_nothing),
    real("a_file_without_permission_is_told", no_permission),
    real("a_folder_is_no_program", folder),
    real("a_script_without_an_interpreter_is_no_program", no_interpreter),
    real("a_missing_interpreter_is_told", missing_interpreter),
    real("a_loop_of_links_is_told", loop_of_links),
    real("a_name_that_is_too_long_is_told", long_name),
];

/// SUB-12, SUB-36.
fn byte_for_byte(on: &dyn Processes) -> Verdict {
    let words: [&[u8]; 10] =
        [b"", b"a b", b"'", b"\"", b"$HOME", b"*", b"\\", b"\n", b"\xff\xfe", b"--help;exit 1"];
    let done = run(on, puppet("arguments").args(words));
    let all = [PUPPET.as_bytes()].into_iter().chain(words);
    assert_eq!(done.output().stdout, all.flat_map(|word| [word, b"\0"].concat()).collect::<Vec<_>>());
    finished(&done)
}

fn ten_thousand(on: &dyn Processes) -> Verdict {
    let words: Vec<String> = (0..10_000).map(|number| format!("{number:050}")).collect();
    let said = said(on, puppet("arguments").args(words.iter().map(String::as_str)));
    assert!(said.split_terminator('\0').skip(1).eq(words.iter()));
    text("arguments", &said)
}

/// The kernel takes 128 KiB in one argument.
fn too_long(on: &dyn Processes) -> Verdict {
    let step = SpawnStep::Execute("/bin/true".into());
    fails(on, Command::new("/bin/true").arg(vec![b'x'; 200 << 10]), step, Errno::TOOBIG)
}

/// SUB-12.
fn nul(on: &dyn Processes) -> Verdict {
    refused(on, Command::new("echo").arg("a\0b"), &PlanError::Nul { what: "argument", offset: 1 })
}

/// SUB-13.
fn no_line(on: &dyn Processes) -> Verdict {
    fails(on, Command::new("/bin/ls -l"), SpawnStep::Execute("/bin/ls -l".into()), Errno::NOENT)
}

fn empty_name(on: &dyn Processes) -> Verdict {
    refused(on, Command::new(""), &PlanError::NoProgram)
}

/// SUB-15.
fn parameters(on: &dyn Processes) -> Verdict {
    let said = said(on, shell("echo \"$0-$1-$#\"").args(["A", "B *", "C"]));
    assert_eq!(said, "A-B *-2\n");
    text("said", &said)
}

/// SUB-18.
fn executable(on: &dyn Processes) -> Verdict {
    let said = said(on, Command::new("zzz").executable(PUPPET).args(["arguments", "x"]));
    assert_eq!(said, "zzz\0x\0");
    text("said", &said)
}

/// SUB-27: neither the parent's path nor the folder that it is in.
fn childs_path(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    file(folder.path().join("ls"), "#!/bin/sh\necho mine\n", 0o755);
    let said = said(on, Command::new("ls").env("PATH", bytes(&folder)));
    assert_eq!(said, "mine\n");
    text("said", &said)
}

fn empty_entry(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    file(folder.path().join("tool"), "#!/bin/sh\necho mine\n", 0o755);
    let tool = Command::new("tool").directory(bytes(&folder));
    assert_eq!(said(on, tool.clone().env("PATH", "/no/such::/nor/this")), "mine\n");
    fails(on, tool.env("PATH", "/no/such"), SpawnStep::Execute("/no/such/tool".into()), Errno::NOENT)
}

/// Two folders, a `tool` in each, of which the first cannot be run.
fn two_folders() -> (tempfile::TempDir, Command) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    [&first, &second].into_iter().for_each(|path| fs::create_dir(path).expect("it can be made"));
    file(first.join("tool"), "#!/bin/sh\necho first\n", 0o644);
    let path = [bytes(first), bytes(second)].join(&b':');
    (folder, Command::new("tool").env("PATH", path))
}

fn passed_over(on: &dyn Processes) -> Verdict {
    let (folder, tool) = two_folders();
    file(folder.path().join("second/tool"), "#!/bin/sh\necho second\n", 0o755);
    let said = said(on, tool);
    assert_eq!(said, "second\n");
    text("said", &said)
}

fn never_run(on: &dyn Processes) -> Verdict {
    let (_folder, tool) = two_folders();
    fails(on, tool, SpawnStep::Execute("tool".into()), Errno::ACCESS)
}

/// SUB-26.
fn relative(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    file(folder.path().join("tool"), "#!/bin/sh\necho \"$0\"\n", 0o755);
    let said = said(on, Command::new("./tool").directory(bytes(&folder)));
    assert_eq!(said, "./tool\n");
    text("said", &said)
}

/// SUB-30, POP-24.
fn missing(on: &dyn Processes) -> Verdict {
    fails(on, Command::new("/no/such"), SpawnStep::Execute("/no/such".into()), Errno::NOENT)?;
    let found_nowhere = Command::new("no-such-program").env("PATH", "/bin:/no/such");
    fails(on, found_nowhere, SpawnStep::Execute("no-such-program".into()), Errno::NOENT)
}

/// POP-25.
fn shell_finds_nothing(on: &dyn Processes) -> Verdict {
    let done = run(on, shell("/no/such"));
    assert_eq!(done.output().exit, Exit::Code(127));
    assert!(!done.output().stderr.is_empty());
    finished(&done)
}

fn no_permission(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = file(folder.path().join("tool"), "#!/bin/sh\n", 0o644);
    fails(on, Command::new(bytes(&path)), SpawnStep::Execute(path), Errno::ACCESS)
}

fn folder(on: &dyn Processes) -> Verdict {
    fails(on, Command::new("/tmp/"), SpawnStep::Execute("/tmp/".into()), Errno::ACCESS)
}

fn no_interpreter(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = file(folder.path().join("tool"), "echo by a shell\n", 0o755);
    fails(on, Command::new(bytes(&path)), SpawnStep::Execute(path), Errno::NOEXEC)
}

fn missing_interpreter(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = file(folder.path().join("tool"), "#!/no/such\n", 0o755);
    fails(on, Command::new(bytes(&path)), SpawnStep::Execute(path), Errno::NOENT)
}

fn loop_of_links(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tool");
    symlink(&path, &path).expect("it can be made");
    fails(on, Command::new(bytes(&path)), SpawnStep::Execute(path), Errno::LOOP)
}

fn long_name(on: &dyn Processes) -> Verdict {
    let name = format!("/{}", "x".repeat(300));
    fails(
        on,
        Command::new(name.as_str()).group(Group::Session),
        SpawnStep::Execute(name.into()),
        Errno::NAMETOOLONG,
    )
}
