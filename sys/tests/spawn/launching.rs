//! Commands whose pipes are made for them.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};

use standpipe_core::Done;
use standpipe_core::process::{Command, PlanError, Stdio};
use standpipe_sys::spawn::SpawnStep;
use standpipe_sys::{LaunchError, launch};

use crate::support::{isolated, reaped};
use crate::system::{close_standard, descriptors, put_at};

fn step(command: &Command) -> SpawnStep {
    match launch(command) {
        Err(LaunchError::Spawn(error)) => error.step().clone(),
        other => panic!("{other:?}"),
    }
}

/// With the standard ones closed, the pipes get their numbers.
#[test]
fn a_pipe_is_not_taken_for_a_source_that_is_closed() {
    isolated("launching::a_pipe_is_not_taken_for_a_source_that_is_closed", || {
        let stderr = std::io::stderr().as_fd().try_clone_to_owned().expect("a copy of standard error");
        close_standard();
        let command = Command::new("cat").stdin(Stdio::Pipe);
        let steps = [
            step(&command.clone().stdout(Stdio::Descriptor(0))),
            step(&command.clone().stderr(Stdio::Stdout)),
            step(&command.clone().descriptor(7, Stdio::Inherit)),
        ];
        let child = launch(&command.stdout(Stdio::Null).stderr(Stdio::Null)).expect("it can be run");
        drop(child.pipes);
        let status = reaped(&child.exit);
        put_at(stderr.as_fd(), 2);
        assert_eq!(steps, [0, 1, 7].map(SpawnStep::Source));
        assert_eq!(status, Done::Ok(0), "it has read to the end, by the pipe's own number");
    });
}

#[test]
fn a_number_that_none_can_have_is_refused_by_the_plan() {
    let error = launch(&Command::new("true").stdin(Stdio::Descriptor(-1))).expect_err("it cannot be planned");
    assert!(matches!(error, LaunchError::Plan(PlanError::NegativeDescriptor(-1))), "{error}");
}

#[test]
fn descriptors_change_places_while_all_others_stay_open() {
    isolated("launching::descriptors_change_places_while_all_others_stay_open", || {
        let [a, b] = [(); 2].map(|()| tempfile::tempfile().expect("a file"));
        let out = tempfile::NamedTempFile::new().expect("a file");
        let [x, y, z] = [&a, &b, out.as_file()].map(File::as_raw_fd);
        let before = descriptors();
        let line = format!("echo to b >&{x}; echo to a >&{y}");
        let mut command = Command::shell(line).stdout(Stdio::Descriptor(z)).close_fds(false);
        command = command.descriptor(x, Stdio::Descriptor(y)).descriptor(y, Stdio::Descriptor(x));
        // Numbers that the command names are not taken for the exchange.
        for number in (0..20).filter(|number| !before.contains(number)).take(2) {
            command = command.descriptor(number, Stdio::Descriptor(z));
        }
        assert_eq!(reaped(&launch(&command).expect("it can be run").exit), Done::Ok(0));
        assert_eq!(descriptors(), before);
        let text = |file: &File| std::fs::read_to_string(format!("/proc/self/fd/{}", file.as_raw_fd()));
        assert_eq!(text(&a).expect("a file"), "to a\n");
        assert_eq!(text(&b).expect("a file"), "to b\n");
    });
}
