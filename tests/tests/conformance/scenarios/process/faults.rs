//! What goes wrong, and what is left of it.

use std::fs;

use rustix::io::Errno;
use standpipe_core::process::{Command, Exit, Stdio};
use standpipe_sys::spawn::SpawnStep;
use standpipe_tests::harness::{Call, Condition, Processes, Scenario, Verdict};

use super::support::{PUPPET, fails, fine, puppet, real, run, said};

/// Where every failure finds a cleaner that is in the way, or none.
const CROWDED: &[Condition] = &[
    Condition::SignalStorm,
    Condition::StandardClosed,
    Condition::Unprivileged,
    Condition::ForeignReaper,
    Condition::DeathsIgnored,
    Condition::DescriptorLimit,
];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: CROWDED, ..real("two_hundred_failures_leave_nothing", failures) },
    Scenario { under: CROWDED, ..real("failures_of_every_kind_leave_nothing", every_kind) },
    Scenario { under: CROWDED, ..real("children_forgotten_in_every_state_leave_nothing", forgotten) },
    real("a_failure_leaves_the_next_child_whole", next_child),
    real("a_child_inherits_nothing_of_a_failure", no_trace),
];

/// Descriptors and zombies are counted by whoever runs this.
fn failures(on: &dyn Processes) -> Verdict {
    for _ in 0..200 {
        fails(on, Command::new("/no/such"), SpawnStep::Execute("/no/such".into()), Errno::NOENT)?;
    }
    fine()
}

fn every_kind(on: &dyn Processes) -> Verdict {
    let null = || puppet("say x").stdin(Stdio::Pipe);
    for command in [
        null().directory("/no/such"),
        null().arg("\0"),
        null().descriptor(5, Stdio::Descriptor(9999)),
        null().descriptor(5, Stdio::Pipe).executable("/no/such"),
        null().umask(0o10_000),
        null().executable("/dev/null"),
    ] {
        for _ in 0..10 {
            let call = Call { input: Some(b"x".to_vec()), ..Call::new(command.clone()) };
            on.run(&call).expect_err("it cannot be started");
        }
    }
    fine()
}

/// Failure 14: waiting, writing, reading, stopped, ended, and with a child of its own.
fn forgotten(on: &dyn Processes) -> Verdict {
    let acts = [
        "wait 60000",
        "write 1 10000000 100000",
        "read 1 1000",
        "stop",
        "exit 3",
        "null 1 , null 2 , wait 60000",
    ];
    for acts in acts {
        for _ in 0..20 {
            on.forget(&Call { input: Some(vec![0; 200_000]), ..Call::new(puppet(acts)) });
        }
    }
    fine()
}

fn next_child(on: &dyn Processes) -> Verdict {
    for _ in 0..20 {
        fails(on, puppet("").directory(PUPPET), SpawnStep::Directory(PUPPET.into()), Errno::NOTDIR)?;
        let done = run(on, puppet("write 1 70000 70000 , exit 3"));
        assert_eq!((done.output().stdout.len(), done.output().exit), (70_000, Exit::Code(3)));
    }
    fine()
}

/// What the failed child did to its own folder, mask and descriptors is not seen here, though it shared our memory.
fn no_trace(on: &dyn Processes) -> Verdict {
    let ours = || fs::read_to_string("/proc/self/status").expect("proc is mounted");
    let of = |name: &str| super::support::field(&ours(), name);
    let names = ["Umask:", "SigIgn:", "SigCgt:", "Uid:", "NSsid:"];
    let before = names.map(of);
    let doomed = puppet("").umask(0o777).nice(19).directory("/").executable("/no/such");
    fails(on, doomed, SpawnStep::Execute("/no/such".into()), Errno::NOENT)?;
    assert_eq!(names.map(of), before);
    assert_eq!(said(on, puppet("say x")), "x");
    fine()
}
