//! How connections end, and what that does to their children and to others.

use std::net::TcpListener;

use crate::support::{
    Ended, Server, eventually, finish, finish_with, is_alive, on_every_runtime, payload, signal, standpipe,
};

on_every_runtime! {
    a_reset_ends_its_own_child_and_no_other
    a_child_that_exits_early_is_heard_to_its_end
    a_child_that_reads_no_more_still_answers
    a_grandchild_that_holds_the_pipe_does_not_matter
    a_cut_stream_is_no_end_of_input
    a_client_that_only_reads_gets_an_end
    a_reset_by_the_server_has_a_code_of_its_own
    a_peer_that_ends_first_does_not_end_us
    a_second_signal_aborts
    an_interrupt_drains_as_well
}

fn a_reset_ends_its_own_child_and_no_other(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "echo $$; cat"]);
    let mut clients = [(); 3].map(|()| server.client());
    let pids = clients.each_mut().map(|client| client.number());
    let [first, second, mut third] = clients;
    first.reset();
    eventually("the child of the first is gone", || !is_alive(pids[0]));
    assert!(is_alive(pids[1]) && is_alive(pids[2]));
    assert_eq!(second.exchange(b"still here"), b"still here");
    third.send(b"and here");
    assert_eq!(third.take(8), b"and here");
    drop(third);
    server.terminate();
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0));
    assert!(
        stderr.lines().count() == 1 && stderr.contains("reset"),
        "only the reset is worth a line: {stderr}"
    );
}

/// Closing over what the client is still sending would take the last of the output with it.
fn a_child_that_exits_early_is_heard_to_its_end(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "seq 1 300000; exit 3"]);
    // Made before the server waits for it, which it does for 5 s.
    let input = payload(50_000);
    let mut client = server.client();
    client.send(input);
    let output = client.rest();
    assert_eq!(output.len(), 1_988_895);
    drop(client);
    server.stop();
}

fn a_child_that_reads_no_more_still_answers(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "exec <&-; seq 1 300000"]);
    let input = payload(4 << 20);
    assert_eq!(server.client().exchange(input).len(), 1_988_895);
    server.stop();
}

fn a_grandchild_that_holds_the_pipe_does_not_matter(runtime: &str) {
    let server = Server::start(runtime, &["-v", "--sh", "sleep 120 & echo $!; exit 3"]);
    let mut client = server.client();
    let grandchild = client.number();
    assert_eq!(client.rest(), b"");
    drop(client);
    let log = server.log().once_it_has("ended");
    assert!(
        log.contains("code 3") && log.contains("another process holds the pipe"),
        "it was cut off, and that is told: {log}"
    );
    assert!(is_alive(grandchild), "what a program leaves running is its own business");
    signal(grandchild, "KILL");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

/// `sort` would print what it has by then, and a file that is written so would hold half of it.
fn a_cut_stream_is_no_end_of_input(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("committed");
    let line = format!("echo $$; cat >/dev/null && echo >'{}'", file.display());
    let server = Server::start(runtime, &["--sh", &line]);
    let mut client = server.client();
    let pid = client.number();
    client.send(payload(100_000));
    client.reset();
    eventually("the child is gone", || !is_alive(pid));
    server.terminate();
    assert_eq!(server.end().code, Some(0));
    assert!(!file.exists(), "the child took the reset for the end of its input");
}

fn a_client_that_only_reads_gets_an_end(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "echo", "hello"]);
    assert_eq!(server.client().rest(), b"hello\n");
    assert_eq!(finish(standpipe(runtime, "connect", &[server.address()])).text(), "hello\n");
    server.stop();
}

fn a_reset_by_the_server_has_a_code_of_its_own(runtime: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        std::io::Write::write_all(&mut &stream, b"half").expect("it reads");
        socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).expect("a reset");
    });
    let ended = finish_with(standpipe(runtime, "connect", &[&address]), payload(100_000));
    ended.failed(4, "reset");
    server.join().expect("the server is well");
}

/// The peer has nothing more to say, but we have.
fn a_peer_that_ends_first_does_not_end_us(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "exec >&-; wc -c >&2"]);
    finish_with(standpipe(runtime, "connect", &[server.address()]), payload(8 << 20)).well();
    server.log().once_it_has("8388608\n");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_second_signal_aborts(runtime: &str) {
    // Without the signal nothing would ever end this.
    let words = ["--drain-timeout", "0", "--idle-timeout", "0", "--sh", "trap '' TERM; echo $$; cat"];
    let server = Server::start(runtime, &[&["--kill-after", "100ms"], &words[..]].concat());
    let mut client = server.client();
    let pid = client.number();
    server.drain();
    client.send(b"still served");
    assert_eq!(client.take(12), b"still served");
    server.terminate();
    assert!(client.is_reset(), "an abort is no end");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0));
    assert!(!is_alive(pid), "the child outlives the server");
    assert!(stderr.contains("aborting"), "{stderr}");
}

fn an_interrupt_drains_as_well(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    let mut client = server.client();
    client.send(b"a");
    client.take(1);
    signal(server.pid(), "INT");
    eventually("the port is free", || TcpListener::bind(server.address()).is_ok());
    assert_eq!(client.exchange(b"b"), b"b");
    server.end().well();
}
