//! TLS with peers of other makes, on either side.

use std::process::Command;

use crate::support::{
    Certificate, Process, assert_same, command, finish, finish_with, is_missing, on_every_runtime, payload,
    python3, secure, standpipe,
};

on_every_runtime! {
    curl curl_that_wants_another_name gnutls_cli socat socat_listens openssl_sends_a_file openssl_reverses
    older_python what_an_older_client_has_agreed_upon nothing_was_agreed_upon
}

const SIZE: usize = 64 << 20;
/// gnutls-cli takes tiny pieces, and long for many of them.
const SMALLER: usize = 2 << 20;
/// Both versions that are spoken, as openssl has them.
const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

/// Answers a request with its body.
const RESPONDER: &str = r#"
    length=0
    while IFS= read -r line && line=${line%?} && [ -n "$line" ]; do
        case $line in Content-Length:*) length=${line#*: } ;; esac
    done
    printf 'HTTP/1.1 200 OK\r\nX-Protocol: %s\r\nX-Name: %s\r\n' "$STANDPIPE_TLS_ALPN" "$STANDPIPE_TLS_SNI"
    printf 'Content-Length: %s\r\nConnection: close\r\n\r\n' "$length"
    head -c "$length"
"#;

/// `curl`, which trusts this certificate and takes this name for the server's.
fn requests(certificate: &Certificate, name: &str, port: &str) -> Command {
    let mut curl = command("curl");
    curl.args(["-sS", "-q", "--noproxy", "*", "--http1.1", "--cacert", certificate.chain()]);
    curl.args(["--resolve", &format!("{name}:{port}:127.0.0.1"), &format!("https://{name}:{port}/")]);
    curl
}

/// Its input is the body.
fn posts(certificate: &Certificate, port: &str) -> Command {
    let mut curl = requests(certificate, "localhost", port);
    curl.args(["-H", "Expect:", "--data-binary", "@-"]);
    curl
}

fn curl(runtime: &str) {
    if is_missing("curl") {
        return;
    }
    let certificate = Certificate::new();
    let words = ["--alpn", "h2,http/1.1", "--exec", "sh", "-c", RESPONDER];
    let server = certificate.serve(runtime, &words);
    let (_, port) = server.host_and_port();
    assert_same(&finish_with(posts(&certificate, port), payload(SIZE)).well(), payload(SIZE));
    let mut gets = requests(&certificate, "localhost", port);
    gets.args(["-D", "-"]);
    let head = finish(gets).text();
    assert!(head.contains("X-Protocol: http/1.1\r\n") && head.contains("X-Name: localhost\r\n"), "{head}");
    server.stop();
}

fn curl_that_wants_another_name(runtime: &str) {
    if is_missing("curl") {
        return;
    }
    let certificate = Certificate::new();
    let server = certificate.serve(runtime, &["--exec", "sh", "-c", RESPONDER]);
    let (_, port) = server.host_and_port();
    let refused = finish(requests(&certificate, "elsewhere.test", port));
    assert_eq!((refused.code, refused.stdout), (Some(60), Vec::new()), "{}", refused.stderr);
    assert_same(&finish_with(posts(&certificate, port), b"body".as_slice()).well(), b"body");
    // It checks the name after the handshake, so all that is told of it is how it left, if that.
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn gnutls_cli(runtime: &str) {
    if is_missing("gnutls-cli") {
        return;
    }
    let certificate = Certificate::new();
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let (_, port) = server.host_and_port();
    for versions in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
        let mut client = command("gnutls-cli");
        client.args(["--logfile", "/dev/null", "--priority", versions, "--x509cafile", certificate.chain()]);
        client.args(["-p", port, "localhost"]);
        assert_same(&finish_with(client, payload(SMALLER)).stdout, payload(SMALLER));
    }
    server.stop();
}

fn socat(runtime: &str) {
    if is_missing("socat") {
        return;
    }
    let certificate = Certificate::new();
    let server = certificate.serve(runtime, &["--exec", "cat"]);
    let peer =
        format!("OPENSSL:localhost:{},pf=ip4,cafile={}", server.host_and_port().1, certificate.chain());
    let mut client = command("socat");
    client.args(["-t", "60", "-", &peer]);
    assert_same(&finish_with(client, payload(SIZE)).well(), payload(SIZE));
    server.stop();
}

fn socat_listens(runtime: &str) {
    if is_missing("socat") {
        return;
    }
    let certificate = Certificate::new();
    for versions in ["openssl-max-proto-version=TLS1.2", "openssl-min-proto-version=TLS1.3"] {
        let mut server = command("socat");
        let (chain, key) = (certificate.chain(), certificate.key());
        let listen = format!("OPENSSL-LISTEN:0,bind=127.0.0.1,cert={chain},key={key},verify=0,{versions}");
        // Told twice to talk, it says where it listens.
        server.args(["-d", "-d", "-t", "60", &listen, "EXEC:cat"]);
        let server = Process::start(server);
        let port = announced(&server.stderr.once_it_has("listening on"), "listening on AF=2 127.0.0.1:");
        assert_same(&finish_with(dials(runtime, &certificate, &port), payload(SIZE)).well(), payload(SIZE));
        assert_eq!(server.end().code, Some(0));
    }
}

/// The number behind these words.
#[track_caller]
fn announced(text: &str, words: &str) -> String {
    let (_, rest) = text.split_once(words).unwrap_or_else(|| panic!("'{words}' is not in: {text}"));
    rest.chars().take_while(char::is_ascii_digit).collect()
}

/// `standpipe connect` to somebody with this certificate.
fn dials(runtime: &str, certificate: &Certificate, port: &str) -> Command {
    let address = format!("tls:localhost:{port}");
    standpipe(runtime, "connect", &["-4", "--tls-ca", certificate.chain(), &address])
}

/// `openssl s_server` for one client, and its port.
#[track_caller]
fn openssl(certificate: &Certificate, words: &[&str]) -> (Process, String) {
    let mut server = command("openssl");
    server.args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", certificate.chain()]);
    server.args(["-key", certificate.key()]).args(words).current_dir(certificate.folder());
    let server = Process::start(server);
    let said = server.stdout.once(|said| said.contains("ACCEPT ") && said.ends_with('\n'));
    (server, announced(&said, "ACCEPT 127.0.0.1:"))
}

fn openssl_sends_a_file(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let certificate = Certificate::new();
    std::fs::write(certificate.folder().join("file"), payload(SIZE)).expect("a file can be written");
    for version in VERSIONS {
        let (_server, port) = openssl(&certificate, &[version, "-HTTP"]);
        let client = dials(runtime, &certificate, &port);
        assert_same(&finish_with(client, &b"GET /file HTTP/1.0\r\n\r\n"[..]).well(), payload(SIZE));
    }
}

/// It says close_notify after ours, and not before it has answered everything.
fn openssl_reverses(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let certificate = Certificate::new();
    let lines: String = (100_000..110_000).map(|number| format!("{number}\n")).collect();
    let reversed: String =
        lines.lines().map(|line| line.chars().rev().chain(['\n']).collect::<String>()).collect();
    for version in VERSIONS {
        let (_server, port) = openssl(&certificate, &[version, "-rev"]);
        let client = dials(runtime, &certificate, &port);
        assert_same(&finish_with(client, lines.clone().into_bytes()).well(), reversed.as_bytes());
    }
}

fn older_python(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--sh", "wc -c"]);
    let client = python3(&["answer", server.host_and_port().1, "TLSv1_2"]);
    assert_eq!(finish_with(client, payload(SMALLER)).text().trim(), SMALLER.to_string());
    server.stop();
}

const AGREED: &str = "echo ${STANDPIPE_TLS_VERSION-unset}/${STANDPIPE_TLS_CIPHER-unset}/\
    ${STANDPIPE_TLS_SNI-unset}/${STANDPIPE_TLS_ALPN-unset}";

/// No name and no protocol are empty, and there all the same.
fn what_an_older_client_has_agreed_upon(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let server = secure(runtime, &["--alpn", "wanted", "--sh", AGREED]);
    let mut client = command("openssl");
    client.args(["s_client", "-quiet", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]);
    client.args(["-noservername", "-connect", server.address()]);
    let told = finish(client).stdout;
    assert_eq!(String::from_utf8_lossy(&told), "TLSv1.2/TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256//\n");
    server.terminate();
    server.end();
}

fn nothing_was_agreed_upon(runtime: &str) {
    let server = crate::support::Server::start(runtime, &["--sh", AGREED]);
    assert_eq!(server.client().rest(), b"unset/unset/unset/unset\n");
    server.stop();
}
