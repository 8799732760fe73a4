//! TLS over whatever bytes go both ways by: sockets of every kind, and pipes.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use standpipe_blocking::Stream;
use standpipe_blocking::tls::Certificate;

use crate::side::{MADE, bounded, connection, pattern};

/// A question, its end, an answer, its end; and what both sides know of one another.
fn assert_secured(client: Stream, server: Stream) {
    let mut client = client.tls(&MADE.client, "localhost").expect("a client's");
    let answers = thread::spawn(move || {
        let mut server = server.tls_server(&MADE.server).expect("a server's");
        let mut question = Vec::new();
        server.read_to_end(&mut question).expect("a clean end");
        server.write_all(&question).expect("it is taken");
        assert!(server.peer_certificate().is_none(), "it has not asked for one");
        server.close().expect("everything has left");
    });
    assert_eq!((client.version(), client.cipher(), client.peer_certificate().is_none()), (None, None, true));
    let question = pattern(100_000);
    client.write_all(&question).expect("it is taken");
    client.close_write().expect("the peer is there");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("a clean end");
    assert!(answer == question);
    assert_eq!((client.version(), client.is_resumed(), client.alpn()), (Some("TLSv1.3"), false, None));
    assert!(client.cipher().is_some_and(|cipher| cipher.starts_with("TLS13_") || cipher.starts_with("TLS_")));
    let shown: Certificate = client.peer_certificate().expect("it has one").expect("it can be read");
    assert_eq!(shown.matches_name("localhost"), Ok(()));
    assert_eq!(shown.tls_server_end_point().expect("ECDSA").len(), 32);
    answers.join().expect("no panic");
}

#[test]
fn over_tcp() {
    bounded(|| {
        let (one, other) = connection();
        assert_secured(one.into(), other.into());
    });
}

#[test]
fn over_a_pair_of_sockets() {
    bounded(|| {
        let (one, other) = UnixStream::pair().expect("a pair");
        assert_secured(one.into(), other.into());
    });
}

#[test]
fn over_two_pipes() {
    bounded(|| {
        let pipe = || {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            (Stream::pipe(reader).expect("a pipe"), Stream::pipe(writer).expect("a pipe"))
        };
        let ((to_client, from_server), (to_server, from_client)) = (pipe(), pipe());
        assert_secured(Stream::pair(to_client, from_client), Stream::pair(to_server, from_server));
    });
}

#[test]
fn the_transport_can_be_reached_for_its_options() {
    bounded(|| {
        let (one, other) = connection();
        let ours = Stream::from(one).tls(&MADE.client, "localhost").expect("a client's");
        let fd = ours.descriptor().expect("it is open");
        let socket = socket2::SockRef::from(&fd);
        socket.set_tcp_nodelay(true).expect("TCP");
        assert!(socket.tcp_nodelay().expect("TCP"));
        let local = ours.local().and_then(|local| local.port());
        assert_eq!(
            local,
            socket.local_addr().ok().and_then(|address| address.as_socket()).map(|at| at.port())
        );
        drop(other);
    });
}
