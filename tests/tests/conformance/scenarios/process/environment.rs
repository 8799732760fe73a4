//! The child's environment.

use std::env;
use std::os::unix::ffi::OsStringExt;

use standpipe_core::process::{Command, PlanError};
use standpipe_tests::harness::{Condition, Processes, Scenario, Verdict};

use super::support::{PUPPET, fine, finished, plain, puppet, real, refused, run, said, text};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("the_parents_environment_arrives_whole", whole),
    real("variables_arrive_byte_for_byte", byte_for_byte),
    real("a_cleared_environment_has_what_is_set_afterwards", cleared),
    real("a_removed_variable_is_gone", removed),
    real("a_changed_variable_hides_the_parents", changed),
    real("without_a_path_the_systems_own_is_searched", no_path),
    real("five_thousand_variables_arrive", five_thousand),
    plain("a_variables_name_with_an_equals_sign_is_refused", equals_sign),
    plain("a_nul_in_a_variable_is_refused", nul),
    Scenario {
        under: &[Condition::Unprivileged],
        ..real("a_child_changes_no_environment_but_its_own", its_own)
    },
];

fn environment() -> Command {
    puppet("show /proc/self/environ")
}

fn sorted(environment: &[u8]) -> Vec<Vec<u8>> {
    let variables = environment.split(|byte| *byte == 0).filter(|variable| !variable.is_empty());
    let mut variables: Vec<_> = variables.map(<[u8]>::to_vec).collect();
    variables.sort();
    variables
}

/// It is not in the log, since it names the scenario's own report.
fn whole(on: &dyn Processes) -> Verdict {
    let done = run(on, environment());
    let ours = env::vars_os().map(|(name, value)| [name.into_vec(), value.into_vec()].join(&b'='));
    let mut ours: Vec<_> = ours.collect();
    ours.sort();
    assert_eq!(sorted(&done.output().stdout), ours);
    fine()
}

/// SUB-27.
fn byte_for_byte(on: &dyn Processes) -> Verdict {
    let command = environment().env_clear().env("A", "").env("B", "x=y\n z").env("C", b"\xff\xfe".as_slice());
    let done = run(on, command);
    assert_eq!(sorted(&done.output().stdout), [&b"A="[..], b"B=x=y\n z", b"C=\xff\xfe"]);
    finished(&done)
}

fn cleared(on: &dyn Processes) -> Verdict {
    assert_eq!(said(on, environment().env("A", "1").env_clear()), "");
    let said = said(on, environment().env("A", "1").env_clear().env("B", "2"));
    assert_eq!(said, "B=2\0");
    text("environment", &said)
}

fn removed(on: &dyn Processes) -> Verdict {
    assert!(env::var_os("PATH").is_some());
    let said = said(on, environment().env("A", "1").env_remove("A").env_remove("PATH").env_remove("NO_SUCH"));
    assert!(said.split('\0').all(|variable| !variable.starts_with("A=") && !variable.starts_with("PATH=")));
    fine()
}

fn changed(on: &dyn Processes) -> Verdict {
    let said = said(on, environment().env("PATH", "/one").env("PATH", "/two"));
    let paths: Vec<_> = said.split('\0').filter(|variable| variable.starts_with("PATH=")).collect();
    assert_eq!(paths, ["PATH=/two"]);
    fine()
}

/// SUB-27: `env` is found all the same.
fn no_path(on: &dyn Processes) -> Verdict {
    let said = said(on, Command::new("env").env_clear().env("A", "1"));
    assert_eq!(said, "A=1\n");
    text("environment", &said)
}

fn five_thousand(on: &dyn Processes) -> Verdict {
    let numbers = 0..5000;
    let command = numbers.clone().fold(environment().env_clear(), |command, number| {
        command.env(format!("N{number:04}"), format!("{number:060}"))
    });
    let done = run(on, command);
    let expected: Vec<_> = numbers.map(|number| format!("N{number:04}={number:060}").into_bytes()).collect();
    assert_eq!(sorted(&done.output().stdout), expected);
    finished(&done)
}

fn equals_sign(on: &dyn Processes) -> Verdict {
    refused(on, Command::new(PUPPET).env("A=B", "1"), &PlanError::VariableName)?;
    refused(on, Command::new(PUPPET).env("", "1"), &PlanError::VariableName)
}

fn nul(on: &dyn Processes) -> Verdict {
    let reason = PlanError::Nul { what: "environment", offset: 3 };
    refused(on, Command::new(PUPPET).env("A", "1\x002"), &reason)
}

fn its_own(on: &dyn Processes) -> Verdict {
    let before: Vec<_> = env::vars_os().collect();
    said(on, environment().env("STANDPIPE_CHILDS", "1").env_remove("PATH"));
    assert!(env::vars_os().eq(before));
    fine()
}
