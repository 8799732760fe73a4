//! Bytes that are moved within the kernel.

use std::os::unix::net::UnixStream;

use crate::stdio::{is_told_from_an_end, nothing_is_left};
use crate::support::{
    Server, assert_same, eventually, finish, finish_with, on_every_runtime, payload, standpipe,
};

on_every_runtime! {
    there_and_back through_conduits whatever_has_to_leave_the_kernel_excludes_it
    what_is_moved_is_counted limits_of_idleness_hold a_reset_is_no_end_of_input
    input_that_is_not_read_takes_no_output_with_it over_a_unix_socket many_at_once_leave_nothing
}

fn server(runtime: &str, words: &[&str]) -> Server {
    Server::start(runtime, &[&["--splice"], words].concat())
}

fn there_and_back(runtime: &str) {
    let echo = server(runtime, &["--echo"]);
    let link = server(runtime, &["--connect", echo.address()]);
    let cat = server(runtime, &["--exec", "cat"]);
    for server in [&echo, &link, &cat] {
        assert_same(&server.client().exchange(payload(32 << 20)), payload(32 << 20));
    }
    [link, echo, cat].into_iter().for_each(Server::stop);
}

/// Pipes that the process has open.
fn pipes(pid: u32) -> usize {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("proc is mounted").flatten();
    let targets = entries.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("pipe:")).count()
}

fn through_conduits(runtime: &str) {
    let per_direction = if cfg!(standpipe_force_portable) { 0 } else { 2 };
    let echo = server(runtime, &["--echo"]);
    let link = server(runtime, &["--connect", echo.address()]);
    for (server, directions) in [(&echo, 1), (&link, 2)] {
        // What is made once for the first of them is there by then.
        server.client().exchange(b"first");
        server.counts_at_rest();
        let before = pipes(server.pid());
        let mut client = server.client();
        client.send(b"x");
        assert_eq!(client.take(1), b"x");
        assert_eq!(pipes(server.pid()), before + directions * per_direction);
        drop(client);
        eventually("they are closed", || pipes(server.pid()) == before);
    }
    [link, echo].into_iter().for_each(Server::stop);
}

fn whatever_has_to_leave_the_kernel_excludes_it(runtime: &str) {
    let refused = |words: &[&str], named: &str| {
        let words = [&["127.0.0.1:0", "--splice"], words].concat();
        finish(standpipe(runtime, "serve", &words)).failed(2, named);
    };
    refused(&["--tls-self-signed", "--echo"], "--splice and TLS");
    refused(&["--connect", "tls:127.0.0.1:1"], "--splice and TLS");
    refused(&["--stdio", "socket", "--exec", "cat"], "--stdio socket and --splice");
}

fn what_is_moved_is_counted(runtime: &str) {
    let server = server(runtime, &["-v", "--exec", "cat"]);
    assert_same(&server.client().exchange(payload(1 << 20)), payload(1 << 20));
    server.log().once_it_has("1048576 bytes in, 1048576 out");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn limits_of_idleness_hold(runtime: &str) {
    let server = server(runtime, &["--idle-timeout", "300ms", "--echo"]);
    let mut client = server.client();
    client.send(b"x");
    assert_eq!(client.take(1), b"x");
    assert!(client.is_reset(), "a limit is no end");
    server.stop_after("idle");
}

fn a_reset_is_no_end_of_input(runtime: &str) {
    is_told_from_an_end(|words| server(runtime, words)).stop_after("reset");
}

fn input_that_is_not_read_takes_no_output_with_it(runtime: &str) {
    let server = server(runtime, &["--sh", "seq 1 300000; exit 3"]);
    let much = payload(4 << 20);
    assert_eq!(server.client().exchange(much).len(), 1_988_895);
    server.stop();
}

fn over_a_unix_socket(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let address = format!("unix:{}", path.display());
    let server = Server::at(runtime, &address, &["--splice", "--echo"]);
    let client = standpipe(runtime, "connect", &[&address]);
    assert_same(&finish_with(client, payload(4 << 20)).well(), payload(4 << 20));
    let idle = UnixStream::connect(&path).expect("the server is there");
    server.terminate();
    drop(idle);
    server.end().well();
}

fn many_at_once_leave_nothing(runtime: &str) {
    nothing_is_left(server(runtime, &["--exec", "cat"]));
}
