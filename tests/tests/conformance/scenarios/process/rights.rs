//! What the child may do, and as whom.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;

use rustix::io::Errno;
use standpipe_core::process::{Command, Exit, Limit, PlanError, Resource, Stdio};
use standpipe_core::signal::Signal;
use standpipe_sys::spawn::SpawnStep;
use standpipe_tests::harness::{Call, Condition, Processes, Scenario, Verdict};

use super::support::{
    SHORT, bytes, fails, field, fine, is_root, plain, puppet, real, refused, run, said, shell,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("a_umask_is_the_childs_alone", umask),
    plain("a_umask_beyond_the_permissions_is_refused", wrong_umask),
    real("limits_arrive_soft_and_hard", limits),
    real("a_limit_holds_for_grandchildren", inherited_limit),
    real("a_file_beyond_its_limit_ends_the_child", file_limit),
    real("a_child_without_descriptors_to_spare_says_so_itself", few_descriptors),
    plain("a_limit_upside_down_is_refused", upside_down),
    real("a_hard_limit_is_raised_by_the_privileged_alone", raised_limit),
    real("a_nice_value_arrives_as_it_is", nice),
    plain("a_nice_value_that_does_not_exist_is_refused", no_nice_value),
    real("a_nicer_value_is_taken_back_by_the_privileged_alone", lowered_nice),
    real("a_user_keeps_nothing_of_its_parents_rights", user),
    plain("a_user_without_a_group_is_refused", no_group),
    real("groups_arrive_as_they_are", groups),
    Scenario {
        under: &[Condition::SignalStorm, Condition::StandardClosed],
        ..real("another_user_can_be_stopped", stopped_user)
    },
];

fn status(on: &dyn Processes, change: impl FnOnce(Command) -> Command) -> String {
    said(on, change(puppet("show /proc/self/status")))
}

fn ours(name: &str) -> String {
    field(&fs::read_to_string("/proc/self/status").expect("proc is mounted"), name)
}

/// Whether this process has the capability with this number (capabilities(7)): 23 is CAP_SYS_NICE, 24 is
/// CAP_SYS_RESOURCE.
fn is_capable(number: u32) -> bool {
    let mask = u64::from_str_radix(&ours("CapEff:"), 16).expect("hexadecimal");
    mask >> number & 1 == 1
}

fn umask(on: &dyn Processes) -> Verdict {
    let before = ours("Umask:");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = run(on, shell("echo >made").umask(0o027).directory(bytes(&folder)));
    assert_eq!(made.output().exit, Exit::Code(0));
    let mode = fs::metadata(folder.path().join("made")).expect("it is made").mode();
    assert_eq!((mode & 0o777, ours("Umask:")), (0o640, before));
    assert_eq!(field(&status(on, |command| command.umask(0o707)), "Umask:"), "0707");
    fine()
}

fn wrong_umask(on: &dyn Processes) -> Verdict {
    refused(on, puppet("").umask(0o1777), &PlanError::Umask(0o1777))
}

/// What a process is limited to: `NAME SOFT HARD UNIT`.
fn limits(on: &dyn Processes) -> Verdict {
    let before = fs::read_to_string("/proc/self/limits").expect("proc is mounted");
    let command = puppet("show /proc/self/limits")
        .resource_limit(Resource::Nofile, Limit { soft: 64, hard: 96 })
        .resource_limit(Resource::Core, Limit::at(0))
        .resource_limit(Resource::Cpu, Limit { soft: 500, hard: 600 })
        .resource_limit(Resource::Fsize, Limit { soft: 1 << 30, hard: 1 << 40 });
    let limits = said(on, command);
    assert_eq!(field(&limits, "Max open files"), "64 96 files");
    assert_eq!(field(&limits, "Max core file size"), "0 0 bytes");
    assert_eq!(field(&limits, "Max cpu time"), "500 600 seconds");
    assert_eq!(field(&limits, "Max file size"), "1073741824 1099511627776 bytes");
    assert_eq!(fs::read_to_string("/proc/self/limits").expect("proc is mounted"), before);
    fine()
}

fn inherited_limit(on: &dyn Processes) -> Verdict {
    let command = puppet("beget show /proc/self/limits");
    let limits = said(on, command.resource_limit(Resource::Nofile, Limit::at(40)));
    assert_eq!(field(&limits, "Max open files"), "40 40 files");
    fine()
}

