//! How long a call may wait, and what is kept when it may wait no longer.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use standpipe_blocking::Stream;

use crate::side::{MADE, bounded, connection, pattern, stranger};

/// Short, since it is waited for to the end.
const SHORT: Duration = Duration::from_millis(30);

#[test]
fn a_read_that_has_timed_out_loses_nothing() {
    bounded(|| {
        let (one, other) = connection();
        let mut ours = Stream::from(other).tls_server(&MADE.server).expect("a server's");
        let (late, go_on) = channel();
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            stranger.flush().expect("a handshake");
            go_on.recv().expect("it times out");
            stranger.write_all(b"late").expect("it is taken");
            stranger.flush().expect("it is taken");
            stranger
        });
        ours.handshake().expect("the client agrees");
        ours.set_timeout(Some(SHORT));
        let mut text = [0; 4];
        assert_eq!(ours.read(&mut text).expect_err("nothing came").kind(), ErrorKind::TimedOut);
        assert_eq!(ours.read(&mut text).expect_err("nothing came").kind(), ErrorKind::TimedOut);
        late.send(()).expect("somebody waits");
        ours.set_timeout(None);
        ours.read_exact(&mut text).expect("it goes on");
        assert_eq!(&text, b"late");
        drop(peer.join());
    });
}

/// A handshake that has its own limit still goes on after a call that was given less.
#[test]
fn a_handshake_goes_on_after_a_time_out() {
    bounded(|| {
        let (one, other) = connection();
        let mut ours = Stream::from(other).tls_server(&MADE.server).expect("a server's");
        ours.set_timeout(Some(SHORT));
        assert_eq!(ours.handshake().expect_err("nobody speaks").kind(), ErrorKind::TimedOut);
        assert_eq!(ours.write(b"x").expect_err("nobody speaks").kind(), ErrorKind::TimedOut);
        let peer = thread::spawn(move || stranger(one).read_to_end(&mut Vec::new()));
        ours.set_timeout(None);
        ours.write_all(b"y").expect("it is taken");
        ours.close().expect("everything has left");
        assert_eq!(peer.join().expect("no panic").expect("a clean end"), 1);
    });
}

/// Writes until nothing more is taken; whatever a write has said to be taken arrives, once and in order. Over a pair of
/// sockets, which has no more room until somebody reads.
#[test]
fn a_byte_that_was_taken_is_not_lost_by_a_time_out() {
    bounded(|| {
        let (one, other) = UnixStream::pair().expect("a pair");
        let mut ours = Stream::from(other).tls_server(&MADE.server).expect("a server's");
        let (full, go_on) = channel();
        let peer = thread::spawn(move || {
            let mut peer = Stream::from(one).tls(&MADE.client, "localhost").expect("a client's");
            peer.handshake().expect("the server agrees");
            go_on.recv().expect("it fills up");
            let mut came = Vec::new();
            peer.read_to_end(&mut came).expect("a clean end");
            came
        });
        ours.handshake().expect("the client agrees");
        ours.set_timeout(Some(SHORT));
        let data = pattern(64 << 20);
        let mut taken = 0;
        let refused = loop {
            match ours.write(&data[taken..]) {
                Ok(n) => taken += n,
                Err(error) => break error,
            }
        };
        assert_eq!(refused.kind(), ErrorKind::TimedOut);
        assert_eq!(ours.flush().expect_err("it has not left").kind(), ErrorKind::TimedOut);
        full.send(()).expect("somebody waits");
        ours.set_timeout(None);
        ours.write_all(&data[taken..taken + 1000]).expect("it goes on");
        ours.close().expect("everything has left");
        assert!(peer.join().expect("no panic") == data[..taken + 1000], "{taken} were taken");
    });
}

#[test]
fn each_half_has_a_time_limit_of_its_own() {
    bounded(|| {
        let (one, other) = connection();
        let ours = Stream::from(other).tls_server(&MADE.server).expect("a server's");
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            let mut byte = [0; 1];
            stranger.read_exact(&mut byte).expect("it comes");
            (stranger, byte)
        });
        let (mut reader, mut writer) = ours.split().expect("a handshake");
        reader.set_timeout(Some(SHORT));
        assert_eq!(reader.read(&mut [0]).expect_err("nothing came").kind(), ErrorKind::TimedOut);
        writer.set_timeout(Some(Duration::from_secs(60)));
        writer.write_all(b"x").expect("the reader's limit is not the writer's");
        assert_eq!(peer.join().expect("no panic").1, *b"x");
    });
}
