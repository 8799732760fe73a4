//! Programs served over TLS, and TLS clients of this and other makes.

use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::support::{
    Ended, LIMIT, Process, Server, assert_same, command, eventually, finish, finish_with, is_missing,
    on_every_runtime, payload, standpipe,
};

on_every_runtime! {
    between_ourselves python openssl an_answer_after_the_end what_was_agreed_upon a_plain_client a_silent_client
    a_wrong_pin an_unknown_issuer a_wrong_name an_expired_certificate a_client_without_certificate
    a_truncated_stream_is_no_end_of_input a_truncated_answer_is_told a_truncated_answer_may_be_accepted
    onwards_over_tls unusable_files a_key_log
}

const SIZE: usize = 8 << 20;

fn secure(runtime: &str, work: &[&str]) -> Server {
    Server::start(runtime, &[&["--tls-self-signed"], work].concat())
}

/// `standpipe connect` to a server, with the options before the address.
fn connect(runtime: &str, server: &Server, options: &[&str]) -> Command {
    let address = format!("tls:{}", server.address());
    standpipe(runtime, "connect", &[options, &[&address]].concat())
}

fn python3(words: &[&str]) -> Command {
    let mut python = command("python3");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/tls.py")).args(words);
    python
}

/// Fails with this code, saying this in its one line.
#[track_caller]
fn assert_refused(ended: &Ended, code: i32, line: &str) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.stderr.contains(line) && ended.stderr.lines().count() == 1, "{}", ended.stderr);
}

/// A certificate for this machine and its key, as files.
struct Certificate {
    _folder: TempDir,
    chain: PathBuf,
    key: PathBuf,
}

/// How many certificates were made.
static MADE: AtomicUsize = AtomicUsize::new(0);

impl Certificate {
    fn new() -> Self {
        Self::until(4096)
    }

    /// Not valid from the beginning of this year on.
    fn until(year: i32) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut wanted = rcgen::CertificateParams::new(names).expect("these are names");
        // Named apart, or one would be taken for the other's issuer.
        let number = MADE.fetch_add(1, Ordering::Relaxed).to_string();
        wanted.distinguished_name.push(rcgen::DnType::CommonName, number);
        wanted.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key can be made");
        let made = wanted.self_signed(&key).expect("a certificate can be made");
        let folder = TempDir::new().expect("a folder can be made");
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file can be written");
            path
        };
        let (chain, key) = (write("chain.pem", made.pem()), write("key.pem", key.serialize_pem()));
        Self { _folder: folder, chain, key }
    }

    fn chain(&self) -> &str {
        self.chain.to_str().expect("paths of tests are text")
    }

    fn key(&self) -> &str {
        self.key.to_str().expect("paths of tests are text")
    }

    fn serve(&self, runtime: &str, work: &[&str]) -> Server {
        Server::start(runtime, &[&["--tls-cert", self.chain(), "--tls-key", self.key()], work].concat())
    }
}

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
    server.terminate();
    server.end();
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
    let other = python3(&["answer", server.host_and_port().1]);
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
    server.log().once(|log| log.contains("the peer does not speak TLS"));
    server.terminate();
    server.end();
}

fn a_silent_client(runtime: &str) {
    let server = secure(runtime, &["--handshake-timeout", "200ms", "--exec", "cat"]);
    let silent = TcpStream::connect(server.address()).expect("it listens");
    // It keeps nobody else waiting.
    let client = connect(runtime, &server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(client, &b"x"[..]).well(), b"x");
    server.log().once(|log| log.contains("timed out in the handshake"));
    drop(silent);
    server.terminate();
    server.end();
}

fn a_wrong_pin(runtime: &str) {
    let server = secure(runtime, &["--exec", "cat"]);
    let pin = format!("sha256:{}", "00".repeat(32));
    let ended = finish_with(connect(runtime, &server, &["--tls-pin", &pin]), &b"secret"[..]);
    assert_refused(&ended, 1, "the peer's certificate is not the pinned one");
    server.log().once(|log| log.contains("the peer refused the connection"));
    server.terminate();
    server.end();
}

fn an_unknown_issuer(runtime: &str) {
    let (server, other) = (Certificate::new(), Certificate::new());
    let server = server.serve(runtime, &["--exec", "cat"]);
    let ended = finish(connect(runtime, &server, &["--tls-ca", other.chain()]));
    assert_refused(&ended, 1, "the peer's certificate was issued by nobody who is trusted");
    server.terminate();
    server.end();
}

fn a_wrong_name(runtime: &str) {
    let certificate = Certificate::new();
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let trusted = ["--tls-ca", certificate.chain()];
    let ended = finish(connect(runtime, &server, &[&trusted[..], &["--tls-name", "elsewhere"]].concat()));
    assert_refused(&ended, 1, "the peer's certificate is for another name");
    assert_eq!(finish_with(connect(runtime, &server, &trusted), &b"x"[..]).well(), b"x");
    server.terminate();
    server.end();
}

fn an_expired_certificate(runtime: &str) {
    let certificate = Certificate::until(2000);
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let ended = finish(connect(runtime, &server, &["--tls-ca", certificate.chain()]));
    assert_refused(&ended, 1, "the peer's certificate has expired");
    server.terminate();
    server.end();
}

fn a_client_without_certificate(runtime: &str) {
    let (ours, theirs) = (Certificate::new(), Certificate::new());
    let server = ours.serve(runtime, &["--tls-client-ca", theirs.chain(), "--exec", "cat"]);
    let trusted = ["--tls-ca", ours.chain()];
    let ended = finish(connect(runtime, &server, &trusted));
    assert_ne!(ended.code, Some(0), "{}", ended.stderr);
    server.log().once(|log| log.contains("the peer has no certificate"));
    let known = [&trusted[..], &["--tls-cert", theirs.chain(), "--tls-key", theirs.key()]].concat();
    assert_eq!(finish_with(connect(runtime, &server, &known), &b"x"[..]).well(), b"x");
    server.terminate();
    server.end();
}

fn a_truncated_stream_is_no_end_of_input(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("sorted");
    // Its file is there only if it has read to an end.
    let line = format!("data=$(cat) && printf %s \"$data\" > '{}'", file.display());
    let server = secure(runtime, &["--sh", &line]);
    finish(python3(&["truncate", server.host_and_port().1])).well();
    server.log().once(|log| log.contains("truncated") && log.contains("killed by SIGTERM"));
    server.terminate();
    server.end();
    assert!(!file.exists(), "half a stream was taken for a whole one");
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
    assert_refused(&ended, 3, "truncated");
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

fn unusable_files(runtime: &str) {
    let (one, other) = (Certificate::new(), Certificate::new());
    for (chain, key, line) in [
        (one.chain(), "/nonexistent", "cannot read '/nonexistent'"),
        (one.key(), one.key(), "no certificate"),
        (one.chain(), one.chain(), "no private key"),
        (one.chain(), other.key(), "cannot be used together"),
    ] {
        let words = ["127.0.0.1:0", "--tls-cert", chain, "--tls-key", key, "--echo"];
        assert_refused(&finish(standpipe(runtime, "serve", &words)), 1, line);
    }
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
