//! Bad usage, and help.

use crate::support::{Ended, STANDPIPE, command, finish, on_every_runtime, standpipe};

on_every_runtime! {
    bad_usage_is_code_2 bad_usage_of_run_is_code_125 what_cannot_be_served
}

#[track_caller]
fn assert_refused(ended: &Ended, code: i32, words: &str) {
    let Ended { stderr, stdout, .. } = ended;
    assert_eq!(ended.code, Some(code), "{stderr}");
    assert!(stdout.is_empty());
    let first = stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("error: ") && stderr.contains(words), "'{words}' is not in: {stderr}");
}

fn bad_usage_is_code_2(runtime: &str) {
    let connect = |words: &[&str]| finish(standpipe(runtime, "connect", words));
    assert_refused(&connect(&["--no-such-option", "127.0.0.1:1"]), 2, "--no-such-option");
    assert_refused(&connect(&[]), 2, "ADDR");
    assert_refused(&connect(&["nonsense"]), 2, "write host:port");
    assert_refused(&connect(&["::1:7000"]), 2, "brackets");
    assert_refused(&connect(&["localhost:70000"]), 2, "from 0 to 65535");
    assert_refused(&connect(&["--connect-timeout", "1 s", "127.0.0.1:1"]), 2, "unit");
    let serve = |words: &[&str]| finish(standpipe(runtime, "serve", words));
    assert_refused(&serve(&["127.0.0.1:0"]), 2, "--exec");
    assert_refused(&serve(&["127.0.0.1:0", "--echo", "--sh", "cat"]), 2, "cannot be used with");
    assert_refused(&serve(&["127.0.0.1:0", "--max-connections", "0", "--echo"]), 2, "0");
}

fn bad_usage_of_run_is_code_125(runtime: &str) {
    let run = |words: &[&str]| finish(standpipe(runtime, "run", words));
    assert_refused(&run(&["--no-such-option", "--", "true"]), 125, "--no-such-option");
    assert_refused(&run(&[]), 125, "CMD");
    assert_refused(&run(&["--signal", "NOISE", "--", "true"]), 125, "no such signal");
    assert_refused(&run(&["--timeout", "soon", "--", "true"]), 125, "unit");
    run(&["--pipe", "--", "true", "--", "--", "true"]).failed(125, "empty");
    run(&["--input", "/no/such/file", "--", "true"]).failed(125, "/no/such/file");
}

fn what_cannot_be_served(runtime: &str) {
    let serve = |address: &str| finish(standpipe(runtime, "serve", &[address, "--echo"]));
    serve("-").failed(2, "standard input");
    serve("fd:999").failed(1, "fd:999");
    serve("unix:/no/such/folder/socket").failed(1, "/no/such/folder/socket");
    serve(&format!("unix:/tmp/{}", "x".repeat(200))).failed(1, "no path for a socket");
    finish(standpipe(runtime, "connect", &["-"])).failed(2, "standard input");
    finish(standpipe(runtime, "connect", &["fd:999"])).failed(1, "fd:999");
}

#[test]
fn an_unknown_runtime_is_told_the_known_ones() {
    let refused = finish(standpipe("tokio", "run", &["--", "true"]));
    assert_refused(&refused, 125, "blocking, mio, smol");
}

#[test]
fn the_help_of_every_task_has_an_example() {
    for task in ["serve", "connect", "run"] {
        let mut help = command(STANDPIPE);
        help.args([task, "--help"]);
        let help = finish(help).text();
        assert!(help.contains("Example") && help.contains(&format!("standpipe {task} ")), "{help}");
        assert!(help.contains("Exit codes:"), "{help}");
    }
}

#[test]
fn the_help_names_every_task() {
    let mut help = command(STANDPIPE);
    help.arg("--help");
    let help = finish(help).text();
    assert!(["serve", "connect", "run"].iter().all(|task| help.contains(task)), "{help}");
}

#[test]
fn the_version_is_told() {
    let mut version = command(STANDPIPE);
    version.arg("--version");
    assert_eq!(finish(version).text(), format!("standpipe {}\n", env!("CARGO_PKG_VERSION")));
}
