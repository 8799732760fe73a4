//! Peers that do TLS wrong, and options that cannot be meant: one line that says what, and a server that lives on.

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use crate::support::{
    Certificate, Ended, Server, command, connect, finish, finish_with, is_missing, on_every_runtime, payload,
    python3, secure, standpipe,
};

on_every_runtime! {
    garbage_for_a_hello a_hello_that_is_too_large an_alert_in_mid_handshake an_end_in_mid_handshake
    a_record_that_is_too_large_in_mid_handshake a_record_that_is_too_large a_record_that_is_changed
    plain_text_after_the_handshake half_a_hello a_hello_that_drips
    no_version_in_common no_protocol_in_common a_server_that_is_plain a_server_that_is_silent
    files_that_cannot_be_used files_that_are_no_pair options_that_contradict options_without_tls
}

/// A header that announces one byte more than any record may have, and some of them.
const HUGE: &str = "170303480100000000";

/// Serves a client that sends these bytes at this stage of the handshake, and then another one.
#[track_caller]
fn assert_told(runtime: &str, stage: &str, bytes: &str, words: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--exec", "cat"]);
    finish(python3(&["say", server.host_and_port().1, stage, bytes])).well();
    assert_served(runtime, &server);
    server.stop_after(words);
}

#[track_caller]
fn assert_served(runtime: &str, server: &Server) {
    let next = connect(runtime, server, &["--tls-pin", server.pin()]);
    assert_eq!(finish_with(next, &b"next"[..]).text(), "next");
}

fn garbage_for_a_hello(runtime: &str) {
    let garbage: String = payload(500).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_told(runtime, "connected", &garbage, "the peer does not speak TLS");
}

fn a_hello_that_is_too_large(runtime: &str) {
    assert_told(runtime, "connected", "160301480101000000", "larger than allowed");
}

fn an_alert_in_mid_handshake(runtime: &str) {
    assert_told(
        runtime,
        "hello",
        "15030300020228",
        "the peer refused the connection: alert 40 (handshake_failure)",
    );
}

fn an_end_in_mid_handshake(runtime: &str) {
    assert_told(
        runtime,
        "hello",
        "15030300020100",
        "the peer refused the connection: alert 0 (close_notify)",
    );
}

fn a_record_that_is_too_large_in_mid_handshake(runtime: &str) {
    assert_told(runtime, "hello", HUGE, "larger than allowed");
}

fn a_record_that_is_too_large(runtime: &str) {
    assert_told(runtime, "secured", HUGE, "larger than allowed");
}

fn a_record_that_is_changed(runtime: &str) {
    let record = format!("1703030020{}", "00".repeat(32));
    assert_told(runtime, "secured", &record, "a record from the peer cannot be decrypted");
}

/// Whoever got through a handshake speaks TLS.
fn plain_text_after_the_handshake(runtime: &str) {
    let request: String = b"GET / HTTP/1.1\r\n\r\n".iter().map(|byte| format!("{byte:02x}")).collect();
    assert_told(runtime, "secured", &request, "the peer does not keep to TLS");
}

fn half_a_hello(runtime: &str) {
    let server = secure(runtime, &["--handshake-timeout", "200ms", "--exec", "cat"]);
    let mut silent = server.client();
    silent.send(&[22, 3, 1, 2, 0, 1, 0]);
    assert!(silent.is_closed(), "and nothing was said to it");
    server.stop_after("timed out in the handshake");
}

/// What comes does not put the end off.
fn a_hello_that_drips(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--handshake-timeout", "1s", "--exec", "cat"]);
    finish(python3(&["drip", server.host_and_port().1])).well();
    assert_served(runtime, &server);
    server.stop_after("timed out in the handshake");
}

fn no_version_in_common(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let server = secure(runtime, &["--tls-min", "1.3", "--exec", "cat"]);
    let mut older = command("openssl");
    older.args(["s_client", "-tls1_2", "-connect", server.address()]);
    assert_eq!(finish(older).code, Some(1));
    assert_served(runtime, &server);
    server.stop_after("no version, cipher or key exchange in common with the peer");
}

fn no_protocol_in_common(runtime: &str) {
    let server = secure(runtime, &["--alpn", "wanted", "--exec", "cat"]);
    let client = connect(runtime, &server, &["--tls-pin", server.pin(), "--alpn", "other"]);
    finish(client).failed(1, "the peer refused the connection: alert 120 (no_application_protocol)");
    assert_served(runtime, &server);
    server.stop_after("no application protocol in common with the peer");
}

/// Serves one client plainly, and gives what `connect` came to with these options.
#[track_caller]
fn connected_to_plain(runtime: &str, greeting: &'static [u8], options: &[&str]) -> Ended {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("tls:{}", listener.local_addr().expect("it is bound"));
    let server = thread::spawn(move || {
        let (mut peer, _) = listener.accept().expect("a client");
        peer.write_all(greeting).expect("it is connected");
        // It leaves without a reset only once everything was read.
        std::io::copy(&mut peer, &mut std::io::sink())
    });
    let words = [&["--tls-insecure"], options, &[&address]].concat();
    let ended = finish(standpipe(runtime, "connect", &words));
    server.join().expect("the server is well").expect("a clean end");
    ended
}

