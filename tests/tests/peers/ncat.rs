//! `ncat`, plain and with TLS.

use std::io::{ErrorKind, Read, Write};
use std::thread;

use standpipe_blocking::{Command, Exit, Listener, connect};
use standpipe_core::TlsReason;
use standpipe_tests::bounded;
use standpipe_tests::client::pattern;
use standpipe_tests::peer::{Certificate, Serving, asking, is_missing};

use crate::ours::{BACKENDS, Halves, SIZE, assert_same, connected, listener, met, payload, port, reason};

/// What it takes at once, and how often. Its program and its peer wait for each other when both have more to write.
const PIECE: usize = 4096;
const TURNS: usize = 512;

/// Runs a test for which it must be there.
#[track_caller]
fn with_ncat(test: fn()) {
    if !is_missing("ncat") {
        bounded(test);
    }
}

/// A client that trusts this certificate alone.
fn client(certificate: &Certificate, port: u16) -> Command {
    let client = Command::new("ncat").args(["--ssl-verify", "--ssl-trustfile", certificate.chain()]);
    client.args(["--ssl-servername", "localhost", "localhost", &port.to_string()])
}

/// A server that sends back what it gets, with these options before.
fn server(options: &[&str]) -> Serving {
    let server =
        Command::new("ncat").args(options).args(["-v", "-k", "-e", "/bin/cat", "-l", "127.0.0.1", "0"]);
    Serving::listening(server, "Listening on")
}

fn secured_server(certificate: &Certificate) -> Serving {
    server(&["--ssl", "--ssl-cert", certificate.chain(), "--ssl-key", certificate.key()])
}

#[test]
fn a_secured_server_sends_back_what_it_gets() {
    with_ncat(|| {
        let certificate = Certificate::new();
        for secure in BACKENDS {
            let server = secured_server(&certificate);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            ours.exchange_in_turns(&pattern(0, PIECE), TURNS).expect("a clean end");
        }
    });
}

/// It survives that, and serves who trusts it.
#[test]
fn a_server_that_is_not_trusted_is_refused() {
    with_ncat(|| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        for secure in BACKENDS {
            let server = secured_server(&certificate);
            let refused = connected(secure, &other.client(), server.port()).err().expect("it is refused");
            assert_eq!(reason(&refused), Some(TlsReason::UnknownIssuer));
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            ours.exchange_in_turns(b"still there", 1).expect("a clean end");
        }
    });
}

#[test]
fn a_secured_client_gets_back_what_it_sends() {
    with_ncat(|| {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        let client = client(&certificate, port(&listener)).arg("--no-shutdown");
        let client = thread::spawn(move || asking(client, payload()));
        let (mut ours, _) = listener.accept().expect("a client");
        let mut came = vec![0; SIZE];
        ours.read_exact(&mut came).expect("all of it comes");
        ours.write_all(&came).expect("it is read");
        ours.close().expect("everything has left");
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}

/// At the end of its input it ends the connection, and has not said close_notify.
#[test]
fn a_secured_client_that_half_closes_is_told_as_truncated() {
    with_ncat(|| {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        let client = client(&certificate, port(&listener));
        let client = thread::spawn(move || asking(client, payload()));
        let (mut ours, _) = listener.accept().expect("a client");
        let mut came = Vec::new();
        let end = ours.read_to_end(&mut came).expect_err("it has not said that this is all");
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
        assert_same(&came, &payload());
        drop(ours);
        client.join().expect("no panic");
    });
}

#[test]
fn a_client_that_trusts_somebody_else_refuses_us() {
    with_ncat(|| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        let listener = listener(certificate.server());
        let (refusal, exit) = met(&listener, client(&other, port(&listener)));
        assert_eq!((refusal, exit), (Err(Some(TlsReason::Refused)), Exit::Code(1)));
        assert_eq!(met(&listener, client(&certificate, port(&listener))), (Ok(()), Exit::Code(0)));
    });
}

#[test]
fn a_client_gets_its_answer_after_its_half_close() {
    with_ncat(|| {
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
        let port = listener.local().port().expect("TCP has ports").to_string();
        let client = Command::new("ncat").args(["127.0.0.1", &port]);
        let client = thread::spawn(move || asking(client, payload()));
        let (ours, _) = listener.accept().expect("a client");
        Halves::from(ours).answer().expect("a clean end");
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}

#[test]
fn a_server_sends_back_what_it_gets() {
    with_ncat(|| {
        let server = server(&[]);
        let ours = connect(&format!("127.0.0.1:{}", server.port()).parse().expect("an address"));
        let ours = Halves::from(ours.expect("it listens"));
        ours.exchange_in_turns(&pattern(0, PIECE), TURNS).expect("a clean end");
    });
}
