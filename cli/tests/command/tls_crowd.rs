//! TLS connections by the hundred: at once, and one after another.

use crate::support::{connect, finish, finish_with, is_missing, on_every_runtime, python3, secure};

on_every_runtime! {
    two_hundred_drain a_thousand_leave_nothing_behind
}

/// A shutdown in the midst of transfers: every one of them comes to its own end.
fn two_hundred_drain(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--sh", "echo $$; cat"]);
    let pid = server.pid().to_string();
    let clients = python3(&["crowd", server.host_and_port().1, &pid, "200"]);
    assert_eq!(finish(clients).text(), "200\n", "each has a child of its own");
    server.end().well();
}

fn a_thousand_leave_nothing_behind(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--exec", "cat"]);
    let visits = |count: &str| finish(python3(&["visits", server.host_and_port().1, count])).well();
    // What is made once and kept is there after these.
    visits("4");
    let before = server.counts_at_rest();
    visits("1000");
    server.comes_back_to(before);
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(client, &b"still there"[..]).text(), "still there");
    server.terminate();
    let ended = server.end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stderr.lines().count(), 2 + 334, "one line for each that was cut off: {}", ended.stderr);
    assert!(ended.stderr.lines().all(|line| line.contains("reset") || line.contains("roken pipe")));
}
