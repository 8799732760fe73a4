//! What goes wrong: one line that says what, the right exit code, and a server that lives on.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{
    Client, Ended, Process, STANDPIPE, Server, assert_same, command, finish, finish_with, is_missing,
    on_every_runtime, payload, standpipe,
};

on_every_runtime! {
    a_port_in_use a_program_that_is_missing a_full_disk a_full_disk_for_the_announcement
    standard_output_is_closed standard_input_is_closed all_standard_streams_are_closed
    a_reader_that_leaves nobody_to_read_the_log few_descriptors few_descriptors_for_programs
    waiting_for_descriptors_costs_nothing
}

fn a_port_in_use(runtime: &str) {
    let server = Server::start(runtime, &["--echo"]);
    let second = finish(standpipe(runtime, "serve", &[server.address(), "--echo"]));
    second.failed(1, "in use");
    assert!(second.stdout.is_empty(), "it does not say that it listens");
    assert_eq!(server.client().exchange(b"hello"), b"hello");
    server.stop();
}

fn a_program_that_is_missing(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "/no/such/program"]);
    for lines in 1..=2 {
        assert!(server.client().is_closed());
        let log = server.log().once(|log| log.matches('\n').count() == lines);
        assert!(log.ends_with('\n') && log.lines().all(|line| line.contains("/no/such/program")), "{log}");
    }
    server.terminate();
    assert_eq!(server.end().code, Some(0));
    let connect =
        |server: &Server| standpipe(runtime, "connect", &[server.address(), "--", "/no/such/program"]);
    let server = Server::start(runtime, &["--echo"]);
    finish(connect(&server)).failed(127, "/no/such/program");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn to(path: &str, mut command: Command) -> Command {
    let file = File::options().write(true).open(path);
    command.stdout(file.unwrap_or_else(|error| panic!("{path}: {error}")));
    command
}

fn a_full_disk(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    let client = to("/dev/full", standpipe(runtime, "connect", &[server.address()]));
    finish_with(client, payload(1 << 20)).failed(1, "no space left");
    assert_eq!(server.client().exchange(b"hello"), b"hello");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_full_disk_for_the_announcement(runtime: &str) {
    let server = to("/dev/full", standpipe(runtime, "serve", &["127.0.0.1:0", "--echo"]));
    finish(server).failed(1, "No space left on device");
}

/// With redirections that the standard library has no words for.
fn redirected(how: &str, runtime: &str, task: &str, words: &[&str]) -> Command {
    let mut shell = command("sh");
    shell
        .args(["-c", &format!("exec \"$0\" \"$@\" {how}"), STANDPIPE, task, "--runtime", runtime])
        .args(words);
    shell
}

/// What comes is dropped, as it is into the null device; it goes nowhere else, such as into our own connection.
fn standard_output_is_closed(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "echo answer; wc -c >&2"]);
    let client = redirected(">&-", runtime, "connect", &[server.address()]);
    assert_eq!(finish_with(client, payload(100_000)).well(), b"");
    server.log().once_it_has("100000\n");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn standard_input_is_closed(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "wc -c"]);
    let client = redirected("<&-", runtime, "connect", &[server.address()]);
    assert_eq!(finish(client).text(), "0\n");
    let run = redirected("<&-", runtime, "run", &["--", "wc", "-c"]);
    assert_eq!(finish(run).text(), "0\n");
    server.stop();
}

/// The descriptors of connections must not take the places of the standard streams.
fn all_standard_streams_are_closed(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let address = format!("unix:{}", path.display());
    let words = [&address, "--sh", "echo to the null device >&2; cat"];
    let mut server = Process::start(redirected("<&- >&- 2>&-", runtime, "serve", &words));
    crate::support::eventually("it listens", || std::os::unix::net::UnixStream::connect(&path).is_ok());
    let client = standpipe(runtime, "connect", &[&address]);
    assert_same(&finish_with(client, payload(1 << 20)).well(), payload(1 << 20));
    server.signal("TERM");
    assert_eq!(server.code(), Some(0));
}

/// As `connect … | head -n 1` has it.
fn a_reader_that_leaves(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "yes"]);
    let mut client = standpipe(runtime, "connect", &[server.address()]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    client.stdout(writer).stdin(Stdio::null());
    let client = Process::start(client);
    let mut first = [0; 2];
    std::io::Read::read_exact(&mut &reader, &mut first).expect("yes says something");
    drop(reader);
    client.end().failed(1, "roken pipe");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

/// A server is not to end with the reader of its log.
fn nobody_to_read_the_log(runtime: &str) {
    let words = ["127.0.0.1:0", "-v", "--sh", "exec 2>&-; cat"];
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let full = File::options().write(true).open("/dev/full").expect("a full disk");
    for stderr in [Stdio::from(writer), Stdio::from(full)] {
        let mut server = standpipe(runtime, "serve", &words);
        server.stderr(stderr);
        let server = Server::of(server);
        for _ in 0..3 {
            assert_eq!(server.client().exchange(b"hello"), b"hello");
        }
        server.stop();
    }
}

/// More clients than descriptors: everybody waits for a turn and is served.
fn few_descriptors(runtime: &str) {
    served_in_turn(runtime, &["--echo"]);
}

/// The same where each connection takes several descriptors, so that pipes and not connections run out.
fn few_descriptors_for_programs(runtime: &str) {
    served_in_turn(runtime, &["--exec", "cat"]);
}

/// With this many descriptors, and of these words in front of them. One thread accepts, so clients are served in their order.
fn limited(before: &[&str], runtime: &str, work: &[&str]) -> Command {
    let mut shell = command("sh");
    shell.args(["-c", "ulimit -n 64; exec \"$@\"", "sh"]).args(before);
    shell.args([STANDPIPE, "serve", "--runtime", runtime, "127.0.0.1:0", "--workers", "1"]).args(work);
    shell
}

fn served_in_turn(runtime: &str, work: &[&str]) {
    const CLIENTS: usize = 200;
    let server = Server::of(limited(&[], runtime, work));
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| client.send(b"hello"));
    server.log().once_it_has("accepting pauses");
    for mut client in clients {
        assert_eq!(client.take(5), b"hello");
    }
    assert_eq!(server.client().exchange(b"hello"), b"hello");
    server.terminate();
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.lines().all(|line| line.contains("accepting pauses")), "only pauses are told: {stderr}");
    // Each is told once until accepting succeeds again.
    assert!(stderr.lines().count() < 50, "{stderr}");
}

/// At the limit, with clients waiting, the kernel announces them without end.
fn waiting_for_descriptors_costs_nothing(runtime: &str) {
    if is_missing("strace") {
        return;
    }
    let trace = tempfile::NamedTempFile::new().expect("a file");
    let file = trace.path().to_str().expect("a path in UTF-8");
    // With -D the tracer is not the parent, and the server is what we have started.
    let strace = ["strace", "-D", "-e", "trace=accept4,accept", "-e", "signal=none", "-o", file];
    let server = Server::of(limited(&strace, runtime, &["--echo"]));
    let mut clients: Vec<Client> = (0..100).map(|_| server.client()).collect();
    server.log().once_it_has("accepting pauses");
    let failed = || std::fs::read_to_string(file).expect("it is there").matches("EMFILE").count();
    let before = failed();
    clients[99].hears_nothing_for(Duration::from_secs(1));
    let in_a_second = failed() - before;
    assert!(before > 0 && in_a_second < 50, "{in_a_second} failed accepts in a second, {before} before");
    clients.into_iter().for_each(Client::reset);
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}
