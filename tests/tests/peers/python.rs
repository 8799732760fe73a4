//! Python's `ssl`, `asyncore` and `asyncio`, of Python 3 and, where it is installed, of Python 2.7.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::thread;

use standpipe_blocking::tls::Session;
use standpipe_blocking::{Command, Exit, Listener, connect};
use standpipe_core::TlsReason;
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, Serving, asking, script};
use standpipe_tests::python::Python;

use crate::ours::{
    BACKENDS, Halves, PEER, SIZE, assert_same, connected, listener, met, payload, port, reason,
};

const STREAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/stream.py");

/// Holds a test of this module with each Python that has it.
#[track_caller]
fn with(module: &str, test: fn(&Python)) {
    for python in Python::with_module(module) {
        bounded(move || test(&python));
    }
}

fn client(python: &Python, task: &str, certificate: &Certificate, port: u16) -> Command {
    script(python, PEER, &[task, certificate.chain(), &port.to_string()])
}

fn server(python: &Python, task: &str, certificate: &Certificate) -> Serving {
    Serving::announced(script(python, PEER, &[task, certificate.chain(), certificate.key()]), "port ")
}

#[test]
fn a_client_of_ssl_gets_back_what_it_sends_and_its_end_is_clean() {
    with("ssl", |python| {
        let certificate = Certificate::new();
        for secure in BACKENDS {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            let port = listener.local_addr().expect("it is bound").port();
            let client = client(python, "ssl_asks", &certificate, port);
            let client = thread::spawn(move || asking(client, payload()));
            let session = Session::server(&certificate.server()).expect("a server's context");
            let mut ours = secure(listener.accept().expect("a client").0, session).expect("it is trusted");
            let mut came = vec![0; SIZE];
            ours.reader.read_exact(&mut came).expect("all of it comes");
            ours.writer.write_all(&came).expect("it is read");
            ours.writer.close_write().expect("the client is there");
            assert_eq!(ours.reader.read(&mut came).expect("a clean end"), 0);
            assert_same(&client.join().expect("no panic").stdout, &payload());
        }
    });
}

#[test]
fn a_client_of_ssl_that_breaks_off_is_told_as_truncated() {
    with("ssl", |python| {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        let client = client(python, "ssl_breaks_off", &certificate, port(&listener));
        let client = thread::spawn(move || asking(client, payload()));
        let (mut ours, _) = listener.accept().expect("a client");
        let mut came = Vec::new();
        let end = ours.read_to_end(&mut came).expect_err("it has not said that this is all");
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
        assert_same(&came, &payload());
        drop(ours);
        assert_eq!(client.join().expect("no panic").exit, Exit::Code(0));
    });
}

/// The next client, which does trust us, is served.
#[test]
fn a_client_of_ssl_that_trusts_somebody_else_refuses_us() {
    with("ssl", |python| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        let listener = listener(certificate.server());
        let (refusal, exit) = met(&listener, client(python, "ssl_asks", &other, port(&listener)));
        assert_eq!((refusal, exit), (Err(Some(TlsReason::Refused)), Exit::Code(1)));
        let trusting = client(python, "ssl_asks", &certificate, port(&listener));
        assert_eq!(met(&listener, trusting), (Ok(()), Exit::Code(0)));
    });
}

#[test]
fn a_server_of_ssl_answers_after_our_half_close() {
    with("ssl", |python| {
        let certificate = Certificate::new();
        for secure in BACKENDS {
            let server = server(python, "ssl_answers", &certificate);
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            assert_same(&ours.exchange(&payload()).expect("a clean end"), &payload());
        }
    });
}

#[test]
fn half_an_answer_of_a_server_of_ssl_is_told_as_truncated() {
    with("ssl", |python| {
        let certificate = Certificate::new();
        for secure in BACKENDS {
            let server = server(python, "ssl_answers_half", &certificate);
            let mut ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            let mut came = Vec::new();
            let end = ours.reader.read_to_end(&mut came).expect_err("it has not said that this is all");
            assert_eq!((end.kind(), &came[..]), (ErrorKind::UnexpectedEof, &b"half"[..]));
        }
    });
}

#[test]
fn a_server_of_ssl_that_is_not_trusted_is_refused() {
    with("ssl", |python| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        for secure in BACKENDS {
            let server = server(python, "ssl_answers", &certificate);
            let refused = connected(secure, &other.client(), server.port()).err().expect("it is refused");
            assert_eq!(reason(&refused), Some(TlsReason::UnknownIssuer));
            let (said, exit) = server.end();
            assert_eq!(exit, Exit::Code(1));
            assert!(said.contains("alert"), "{said}");
        }
    });
}

#[test]
fn a_client_of_asyncore_gets_its_answer_after_its_half_close() {
    with("asyncore", |python| answers(script(python, PEER, &["asyncore_asks", "-"])));
}

#[test]
fn a_server_of_asyncore_answers_after_our_half_close() {
    with("asyncore", |python| asks(script(python, PEER, &["asyncore_answers", "-", "-"])));
}

#[test]
fn a_client_of_asyncio_gets_its_answer_after_its_half_close() {
    with("asyncio", |python| answers(script(python, STREAM, &["asks", "-"])));
}

#[test]
fn a_server_of_asyncio_answers_after_our_half_close() {
    with("asyncio", |python| asks(script(python, STREAM, &["answers", "-", "-"])));
}

/// Answers this client, which is told our port as its last word, in plain text.
fn answers(client: Command) {
    let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let client = client.arg(listener.local().port().expect("TCP has ports").to_string());
    let client = thread::spawn(move || asking(client, payload()));
    let (ours, _) = listener.accept().expect("a client");
    Halves::from(ours).answer().expect("a clean end");
    let output = client.join().expect("no panic");
    assert_eq!(output.exit, Exit::Code(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same(&output.stdout, &payload());
}

/// Asks this server in plain text.
fn asks(server: Command) {
    let server = Serving::announced(server, "port ");
    let ours = connect(&format!("127.0.0.1:{}", server.port()).parse().expect("an address"));
    let ours = Halves::from(ours.expect("it listens"));
    assert_same(&ours.exchange(&payload()).expect("a clean end"), &payload());
    assert_eq!(server.end().1, Exit::Code(0));
}

/// It has no half-close there: its end is its last word.
#[test]
fn a_secured_client_of_asyncio_gets_back_what_it_sends() {
    with("asyncio", |python| {
        let certificate = Certificate::new();
        let listener = listener(certificate.server());
        let client = script(python, STREAM, &["asks", certificate.chain(), &port(&listener).to_string()]);
        let client = thread::spawn(move || asking(client, payload()));
        let (mut ours, _) = listener.accept().expect("a client");
        let mut came = vec![0; SIZE];
        ours.read_exact(&mut came).expect("all of it comes");
        ours.write_all(&came).expect("it is read");
        ours.close_write().expect("the client is there");
        assert_eq!(ours.read(&mut came).expect("a clean end"), 0);
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}

#[test]
fn a_secured_server_of_asyncio_sends_back_what_it_gets() {
    with("asyncio", |python| {
        let certificate = Certificate::new();
        for secure in BACKENDS {
            let server = script(python, STREAM, &["answers", certificate.chain(), certificate.key()]);
            let server = Serving::announced(server, "port ");
            let ours = connected(secure, &certificate.client(), server.port()).expect("it is trusted");
            ours.exchange_in_turns(&payload(), 1).expect("a clean end");
        }
    });
}
