//! Files that are read anew on SIGHUP.

use std::io::{PipeWriter, Write};

use crate::support::{
    Certificate, Process, Server, connect, finish, finish_with, on_every_runtime, secure, standpipe,
};

on_every_runtime! {
    a_new_certificate_is_taken_while_connections_go_on what_cannot_be_used_changes_nothing
    whose_certificates_are_taken_is_read_anew several_hangups_in_a_row without_files_a_hangup_is_the_end
}

/// A client that stays, and what it says.
fn lasting(runtime: &str, server: &Server, trusted: &Certificate) -> (Process, PipeWriter) {
    let (input, writer) = std::io::pipe().expect("a pipe");
    let mut client = connect(runtime, server, &["--tls-ca", trusted.chain()]);
    client.stdin(input);
    (Process::start(client), writer)
}

#[track_caller]
fn assert_served(runtime: &str, server: &Server, options: &[&str]) {
    assert_eq!(finish_with(connect(runtime, server, options), b"x".as_slice()).well(), b"x");
}

/// Asks for the files to be read, and waits until this is the last that the log says of it.
#[track_caller]
fn reload(server: &Server, outcome: &str) {
    let before = server.log().so_far().matches(outcome).count();
    server.hang_up();
    server.log().once(|log| log.matches(outcome).count() > before && log.ends_with('\n'));
}

#[track_caller]
fn end(server: Server) {
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_new_certificate_is_taken_while_connections_go_on(runtime: &str) {
    let (served, old, new) = (Certificate::new(), Certificate::new(), Certificate::new());
    old.take_chain(&served);
    let server = served.serve(runtime, &["--exec", "cat"]);
    let (early, mut says) = lasting(runtime, &server, &old);
    says.write_all(b"before\n").expect("it is read");
    early.stdout.once_it_has("before\n");

    served.take_chain(&new);
    served.take_key(&new);
    reload(&server, "standpipe: reloaded, tls sha256:");
    assert_served(runtime, &server, &["--tls-ca", new.chain()]);
    finish(connect(runtime, &server, &["--tls-ca", old.chain()])).failed(1, "nobody who is trusted");

    says.write_all(b"after\n").expect("it is read");
    early.stdout.once_it_has("before\nafter\n");
    drop(says);
    assert_eq!(early.end().code, Some(0));
    let log = server.log().so_far();
    let pin = log.split("sha256:").nth(1).and_then(|rest| rest.get(..64)).expect("a pin");
    assert_served(runtime, &server, &["--tls-pin", &format!("sha256:{pin}")]);
    end(server);
}

/// Half of a pair that is being exchanged, or no file at all: the old one goes on, and the log names the files.
fn what_cannot_be_used_changes_nothing(runtime: &str) {
    let (served, old, new) = (Certificate::new(), Certificate::new(), Certificate::new());
    old.take_chain(&served);
    let server = served.serve(runtime, &["--exec", "cat"]);
    served.take_key(&new);
    reload(&server, "cannot be used together");
    assert_served(runtime, &server, &["--tls-ca", old.chain()]);
    std::fs::remove_file(served.key()).expect("it is there");
    reload(&server, "No such file");
    assert_served(runtime, &server, &["--tls-ca", old.chain()]);
    let log = server.log().so_far();
    let is_told = |line: &str| {
        line.starts_with("standpipe: not reloaded, what was loaded stays: ") && line.contains(served.key())
    };
    assert_eq!(log.lines().filter(|line| is_told(line)).count(), 2, "{log}");

    served.take_chain(&new);
    served.take_key(&new);
    reload(&server, "standpipe: reloaded, tls");
    assert_served(runtime, &server, &["--tls-ca", new.chain()]);
    end(server);
}

/// The certificate that was made for the process stays what it is.
fn whose_certificates_are_taken_is_read_anew(runtime: &str) {
    let (trusted, one, other) = (Certificate::new(), Certificate::new(), Certificate::new());
    trusted.take_chain(&one);
    let server = secure(runtime, &["--tls-client-ca", trusted.chain(), "--exec", "cat"]);
    let options = |client| [["--tls-pin", server.pin()].as_slice(), &Certificate::options(client)].concat();
    assert_served(runtime, &server, &options(&one));
    trusted.take_chain(&other);
    reload(&server, &format!("reloaded, tls {}", server.pin()));
    assert_served(runtime, &server, &options(&other));
    let refused = finish_with(connect(runtime, &server, &options(&one)), b"x".as_slice());
    assert_ne!(refused.code, Some(0), "{}", refused.stderr);
    std::fs::write(trusted.chain(), "nothing of the kind").expect("it can be written");
    reload(&server, "not reloaded");
    assert_served(runtime, &server, &options(&other));
    end(server);
}

fn several_hangups_in_a_row(runtime: &str) {
    let served = Certificate::new();
    let server = served.serve(runtime, &["--log-format", "json", "--exec", "cat"]);
    for _ in 0..3 {
        reload(&server, r#"{"event":"reloaded","pin":"sha256:"#);
        assert_served(runtime, &server, &["--tls-ca", served.chain()]);
    }
    end(server);
}

/// As it always was: there is nothing to be read, and a terminal that is closed ends it.
fn without_files_a_hangup_is_the_end(runtime: &str) {
    let server = Server::start(runtime, &["--echo"]);
    server.hang_up();
    assert_eq!(server.end().code, None, "a signal");
    let usage = finish(standpipe(runtime, "serve", &["--help"])).text();
    assert!(usage.contains("SIGHUP"), "{usage}");
}
