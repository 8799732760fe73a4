//! What stands behind the child's descriptors.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_getfd, fcntl_setfd};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use standpipe_core::process::{Command, Stdio};
use standpipe_tests::harness::{Call, Processes, Scenario, Verdict};

use super::support::{ROOMY, USUAL, bounded, fine, finished, puppet, real, run, said, shell};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("only_what_is_listed_is_open", only_listed),
    Scenario { under: ROOMY, ..real("a_thousand_open_descriptors_stay_the_parents", thousand) },
    real("what_is_inheritable_is_kept_where_that_is_asked_for", old_way),
    real("a_file_arrives_at_its_number", at_its_number),
    real("one_file_arrives_at_many_numbers", at_many_numbers),
    real("files_change_places", change_places),
    Scenario { under: &[], ..real("standard_streams_come_in_any_order", any_order) },
    real("a_ring_of_five_keeps_every_source", ring),
    real("what_is_passed_on_loses_close_on_exec_in_the_child_alone", passed_on),
    real("the_null_device_gives_and_keeps_nothing", null_device),
    real("a_childs_ends_are_blocking", blocking),
    real("standard_error_follows_standard_output_in_order", merged),
    Scenario { under: &[], ..real("standard_error_follows_an_inherited_standard_output", merged_with_ours) },
    real("a_socket_is_a_standard_stream", socket),
    real("a_files_position_is_shared", position),
    Scenario { under: USUAL, ..real("what_was_closed_in_the_parent_is_closed_in_the_child", closed) },
];

/// The child's descriptors with what is behind them, as a puppet tells.
pub(super) fn open_in(on: &dyn Processes, command: Command) -> BTreeMap<i32, String> {
    listed(&said(on, command))
}

fn listed(text: &str) -> BTreeMap<i32, String> {
    let entry = |line: &str| {
        let (number, target) = line.split_once(' ').expect("two words");
        (number.parse().expect("a number"), target.into())
    };
    text.lines().map(entry).collect()
}

/// Files with a letter each, `a` first, at numbers from 10 up.
fn letters<const N: usize>() -> (tempfile::TempDir, [OwnedFd; N]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let letter = |index: usize| {
        let path = folder.path().join(char::from(b'a' + index as u8).to_string());
        let file = File::options().create(true).truncate(true).read(true).write(true).open(path);
        fcntl_dupfd_cloexec(file.expect("it can be made"), 10).expect("a free number")
    };
    let files = std::array::from_fn(letter);
    (folder, files)
}

/// The last letter of what is behind a descriptor: which of the [`letters`] it is.
fn letter(open: &BTreeMap<i32, String>, number: i32) -> Option<char> {
    open.get(&number).and_then(|target| target.chars().last())
}

fn descriptors() -> Command {
    puppet("descriptors")
}

fn inheritable(fd: impl AsFd) {
    fcntl_setfd(fd, FdFlags::empty()).expect("it is open");
}

/// SUB-24: even what is inheritable is not inherited.
fn only_listed(on: &dyn Processes) -> Verdict {
    let (_folder, files) = letters::<3>();
    files.iter().for_each(inheritable);
    let open = open_in(on, descriptors());
    assert!(open.keys().eq(&[0, 1, 2]), "{open:?}");
    fine()
}

/// Failure 23, the half that is not about time.
fn thousand(on: &dyn Processes) -> Verdict {
    let null = File::open("/dev/null").expect("it is there");
    let many: Vec<_> = (0..1000).map(|_| null.try_clone().expect("a free number")).collect();
    many.iter().for_each(inheritable);
    let highest = many.iter().map(AsRawFd::as_raw_fd).max().expect("there are some");
    let open = open_in(on, descriptors().descriptor(highest - 1, Stdio::Inherit));
    assert!(open.keys().eq(&[0, 1, 2, highest - 1]), "{open:?}");
    fine()
}

/// SUB-24 as the original had it, but for our own ends, which are close-on-exec.
fn old_way(on: &dyn Processes) -> Verdict {
    let (_folder, files) = letters::<3>();
    inheritable(&files[1]);
    let open = open_in(on, descriptors().close_fds(false));
    let numbers = files.each_ref().map(AsRawFd::as_raw_fd);
    assert_eq!(numbers.map(|number| letter(&open, number)), [None, Some('b'), None], "{open:?}");
    fine()
}

