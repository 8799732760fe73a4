//! Many threads that spawn at once.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use standpipe_core::Done;
use standpipe_core::process::{Command, Stdio};
use standpipe_sys::fd;

use crate::support::{isolated, output, reaped, refusal, start};
use crate::system::{descriptors, reap_any};

#[test]
fn nothing_leaks_from_many_threads() {
    isolated("threads::nothing_leaks_from_many_threads", || {
        assert_eq!(reaped(&start(&Command::new("true"))), Done::Ok(0));
        let before = descriptors();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        assert_eq!(output(Command::new("ls").arg("/proc/self/fd")), "0\n1\n2\n3\n");
                        refusal(&Command::new("/no/such/program"));
                    }
                });
            }
        });
        assert_eq!(descriptors(), before);
        assert_eq!(reap_any(), None);
    });
}

/// Were the writing end of one to leak into the other, neither would see its end.
#[test]
fn no_pipe_end_leaks_to_a_sibling() {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let (read, write) = fd::pipe().expect("a pipe");
                    let exit = start(&Command::new("cat").stdin(Stdio::Descriptor(read.as_raw_fd())));
                    drop(write);
                    assert_eq!(reaped(&exit), Done::Ok(0));
                }
            });
        }
    });
}

/// A child that has copied the writing descriptor, and does not run its program yet, keeps the script busy.
#[test]
fn a_script_just_written_can_be_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !written.load(Ordering::Relaxed) {
                    assert_eq!(reaped(&start(&Command::new("true").close_fds(false))), Done::Ok(0));
                }
            });
        }
        let writers = [0, 1].map(|writer| {
            let folder = folder.path();
            scope.spawn(move || (0..300).for_each(|n| write_and_run(&folder.join(format!("{writer}-{n}")))))
        });
        let results = writers.map(|writer| writer.join());
        written.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok), "a script was busy");
    });
}

fn write_and_run(path: &Path) {
    let mut script =
        OpenOptions::new().write(true).create_new(true).mode(0o755).open(path).expect("a new file");
    script.write_all(b"#!/bin/sh\nexit 7\n").expect("a script");
    drop(script);
    let exit = start(&Command::new(path.as_os_str().as_encoded_bytes()));
    assert_eq!(reaped(&exit), Done::Ok(7 << 8));
}

#[test]
fn a_program_that_stays_open_for_writing_is_refused_in_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("busy");
    let mut script =
        OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path).expect("a new file");
    script.write_all(b"#!/bin/sh\n").expect("a script");
    let error = refusal(&Command::new(path.as_os_str().as_encoded_bytes()));
    assert_eq!(error.fault().raw(), libc::ETXTBSY);
    assert!(error.is_not_executable());
}
