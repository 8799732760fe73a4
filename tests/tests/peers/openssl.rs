//! `openssl s_client` and `openssl s_server`.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::thread;

use standpipe_blocking::tls::Session;
use standpipe_blocking::{Command, Exit};
use standpipe_core::TlsReason;
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, Serving, Talking, asking, is_missing};

use crate::ours::{
    BACKENDS, SIZE, assert_killed_client_truncates, assert_same, connected, connected_to, listener, met,
    payload, port, reason,
};

/// Both versions that are spoken.
const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

/// Runs a test for which it must be there.
#[track_caller]
fn with_openssl(test: fn()) {
    if !is_missing("openssl") {
        bounded(test);
    }
}

/// A client that trusts this certificate alone, and takes no line of its input for a command.
fn s_client(certificate: &Certificate, port: u16, words: &[&str]) -> Command {
    let client = Command::new("openssl").args(["s_client", "-quiet", "-nocommands", "-verify_return_error"]);
    let client = client.args(["-servername", "localhost", "-verify_hostname", "localhost"]);
    client.args(["-CAfile", certificate.chain(), "-connect", &format!("127.0.0.1:{port}")]).args(words)
}

/// A server that shows this certificate.
fn s_server(certificate: &Certificate, words: &[&str]) -> Serving {
    let server = Command::new("openssl").args(["s_server", "-accept", "127.0.0.1:0"]);
    let server = server.args(["-cert", certificate.chain(), "-key", certificate.key()]).args(words);
    Serving::announced(server, "ACCEPT 127.0.0.1:")
}

#[test]
fn s_client_gets_back_what_it_sends_and_its_end_is_clean() {
    with_openssl(|| {
        let certificate = Certificate::new();
        for (secure, version) in BACKENDS.into_iter().zip(VERSIONS) {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            let port = listener.local_addr().expect("it is bound").port();
            let client = s_client(&certificate, port, &[version]);
            let client = thread::spawn(move || asking(client, payload()));
            let session = Session::server(&certificate.server()).expect("a server's context");
            let mut ours = secure(listener.accept().expect("a client").0, session).expect("it is trusted");
            let mut came = vec![0; SIZE];
            ours.reader.read_exact(&mut came).expect("all of it comes");
            ours.writer.write_all(&came).expect("it is read");
            ours.writer.close_write().expect("the client is there");
            assert_eq!(ours.reader.read(&mut came).expect("close_notify answers ours"), 0);
            let output = client.join().expect("no panic");
            assert_eq!(output.exit, Exit::Code(0), "{version}");
            assert_same(&output.stdout, &payload());
        }
    });
}

/// Its input ends, and so says it close_notify.
#[test]
fn s_client_that_has_nothing_to_say_ends_clean() {
    with_openssl(|| {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        for version in VERSIONS {
            let client = s_client(&certificate, port(&listener), &["-no_ign_eof", version]);
            let client = thread::spawn(move || asking(client, ""));
            let (mut ours, _) = listener.accept().expect("a client");
            assert_eq!(ours.read(&mut [0]).expect("a clean end"), 0, "{version}");
            ours.close().expect("an end");
            assert_eq!(client.join().expect("no panic").exit, Exit::Code(0), "{version}");
        }
    });
}

#[test]
fn s_client_that_is_killed_is_told_as_truncated() {
    with_openssl(|| {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        for version in VERSIONS {
            let client = s_client(&certificate, port(&listener), &[version]);
            assert_killed_client_truncates(&listener, Talking::to(client));
        }
    });
}

/// The next client, which does trust us, is served.
#[test]
fn s_client_that_trusts_somebody_else_refuses_us() {
    with_openssl(|| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        let listener = listener(certificate.server());
        for version in VERSIONS {
            let (refusal, exit) = met(&listener, s_client(&other, port(&listener), &[version]));
            assert_eq!(refusal, Err(Some(TlsReason::Refused)), "{version}");
            assert_eq!(exit, Exit::Code(1), "{version}");
            let trusting = s_client(&certificate, port(&listener), &["-no_ign_eof", version]);
            assert_eq!(met(&listener, trusting), (Ok(()), Exit::Code(0)), "{version}");
        }
    });
}

/// It says close_notify after ours, and not before it has answered everything.
#[test]
fn s_server_answers_to_the_last_line_after_our_half_close() {
    with_openssl(|| {
        let certificate = Certificate::new();
        let lines: String = (1_000_000..1_500_000).map(|number| format!("{number}\n")).collect();
        let reversed: String =
            lines.lines().map(|line| line.chars().rev().chain(['\n']).collect::<String>()).collect();
        for (secure, version) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = s_server(&certificate, &["-rev", "-naccept", "1", version]);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            assert_same(&ours.exchange(lines.as_bytes()).expect("a clean end"), reversed.as_bytes());
        }
    });
}

#[test]
fn s_server_that_is_killed_is_told_as_truncated() {
    with_openssl(|| {
        let certificate = Certificate::new();
        for (secure, version) in BACKENDS.into_iter().zip(VERSIONS) {
            let mut server = s_server(&certificate, &[version]);
            let mut ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            server.talking().say("half");
            let mut half = [0; 5];
            ours.reader.read_exact(&mut half).expect("it comes");
            server.kill();
            let end = ours.reader.read(&mut half).expect_err("it has not said that this is all");
            assert_eq!(end.kind(), ErrorKind::UnexpectedEof, "{version}");
        }
    });
}

/// It is told so, survives that, and serves who trusts it.
#[test]
fn s_server_that_is_not_the_one_we_want_is_refused() {
    with_openssl(|| {
        let (certificate, other) = (Certificate::bearing(&["elsewhere.test"]), Certificate::new());
        for (secure, version) in BACKENDS.into_iter().zip(VERSIONS) {
            let mut server = s_server(&certificate, &[version]);
            for (context, expected, alert) in [
                (other.client(), TlsReason::UnknownIssuer, "unknown ca"),
                (certificate.client(), TlsReason::WrongName, "bad certificate"),
            ] {
                let refused = connected(secure, &context, server.port()).err().expect("it is refused");
                assert_eq!(reason(&refused), Some(expected), "{version}");
                server.talking().line_with(alert);
            }
            let ours = connected_to("elsewhere.test", secure, &certificate.client(), server.port());
            let mut ours = ours.expect("it is trusted");
            ours.writer.write_all(b"still there\n").expect("it reads");
            server.talking().line_with("still there");
        }
    });
}
