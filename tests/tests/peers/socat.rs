//! `socat`, in its addresses for TLS, TCP and Unix sockets.

use std::net::TcpListener;
use std::thread;

use standpipe_blocking::tls::Session;
use standpipe_blocking::{Command, Exit, Listener, connect};
use standpipe_core::TlsReason;
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, LIMIT, Serving, Talking, asking, is_missing};

use crate::ours::{
    BACKENDS, Halves, assert_killed_server_truncates, assert_same, connected, listener, met, payload, port,
    reason,
};

/// Both versions that are spoken.
const VERSIONS: [&str; 2] = ["openssl-max-proto-version=TLS1.2", "openssl-min-proto-version=TLS1.3"];

/// Runs a test for which it must be there.
#[track_caller]
fn with_socat(test: fn()) {
    if !is_missing("socat") {
        bounded(test);
    }
}

/// It waits for an answer as long as a test may take. Told twice to talk, it says where it listens.
fn socat(from: &str, to: &str) -> Command {
    Command::new("socat").args(["-d", "-d", "-t", &LIMIT.as_secs().to_string(), from, to])
}

/// A client that trusts this certificate alone.
fn client(certificate: &Certificate, port: u16, versions: &str) -> Command {
    let address = format!("OPENSSL:localhost:{port},pf=ip4,cafile={},{versions}", certificate.chain());
    socat("-", &address)
}

/// A server that sends back what it gets.
fn server(certificate: &Certificate, options: &str) -> Serving {
    let (chain, key) = (certificate.chain(), certificate.key());
    serving(&format!("OPENSSL-LISTEN:0,bind=127.0.0.1,cert={chain},key={key},verify=0,{options}"), "EXEC:cat")
}

fn serving(listens: &str, program: &str) -> Serving {
    Serving::announced(socat(listens, program), "listening on AF=2 127.0.0.1:")
}

#[test]
fn a_secured_client_gets_its_answer_after_its_half_close() {
    with_socat(|| {
        let certificate = Certificate::new();
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            let client = client(&certificate, listener.local_addr().expect("it is bound").port(), versions);
            let client = thread::spawn(move || asking(client, payload()));
            let session = Session::server(&certificate.server()).expect("a server's context");
            let ours = secure(listener.accept().expect("a client").0, session).expect("it is trusted");
            ours.answer().expect("a clean end");
            let output = client.join().expect("no panic");
            assert_eq!(output.exit, Exit::Code(0), "{versions}");
            assert_same(&output.stdout, &payload());
        }
    });
}

/// The next client, which does trust us, is served.
#[test]
fn a_client_that_trusts_somebody_else_refuses_us() {
    with_socat(|| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        let listener = listener(certificate.server());
        for versions in VERSIONS {
            let (refusal, exit) = met(&listener, client(&other, port(&listener), versions));
            assert_eq!((refusal, exit), (Err(Some(TlsReason::Refused)), Exit::Code(1)), "{versions}");
            let trusting = client(&certificate, port(&listener), versions);
            assert_eq!(met(&listener, trusting), (Ok(()), Exit::Code(0)), "{versions}");
        }
    });
}

#[test]
fn a_secured_server_answers_after_our_half_close() {
    with_socat(|| {
        let certificate = Certificate::new();
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = server(&certificate, versions);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            assert_same(&ours.exchange(&payload()).expect("a clean end"), &payload());
        }
    });
}

/// It survives that, and serves who trusts it.
#[test]
fn a_server_that_is_not_trusted_is_refused() {
    with_socat(|| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = server(&certificate, &format!("fork,{versions}"));
            let refused = connected(secure, &other.client(), server.port()).err().expect("it is refused");
            assert_eq!(reason(&refused), Some(TlsReason::UnknownIssuer), "{versions}");
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            assert_eq!(ours.exchange(b"still there").expect("a clean end"), b"still there", "{versions}");
        }
    });
}

#[test]
fn a_server_that_is_killed_is_told_as_truncated() {
    with_socat(|| {
        let certificate = Certificate::new();
        for (secure, versions) in BACKENDS.into_iter().zip(VERSIONS) {
            let server = server(&certificate, versions);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            assert_killed_server_truncates(ours, server);
        }
    });
}

#[test]
fn a_client_gets_its_answer_after_its_half_close() {
    with_socat(|| {
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
        let client = socat("-", &format!("TCP:{}", listener.local()));
        let client = thread::spawn(move || asking(client, payload()));
        let (ours, _) = listener.accept().expect("a client");
        Halves::from(ours).answer().expect("a clean end");
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}

#[test]
fn a_server_answers_after_our_half_close() {
    with_socat(|| {
        let server = serving("TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat");
        let ours = connect(&format!("127.0.0.1:{}", server.port()).parse().expect("an address"));
        let ours = Halves::from(ours.expect("it listens"));
        assert_same(&ours.exchange(&payload()).expect("a clean end"), &payload());
    });
}

#[test]
fn both_roles_are_the_same_over_unix_sockets() {
    with_socat(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ours");
        let listener = Listener::bind(&format!("unix:{}", path.display()).parse().expect("an address"));
        let listener = listener.expect("the path is free");
        let client = socat("-", &format!("UNIX-CONNECT:{}", path.display()));
        let client = thread::spawn(move || asking(client, payload()));
        let (ours, _) = listener.accept().expect("a client");
        Halves::from(ours).answer().expect("a clean end");
        assert_same(&client.join().expect("no panic").stdout, &payload());

        let path = folder.path().join("theirs");
        let mut server = Talking::to(socat(&format!("UNIX-LISTEN:{}", path.display()), "EXEC:cat"));
        server.line_with("listening on");
        let ours = connect(&format!("unix:{}", path.display()).parse().expect("an address"));
        let ours = Halves::from(ours.expect("it listens"));
        assert_same(&ours.exchange(&payload()).expect("a clean end"), &payload());
    });
}
