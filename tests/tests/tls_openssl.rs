//! What OpenSSL finds of what a server's context was told.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use standpipe_blocking::Listener;
use standpipe_blocking::tls::{
    Context, ContextOptions, Identities, Identity, Provider, SharedSessions, SystemClock, TlsListener,
};
use standpipe_tests::{bounded, skip};

/// Runs a test for which it must be there, and bounds its wait.
fn with_openssl(test: fn()) {
    if Command::new("openssl").arg("version").output().is_err() {
        return skip("TLS contexts: there is no openssl to talk to");
    }
    bounded(test);
}

fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
}

/// A certificate as PEM, and who has it.
fn made(name: &str) -> (String, Identity) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = Identity::from_pem(pem.as_bytes(), key.as_bytes()).expect("a pair");
    (pem, identity)
}

/// A server of clients that come one after the other.
struct Served(TlsListener);

impl Served {
    fn new(identities: impl Into<Identities>, options: ContextOptions) -> Self {
        let context = Context::server(identities, None, options).expect("a server's context");
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port");
        Self(listener.tls(context))
    }

    /// What the next client prints, and whether we say that it has resumed a session. Both sides say something, so that
    /// the tickets arrive; the end is ours.
    fn client(&self, words: &[&str]) -> (String, bool) {
        let mut client = self.start(words);
        client.stdin.take().expect("a pipe").write_all(b"hello\n").expect("it listens");
        let (mut stream, _) = self.0.accept().expect("a client");
        let mut hello = [0; 6];
        stream.read_exact(&mut hello).expect("hello");
        stream.write_all(b"hello to you\n").expect("it listens");
        let is_resumed = stream.negotiated().expect("it is secured").is_resumed;
        stream.close().expect("an end");
        let output = client.wait_with_output().expect("it ends");
        (String::from_utf8_lossy(&output.stdout).into_owned(), is_resumed)
    }

    /// A client that ends by itself should it wait for us in vain.
    fn start(&self, words: &[&str]) -> Child {
        let address = self.0.local().to_string();
        Command::new("timeout")
            .args(["60", "openssl", "s_client", "-ign_eof", "-connect", &address])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl")
    }
}

/// SSL-100.
#[test]
fn sessions_are_resumed() {
    with_openssl(|| {
        let folder = tempfile::tempdir().expect("a folder");
        for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let sessions = Arc::new(SharedSessions::default());
            let options = ContextOptions { resumption: Some(sessions.clone()), ..options() };
            let served = Served::new(made("localhost").1, options);
            let file = folder.path().join(name);
            let file = file.to_str().expect("a name");
            let (first, is_resumed) = served.client(&[version, "-sess_out", file]);
            assert!(first.contains(&format!("New, {name}")) && !is_resumed, "{first}");
            let (second, is_resumed) = served.client(&[version, "-sess_in", file]);
            assert!(second.contains(&format!("Reused, {name}")) && is_resumed, "{second}");
            assert_eq!(sessions.stats().hits, 1, "{name}");
        }
    });
}

/// SSL-100: it is off.
#[test]
fn sessions_are_not_resumed_where_nothing_is_remembered() {
    with_openssl(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let served = Served::new(made("localhost").1, options());
        let file = folder.path().join("session");
        let file = file.to_str().expect("a name");
        let (first, _) = served.client(&["-tls1_2", "-sess_out", file]);
        assert!(first.contains("New, TLSv1.2"), "{first}");
        if std::fs::exists(file).expect("a folder") {
            let (second, is_resumed) = served.client(&["-tls1_2", "-sess_in", file]);
            assert!(second.contains("New, TLSv1.2") && !is_resumed, "{second}");
        }
    });
}

/// SSL-93, SSL-98.
#[test]
fn what_was_chosen_is_used() {
    with_openssl(|| {
        let cipher = "ECDHE-ECDSA-CHACHA20-POLY1305";
        let ciphers =
            vec![cipher.parse().expect("a cipher"), "TLS_AES_256_GCM_SHA384".parse().expect("a cipher")];
        let groups = vec!["secp384r1".parse().expect("a group")];
        let served = Served::new(made("localhost").1, ContextOptions { ciphers, groups, ..options() });
        for (version, cipher) in [("-tls1_2", cipher), ("-tls1_3", "TLS_AES_256_GCM_SHA384")] {
            let (told, _) = served.client(&[version]);
            assert!(told.contains(&format!("Cipher is {cipher}")), "{told}");
            let key = told.lines().find(|line| line.starts_with("Server Temp Key")).expect("a line");
            assert!(key.contains("secp384r1") || key.contains("P-384"), "{key}");
        }
    });
}

/// SSL-95.
#[test]
fn the_name_chooses_a_certificate() {
    with_openssl(|| {
        let (default, identity) = made("localhost");
        let mut identities = Identities::new(identity);
        let (other, identity) = made("*.example.com");
        identities.add(identity).expect("a name");
        let served = Served::new(identities, options());
        let lines =
            |text: &str| text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>();
        for (words, expected) in [
            (&["-servername", "www.example.com"][..], &other),
            (&["-servername", "example.com"], &default),
            (&["-noservername"], &default),
        ] {
            let (told, _) = served.client(words);
            assert!(lines(&told).contains(&lines(expected)), "{words:?}: {told}");
        }
    });
}
