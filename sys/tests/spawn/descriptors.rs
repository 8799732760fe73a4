//! Which descriptors a child has, and what stands behind them.

use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use standpipe_core::Done;
use standpipe_core::process::{Command, Parent, Plan, Stdio};
use standpipe_sys::spawn::{SpawnStep, spawn};

use crate::support::{isolated, output, plan, reaped, refusal, start};
use crate::system::{close_standard, descriptors, inheritable, put_at, raise_descriptor_limit};

/// `ls` has the three standard ones and the folder that it reads.
const ONLY_STANDARD: &str = "0\n1\n2\n3\n";

fn list() -> Command {
    Command::new("ls").arg("/proc/self/fd")
}

fn links(numbers: &[i32]) -> Command {
    Command::new("readlink").args(numbers.iter().map(|number| format!("/proc/self/fd/{number}")))
}

fn files<const N: usize>(folder: &Path) -> [(File, PathBuf); N] {
    let folder = folder.canonicalize().expect("its path");
    std::array::from_fn(|n| {
        let path = folder.join(n.to_string());
        let options = OpenOptions::new().read(true).write(true).create_new(true).clone();
        (options.open(&path).expect("a new file"), path)
    })
}

fn lines(paths: &[&PathBuf]) -> String {
    paths.iter().map(|path| format!("{}\n", path.display())).collect()
}

#[test]
fn a_permutation_holds_the_right_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let [(a, at_a), (b, at_b), (c, at_c)] = files(folder.path());
    let [x, y, z] = [&a, &b, &c].map(AsRawFd::as_raw_fd);
    let command = links(&[x, y, 0])
        .descriptor(x, Stdio::Descriptor(y))
        .descriptor(y, Stdio::Descriptor(x))
        .stdin(Stdio::Descriptor(z));
    assert_eq!(output(command), lines(&[&at_b, &at_a, &at_c]));
}

#[test]
fn one_source_serves_many_targets_and_its_own_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let [(a, at_a)] = files(folder.path());
    let x = a.as_raw_fd();
    let command = links(&[x, x + 40, 0])
        .descriptor(x, Stdio::Inherit)
        .descriptor(x + 40, Stdio::Descriptor(x))
        .stdin(Stdio::Descriptor(x));
    assert_eq!(output(command), lines(&[&at_a, &at_a, &at_a]));
}

#[test]
fn the_null_device_is_opened_anywhere() {
    let null = PathBuf::from("/dev/null");
    let command = links(&[0, 2, 9]).stdin(Stdio::Null).stderr(Stdio::Null).descriptor(9, Stdio::Null);
    assert_eq!(output(command), lines(&[&null, &null, &null]));
}

#[test]
fn everything_else_is_closed() {
    let null = File::open("/dev/null").expect("/dev/null opens");
    let _low = inheritable(null.as_fd(), 3);
    let high = inheritable(null.as_fd(), 200);
    assert_eq!(output(list()), ONLY_STANDARD);
    let command = list().stdin(Stdio::Descriptor(high.as_raw_fd()));
    assert_eq!(output(command), ONLY_STANDARD, "also below the source");
}

/// Where a table that reaches up to them would be copied first, beside a low one and one that stays where it is.
pub(crate) fn gives_high_numbers() {
    if raise_descriptor_limit(8192) < 5000 {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let [(a, at_a), (b, at_b)] = files(folder.path());
    let [moved, stays] = [inheritable(a.as_fd(), 2000), inheritable(b.as_fd(), 4000)];
    let stays_at = stays.as_raw_fd();
    let command = links(&[0, 7, stays_at])
        .stdin(Stdio::Descriptor(moved.as_raw_fd()))
        .descriptor(7, Stdio::Descriptor(b.as_raw_fd()))
        .descriptor(stays_at, Stdio::Inherit);
    assert_eq!(output(command), lines(&[&at_a, &at_b, &at_b]));
    assert_eq!(output(list().stdin(Stdio::Descriptor(moved.as_raw_fd()))), ONLY_STANDARD);
    assert!(refusal(&Command::new("/no/such").stdin(Stdio::Descriptor(stays_at))).is_not_found());
}

#[test]
fn high_numbers_are_given() {
    isolated("descriptors::high_numbers_are_given", gives_high_numbers);
}

#[test]
fn without_closing_only_what_is_close_on_exec_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let [(private, _), (shared, at_shared)] = files(folder.path());
    let shared = inheritable(shared.as_fd(), 300);
    let numbers = [private.as_raw_fd(), shared.as_raw_fd()];
    assert_eq!(output(links(&numbers[1..]).close_fds(false)), lines(&[&at_shared]));
    let line = format!("test -e /proc/self/fd/{} || echo closed", numbers[0]);
    assert_eq!(output(Command::shell(line).close_fds(false)), "closed\n");
}

