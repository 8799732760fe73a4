//! TLS on a connection that has begun in plain text.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;

use standpipe_blocking::Stream;

use crate::side::{MADE, bounded, connection, strange_server, stranger};

/// Reads a line, and more where it comes with it.
fn line(stream: TcpStream) -> (Stream, String, Vec<u8>) {
    let mut plain = BufReader::new(Stream::from(stream));
    let mut line = String::new();
    plain.read_line(&mut line).expect("a line");
    let read_ahead = plain.buffer().to_vec();
    (plain.into_inner(), line, read_ahead)
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