fn file_limit(on: &dyn Processes) -> Verdict {
    let file = tempfile::tempfile().expect("a temporary file");
    let command = puppet("write 1 5000 500")
        .stdout(Stdio::Descriptor(file.as_raw_fd()))
        .resource_limit(Resource::Core, Limit::at(0))
        .resource_limit(Resource::Fsize, Limit::at(1000));
    let exit = run(on, command).output().exit;
    assert!(matches!(exit, Exit::Signal { signal: Signal::XFSZ, .. }), "{exit:?}");
    assert_eq!(file.metadata().expect("it is ours").len(), 1000);
    fine()
}

/// The moves of its set-up come before the limit, the libraries of the program after it.
fn few_descriptors(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("say x").resource_limit(Resource::Nofile, Limit::at(3)));
    assert_eq!((&done.output().stdout[..], done.output().exit), (&b""[..], Exit::Code(127)));
    fine()
}

fn upside_down(on: &dyn Processes) -> Verdict {
    let limit = Limit { soft: 2, hard: 1 };
    refused(on, puppet("").resource_limit(Resource::Nproc, limit), &PlanError::Limit(Resource::Nproc))
}

fn raised_limit(on: &dyn Processes) -> Verdict {
    let limits = fs::read_to_string("/proc/self/limits").expect("proc is mounted");
    let hard: Option<u64> =
        field(&limits, "Max open files").split(' ').nth(1).and_then(|hard| hard.parse().ok());
    let more = Limit::at(hard.expect("descriptors are limited") + 1);
    let command = puppet("show /proc/self/limits").resource_limit(Resource::Nofile, more);
    if !is_capable(24) {
        return fails(on, command, SpawnStep::Limit(Resource::Nofile), Errno::PERM);
    }
    assert_eq!(field(&said(on, command), "Max open files"), format!("{0} {0} files", more.hard));
    fine()
}

/// The nineteenth field of proc_pid_stat(5); the third is the first after the name.
fn nice_of(on: &dyn Processes, value: i32) -> i32 {
    let stat = said(on, puppet("show /proc/self/stat").nice(value));
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    fields.split_whitespace().nth(16).and_then(|value| value.parse().ok()).expect("a number")
}

fn nice(on: &dyn Processes) -> Verdict {
    assert_eq!((nice_of(on, 5), nice_of(on, 19)), (5, 19));
    fine()
}

fn no_nice_value(on: &dyn Processes) -> Verdict {
    refused(on, puppet("").nice(20), &PlanError::Nice(20))?;
    refused(on, puppet("").nice(-21), &PlanError::Nice(-21))
}

fn lowered_nice(on: &dyn Processes) -> Verdict {
    if !is_capable(23) {
        return fails(on, puppet("").nice(-5), SpawnStep::Nice(-5), Errno::ACCESS);
    }
    assert_eq!(nice_of(on, -5), -5);
    fine()
}

fn user(on: &dyn Processes) -> Verdict {
    let become_nobody = |command: Command| command.uid(65534).gid(65533);
    if !is_root() {
        return fails(on, become_nobody(puppet("")), SpawnStep::Groups, Errno::PERM);
    }
    let status = status(on, become_nobody);
    assert_eq!(field(&status, "Uid:"), "65534 65534 65534 65534");
    assert_eq!(field(&status, "Gid:"), "65533 65533 65533 65533");
    assert_eq!(field(&status, "Groups:"), "");
    assert_eq!(field(&status, "CapEff:"), "0000000000000000");
    fine()
}

fn no_group(on: &dyn Processes) -> Verdict {
    refused(on, puppet("").uid(65534), &PlanError::UserWithoutGroup(65534))
}

fn groups(on: &dyn Processes) -> Verdict {
    if !is_root() {
        return fails(on, puppet("").groups([4, 27]), SpawnStep::Groups, Errno::PERM);
    }
    assert_eq!(field(&status(on, |command| command.groups([27, 4])), "Groups:"), "4 27");
    assert_eq!(field(&status(on, |command| command.groups([])), "Groups:"), "");
    fine()
}

/// Its parent is root, which may signal everybody.
fn stopped_user(on: &dyn Processes) -> Verdict {
    let command = puppet("say x , wait 60000").uid(65534).gid(65534);
    let call = Call { timeout: Some(SHORT * 2), ..Call::new(command) };
    if !is_root() {
        return fine();
    }
    let done = on.run(&call).expect("it runs");
    assert_eq!(done.output().exit, Exit::Signal { signal: Signal::KILL, core_dumped: false });
    fine()
}
