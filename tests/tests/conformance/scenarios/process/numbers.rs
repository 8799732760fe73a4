//! Descriptors that cannot be had.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use standpipe_core::process::{Exit, PlanError, Stdio};
use standpipe_core::{Fault, FaultKind};
use standpipe_sys::spawn::SpawnStep;
use standpipe_sys::{LaunchError, RunError, fault};
use standpipe_tests::harness::{Call, NotRun, Processes, Scenario, Verdict};

use super::support::{ROOMY, failed, fails, fine, finished, plain, puppet, real, refused, run};
use crate::condition::leave_descriptors;

pub(super) const SCENARIOS: &[Scenario] = &[
    real("a_closed_source_is_told_before_anything_is_opened", closed_source),
    real("a_closed_descriptor_cannot_be_passed_on", closed_inherited),
    plain("a_negative_number_is_refused", negative),
    plain("only_standard_error_can_follow_standard_output", not_standard_error),
    real("a_number_beyond_every_limit_is_told", beyond),
    Scenario { under: ROOMY, ..real("a_high_number_is_filled", high) },
    Scenario { under: ROOMY, ..real("at_any_descriptor_limit_it_runs_or_says_why", any_limit) },
];

const NOT_OPEN: i32 = 9999;

fn closed_source(on: &dyn Processes) -> Verdict {
    let command = puppet("descriptors").stdin(Stdio::Descriptor(NOT_OPEN));
    fails(on, command, SpawnStep::Source(NOT_OPEN), Errno::BADF)
}

fn closed_inherited(on: &dyn Processes) -> Verdict {
    let command = puppet("descriptors").descriptor(NOT_OPEN, Stdio::Inherit);
    fails(on, command, SpawnStep::Source(NOT_OPEN), Errno::BADF)
}

fn negative(on: &dyn Processes) -> Verdict {
    refused(on, puppet("").descriptor(-1, Stdio::Null), &PlanError::NegativeDescriptor(-1))?;
    refused(on, puppet("").stdin(Stdio::Descriptor(-2)), &PlanError::NegativeDescriptor(-2))
}

/// SUB-05.
fn not_standard_error(on: &dyn Processes) -> Verdict {
    refused(on, puppet("").descriptor(3, Stdio::Stdout), &PlanError::NotStderr(3))
}

fn beyond(on: &dyn Processes) -> Verdict {
    let file = File::open("/dev/null").expect("it is there");
    let error = failed(on, puppet("").descriptor(i32::MAX - 1, Stdio::Descriptor(file.as_raw_fd())));
    assert_eq!(*error.step(), SpawnStep::Duplicate { from: file.as_raw_fd(), to: i32::MAX - 1 });
    assert_eq!(error.fault(), fault(Errno::BADF.raw_os_error()));
    fine()
}

/// Both far above what is open.
fn high(on: &dyn Processes) -> Verdict {
    let null = File::open("/dev/null").expect("it is there");
    let source = fcntl_dupfd_cloexec(&null, 900).expect("a free number");
    let command = puppet("descriptors").descriptor(950, Stdio::Descriptor(source.as_raw_fd()));
    let open = super::descriptors::open_in(on, command);
    assert!(open.keys().eq(&[0, 1, 2, 950]), "{open:?}");
    fine()
}

/// From none that is free to enough of them.
fn any_limit(on: &dyn Processes) -> Verdict {
    let usual = getrlimit(Resource::Nofile);
    let call = Call { input: Some(b"x".to_vec()), ..Call::new(puppet("copy 1")) };
    for left in 0..16 {
        leave_descriptors(left);
        let done = on.run(&call);
        setrlimit(Resource::Nofile, Rlimit { ..usual }).expect("up to the hard limit");
        match done {
            Ok(done) if done.output().exit == Exit::Code(0) => assert_eq!(done.output().stdout, b"x"),
            // The program itself has found too few.
            Ok(done) => assert!(left < 8, "{done:?}"),
            Err(error) => assert_eq!(fault_of(error).kind(), FaultKind::DescriptorLimit, "{left} were left"),
        }
    }
    finished(&run(on, puppet("say enough")))
}

/// What the system has said.
fn fault_of(error: NotRun) -> Fault {
    match error.downcast::<RunError>().map(|error| *error) {
        Ok(RunError::Launch(LaunchError::Pipe(fault))) => fault,
        Ok(RunError::Launch(LaunchError::Spawn(error))) => error.fault(),
        Ok(RunError::Wait(error)) => raw(&error),
        other => panic!("not for want of descriptors: {other:?}"),
    }
}

fn raw(error: &io::Error) -> Fault {
    fault(error.raw_os_error().expect("the system has said so"))
}
