//! Where the child stands: its folder, its group, its session.

use std::env;
use std::process::{self, Command as Standard, Stdio};

use rustix::io::Errno;
use standpipe_core::process::{Command, Group, PlanError};
use standpipe_sys::spawn::SpawnStep;
use standpipe_tests::harness::{Processes, Scenario, Verdict};
use standpipe_tests::place as ours;

use super::support::{PUPPET, bytes, fails, fine, is_root, plain, puppet, real, refused, said, shell};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("a_child_runs_in_its_folder", in_its_folder),
    real("a_relative_folder_is_the_parents", relative_folder),
    real("the_parent_stays_in_its_folder", parent_stays),
    real("a_missing_folder_is_told_by_name", missing_folder),
    real("a_file_is_no_folder", no_folder),
    real("a_folder_that_is_closed_to_the_child_is_told", closed_folder),
    plain("a_nul_in_a_folders_name_is_refused", nul),
    real("a_child_stands_in_its_parents_group", inherited_group),
    real("a_group_of_its_own_bears_the_childs_number", own_group),
    real("a_session_of_its_own_has_no_terminal", own_session),
    real("a_child_joins_the_group_of_another", joined),
    real("a_group_that_is_gone_cannot_be_joined", gone),
    plain("a_number_that_is_no_groups_is_refused", no_group),
];

fn in_its_folder(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let real = folder.path().canonicalize().expect("it is there");
    assert_eq!(said(on, puppet("folder").directory(bytes(&folder))), real.display().to_string());
    fine()
}

fn relative_folder(on: &dyn Processes) -> Verdict {
    let parent = env::current_dir().expect("it is there").join("..").canonicalize().expect("it is there");
    assert_eq!(said(on, puppet("folder").directory("..")), parent.display().to_string());
    fine()
}

/// Also when the child comes to nothing after it has gone there.
fn parent_stays(on: &dyn Processes) -> Verdict {
    let before = env::current_dir().expect("it is there");
    said(on, puppet("folder").directory("/"));
    fails(on, Command::new("/no/such").directory("/"), SpawnStep::Execute("/no/such".into()), Errno::NOENT)?;
    assert_eq!(env::current_dir().expect("it is there"), before);
    fine()
}

/// SUB-26.
fn missing_folder(on: &dyn Processes) -> Verdict {
    let step = SpawnStep::Directory("/no/such/folder".into());
    fails(on, puppet("folder").directory("/no/such/folder"), step, Errno::NOENT)
}

fn no_folder(on: &dyn Processes) -> Verdict {
    fails(on, puppet("folder").directory(PUPPET), SpawnStep::Directory(PUPPET.into()), Errno::NOTDIR)
}

/// Root's child is somebody else, who may not enter what root could.
fn closed_folder(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).expect("it can be made");
    let command = puppet("folder").directory(bytes(&inner));
    let command = if is_root() { command.uid(65534).gid(65534) } else { command };
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("it is ours");
    let verdict = fails(on, command, SpawnStep::Directory(inner), Errno::ACCESS);
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("it is ours");
    verdict
}

fn nul(on: &dyn Processes) -> Verdict {
    refused(on, puppet("folder").directory("/\0"), &PlanError::Nul { what: "directory", offset: 1 })
}

/// Parent, group, session, terminal and its foreground group, as the child has them.
fn place(on: &dyn Processes, command: Command) -> [i32; 5] {
    let said = said(on, command);
    let numbers: Vec<i32> = said.split(' ').map(|number| number.parse().expect("a number")).collect();
    numbers.try_into().expect("five of them")
}

/// The same of a child that says its own number first.
fn place_of(on: &dyn Processes, group: Group) -> (i32, [i32; 5]) {
    let line = "printf '%s ' $$; exec \"$0\" place";
    let said = said(on, Command::shell(line).arg(PUPPET).group(group));
    let numbers: Vec<i32> = said.split(' ').map(|number| number.parse().expect("a number")).collect();
    (numbers[0], numbers[1..].try_into().expect("five of them"))
}

fn inherited_group(on: &dyn Processes) -> Verdict {
    let [parent, group, session, ..] = place(on, Command::new(PUPPET).arg("place"));
    let [_, our_group, our_session, ..] = ours().expect("a list of processes");
    assert_eq!([parent, group, session], [process::id() as i32, our_group, our_session]);
    fine()
}

fn own_group(on: &dyn Processes) -> Verdict {
    let (number, [_, group, session, ..]) = place_of(on, Group::New);
    let [_, _, our_session, ..] = ours().expect("a list of processes");
    assert_eq!((group, session), (number, our_session));
    fine()
}

fn own_session(on: &dyn Processes) -> Verdict {
    let (number, [_, group, session, terminal, foreground]) = place_of(on, Group::Session);
    assert_eq!([group, session, terminal, foreground], [number, number, 0, -1]);
    fine()
}

fn joined(on: &dyn Processes) -> Verdict {
    use std::os::unix::process::CommandExt;
    let mut sleeper = Standard::new(PUPPET);
    let sleeper = sleeper.args(["wait", "60000"]).stdin(Stdio::null()).process_group(0);
    let mut leader = sleeper.spawn().expect("a puppet runs");
    let number = leader.id() as i32;
    let [_, group, ..] = place(on, Command::new(PUPPET).arg("place").group(Group::Join(number)));
    leader.kill().and_then(|()| leader.wait()).expect("it is ours");
    assert_eq!(group, number);
    fine()
}

fn gone(on: &dyn Processes) -> Verdict {
    let mut leader = Standard::new("true").spawn().expect("it runs");
    leader.wait().expect("it is ours");
    let number = leader.id() as i32;
    let command = Command::new(PUPPET).arg("place").group(Group::Join(number));
    fails(on, command, SpawnStep::JoinGroup(number), Errno::PERM)
}

fn no_group(on: &dyn Processes) -> Verdict {
    refused(on, shell("").group(Group::Join(0)), &PlanError::NotAGroup(0))?;
    refused(on, shell("").group(Group::Join(-1)), &PlanError::NotAGroup(-1))
}
