//! TLS on a connection that has begun in plain text.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;

use standpipe_blocking::Stream;
use standpipe_core::{TlsFault, TlsReason};

use crate::side::{MADE, bounded, connection, strange_server, stranger};

/// Reads a line, and more where it comes with it.
fn line(stream: TcpStream) -> (Stream, String, Vec<u8>) {
    let mut plain = BufReader::new(Stream::from(stream));
    let mut line = String::new();
    plain.read_line(&mut line).expect("a line");
    let read_ahead = plain.buffer().to_vec();
    (plain.into_inner(), line, read_ahead)
}

#[track_caller]
fn assert_refused(error: &std::io::Error) {
    let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsFault>());
    assert_eq!(
        (error.kind(), fault.map(TlsFault::reason)),
        (ErrorKind::InvalidData, Some(TlsReason::NotTls))
    );
}

#[test]
fn a_server_goes_on_over_tls() {
    bounded(|| {
        let (mut one, other) = connection();
        let peer = thread::spawn(move || {
            one.write_all(b"STARTTLS\r\n").expect("it is taken");
            let mut go_ahead = [0; 5];
            one.read_exact(&mut go_ahead).expect("it comes");
            assert_eq!(&go_ahead, b"220\r\n");
            let mut stranger = stranger(one);
            stranger.write_all(b"secret").expect("it is taken");
            stranger.read_to_end(&mut Vec::new()).expect("a clean end")
        });
        let (mut plain, asked, read_ahead) = line(other);
        assert_eq!((asked.as_str(), read_ahead.len()), ("STARTTLS\r\n", 0));
        plain.write_all(b"220\r\n").expect("it is taken");
        let mut ours = plain.begin_tls_server(&MADE.server, &read_ahead).expect("a server's");
        let mut text = [0; 6];
        ours.read_exact(&mut text).expect("it comes");
        assert_eq!(&text, b"secret");
        ours.close().expect("everything has left");
        assert_eq!(peer.join().expect("no panic"), 0);
    });
}

/// The fault of many mail servers (CVE-2011-0411): the command behind STARTTLS was obeyed after the handshake.
#[test]
fn what_a_client_has_put_in_behind_the_command_is_never_data() {
    bounded(|| {
        let (mut one, other) = connection();
        one.write_all(b"STARTTLS\r\nMAIL FROM:<mallory>\r\n").expect("it is taken");
        let (plain, _, read_ahead) = line(other);
        assert_eq!(read_ahead, b"MAIL FROM:<mallory>\r\n");
        let mut ours = plain.begin_tls_server(&MADE.server, &read_ahead).expect("a server's");
        assert_refused(&ours.handshake().expect_err("it is no TLS"));
        assert_refused(&ours.read(&mut [0; 64]).expect_err("and never data"));
        drop(ours);
        let mut told = Vec::new();
        one.read_to_end(&mut told).expect("an alert, then the end");
        assert_eq!(told.first(), Some(&21), "an alert");
    });
}

/// The same, towards a client: an answer in plain text that somebody has put in behind the server's.
#[test]
fn what_a_server_has_put_in_behind_its_answer_is_never_data() {
    bounded(|| {
        let (one, mut other) = connection();
        other.write_all(b"220 go ahead\r\n250 AUTH PLAIN\r\n").expect("it is taken");
        let (plain, _, read_ahead) = line(one);
        assert_eq!(read_ahead, b"250 AUTH PLAIN\r\n");
        let mut ours = plain.begin_tls(&MADE.client, "localhost", &read_ahead).expect("a client's");
        assert_refused(&ours.handshake().expect_err("it is no TLS"));
        assert_refused(&ours.write(b"secret").expect_err("and nothing is sent"));
    });
}

/// What came in a lump with the plain text is the handshake's: the first bytes of the client's message, then the rest.
#[test]
fn a_handshake_that_was_read_ahead_is_not_lost() {
    bounded(|| {
        for cut in [1, 5, 50, 100] {
            let (one, other) = connection();
            let peer = thread::spawn(move || {
                let mut stranger = stranger(one);
                stranger.write_all(b"hello").expect("it is taken");
                stranger.read_to_end(&mut Vec::new()).expect("a clean end")
            });
            let mut first = vec![0; cut];
            (&other).read_exact(&mut first).expect("the client speaks first");
            let mut ours = Stream::from(other).begin_tls_server(&MADE.server, &first).expect("a server's");
            let mut text = [0; 5];
            ours.read_exact(&mut text).expect("it comes");
            assert_eq!(&text, b"hello");
            ours.close().expect("everything has left");
            assert_eq!(peer.join().expect("no panic"), 0);
        }
    });
}

#[test]
fn a_client_goes_on_over_tls() {
    bounded(|| {
        let (one, mut other) = connection();
        let peer = thread::spawn(move || {
            other.write_all(b"220 go ahead\r\n").expect("it is taken");
            let mut came = String::new();
            strange_server(other).read_to_string(&mut came).expect("a clean end");
            came
        });
        let (plain, _, read_ahead) = line(one);
        let mut ours = plain.begin_tls(&MADE.client, "localhost", &read_ahead).expect("a client's");
        ours.write_all(b"secret").expect("it is taken");
        ours.close_write().expect("the peer is there");
        assert_eq!(peer.join().expect("no panic"), "secret");
    });
}