#[test]
fn an_exchange_without_closing_leaves_the_spare_number_free() {
    let folder = tempfile::tempdir().expect("a folder");
    let [(a, at_a), (b, at_b)] = files(folder.path());
    let out = tempfile::NamedTempFile::new().expect("a file");
    let [x, y] = [&a, &b].map(AsRawFd::as_raw_fd);
    let spare = 400;
    let command = Command::shell(format!(
        "readlink /proc/self/fd/{x} /proc/self/fd/{y}; test -e /proc/self/fd/{spare} || echo free"
    ))
    .descriptor(x, Stdio::Descriptor(y))
    .descriptor(y, Stdio::Descriptor(x))
    .stdout(Stdio::Descriptor(out.as_raw_fd()))
    .close_fds(false);
    let environment = standpipe_sys::spawn::environment();
    let parent = Parent { environment: &environment, spare: Some(spare) };
    let exit = spawn(&Plan::new(&command, parent).expect("a plan")).expect("a child").into_exit();
    assert_eq!(reaped(&exit), Done::Ok(0));
    let text = std::fs::read_to_string(out.path()).expect("its output");
    assert_eq!(text, lines(&[&at_b, &at_a]) + "free\n");
}

#[test]
fn the_parents_descriptors_stay_as_they_are() {
    isolated("descriptors::the_parents_descriptors_stay_as_they_are", || {
        let null = File::open("/dev/null").expect("/dev/null opens");
        let high = inheritable(null.as_fd(), 100);
        let before = descriptors();
        let command = Command::new("true").stdin(Stdio::Null).stdout(Stdio::Descriptor(high.as_raw_fd()));
        let exit = start(&command.descriptor(50, Stdio::Null));
        assert_eq!(reaped(&exit), Done::Ok(0));
        drop(exit);
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn standard_descriptors_may_be_closed_in_the_parent() {
    isolated("descriptors::standard_descriptors_may_be_closed_in_the_parent", || {
        let folder = tempfile::tempdir().expect("a folder");
        let stderr = std::io::stderr().as_fd().try_clone_to_owned().expect("a copy of standard error");
        close_standard();
        let closed = refusal(&Command::new("true").stdin(Stdio::Descriptor(1)));
        let files: [(File, PathBuf); 3] = files(folder.path());
        let numbers = files.each_ref().map(|(file, _)| file.as_raw_fd());
        // A cycle among the three: the child writes to what was 2, and it is the second file for it.
        let command = links(&[0, 1, 2])
            .stdin(Stdio::Descriptor(1))
            .stdout(Stdio::Descriptor(2))
            .stderr(Stdio::Descriptor(0));
        let status = reaped(&start(&command));
        put_at(stderr.as_fd(), 2);

        let [a, b, c] = files.each_ref().map(|(_, path)| path);
        assert_eq!(*closed.step(), SpawnStep::Duplicate { from: 1, to: 0 });
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!(status, Done::Ok(0));
        assert_eq!(std::fs::read_to_string(c).expect("its output"), lines(&[b, c, a]));
    });
}

#[test]
fn ten_thousand_open_descriptors_do_no_harm() {
    isolated("descriptors::ten_thousand_open_descriptors_do_no_harm", || {
        let limit = raise_descriptor_limit(1 << 20);
        let null = File::open("/dev/null").expect("/dev/null opens");
        let count = (limit - 100).min(10_000) as usize;
        let open: Vec<OwnedFd> = (0..count).map(|_| inheritable(null.as_fd(), 3)).collect();
        assert_eq!(output(list()), ONLY_STANDARD);
        let highest = open.last().expect("many").as_raw_fd();
        assert_eq!(output(list().stdin(Stdio::Descriptor(highest))), ONLY_STANDARD);
        let inherited = output(Command::shell("ls /proc/self/fd | wc -l").close_fds(false));
        assert!(inherited.trim().parse::<usize>().expect("a number") > count);
    });
}

#[test]
fn a_plan_may_be_run_again() {
    let plan = plan(&Command::shell("exit 4").stdin(Stdio::Null));
    for _ in 0..3 {
        assert_eq!(reaped(&spawn(&plan).expect("a child").into_exit()), Done::Ok(4 << 8));
    }
}
