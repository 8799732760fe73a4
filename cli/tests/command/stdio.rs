//! What a served program has as its standard input and output: pipes, or the connection itself.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;

use crate::support::{
    Ended, Server, assert_same, eventually, finish, finish_with, is_alive, on_every_runtime, payload, signal,
    standpipe,
};

on_every_runtime! {
    pipes_where_nothing_is_said the_connection_where_it_is_asked_for by_itself_where_nothing_has_to_be_seen
    what_has_to_be_seen_excludes_it
    there_and_back an_answer_after_the_end a_late_answer reads_wait input_that_is_not_read_takes_no_output_with_it
    a_reset_is_no_end_of_input a_connection_ends_with_its_program a_program_that_cannot_be_run
    no_more_connections_of_one_address_than_allowed
    a_drain_lets_it_finish a_drain_has_an_end a_second_signal_ends_the_whole_group
    the_log_counts_no_bytes
    over_a_unix_socket many_at_once_leave_nothing
}

/// What the standard input and output of a served shell are.
fn kinds(runtime: &str, words: &[&str]) -> String {
    let line = "a=$(readlink /proc/$$/fd/0) b=$(readlink /proc/$$/fd/1); echo ${a%%:*} ${b%%:*}";
    let server = Server::start(runtime, &[words, &["--sh", line]].concat());
    let told = server.client().exchange(b"");
    server.stop();
    String::from_utf8(told).expect("text")
}

fn pipes_where_nothing_is_said(runtime: &str) {
    assert_eq!(kinds(runtime, &[]), "pipe pipe\n");
    assert_eq!(kinds(runtime, &["--idle-timeout", "0", "--half-close-timeout", "0"]), "pipe pipe\n");
}

fn the_connection_where_it_is_asked_for(runtime: &str) {
    assert_eq!(kinds(runtime, &["--stdio", "socket"]), "socket socket\n");
    assert_eq!(kinds(runtime, &["--stdio", "socket", "--idle-timeout", "0"]), "socket socket\n");
}

fn by_itself_where_nothing_has_to_be_seen(runtime: &str) {
    assert_eq!(kinds(runtime, &["--stdio", "auto"]), "socket socket\n");
    assert_eq!(kinds(runtime, &["--stdio", "auto", "--idle-timeout", "1m"]), "pipe pipe\n");
    assert_eq!(kinds(runtime, &["--stdio", "auto", "--half-close-timeout", "1m"]), "pipe pipe\n");
    let server = Server::start(runtime, &["--stdio", "auto", "--tls-self-signed", "--exec", "cat"]);
    let pin = format!("--tls-pin={}", server.pin());
    let client = standpipe(runtime, "connect", &["--tls", &pin, server.address()]);
    assert_eq!(finish_with(client, b"sealed".as_slice()).text(), "sealed");
    server.stop();
}

fn what_has_to_be_seen_excludes_it(runtime: &str) {
    let refused = |words: &[&str], named: &str| {
        let words = [&["127.0.0.1:0", "--stdio", "socket"], words].concat();
        finish(standpipe(runtime, "serve", &words)).failed(2, named);
    };
    refused(&["--echo"], "--echo");
    refused(&["--connect", "127.0.0.1:1"], "--connect");
    refused(&["--tls-self-signed", "--exec", "cat"], "TLS");
    refused(&["--idle-timeout", "1m", "--exec", "cat"], "--idle-timeout");
    refused(&["--half-close-timeout", "1m", "--exec", "cat"], "--half-close-timeout");
}

fn server(runtime: &str, words: &[&str]) -> Server {
    Server::start(runtime, &[&["--stdio", "socket"], words].concat())
}

fn there_and_back(runtime: &str) {
    let server = server(runtime, &["--exec", "cat"]);
    assert_same(&server.client().exchange(payload(32 << 20)), payload(32 << 20));
    server.stop();
}

fn an_answer_after_the_end(runtime: &str) {
    let server = server(runtime, &["--sh", "sort; echo $REMOTE_PORT >&2"]);
    let client = server.client();
    let port = client.local().port();
    assert_eq!(client.exchange(b"c\na\nb\n"), b"a\nb\nc\n");
    server.log().once_it_has(&format!("{port}\n"));
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_late_answer(runtime: &str) {
    let server = server(runtime, &["--sh", "cat >/dev/null; sleep 2; echo late"]);
    assert_eq!(server.client().exchange(payload(1 << 20)), b"late\n");
    server.stop();
}

/// A program does not expect `EAGAIN` of its standard input, and whether reads wait is a property of what is shared.
fn reads_wait(runtime: &str) {
    let server = server(runtime, &["--sh", "echo $$; exec cat"]);
    let mut client = server.client();
    let pid = client.number();
    let flags = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/0")).expect("it is open");
    let flags = flags.lines().find_map(|line| line.strip_prefix("flags:")).expect("it has flags");
    let flags = u32::from_str_radix(flags.trim(), 8).expect("an octal number");
    assert_eq!(flags & rustix::fs::OFlags::NONBLOCK.bits(), 0);
    client.hears_nothing_for(Duration::from_millis(200));
    assert_eq!(client.exchange(b"at last"), b"at last");
    server.stop();
}

/// The kernel resets what is closed over unread input, and a reset overtakes output.
fn input_that_is_not_read_takes_no_output_with_it(runtime: &str) {
    let server = server(runtime, &["--sh", "seq 1 300000; exit 3"]);
    // Made before a server waits for it.
    let (some, much) = (payload(50_000), payload(4 << 20));
    let mut client = server.client();
    client.send(some);
    assert_eq!(client.rest().len(), 1_988_895);
    drop(client);
    assert_eq!(server.client().exchange(much).len(), 1_988_895);
    server.stop();
}

fn a_reset_is_no_end_of_input(runtime: &str) {
    is_told_from_an_end(|words| server(runtime, words)).stop();
}

/// A client that sends much and resets: its program is stopped, and does not take that for the end of its input.
pub(crate) fn is_told_from_an_end(server: impl FnOnce(&[&str]) -> Server) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("committed");
    let line = format!("echo $$; cat >/dev/null 2>&1 && echo >'{}'", file.display());
    let server = server(&["--sh", &line]);
    let mut client = server.client();
    let pid = client.number();
    client.send(payload(100_000));
    client.reset();
    eventually("the child is gone", || !is_alive(pid));
    assert!(!file.exists(), "the child took the reset for the end of its input");
    server
}