fn at_its_number(on: &dyn Processes) -> Verdict {
    let (_folder, [file]) = letters();
    let open = open_in(on, descriptors().descriptor(7, Stdio::Descriptor(file.as_raw_fd())));
    assert!(open.keys().eq(&[0, 1, 2, 7]), "{open:?}");
    assert_eq!(letter(&open, 7), Some('a'));
    fine()
}

fn at_many_numbers(on: &dyn Processes) -> Verdict {
    let (_folder, [file]) = letters();
    let source = Stdio::Descriptor(file.as_raw_fd());
    let command =
        [0, 3, 5, file.as_raw_fd()].into_iter().fold(descriptors(), |c, to| c.descriptor(to, source));
    let open = open_in(on, command);
    assert!([0, 3, 5, file.as_raw_fd()].iter().all(|to| letter(&open, *to) == Some('a')), "{open:?}");
    assert_eq!(open.len(), 6);
    fine()
}

/// Failure 19: the first two change places, and the third becomes standard input.
fn change_places(on: &dyn Processes) -> Verdict {
    let (_folder, files) = letters();
    let [a, b, c] = files.each_ref().map(AsRawFd::as_raw_fd);
    let command = descriptors()
        .descriptor(a, Stdio::Descriptor(b))
        .descriptor(b, Stdio::Descriptor(a))
        .stdin(Stdio::Descriptor(c));
    let open = open_in(on, command);
    assert_eq!([a, b, 0].map(|number| letter(&open, number)), [Some('b'), Some('a'), Some('c')]);
    assert_eq!(open.len(), 5, "{open:?}");
    fine()
}

/// SUB-22. The list goes to whatever is standard output then.
fn any_order(on: &dyn Processes) -> Verdict {
    let saved = [
        std::io::stdin().as_fd().try_clone_to_owned(),
        std::io::stdout().as_fd().try_clone_to_owned(),
        std::io::stderr().as_fd().try_clone_to_owned(),
    ];
    let saved = saved.map(|copy| copy.expect("it is open"));
    let (folder, files) = letters::<3>();
    standard(&files);
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let seen = orders.map(|order| in_order(on, &folder, order));
    standard(&saved);
    for (order, open) in orders.iter().zip(seen) {
        let expected = order.map(|source| Some(['a', 'b', 'c'][source as usize]));
        assert_eq!([0, 1, 2].map(|number| letter(&open, number)), expected);
    }
    fine()
}

fn standard([input, output, error]: &[OwnedFd; 3]) {
    let put = dup2_stdin(input).and_then(|()| dup2_stdout(output)).and_then(|()| dup2_stderr(error));
    put.expect("they are open");
}

fn in_order(on: &dyn Processes, folder: &tempfile::TempDir, order: [i32; 3]) -> BTreeMap<i32, String> {
    let output = folder.path().join(["a", "b", "c"][order[1] as usize]);
    File::options().write(true).open(&output).and_then(|file| file.set_len(0)).expect("it is ours");
    let numbers = (0..).zip(order);
    run(
        on,
        numbers.fold(descriptors(), |command, (to, from)| command.descriptor(to, Stdio::Descriptor(from))),
    );
    let text = fs::read_to_string(output).expect("it is ours");
    // It is written to where the one before had come to.
    listed(text.trim_start_matches('\0'))
}

fn ring(on: &dyn Processes) -> Verdict {
    let (_folder, files) = letters::<5>();
    let numbers = files.each_ref().map(AsRawFd::as_raw_fd);
    let next = |index: usize| Stdio::Descriptor(numbers[(index + 1) % 5]);
    let pairs = numbers.into_iter().enumerate();
    let open =
        open_in(on, pairs.fold(descriptors(), |command, (index, to)| command.descriptor(to, next(index))));
    let found: String = numbers.iter().filter_map(|number| letter(&open, *number)).collect();
    assert_eq!((found.as_str(), open.len()), ("bcdea", 8));
    fine()
}

