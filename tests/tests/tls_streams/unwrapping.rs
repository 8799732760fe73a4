//! Plain text again behind TLS.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;

use rustls::{ClientConnection, StreamOwned};
use standpipe_blocking::{Stream, TlsStream};

use crate::side::{MADE, bounded, connection, stranger};

fn served(stream: TcpStream) -> TlsStream {
    Stream::from(stream).tls_server(&MADE.server).expect("a server's")
}

/// Says close_notify, and reads until the other side has said it.
fn part(stranger: &mut StreamOwned<ClientConnection, TcpStream>) {
    stranger.conn.send_close_notify();
    stranger.flush().expect("it is taken");
    assert_eq!(stranger.read_to_end(&mut Vec::new()).expect("close_notify"), 0);
}

#[test]
fn plain_text_goes_both_ways_after_tls() {
    bounded(|| {
        let (one, other) = connection();
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            stranger.write_all(b"over TLS").expect("it is taken");
            part(&mut stranger);
            let mut bare = stranger.sock;
            bare.write_all(b"bare").expect("it is taken");
            let mut answer = [0; 4];
            bare.read_exact(&mut answer).expect("it comes");
            answer
        });
        let mut ours = served(other);
        let mut text = [0; 8];
        ours.read_exact(&mut text).expect("it comes");
        assert_eq!(&text, b"over TLS");
        let unwrapped = ours.unwrap().expect("both sides part");
        assert_eq!(unwrapped.secured, b"");
        let mut bare = std::io::Cursor::new(unwrapped.left_over).chain(unwrapped.stream);
        let mut text = [0; 4];
        bare.read_exact(&mut text).expect("it comes");
        assert_eq!(&text, b"bare");
        bare.into_inner().1.write_all(b"read").expect("it is taken");
        assert_eq!(peer.join().expect("no panic"), *b"read");
    });
}

#[test]
fn nothing_is_taken_off_before_the_handshake_or_behind_the_end() {
    bounded(|| {
        let (one, other) = connection();
        let early = served(other).unwrap().expect_err("there was no handshake");
        assert_eq!(early.kind(), ErrorKind::NotConnected);
        drop(one);

        let (one, other) = connection();
        let peer = thread::spawn(move || stranger(one).read_to_end(&mut Vec::new()));
        let mut ours = served(other);
        ours.write_all(b"x").expect("it is taken");
        ours.close_write().expect("the peer is there");
        assert_eq!(ours.unwrap().expect_err("it is closed").kind(), ErrorKind::NotConnected);
        drop(peer.join());
    });
}