fn a_connection_ends_with_its_program(runtime: &str) {
    let server = server(runtime, &["-v", "--sh", "sleep 120 & echo $!; exit 3"]);
    let mut client = server.client();
    let grandchild = client.number();
    assert_eq!(client.rest(), b"", "a grandchild that has the connection as well does not keep it open");
    drop(client);
    assert!(server.log().once_it_has("ended").contains("code 3"));
    assert!(is_alive(grandchild), "what a program leaves running is its own business");
    signal(grandchild, "KILL");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_program_that_cannot_be_run(runtime: &str) {
    let server = server(runtime, &["--exec", "/no/such/program"]);
    assert!(server.client().is_closed());
    server.stop_after("/no/such/program");
}

fn no_more_connections_of_one_address_than_allowed(runtime: &str) {
    let server = server(runtime, &["-v", "--max-per-address", "1", "--sh", "echo; cat"]);
    let mut first = server.client();
    first.line();
    assert!(server.client().is_closed(), "all clients have one address here");
    assert_eq!(first.exchange(b"hi"), b"hi");
    eventually("there is room again", || server.log().so_far().contains(" ended: "));
    assert_eq!(server.client().exchange(b"hi"), b"\nhi");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_drain_lets_it_finish(runtime: &str) {
    let server = server(runtime, &["--sh", "echo; cat"]);
    let mut client = server.client();
    client.line();
    server.drain();
    assert_eq!(client.exchange(b"still served"), b"still served");
    server.end().well();
}

fn a_drain_has_an_end(runtime: &str) {
    let server = server(runtime, &["--drain-timeout", "300ms", "--sh", "echo $$; cat"]);
    let mut client = server.client();
    let pid = client.number();
    server.terminate();
    assert!(client.is_reset(), "an abort is no end");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0));
    assert!(stderr.contains("aborting") && stderr.contains("aborted"), "{stderr}");
    assert!(!is_alive(pid), "the child outlives the server");
}

fn a_second_signal_ends_the_whole_group(runtime: &str) {
    let line = "trap '' TERM; sh -c 'echo $$; sleep 90; sleep 90' & wait; wait";
    let server = server(runtime, &["--kill-after", "100ms", "--drain-timeout", "0", "--sh", line]);
    let mut client = server.client();
    let grandchild = client.number();
    server.drain();
    assert!(is_alive(grandchild));
    server.terminate();
    assert!(client.is_reset(), "an abort is no end");
    assert_eq!(server.end().code, Some(0));
    eventually("the grandchild is gone", || !is_alive(grandchild));
}

fn the_log_counts_no_bytes(runtime: &str) {
    let verbose = server(runtime, &["-v", "--sh", "cat; exit 3"]);
    assert_eq!(verbose.client().exchange(b"hello"), b"hello");
    let log = verbose.log().once_it_has("code 3");
    assert!(log.contains("ended: clean") && !log.contains("bytes"), "{log}");
    verbose.terminate();
    verbose.end();
    let json = server(runtime, &["-v", "--log-format", "json", "--exec", "cat"]);
    assert_eq!(json.client().exchange(b"hello"), b"hello");
    json.log().once_it_has("ended");
    json.terminate();
    let log = json.end().stderr;
    let ended: Value = serde_json::from_str(log.lines().last().expect("two lines")).expect("JSON");
    assert_eq!((&ended["event"], &ended["end"]), (&"ended".into(), &"clean".into()));
    assert_eq!((&ended["bytes_in"], &ended["bytes_out"]), (&Value::Null, &Value::Null));
}

fn over_a_unix_socket(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let address = format!("unix:{}", path.display());
    let server = Server::at(runtime, &address, &["--stdio", "socket", "--exec", "cat"]);
    let client = standpipe(runtime, "connect", &[&address]);
    assert_same(&finish_with(client, payload(4 << 20)).well(), payload(4 << 20));
    // A drain waits for it. The answer is read, since a program is told where it is not.
    let mut client = UnixStream::connect(&path).expect("the server is there");
    client.write_all(b"x").expect("it is read");
    client.read_exact(&mut [0]).expect("it is sent back");
    server.terminate();
    drop(client);
    server.end().well();
}

fn many_at_once_leave_nothing(runtime: &str) {
    nothing_is_left(server(runtime, &["--exec", "cat"]));
}

/// By fifty connections at once to a server of bytes that come back.
pub(crate) fn nothing_is_left(server: Server) {
    server.client().exchange(b"first");
    let before = server.counts_at_rest();
    let mut clients: Vec<_> = (0..50).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| client.send(b"hello"));
    clients.into_iter().for_each(|client| assert_eq!(client.exchange(b""), b"hello"));
    server.comes_back_to(before);
    server.stop();
}
