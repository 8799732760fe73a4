//! Programs served over TLS, and TLS clients of this and other makes.

use std::io::Read;
use std::net::TcpStream;

use tempfile::TempDir;

use crate::support::{
    Certificate, LIMIT, Process, Server, assert_same, command, connect, eventually, finish, finish_with,
    is_missing, on_every_runtime, payload, python3, secure, standpipe,
};

on_every_runtime! {
    between_ourselves python openssl an_answer_after_the_end what_was_agreed_upon a_plain_client a_silent_client
    a_client_that_stays_silent
    a_wrong_pin an_unknown_issuer a_wrong_name an_expired_certificate a_client_without_certificate
    a_truncated_stream_is_no_end_of_input a_truncated_answer_is_told a_truncated_answer_may_be_accepted
    onwards_over_tls a_key_log
}

const SIZE: usize = 64 << 20;

fn between_ourselves(runtime: &str) {
    let server = secure(runtime, &["--exec", "cat"]);
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn python(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--exec", "cat"]);
    let client = python3(&["echo", server.host_and_port().1]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn openssl(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let server = secure(runtime, &["--exec", "head", "-c", &SIZE.to_string()]);
    let mut client = command("openssl");
    client.args(["s_client", "-quiet", "-connect", server.address()]);
    assert_same(&finish_with(client, payload(SIZE)).stdout, payload(SIZE));
    server.terminate();
    server.end();
}

fn an_answer_after_the_end(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--exec", "sort"]);
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(client, &b"b\na\n"[..]).well(), b"a\nb\n");
    let other = python3(&["answer", server.host_and_port().1, "TLSv1_3"]);
    assert_eq!(finish_with(other, &b"d\nc\n"[..]).well(), b"c\nd\n");
    server.stop();
}

fn what_was_agreed_upon(runtime: &str) {
    let line = "cat; echo $STANDPIPE_TLS_VERSION $STANDPIPE_TLS_SNI $STANDPIPE_TLS_ALPN";
    let server = secure(runtime, &["--alpn", "wanted,spare", "--sh", line]);
    let (_, port) = server.host_and_port();
    let options = ["--tls-pin", server.pin(), "--alpn", "other,wanted", &format!("tls:localhost:{port}")];
    let client = standpipe(runtime, "connect", &options);
    assert_eq!(finish(client).well(), b"TLSv1.3 localhost wanted\n");
    server.stop();
}

fn a_plain_client(runtime: &str) {
    let server = secure(runtime, &["--exec", "cat"]);
    let mut client = TcpStream::connect(server.address()).expect("it listens");
    client.set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
    std::io::Write::write_all(&mut client, b"GET / HTTP/1.1\r\n\r\n").expect("it is connected");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("an alert and then the end");
    assert_eq!(answer.first(), Some(&21), "an alert");
    server.stop_after("the peer does not speak TLS");
}

fn a_silent_client(runtime: &str) {
    let server = secure(runtime, &["--exec", "cat"]);
    let silent = TcpStream::connect(server.address()).expect("it listens");
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(client, &b"x"[..]).well(), b"x", "it keeps nobody else waiting");
    drop(silent);
    server.terminate();
    server.end();
}

fn a_client_that_stays_silent(runtime: &str) {
    let server = secure(runtime, &["--handshake-timeout", "200ms", "--exec", "cat"]);
    let silent = TcpStream::connect(server.address()).expect("it listens");
    server.log().once_it_has("timed out in the handshake");
    drop(silent);
    server.stop_after("timed out in the handshake");
}

fn a_wrong_pin(runtime: &str) {
    let server = secure(runtime, &["--exec", "cat"]);
    let pin = format!("sha256:{}", "00".repeat(32));
    let ended = finish_with(connect(runtime, &server, &["--tls-pin", &pin]), &b"secret"[..]);
    ended.failed(1, "the peer's certificate is not the pinned one");
    server.stop_after("the peer refused the connection");
}

fn an_unknown_issuer(runtime: &str) {
    let (server, other) = (Certificate::new(), Certificate::new());
    let server = server.serve(runtime, &["--exec", "cat"]);
    let ended = finish(connect(runtime, &server, &["--tls-ca", other.chain()]));
    ended.failed(1, "the peer's certificate was issued by nobody who is trusted");
    server.stop_after("the peer refused the connection: alert 48 (unknown_ca)");
}

fn a_wrong_name(runtime: &str) {
    let certificate = Certificate::new();
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let trusted = ["--tls-ca", certificate.chain()];
    let ended = finish(connect(runtime, &server, &[&trusted[..], &["--tls-name", "elsewhere"]].concat()));
    ended.failed(1, "the peer's certificate is for another name");
    assert_eq!(finish_with(connect(runtime, &server, &trusted), &b"x"[..]).well(), b"x");
    server.stop_after("the peer refused the connection: alert 42 (bad_certificate)");
}

fn an_expired_certificate(runtime: &str) {
    let certificate = Certificate::until(2000);
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let ended = finish(connect(runtime, &server, &["--tls-ca", certificate.chain()]));
    ended.failed(1, "the peer's certificate has expired");
    server.stop_after("the peer refused the connection: alert 45 (certificate_expired)");
}

fn a_client_without_certificate(runtime: &str) {
    let (ours, theirs) = (Certificate::new(), Certificate::new());
    let server = ours.serve(runtime, &["--tls-client-ca", theirs.chain(), "--exec", "cat"]);
    let trusted = ["--tls-ca", ours.chain()];
    let ended = finish(connect(runtime, &server, &trusted));
    assert_ne!(ended.code, Some(0), "{}", ended.stderr);
    let known = [&trusted[..], &["--tls-cert", theirs.chain(), "--tls-key", theirs.key()]].concat();
    assert_eq!(finish_with(connect(runtime, &server, &known), &b"x"[..]).well(), b"x");
    server.stop_after("the peer has no certificate");
}

fn a_truncated_stream_is_no_end_of_input(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("file");
    let line = format!("cat > '{0}'; echo done >> '{0}.done'", file.display());
    let server = secure(runtime, &["--sh", &line]);
    finish(python3(&["truncate", server.host_and_port().1])).well();
    server.log().once_it_has("killed by SIGTERM");
    server.stop_after("truncated");
    assert!(!folder.path().join("file.done").exists(), "half a stream was taken for a whole one");
}

fn half_server(certificate: &Certificate) -> (Process, String) {
    let server = Process::start(python3(&["serve_half", certificate.chain(), certificate.key()]));
    let port = server.stdout.once(|said| said.ends_with('\n')).trim_end().to_owned();
    (server, format!("tls:127.0.0.1:{port}"))
}

fn a_truncated_answer_is_told(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let certificate = Certificate::new();
    let (_server, address) = half_server(&certificate);
    let ended = finish(standpipe(runtime, "connect", &["--tls-ca", certificate.chain(), &address]));
    assert_eq!(ended.stdout, b"half");
    ended.failed(3, "truncated");
}

fn a_truncated_answer_may_be_accepted(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let certificate = Certificate::new();
    let (_server, address) = half_server(&certificate);
    let options = ["--tls-eof", "accept", "--tls-ca", certificate.chain(), &address];
    assert_eq!(finish(standpipe(runtime, "connect", &options)).well(), b"half");
}

fn onwards_over_tls(runtime: &str) {
    let certificate = Certificate::new();
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let mut onwards = standpipe(runtime, "serve", &["127.0.0.1:0"]);
    // The system's roots, as far as this server is concerned.
    onwards
        .env("SSL_CERT_FILE", certificate.chain())
        .args(["--connect", &format!("tls:{}", server.address())]);
    let onwards = Server::of(onwards);
    let client = standpipe(runtime, "connect", &[onwards.address()]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    onwards.stop();
    server.stop();
}

fn a_key_log(runtime: &str) {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("keys");
    let path = file.to_str().expect("paths of tests are text");
    let server = secure(runtime, &["--keylog", path, "--exec", "cat"]);
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(client, &b"x"[..]).well(), b"x");
    let keys = || std::fs::read_to_string(&file).unwrap_or_default();
    eventually("the secrets are logged", || keys().contains("CLIENT_TRAFFIC_SECRET_0 "));
    server.stop();
}
