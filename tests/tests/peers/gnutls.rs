//! `gnutls-cli` and `gnutls-serv`.

use std::io::{Read, Write};
use std::thread;

use standpipe_blocking::{Command, Exit};
use standpipe_core::TlsReason;
use standpipe_tests::bounded;
use standpipe_tests::client::pattern;
use standpipe_tests::peer::{Certificate, Serving, Talking, asking, is_missing};

use crate::ours::{
    BACKENDS, assert_killed_client_truncates, assert_killed_server_truncates, assert_same, connected,
    listener, met, port, reason,
};

/// Both versions that are spoken.
const VERSIONS: [&str; 2] = ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"];
/// It takes tiny pieces, and long for many of them.
const SIZE: usize = 1 << 20;

/// Runs a test for which this must be there.
#[track_caller]
fn with(program: &str, test: fn()) {
    if !is_missing(program) {
        bounded(test);
    }
}

/// A client that trusts this certificate alone.
fn gnutls_cli(certificate: &Certificate, port: u16, versions: &str) -> Command {
    let client = Command::new("gnutls-cli").args(["--logfile", "/dev/null", "--priority", versions]);
    client.args(["--x509cafile", certificate.chain(), "-p", &port.to_string(), "localhost"])
}

/// A server that shows this certificate and sends back the lines that it gets.
fn gnutls_serv(certificate: &Certificate, versions: &str) -> Serving {
    let server = Command::new("gnutls-serv").args(["--echo", "-p", "0", "--priority", versions]);
    let server = server.args(["--x509certfile", certificate.chain(), "--x509keyfile", certificate.key()]);
    Serving::listening(server, "listening on IPv4")
}

/// It says close_notify at the end of its input, and waits for what is answered then.
#[test]
fn gnutls_cli_gets_its_answer_after_its_half_close() {
    with("gnutls-cli", || {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        for versions in VERSIONS {
            let client = gnutls_cli(&certificate, port(&listener), versions);
            let client = thread::spawn(move || asking(client, pattern(0, SIZE)));
            let (mut ours, _) = listener.accept().expect("a client");
            let mut came = Vec::new();
            ours.read_to_end(&mut came).expect("a clean end");
            ours.write_all(&came).expect("it is read");
            ours.close().expect("everything has left");
            let output = client.join().expect("no panic");
            assert_eq!(output.exit, Exit::Code(0), "{versions}");
            assert_same(&output.stdout, &pattern(0, SIZE));
        }
    });
}

#[test]
fn gnutls_cli_that_is_killed_is_told_as_truncated() {
    with("gnutls-cli", || {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        for versions in VERSIONS {
            assert_killed_client_truncates(
                &listener,
                Talking::to(gnutls_cli(&certificate, port(&listener), versions)),
            );
        }
    });
}

/// The next client, which does trust us, is served.
#[test]
fn gnutls_cli_that_trusts_somebody_else_refuses_us() {
    with("gnutls-cli", || {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        let listener = listener(certificate.server());
        for versions in VERSIONS {
            let (refusal, exit) = met(&listener, gnutls_cli(&other, port(&listener), versions));
            assert_eq!((refusal, exit), (Err(Some(TlsReason::Refused)), Exit::Code(1)), "{versions}");
            let trusting = gnutls_cli(&certificate, port(&listener), versions);
            assert_eq!(met(&listener, trusting), (Ok(()), Exit::Code(0)), "{versions}");
        }
    });
}

/// Whatever it gets it also tells, and nobody reads that: no more goes through it than a pipe holds.
#[test]
fn gnutls_serv_sends_back_the_lines_it_gets_and_its_end_is_clean() {
    with("gnutls-serv", || {
        let line = format!("{}\n", "0123456789".repeat(100));
        let certificate = Certificate::new();
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = gnutls_serv(&certificate, versions);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            ours.exchange_in_turns(line.as_bytes(), 16).expect("a clean end");
        }
    });
}

#[test]
fn gnutls_serv_that_is_killed_is_told_as_truncated() {
    with("gnutls-serv", || {
        let certificate = Certificate::new();
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = gnutls_serv(&certificate, versions);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            assert_killed_server_truncates(ours, server);
        }
    });
}

/// It survives that, and serves who trusts it.
#[test]
fn gnutls_serv_that_is_not_trusted_is_refused() {
    with("gnutls-serv", || {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = gnutls_serv(&certificate, versions);
            let refused = connected(secure, &other.client(), server.port()).err().expect("it is refused");
            assert_eq!(reason(&refused), Some(TlsReason::UnknownIssuer), "{versions}");
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            ours.exchange_in_turns(b"still there\n", 1).expect("a clean end");
        }
    });
}
