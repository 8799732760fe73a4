//! Bytes there and back through a served program, by every tool that can be a client.

use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::thread;

use crate::support::{
    Collected, Process, Server, assert_same, command, finish, finish_with, is_missing, on_every_runtime,
    on_terminal, payload, standpipe, terminal_input,
};

on_every_runtime! {
    netcat socat ncat python from_a_pipe from_a_file from_a_socket from_a_terminal between_programs to_another_server
    an_answer_after_the_end a_late_answer
}

const SIZE: usize = 64 << 20;

fn netcat(runtime: &str) {
    if is_missing("nc") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "cat"]);
    let (host, port) = server.host_and_port();
    let mut client = command("nc");
    client.args(["-N", host, port]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn socat(runtime: &str) {
    if is_missing("socat") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "cat"]);
    let mut client = command("socat");
    // By itself it gives up on an answer half a second after the end of its input.
    client.args(["-t", "60", "-", &format!("TCP:{}", server.address())]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn ncat(runtime: &str) {
    if is_missing("ncat") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "cat"]);
    let (host, port) = server.host_and_port();
    let mut client = command("ncat");
    client.args([host, port]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn python(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "cat"]);
    let (host, port) = server.host_and_port();
    let mut client = command("python3");
    client.args(["-c", include_str!("client.py"), host, port]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn from_a_pipe(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    let client = standpipe(runtime, "connect", &[server.address()]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn from_a_file(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    std::fs::write(&from, payload(SIZE)).expect("the file can be written");
    let server = Server::start(runtime, &["--exec", "cat"]);
    let mut client = standpipe(runtime, "connect", &[server.address()]);
    client.stdin(std::fs::File::open(&from).expect("it is there"));
    client.stdout(std::fs::File::create(&to).expect("it can be made"));
    finish(client).well();
    assert_same(&std::fs::read(&to).expect("it was written"), payload(SIZE));
    server.stop();
}

/// Both streams are one socket, as under inetd.
fn from_a_socket(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let stdio = || Stdio::from(OwnedFd::from(theirs.try_clone().expect("a descriptor")));
    let mut client = standpipe(runtime, "connect", &[server.address()]);
    client.stdin(stdio()).stdout(stdio());
    let client = Process::start(client);
    drop(theirs);
    let answer = Collected::of(Some(ours.try_clone().expect("a descriptor")));
    thread::spawn(move || {
        std::io::Write::write_all(&mut &ours, payload(SIZE)).expect("it is read");
        ours.shutdown(Shutdown::Write).expect("it is open");
    });
    client.end().well();
    assert_same(&answer.whole(), payload(SIZE));
    server.stop();
}

/// In lines, ended by ^D, as a person would.
fn from_a_terminal(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "cat"]);
    let input = terminal_input(10_000);
    for apart in [true, false] {
        let client = on_terminal(apart, &standpipe(runtime, "connect", &[server.address()]));
        assert_same(&finish_with(client, input.clone()).well(), &input);
    }
    server.stop();
}

fn to_another_server(runtime: &str) {
    if is_missing("tcpserver") {
        return;
    }
    let mut tcpserver = command("tcpserver");
    // `-1` says the port that the system chose.
    tcpserver.args(["-1", "-H", "-R", "-l", "0", "127.0.0.1", "0", "cat"]);
    let tcpserver = Process::start(tcpserver);
    let port = tcpserver.stdout.once(|said| said.ends_with('\n'));
    let client = standpipe(runtime, "connect", &[&format!("127.0.0.1:{}", port.trim())]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
}

/// `connect ADDR -- CMD`: the program's input and output are the connection.
fn between_programs(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "seq 1 300000; exec >&-; wc -c >&2"]);
    let words = [server.address(), "--", "sh", "-c", "sort -rn | head -n 1 >&2; seq 1 1000; exit 7"];
    let ended = finish(standpipe(runtime, "connect", &words));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(7), "300000\n"));
    server.log().once_it_has("3893");
    server.terminate();
    server.end();
}

fn an_answer_after_the_end(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "sort"]);
    let client = standpipe(runtime, "connect", &[server.address()]);
    assert_eq!(finish_with(client, b"c\na\nb\n".as_slice()).text(), "a\nb\nc\n");
    let reversed: String = (100_000..200_000).rev().map(|n| format!("{n}\n")).collect();
    let sorted: String = (100_000..200_000).map(|n| format!("{n}\n")).collect();
    assert_same(&server.client().exchange(reversed.as_bytes()), sorted.as_bytes());
    server.stop();
}

fn a_late_answer(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "cat >/dev/null; sleep 2; echo late"]);
    let client = standpipe(runtime, "connect", &[server.address()]);
    assert_eq!(finish_with(client, payload(1 << 20)).text(), "late\n");
    assert_eq!(server.client().exchange(payload(1 << 20)), b"late\n");
    server.stop();
}
