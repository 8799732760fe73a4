//! Steps that fail, and what is left of them: nothing.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use standpipe_core::process::{Command, Stdio};
use standpipe_core::{Done, FaultKind};
use standpipe_sys::fd;
use standpipe_sys::spawn::SpawnStep;

use crate::support::{isolated, output, reaped, refusal, start};
use crate::system::{descriptors, is_open, reap_any};

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

fn file(path: &Path, content: &str, mode: u32) {
    fs::write(path, content).expect("the file can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode can be set");
}

#[test]
fn a_missing_program_is_told_by_its_path() {
    let error = refusal(&Command::new("/no/such/program"));
    assert_eq!(error.to_string(), "cannot run '/no/such/program': no such file or directory (os error 2)");
    assert!(error.is_not_found() && !error.is_not_executable());
}

#[test]
fn a_missing_program_is_told_by_its_name() {
    let error = refusal(&Command::new("no-such-program").env("PATH", "/bin:/usr/bin"));
    assert_eq!(error.to_string(), "cannot run 'no-such-program': no such file or directory (os error 2)");
    assert!(error.is_not_found());
}

#[test]
fn a_file_in_the_place_of_a_folder_is_not_found() {
    let error = refusal(&Command::new("/dev/null/program"));
    assert_eq!(error.fault().raw(), libc::ENOTDIR);
    assert!(error.is_not_found());
}

#[test]
fn a_file_that_may_not_be_run_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plain");
    file(&path, "#!/bin/sh\n", 0o644);
    let error = refusal(&Command::new(bytes(&path)));
    assert_eq!(*error.step(), SpawnStep::Execute(path));
    assert_eq!(error.fault().kind(), FaultKind::PermissionDenied);
    assert!(error.is_not_executable() && !error.is_not_found());
}

#[test]
fn a_file_that_is_no_program_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text");
    file(&path, "just text\n", 0o755);
    let error = refusal(&Command::new(bytes(&path)));
    assert_eq!(error.fault().kind(), FaultKind::NotExecutable);
    assert!(error.is_not_executable());
}

#[test]
fn the_search_goes_on_past_a_file_that_may_not_be_run() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    file(&first.path().join("tool"), "#!/bin/sh\n", 0o644);
    let path = [&bytes(first.path())[..], b":", &bytes(second.path())].concat();
    let command = Command::new("tool").env("PATH", path);

    let error = refusal(&command);
    assert_eq!(error.fault().raw(), libc::EACCES, "it tells more than the later ENOENT");
    assert_eq!(*error.step(), SpawnStep::Execute("tool".into()));

    file(&second.path().join("tool"), "#!/bin/sh\nexit 5\n", 0o755);
    assert_eq!(reaped(&start(&command)), Done::Ok(5 << 8));
}

#[test]
fn a_missing_directory_is_told() {
    let error = refusal(&Command::new("true").directory("/no/such"));
    assert_eq!(
        error.to_string(),
        "cannot change directory to '/no/such': no such file or directory (os error 2)"
    );
    assert!(!error.is_not_found() && !error.is_not_executable(), "the program is not to blame");
}

#[test]
fn a_target_above_the_limit_is_told() {
    let (read, _write) = fd::pipe().expect("a pipe");
    let from = read.as_raw_fd();
    let error = refusal(&Command::new("true").descriptor(i32::MAX - 1, Stdio::Descriptor(from)));
    assert_eq!(*error.step(), SpawnStep::Duplicate { from, to: i32::MAX - 1 });
    assert_eq!(error.fault().kind(), FaultKind::BadDescriptor);
}

/// The lowest free numbers, which are those that a spawn's own descriptors get.
#[test]
fn a_closed_source_is_told_whatever_comes_to_lie_there() {
    isolated("failures::a_closed_source_is_told_whatever_comes_to_lie_there", || {
        for number in (3..).filter(|number| !is_open(*number)).take(6) {
            let error = refusal(&Command::new("true").stdin(Stdio::Descriptor(number)));
            assert_eq!(*error.step(), SpawnStep::Duplicate { from: number, to: 0 });
            assert_eq!(error.fault().raw(), libc::EBADF);
            let error = refusal(&Command::new("true").descriptor(number, Stdio::Inherit));
            assert_eq!(
                error.to_string(),
                format!("descriptor {number} cannot be kept: bad file descriptor (os error 9)")
            );
        }
    });
}

#[test]
fn nothing_is_left_of_a_failure() {
    isolated("failures::nothing_is_left_of_a_failure", || {
        let (read, _write) = fd::pipe().expect("a pipe");
        let before = descriptors();
        for _ in 0..20 {
            refusal(&Command::new("/no/such/program"));
            refusal(&Command::new("true").directory("/no/such"));
            refusal(&Command::new("true").stdin(Stdio::Descriptor(1000)));
            refusal(&Command::new("true").descriptor(i32::MAX - 1, Stdio::Descriptor(read.as_raw_fd())));
            assert_eq!(reap_any(), None, "no child is left");
        }
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn a_failure_does_not_disturb_the_next_child() {
    refusal(&Command::new("/no/such/program"));
    assert_eq!(output(Command::new("echo").arg("fine")), "fine\n");
}
