//! How connections end.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::side::{BACKENDS, bounded, connection, pattern, say_end, server, stranger};

#[test]
fn an_end_without_close_notify_is_an_error_and_no_end() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let mut ours = server(make, other);
            let peer = thread::spawn(move || {
                let mut stranger = stranger(one);
                stranger.write_all(&pattern(1000)).expect("it is taken");
                stranger.flush().expect("it is taken");
                stranger.sock.shutdown(Shutdown::Write).expect("it is open");
                stranger
            });
            let mut came = Vec::new();
            let end = ours.read_to_end(&mut came).expect_err("a truncated stream");
            assert_eq!((end.kind(), came.len()), (ErrorKind::UnexpectedEof, 1000));
            drop(peer.join());
        }
    });
}

#[test]
fn a_half_closed_peer_still_gets_its_answer() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let mut ours = server(make, other);
            let peer = thread::spawn(move || {
                let mut stranger = stranger(one);
                stranger.write_all(b"question").expect("it is taken");
                say_end(&mut stranger);
                let mut answer = String::new();
                stranger.read_to_string(&mut answer).expect("a clean end");
                answer
            });
            let mut question = String::new();
            ours.read_to_string(&mut question).expect("a clean end");
            ours.write_all(b"late").expect("it is taken");
            ours.close().expect("everything has left");
            assert_eq!((question.as_str(), peer.join().expect("no panic").as_str()), ("question", "late"));
        }
    });
}

/// The peer reads nothing until the close has begun: every byte, then close_notify, then the connection's end.
#[test]
fn what_is_written_before_a_close_arrives_whole() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            SockRef::from(&other).set_send_buffer_size(4096).expect("it can be small");
            let mut ours = server(make, other);
            let (begin, begun) = channel();
            let writer = thread::spawn(move || {
                let data = pattern(4 << 20);
                ours.write_all(&data[..1]).expect("it is taken");
                begin.send(()).expect("somebody waits");
                ours.write_all(&data[1..]).expect("it is taken");
                ours.close()
            });
            let mut stranger = stranger(one);
            stranger.flush().expect("a handshake");
            begun.recv().expect("it writes");
            let mut came = Vec::new();
            stranger.read_to_end(&mut came).expect("close_notify");
            assert!(came == pattern(4 << 20), "{} bytes", came.len());
            let mut rest = [0; 1];
            assert_eq!(stranger.sock.read(&mut rest).expect("a clean end of the connection"), 0);
            drop(stranger);
            writer.join().expect("no panic").expect("everything has left");
        }
    });
}

#[test]
fn a_dropped_stream_vouches_for_nothing() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let mut ours = server(make, other);
            let peer = thread::spawn(move || stranger(one).read_to_end(&mut Vec::new()));
            ours.write_all(b"half of it").expect("it is taken");
            ours.flush().expect("it leaves");
            drop(ours);
            let end = peer.join().expect("no panic").expect_err("no close_notify");
            assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
        }
    });
}

#[test]
fn a_reset_is_told_to_readers_and_writers() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let mut ours = server(make, other);
            let (taken, go_on) = channel();
            let peer = thread::spawn(move || {
                let mut stranger = stranger(one);
                stranger.write_all(b"x").expect("it is taken");
                stranger.flush().expect("it is taken");
                go_on.recv().expect("it arrives");
                SockRef::from(&stranger.sock).set_linger(Some(Duration::ZERO)).expect("TCP");
            });
            let mut byte = [0; 1];
            ours.read_exact(&mut byte).expect("it came before");
            taken.send(()).expect("somebody waits");
            peer.join().expect("no panic");
            let end = ours.read(&mut byte).expect_err("a reset");
            assert_eq!(end.kind(), ErrorKind::ConnectionReset);
            assert_eq!(ours.write(b"y").expect_err("a reset").kind(), ErrorKind::ConnectionReset);
        }
    });
}

#[test]
fn nothing_can_be_written_behind_the_end() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let mut ours = server(make, other);
            let peer = thread::spawn(move || stranger(one).read_to_end(&mut Vec::new()));
            ours.write_all(b"x").expect("it is taken");
            ours.close_write().expect("the peer is there");
            assert_eq!(ours.write(b"y").expect_err("it is closed").kind(), ErrorKind::BrokenPipe);
            assert_eq!(peer.join().expect("no panic").expect("a clean end"), 1);
        }
    });
}
