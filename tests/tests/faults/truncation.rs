//! A secured stream that was cut off is taken for complete.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::thread;

use standpipe_blocking::tls::TlsListener;
use standpipe_blocking::{Command, Exit, Listener, connect};
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, asking, is_missing, script};
use standpipe_tests::python::Python;

use crate::originals::SCRIPT;

/// What is left of a longer answer.
const LEN: usize = 1000;

/// Sends a client the beginning of an answer, and then the end of the connection without close_notify.
fn cut_off(listener: &TlsListener) {
    let (mut ours, _) = listener.accept().expect("a client");
    ours.write_all(&[b'x'; LEN]).expect("it is read");
    let socket = socket2::SockRef::from(&ours.descriptor().expect("it is open")).try_clone();
    socket.expect("there are descriptors").shutdown(Shutdown::Write).expect("it is open");
    let _until_it_leaves = ours.read(&mut [0]);
}

fn listener(certificate: &Certificate) -> TlsListener {
    let address = "127.0.0.1:0".parse().expect("an address");
    Listener::bind(&address).expect("a port is free").tls(certificate.server())
}

/// That of Python 2.7 does as well, but not over OpenSSL 3, whose error it does not know.
#[test]
fn ssl_takes_it_for_whole() {
    for python in Python::with_module("ssl").into_iter().filter(|python| python.version == 3) {
        bounded(move || {
            let certificate = Certificate::new();
            let listener = listener(&certificate);
            let port = listener.local().port().expect("TCP has ports").to_string();
            let client = script(&python, SCRIPT, &["truncated", certificate.chain(), &port]);
            let client = thread::spawn(move || asking(client, ""));
            cut_off(&listener);
            let output = client.join().expect("no panic");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!((output.exit, &output.stdout[..]), (Exit::Code(0), &b"1000\n"[..]), "{told}");
        });
    }
}

#[test]
fn socat_takes_it_for_whole() {
    if is_missing("socat") {
        return;
    }
    bounded(|| {
        let certificate = Certificate::new();
        let listener = listener(&certificate);
        let port = listener.local().port().expect("TCP has ports");
        let address = format!("OPENSSL:localhost:{port},pf=ip4,cafile={}", certificate.chain());
        let client = Command::new("socat").args(["-u", &address, "-"]);
        let client = thread::spawn(move || asking(client, ""));
        cut_off(&listener);
        let output = client.join().expect("no panic");
        assert_eq!((output.exit, output.stdout.len()), (Exit::Code(0), LEN));
    });
}

#[test]
fn we_tell_it_as_truncated() {
    bounded(|| {
        let certificate = Certificate::new();
        let listener = listener(&certificate);
        let address = listener.local().to_string().parse().expect("an address");
        let context = certificate.client();
        let client = thread::spawn(move || {
            let ours = connect(&address).expect("it listens").tls(&context, "localhost");
            let mut came = Vec::new();
            let end = ours.expect("a client's").read_to_end(&mut came).expect_err("it is not whole");
            (end.kind(), came.len())
        });
        cut_off(&listener);
        assert_eq!(client.join().expect("no panic"), (ErrorKind::UnexpectedEof, LEN));
    });
}
