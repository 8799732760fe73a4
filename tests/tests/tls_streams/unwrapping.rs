//! Plain text again behind TLS.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};
use standpipe_blocking::{Stream, TlsStream};
use standpipe_core::SecuredOptions;
use standpipe_core::tls::Session;

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

/// All of it in one write: data, close_notify, and plain text right behind.
#[test]
fn what_came_over_tls_and_what_came_behind_it_are_told_apart() {
    bounded(|| {
        let (one, other) = connection();
        let mut ours = served(other);
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            let mut byte = [0; 1];
            stranger.read_exact(&mut byte).expect("the handshake and a byte");
            stranger.conn.writer().write_all(b"unread").expect("there is room");
            stranger.conn.send_close_notify();
            let mut together = Vec::new();
            while stranger.conn.wants_write() {
                stranger.conn.write_tls(&mut together).expect("a vector takes all");
            }
            together.extend_from_slice(b"in plain text");
            stranger.sock.write_all(&together).expect("it is taken");
            stranger.sock.shutdown(Shutdown::Write).expect("it is open");
            stranger
        });
        ours.write_all(b"x").expect("it is taken");
        let mut unwrapped = ours.unwrap().expect("both sides part");
        assert_eq!(unwrapped.secured, b"unread");
        let mut bare = unwrapped.left_over;
        unwrapped.stream.read_to_end(&mut bare).expect("a clean end");
        assert_eq!(bare, b"in plain text");
        drop(peer.join());
    });
}

#[test]
fn a_peer_that_never_parts_is_not_waited_for_beyond_the_limit() {
    bounded(|| {
        let (one, other) = connection();
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            stranger.flush().expect("a handshake");
            stranger
        });
        let session = Session::server(&MADE.server).expect("a server's");
        let limits = SecuredOptions { close: Duration::from_millis(50), ..SecuredOptions::default() };
        let mut ours = TlsStream::new(other.into(), Box::new(session), limits);
        ours.handshake().expect("the client agrees");
        let silent = peer.join().expect("no panic");
        assert_eq!(ours.unwrap().expect_err("it says nothing").kind(), ErrorKind::TimedOut);
        drop(silent);
    });
}

#[test]
fn an_end_instead_of_a_farewell_is_told() {
    bounded(|| {
        let (one, other) = connection();
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            stranger.flush().expect("a handshake");
            stranger.sock.shutdown(Shutdown::Write).expect("it is open");
            stranger
        });
        let mut ours = served(other);
        ours.handshake().expect("the client agrees");
        assert_eq!(ours.unwrap().expect_err("truncated").kind(), ErrorKind::UnexpectedEof);
        drop(peer.join());
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

#[test]
fn a_flood_while_tls_is_taken_off_is_bounded() {
    bounded(|| {
        let (one, other) = connection();
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            let flood = vec![0; 64 << 10];
            // Until the other side has had enough.
            while stranger.write_all(&flood).is_ok() {}
        });
        let mut ours = served(other);
        ours.handshake().expect("the client agrees");
        assert_eq!(ours.unwrap().expect_err("too much").kind(), ErrorKind::InvalidData);
        peer.join().expect("no panic");
    });
}
