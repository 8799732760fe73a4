//! Standard streams that belong to others as well.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::support::{
    Collected, Process, STANDPIPE, Server, command, finish, flags, on_every_runtime, standpipe,
};

on_every_runtime! {
    flags_of_pipes_are_not_changed flags_of_sockets_are_not_changed nothing_is_lost_to_a_slow_reader
    output_is_appended a_pipe_ends_when_the_peer_does
}

/// Runs commands with streams of a kind, whose flags must stay the same.
fn assert_unchanged(runtime: &str, pair: impl Fn() -> (OwnedFd, OwnedFd)) {
    let server = Server::start(runtime, &["--exec", "echo", "hello"]);
    let connect = standpipe(runtime, "connect", &[server.address()]);
    let run = standpipe(runtime, "run", &["--timeout", "60s", "--", "echo", "hello"]);
    let pipeline = standpipe(runtime, "run", &["--pipe", "--", "echo", "hello", "--", "cat"]);
    for mut command in [connect, run, pipeline] {
        let ((input, _), (reader, output)) = (pair(), pair());
        let before = [flags(&input), flags(&output)];
        let copy = |fd: &OwnedFd| fd.try_clone().expect("a descriptor");
        command.stdin(copy(&input)).stdout(copy(&output));
        finish(command).well();
        assert_eq!([flags(&input), flags(&output)], before);
        drop(output);
        assert_eq!(Collected::of(Some(File::from(reader))).whole(), b"hello\n");
    }
    server.stop();
}

fn flags_of_pipes_are_not_changed(runtime: &str) {
    let pair = || std::io::pipe().map(|(read, write)| (read.into(), write.into()));
    assert_unchanged(runtime, || pair().expect("a pipe"));
}

fn flags_of_sockets_are_not_changed(runtime: &str) {
    let pair = || UnixStream::pair().map(|(one, other)| (one.into(), other.into()));
    assert_unchanged(runtime, || pair().expect("a pair"));
}

/// What has left the peer has arrived, though the reader was asleep and the command ended long before.
fn nothing_is_lost_to_a_slow_reader(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "seq", "1", "300000"]);
    let mut shell = command("sh");
    let line = "\"$0\" connect --runtime \"$1\" \"$2\" </dev/null | (sleep 2; wc -c)";
    shell.args(["-c", line, STANDPIPE, runtime, server.address()]);
    assert_eq!(finish(shell).text(), "1988895\n");
    server.stop();
}

fn output_is_appended(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    std::fs::write(&path, "before\n").expect("it can be written");
    let server = Server::start(runtime, &["--exec", "echo", "after"]);
    let mut client: Command = standpipe(runtime, "connect", &[server.address()]);
    client.stdout(std::fs::File::options().append(true).open(&path).expect("it is there"));
    finish(client).well();
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "before\nafter\n");
    server.stop();
}

/// A half-close is carried across to a reader of ours, though the input goes on.
fn a_pipe_ends_when_the_peer_does(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "echo all; exec >&-; wc -c >&2"]);
    let (input, mut writer) = std::io::pipe().expect("a pipe");
    let mut client = standpipe(runtime, "connect", &[server.address()]);
    client.stdin(input);
    let client = Process::start(client);
    assert_eq!(client.stdout.whole(), b"all\n");
    writer.write_all(b"12345").expect("it still reads");
    drop(writer);
    assert_eq!(client.end().code, Some(0));
    server.log().once_it_has("5\n");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}
