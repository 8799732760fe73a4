//! Programs on a terminal.

use crate::support::{
    Process, STANDPIPE, Server, command, finish_with, is_missing, on_every_runtime, on_terminal, standpipe,
};

on_every_runtime! {
    a_program_can_read_the_terminal lines_typed_ahead the_terminal_is_given_back an_interrupt_reaches_the_program
    the_peers_end_is_the_end_for_a_person the_terminal_stays_as_it_was
}

fn a_program_can_read_the_terminal(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let run = standpipe(runtime, "run", &["--timeout", "60s", "--", "cat"]);
    assert_eq!(finish_with(on_terminal(false, &run), b"hello\n".as_slice()).text(), "hello\n");
}

/// A read of a terminal gives one line, and nothing announces those that have come with it. (Output to the same
/// terminal would, by chance.)
fn lines_typed_ahead(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "cat"]);
    let line = "read word; exec \"$0\" connect --runtime \"$1\" \"$2\"";
    let mut shell = command("sh");
    shell.args(["-c", line, STANDPIPE, runtime, server.address()]);
    let typed = b"go\none\ntwo\nthree\n".as_slice();
    assert_eq!(finish_with(on_terminal(true, &shell), typed).text(), "one\ntwo\nthree\n");
    server.stop();
}

/// What a shell on a terminal does next.
fn shell(line: &str, runtime: &str) -> std::process::Command {
    let mut shell = command("sh");
    shell.args(["-c", line, STANDPIPE, runtime]);
    on_terminal(false, &shell)
}

/// A shell that is left in the background could not read.
fn the_terminal_is_given_back(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let line = "\"$0\" run --runtime \"$1\" -- head -n 1; read word; echo \"then $word\"";
    let ended = finish_with(shell(line, runtime), b"first\nsecond\n".as_slice());
    // head may have taken both lines.
    let said = ended.text();
    assert!(said.starts_with("first\nthen "), "{said}");
    let line =
        "\"$0\" run --runtime \"$1\" --timeout 300ms -- sleep 90; echo $?; read word; echo \"then $word\"";
    let said = finish_with(shell(line, runtime), b"word\n".as_slice()).text();
    assert!(said.ends_with("124\nthen word\n"), "{said}");
}

/// ^C is the program's, which is in the foreground, and not ours.
fn an_interrupt_reaches_the_program(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let line = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done";
    let run = on_terminal(false, &standpipe(runtime, "run", &["--", "sh", "-c", line]));
    let (input, mut keys) = std::io::pipe().expect("a pipe");
    let mut run = Process::start({
        let mut run = run;
        run.stdin(input);
        run
    });
    run.stdout.once_it_has("ready");
    std::io::Write::write_all(&mut keys, b"\x03").expect("it is typed");
    assert_eq!(run.code(), Some(9));
    assert_eq!(run.stdout.whole(), b"ready\ncaught\n");
}

/// Nobody wants to press ^D after a server has said good-bye.
fn the_peers_end_is_the_end_for_a_person(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "echo", "bye"]);
    let mut client = on_terminal(false, &standpipe(runtime, "connect", &[server.address()]));
    let (input, keys) = std::io::pipe().expect("a pipe");
    client.stdin(input);
    assert_eq!(Process::start(client).end().text(), "bye\n");
    drop(keys);
    server.stop();
}

fn the_terminal_stays_as_it_was(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = Server::start(runtime, &["--exec", "echo", "hello"]);
    let line = "state() { stty -g; grep flags /proc/self/fdinfo/0; }; before=$(state)
        \"$0\" run --runtime \"$1\" -- cat && \"$0\" connect --runtime \"$1\" \"$2\" && test \"$(state)\" = \"$before\"";
    let mut shell = command("sh");
    shell.args(["-c", line, STANDPIPE, runtime, server.address()]);
    assert_eq!(finish_with(on_terminal(false, &shell), b"world\n".as_slice()).text(), "world\nhello\n");
    server.stop();
}
