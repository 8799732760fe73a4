//! What was said in plain text before an upgrade to TLS is taken for secured (CVE-2011-0411).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use standpipe_blocking::tls::Context;
use standpipe_blocking::{Stream, TlsStream};
use standpipe_core::{TlsFault, TlsReason};
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, Serving, script};
use standpipe_tests::python::Python;

use crate::originals::SCRIPT;

/// A client in whose first piece somebody on the way has put a command behind its own.
fn client(port: u16, context: &Context) -> TlsStream {
    let mut plain = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    plain.write_all(b"STARTTLS\r\nEVIL\r\n").expect("it is read");
    plain.read_exact(&mut [0; 5]).expect("it goes ahead");
    Stream::from(plain).tls(context, "localhost").expect("a client's")
}

/// It reads by lines from a buffer, as smtplib did, and goes on to read from it.
#[test]
fn a_buffered_reader_of_python_obeys_it() {
    for python in Python::with_module("ssl") {
        bounded(move || {
            let certificate = Certificate::new();
            let server = script(&python, SCRIPT, &["upgraded", certificate.chain(), certificate.key()]);
            let server = Serving::announced(server, "port ");
            let mut client = client(server.port(), &certificate.client());
            client.handshake().expect("it is trusted");
            assert_eq!(server.end().0, "secured: EVIL\n");
        });
    }
}

#[test]
fn we_make_no_secured_connection_of_it() {
    bounded(|| {
        let certificate = Certificate::new();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let context = certificate.client();
        let client = thread::spawn(move || client(port, &context).handshake());
        let mut lines = BufReader::new(Stream::from(listener.accept().expect("a client").0));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a command");
        assert_eq!(line, "STARTTLS\r\n");
        let read_ahead = lines.buffer().to_vec();
        let mut plain = lines.into_inner();
        plain.write_all(b"220\r\n").expect("it is read");
        let mut ours = plain.begin_tls_server(&certificate.server(), &read_ahead).expect("a server's");
        let refused = ours.handshake().expect_err("that is no handshake");
        let fault = refused.get_ref().and_then(|inner| inner.downcast_ref::<TlsFault>());
        assert_eq!(fault.map(TlsFault::reason), Some(TlsReason::NotTls));
        drop(ours);
        client.join().expect("no panic").expect_err("it is told");
    });
}