fn passed_on(on: &dyn Processes) -> Verdict {
    let (_folder, [file]) = letters();
    let number = file.as_raw_fd();
    let open = open_in(on, descriptors().descriptor(number, Stdio::Inherit));
    assert_eq!(letter(&open, number), Some('a'));
    assert_eq!(fcntl_getfd(&file).expect("it is open"), FdFlags::CLOEXEC);
    fine()
}

fn null_device(on: &dyn Processes) -> Verdict {
    let nulls =
        [2, 5].into_iter().fold(descriptors(), |command, number| command.descriptor(number, Stdio::Null));
    let open = open_in(on, nulls);
    assert!([0, 2, 5].iter().all(|number| open[number] == "/dev/null"), "{open:?}");
    let done = run(on, puppet("write 1 100000 1000 , complain x , read 10 0").stdout(Stdio::Null));
    assert!(done.output().stdout.is_empty());
    finished(&done)
}

/// Failure 18: no end of the child's has `O_NONBLOCK`.
fn blocking(on: &dyn Processes) -> Verdict {
    let command = puppet("flags 0 , say / , flags 1 , say / , flags 2");
    let done = bounded(on, Call { input: Some(Vec::new()), ..Call::new(command) });
    let said = String::from_utf8(done.output().stdout.clone()).expect("text");
    let flags: Vec<u32> =
        said.split('/').map(|flags| u32::from_str_radix(flags, 8).expect("octal")).collect();
    assert!(flags.len() == 3 && flags.iter().all(|flags| flags & 0o4000 == 0), "{said}");
    finished(&done)
}

/// POP-04.
fn merged(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("say a , complain b , say c , complain d").stderr(Stdio::Stdout));
    assert_eq!((&done.output().stdout[..], &done.output().stderr[..]), (&b"abcd"[..], &b""[..]));
    finished(&done)
}

/// SUB-21.
fn merged_with_ours(on: &dyn Processes) -> Verdict {
    let ours = std::io::stdout().as_fd().try_clone_to_owned().expect("it is open");
    let (folder, [file]) = letters();
    dup2_stdout(&file).expect("it is open");
    let done = run(on, puppet("complain x").stdout(Stdio::Inherit).stderr(Stdio::Stdout));
    dup2_stdout(&ours).expect("it is open");
    assert_eq!(fs::read(folder.path().join("a")).expect("it is ours"), b"x");
    finished(&done)
}

fn socket(on: &dyn Processes) -> Verdict {
    let (mut ours, theirs) = UnixStream::pair().expect("sockets");
    ours.write_all(b"through").and_then(|()| ours.shutdown(Shutdown::Write)).expect("it is open");
    let end = Stdio::Descriptor(theirs.as_raw_fd());
    let done = run(on, puppet("copy 1").stdin(end).stdout(end));
    drop(theirs);
    let mut came = String::new();
    ours.read_to_string(&mut came).expect("it is open");
    assert_eq!(came, "through");
    finished(&done)
}

fn position(on: &dyn Processes) -> Verdict {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(b"abcdef").and_then(|()| file.rewind()).expect("it is ours");
    file.read_exact(&mut [0; 2]).expect("there is as much");
    let done = run(on, puppet("copy 1").stdin(Stdio::Descriptor(file.as_raw_fd())));
    assert_eq!(done.output().stdout, b"cdef");
    assert_eq!(file.stream_position().expect("it is ours"), 6);
    finished(&done)
}

/// SUB-22: nothing else comes to lie at a standard number, where the parent has none or has it for itself alone.
fn closed(on: &dyn Processes) -> Verdict {
    let is_passed = |flags: rustix::io::Result<FdFlags>| flags.is_ok_and(|flags| flags.is_empty());
    let (input, error) = (fcntl_getfd(std::io::stdin()), fcntl_getfd(std::io::stderr()));
    let line = "for n in 0 2; do test -e /proc/self/fd/$n && echo yes || echo no; done";
    let said = said(on, shell(line).stdin(Stdio::Inherit).stderr(Stdio::Inherit));
    let told = [input, error].map(|flags| if is_passed(flags) { "yes\n" } else { "no\n" });
    assert_eq!(said, told.concat());
    fine()
}