fn a_server_that_is_plain(runtime: &str) {
    connected_to_plain(runtime, b"220 at your service\r\n", &[]).failed(1, "the peer does not speak TLS");
}

fn a_server_that_is_silent(runtime: &str) {
    connected_to_plain(runtime, b"", &["--handshake-timeout", "200ms"]).failed(5, "timed out");
}

/// Every file is named that has to do with it.
fn files_that_cannot_be_used(runtime: &str) {
    let good = Certificate::new();
    let empty = good.folder().join("empty");
    std::fs::write(&empty, "").expect("it can be written");
    let (empty, none) = (empty.to_str().expect("paths of tests are text"), "/nonexistent/file");
    for (options, file) in [
        (["--tls-cert", none, "--tls-key", good.key()].as_slice(), none),
        (&["--tls-cert", empty, "--tls-key", good.key()], empty),
        (&["--tls-cert", good.chain(), "--tls-key", none], none),
        (&["--tls-cert", good.chain(), "--tls-key", empty], empty),
        (&["--tls-self-signed", "--tls-client-ca", none], none),
        (&["--tls-self-signed", "--tls-client-ca", empty], empty),
        (&["--tls-self-signed", "--keylog", none], none),
    ] {
        let ended = finish(standpipe(runtime, "serve", &[&["127.0.0.1:0"], options, &["--echo"]].concat()));
        ended.failed(1, file);
        assert!(ended.stdout.is_empty(), "it does not say that it listens");
    }
    let server = secure(runtime, &["--exec", "cat"]);
    for (options, file) in [
        (["--tls-ca", none].as_slice(), none),
        (&["--tls-ca", empty], empty),
        (&["--tls-insecure", "--tls-cert", empty, "--tls-key", good.key()], empty),
        (&["--tls-insecure", "--keylog", none], none),
    ] {
        finish(connect(runtime, &server, options)).failed(1, file);
    }
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn files_that_are_no_pair(runtime: &str) {
    let (one, other) = (Certificate::new(), Certificate::new());
    let pair = ["--tls-cert", one.chain(), "--tls-key", other.key()];
    let serve = finish(standpipe(runtime, "serve", &[&["127.0.0.1:0"], &pair[..], &["--echo"]].concat()));
    let server = secure(runtime, &["--exec", "cat"]);
    let connect = finish(connect(runtime, &server, &[&["--tls-insecure"], &pair[..]].concat()));
    for ended in [serve, connect] {
        ended.failed(1, "cannot be used together");
        ended.failed(1, one.chain());
        ended.failed(1, other.key());
    }
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

#[track_caller]
fn assert_usage(runtime: &str, task: &str, words: &[&str], why: &str) {
    let Ended { code, stdout, stderr } = finish(standpipe(runtime, task, words));
    assert_eq!((code, stdout.as_slice()), (Some(2), &b""[..]), "{stderr}");
    assert!(stderr.contains(why), "'{why}' is not in: {stderr}");
}

fn options_that_contradict(runtime: &str) {
    let serve = |options: &[&str], why: &str| {
        assert_usage(runtime, "serve", &[&["127.0.0.1:0"], options, &["--echo"]].concat(), why);
    };
    serve(&["--tls-cert", "file"], "--tls-key");
    serve(&["--tls-key", "file"], "--tls-cert");
    serve(&["--tls-self-signed", "--tls-cert", "file", "--tls-key", "file"], "cannot be used with");
    serve(&["--tls-self-signed", "--tls-min", "1.1"], "1.2, 1.3");
    let connect = |options: &[&str], why: &str| {
        assert_usage(runtime, "connect", &[options, &["tls:127.0.0.1:1"]].concat(), why);
    };
    connect(&["--tls-insecure", "--tls-ca", "file"], "cannot be used with");
    connect(&["--tls-pin", "sha256:00"], "64 hexadecimal digits");
    connect(&["--tls-cert", "file"], "--tls-key");
}

/// Whoever says whom to trust does not mean a plain connection.
fn options_without_tls(runtime: &str) {
    let serve = ["127.0.0.1:0", "--tls-client-ca", "file", "--echo"];
    assert_usage(runtime, "serve", &serve, "--tls-self-signed");
    let server = Server::start(runtime, &["--exec", "cat"]);
    let pin = format!("sha256:{}", "00".repeat(32));
    for option in [
        ["--tls-ca", "file"].as_slice(),
        &["--tls-name", "name"],
        &["--tls-insecure"],
        &["--tls-pin", &pin],
        &["--tls-cert", "file", "--tls-key", "file"],
    ] {
        assert_usage(runtime, "connect", &[option, &[server.address()]].concat(), option[0]);
    }
    server.stop();
}
