//! What a child may do, and as whom.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use standpipe_core::FaultKind;
use standpipe_core::process::{Command, Limit, Resource, Stdio};
use standpipe_sys::spawn::SpawnStep;

use crate::fallback::is_portable;
use crate::support::{output, reaped, refusal, start};
use crate::system::{is_dumpable, may_change_user};

const NOBODY: u32 = 65534;

fn status() -> Command {
    Command::new("cat").arg("/proc/self/status")
}

/// A line of proc_pid_status(5), its blanks made one.
fn line(status: &str, name: &str) -> String {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.expect("the line is there").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The soft and the hard limit in proc_pid_limits(5).
fn limits(resource: Resource, limits: &str) -> [String; 2] {
    let name = match resource {
        Resource::As => "Max address space",
        Resource::Core => "Max core file size",
        Resource::Cpu => "Max cpu time",
        Resource::Data => "Max data size",
        Resource::Fsize => "Max file size",
        Resource::Locks => "Max file locks",
        Resource::Memlock => "Max locked memory",
        Resource::Msgqueue => "Max msgqueue size",
        Resource::Nice => "Max nice priority",
        Resource::Nofile => "Max open files",
        Resource::Nproc => "Max processes",
        Resource::Rss => "Max resident set",
        Resource::Rtprio => "Max realtime priority",
        Resource::Rttime => "Max realtime timeout",
        Resource::Sigpending => "Max pending signals",
        Resource::Stack => "Max stack size",
        other => panic!("{other} is new"),
    };
    let values = limits.lines().find_map(|line| line.strip_prefix(name)).expect("the line is there");
    let mut values = values.split_whitespace().map(String::from);
    [(); 2].map(|()| values.next().expect("a value"))
}

#[test]
fn the_umask_is_set() {
    assert_eq!(output(Command::shell("umask").umask(0o027)), "0027\n");
}

#[test]
fn every_limit_is_set_to_what_was_asked_for() {
    let list = || Command::new("cat").arg("/proc/self/limits");
    let ours = output(list());
    let asked = Resource::ALL.iter().zip(1..).map(|(resource, n)| {
        let [_, hard] = limits(*resource, &ours);
        let hard = hard.parse().unwrap_or(Limit::INFINITY);
        // Large enough to run a program in, and each another one.
        let soft = match resource {
            Resource::Nofile | Resource::Nice | Resource::Rtprio => 20 + n,
            _ => (1 << 40) + n,
        };
        (*resource, Limit { soft: hard.min(soft), hard })
    });
    let asked: Vec<_> = asked.collect();
    let command =
        asked.iter().fold(list(), |command, (resource, limit)| command.resource_limit(*resource, *limit));
    let theirs = output(command);
    for (resource, limit) in asked {
        let text = |value: u64| if value == Limit::INFINITY { "unlimited".into() } else { value.to_string() };
        assert_eq!(limits(resource, &theirs), [text(limit.soft), text(limit.hard)], "{resource}");
    }
}

#[test]
fn a_hard_limit_is_lowered_as_well() {
    let command = Command::shell("ulimit -n; ulimit -Hn");
    assert_eq!(output(command.resource_limit(Resource::Nofile, Limit { soft: 64, hard: 96 })), "64\n96\n");
}

#[test]
fn a_limit_that_cannot_be_is_told() {
    let error = refusal(&Command::new("true").resource_limit(Resource::Nofile, Limit::at(1 << 40)));
    assert_eq!(*error.step(), SpawnStep::Limit(Resource::Nofile));
    assert_eq!(error.to_string(), "cannot set the limit for nofile: permission denied (os error 1)");
}

#[test]
fn a_limit_on_descriptors_comes_after_their_moves() {
    let command = Command::new("readlink").arg("/proc/self/fd/40").descriptor(40, Stdio::Null);
    assert_eq!(output(command.resource_limit(Resource::Nofile, Limit::at(8))), "/dev/null\n");
}

#[test]
fn the_nice_value_is_set() {
    assert_eq!(output(Command::new("nice").nice(19)), "19\n");
}

#[test]
fn a_child_may_be_somebody_else() {
    if !may_change_user("a child of another user") {
        return;
    }
    let command = status().uid(NOBODY).gid(65533).groups([4711, 42]).umask(0o077);
    let theirs = output(command);
    assert_eq!(line(&theirs, "Uid"), "65534 65534 65534 65534");
    assert_eq!(line(&theirs, "Gid"), "65533 65533 65533 65533");
    assert_eq!(line(&theirs, "Groups"), "42 4711");
    assert_eq!(line(&theirs, "CapEff"), "0000000000000000");
    assert!(is_dumpable(), "what the kernel closes for the child stays open in the parent");
}

#[test]
fn another_user_has_none_of_the_parents_groups() {
    if !may_change_user("the groups of another user") {
        return;
    }
    assert_eq!(line(&output(status().uid(NOBODY).gid(NOBODY)), "Groups"), "");
}

#[test]
fn groups_alone_may_be_set() {
    if !may_change_user("other groups") {
        return;
    }
    let theirs = output(status().gid(42).groups([7]));
    assert_eq!([line(&theirs, "Gid"), line(&theirs, "Groups")], ["42 42 42 42", "7"]);
    assert_eq!(line(&theirs, "Uid"), line(&output(status()), "Uid"), "the user is the parent's");
}

#[test]
fn somebody_who_cannot_be_is_told_with_the_step() {
    if !may_change_user("a user that there cannot be") {
        return;
    }
    let step = |command: Command| refusal(&command).step().clone();
    assert_eq!(step(Command::new("true").gid(u32::MAX)), SpawnStep::GroupId(u32::MAX));
    assert_eq!(step(Command::new("true").uid(u32::MAX).gid(NOBODY)), SpawnStep::UserId(u32::MAX));
    assert_eq!(step(Command::new("true").groups((0..).take(1 << 17))), SpawnStep::Groups);
    assert!(refusal(&Command::new("/no/such").uid(NOBODY).gid(NOBODY)).is_not_found());
}

#[test]
fn a_directory_is_entered_as_the_childs_own_user() {
    if !may_change_user("a directory of ours") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let allow =
        |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("it is ours");
    let path = folder.path().as_os_str().as_encoded_bytes();
    let command = Command::new("/bin/pwd").directory(path).uid(NOBODY).gid(NOBODY);
    allow(0o700);
    let error = refusal(&command);
    assert_eq!(*error.step(), SpawnStep::Directory(folder.path().into()));
    assert_eq!(error.fault().kind(), FaultKind::PermissionDenied);

    allow(0o755);
    let real = folder.path().canonicalize().expect("its path");
    assert_eq!(output(command), format!("{}\n", real.display()));
}

/// Where the fast way is only not fit, there still are pidfds.
#[test]
fn the_exit_of_somebody_else_comes_as_everybodys() {
    if !may_change_user("the exit of another user") {
        return;
    }
    let exit = start(&Command::shell("exit 6").uid(NOBODY).gid(NOBODY));
    assert_eq!(is_portable(&exit), cfg!(standpipe_force_portable));
    assert_eq!(reaped(&exit), standpipe_core::Done::Ok(6 << 8));
}
