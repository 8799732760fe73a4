//! Two halves in two threads.

use std::io::{Read, Write};
use std::thread;

use crate::side::{BACKENDS, Side, bounded, client, connection, pattern, server, stranger};

/// Sends a pattern and its end in one thread while another receives.
fn exchange(side: Box<dyn Side>, len: usize) -> Vec<u8> {
    let (mut reader, mut writer) = side.split().expect("a handshake");
    thread::scope(|scope| {
        scope.spawn(move || {
            writer.write_all(&pattern(len)).expect("the peer takes it");
            writer.close_write().expect("the peer is there");
        });
        let mut came = Vec::new();
        reader.read_to_end(&mut came).expect("a clean end");
        came
    })
}

/// Far more than any buffer holds, so that a side which did not receive while it sends would stop the other.
#[test]
fn two_peers_that_both_send_do_not_wait_for_one_another() {
    bounded(|| {
        for (near, far) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let (one, other) = connection();
            let len = 8 << 20;
            let came = thread::scope(|scope| {
                let near = scope.spawn(move || exchange(client(BACKENDS[near], one), len));
                let far = scope.spawn(move || exchange(server(BACKENDS[far], other), len));
                [near, far].map(|side| side.join().expect("no panic"))
            });
            assert!(came.iter().all(|came| *came == pattern(len)), "{near} and {far}");
        }
    });
}

/// Each side answers what it reads in one thread while another asks.
#[test]
fn thousands_of_small_messages_each_way() {
    bounded(|| {
        const MESSAGES: usize = 5000;
        for make in BACKENDS {
            let (one, other) = connection();
            thread::scope(|scope| {
                for side in [client(make, one), server(make, other)] {
                    scope.spawn(move || {
                        let (mut reader, mut writer) = side.split().expect("a handshake");
                        thread::scope(|scope| {
                            scope.spawn(move || {
                                for number in 0..MESSAGES as u32 {
                                    writer.write_all(&number.to_be_bytes()).expect("it is taken");
                                }
                                writer.flush().expect("it leaves");
                                writer
                            });
                            let mut number = [0; 4];
                            for expected in 0..MESSAGES as u32 {
                                reader.read_exact(&mut number).expect("a message");
                                assert_eq!(u32::from_be_bytes(number), expected);
                            }
                        });
                    });
                }
            });
        }
    });
}

/// Whoever only reads still answers: a key update leaves although nothing is ever written.
#[test]
fn a_reader_answers_a_key_update_by_itself() {
    bounded(|| {
        for make in BACKENDS {
            let (one, other) = connection();
            let ours = server(make, other);
            let waits = thread::spawn(move || {
                let (mut reader, writer) = ours.split().expect("a handshake");
                let mut byte = [0; 1];
                reader.read_exact(&mut byte).expect("a byte after the update");
                drop(writer);
                byte
            });
            let mut stranger = stranger(one);
            stranger.flush().expect("a handshake");
            stranger.conn.refresh_traffic_keys().expect("TLS 1.3");
            stranger.flush().expect("it is taken");
            let answered = stranger.conn.read_tls(&mut stranger.sock).expect("an answer");
            assert!(answered > 0);
            stranger.conn.process_new_packets().expect("a good answer");
            stranger.write_all(b"x").expect("it is taken");
            assert_eq!(waits.join().expect("no panic"), *b"x");
        }
    });
}

#[test]
fn halves_of_one_connection_can_be_put_together_again() {
    bounded(|| {
        let (one, other) = connection();
        let ours = thread::spawn(move || {
            let session =
                standpipe_core::tls::Session::server(&crate::side::MADE.server).expect("a server's");
            let stream = standpipe_sys::Stream::socket(other.into());
            let options = standpipe_core::SecuredOptions::default();
            let stream = standpipe_blocking::TlsStream::new(stream.into(), Box::new(session), options);
            let (mut reader, writer) = stream.split().expect("a handshake");
            let mut text = [0; 5];
            reader.read_exact(&mut text).expect("it comes");
            let mut stream = reader.join(writer).expect("they belong together");
            stream.write_all(&text).expect("it is taken");
            stream.close()
        });
        let mut stranger = stranger(one);
        stranger.write_all(b"hello").expect("it is taken");
        let mut text = String::new();
        stranger.read_to_string(&mut text).expect("a clean end");
        assert_eq!(text, "hello");
        drop(stranger);
        ours.join().expect("no panic").expect("everything has left");
    });
}
