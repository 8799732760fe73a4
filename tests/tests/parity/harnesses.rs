//! What the test harnesses of the workspace list, each asked itself.

use std::collections::BTreeSet;
use std::env;
use std::time::Duration;

use serde_json::Value;
use standpipe_blocking::{Command, Exit};

/// Only to catch a hang. Nothing is built where the whole workspace is under test.
const LIMIT: Duration = Duration::from_secs(1200);

/// Every test of the workspace, as `target::name`. Documentation's own tests are not among them.
///
/// # Panics
/// When cargo or a harness fails.
pub(crate) fn listed() -> BTreeSet<String> {
    let build = cargo().args(["test", "--workspace", "--offline", "--tests", "--no-run"]);
    let release = (!cfg!(debug_assertions)).then_some("--release");
    let messages = ran(build.arg("--message-format=json").args(release));
    let harnesses: Vec<(String, String)> = messages.lines().filter_map(harness).collect();
    assert!(!harnesses.is_empty(), "cargo tells where the tests are");
    harnesses.iter().flat_map(|(target, program)| tests(target, program)).collect()
}

/// The cargo that runs this test, as it was before it told its own child what it is: what build scripts look at must not
/// have changed, or they run again.
fn cargo() -> Command {
    let told = |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(told);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    names.fold(Command::new(cargo).current_dir(env!("CARGO_MANIFEST_DIR")), Command::env_remove)
}

fn ran(command: Command) -> String {
    let output = command.timeout(LIMIT).output().expect("it runs");
    assert_eq!(output.exit, Exit::Code(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The target and the program of a harness that cargo tells of.
fn harness(message: &str) -> Option<(String, String)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_test = message["profile"]["test"].as_bool()?;
    let program = message["executable"].as_str().filter(|_| is_test)?;
    let target = message["target"]["name"].as_str()?;
    Some((target.replace('-', "_"), program.into()))
}

fn tests(target: &str, program: &str) -> Vec<String> {
    let lines = ran(Command::new(program).arg("--list"));
    let names = lines.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(|name| format!("{target}::{name}")).collect()
}
