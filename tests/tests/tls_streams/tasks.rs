//! Streams of futures in two tasks, and futures that are dropped.

use std::io::{ErrorKind, Write};
use std::thread;

use smol::future::{or, yield_now};
use smol::io::{AsyncReadExt, AsyncWriteExt, split};
use standpipe_core::SecuredOptions;
use standpipe_core::tls::Session;
use standpipe_smol::{Stream, TlsStream};

use crate::side::{MADE, bounded, connection, pattern, stranger};

const LEN: usize = 4 << 20;

fn pair() -> (TlsStream, TlsStream) {
    let (one, other) = connection();
    let client = Session::client(&MADE.client, "localhost").expect("a client's");
    let server = Session::server(&MADE.server).expect("a server's");
    let stream = |stream: std::net::TcpStream| {
        Stream::new(standpipe_sys::Stream::socket(stream.into())).expect("it can be watched")
    };
    let options = SecuredOptions::default();
    let client = TlsStream::new(stream(one), Box::new(client), options);
    (client, TlsStream::new(stream(other), Box::new(server), options))
}

/// One stream, cut by what everybody uses for that, in two tasks: each must be woken for what the other brings about.
async fn exchange(stream: TlsStream) -> Vec<u8> {
    let (mut reader, mut writer) = split(stream);
    let write = async {
        writer.write_all(&pattern(LEN)).await.expect("it is taken");
        writer.close().await.expect("the peer is there");
    };
    let read = async {
        let mut came = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            match reader.read(&mut chunk).await.expect("a clean end") {
                0 => return came,
                n => came.extend_from_slice(&chunk[..n]),
            }
        }
    };
    smol::future::zip(write, read).await.1
}

#[test]
fn one_stream_serves_two_tasks() {
    bounded(|| {
        let (client, server) = pair();
        let far = thread::spawn(|| smol::block_on(exchange(server)));
        let near = smol::block_on(exchange(client));
        assert!(near == pattern(LEN) && far.join().expect("no panic") == pattern(LEN));
    });
}

/// A read is dropped after its first poll, again and again.
#[test]
fn a_dropped_read_loses_nothing() {
    bounded(|| {
        let (mut client, server) = pair();
        let far = thread::spawn(|| smol::block_on(exchange(server)));
        smol::block_on(async {
            let data = pattern(LEN);
            let (mut sent, mut came) = (0, Vec::new());
            let mut chunk = vec![0; 5000];
            let mut dropped = 0;
            loop {
                let write = async {
                    match sent {
                        LEN => client.close().await.map(|()| 0),
                        _ => client.write(&data[sent..]).await,
                    }
                };
                let give_up = async {
                    yield_now().await;
                    Ok(0)
                };
                sent += or(write, give_up).await.expect("it is taken");
                let given_up = async {
                    yield_now().await;
                    Ok(usize::MAX)
                };
                match or(client.read(&mut chunk), given_up).await.expect("a clean end") {
                    0 => break,
                    usize::MAX => dropped += 1,
                    n => came.extend_from_slice(&chunk[..n]),
                }
            }
            assert!(came == data && dropped > 0);
            while sent < LEN {
                sent += client.write(&data[sent..]).await.expect("it is taken");
            }
            client.close().await.expect("the peer is there");
        });
        assert!(far.join().expect("no panic") == pattern(LEN));
    });
}

/// The peer takes nothing and then breaks the rules: the writer, which waits for it, must learn what the reader has learnt.
#[test]
fn a_writer_is_woken_when_its_reader_learns_that_all_is_over() {
    bounded(|| {
        let (one, other) = connection();
        let stream = Stream::new(standpipe_sys::Stream::socket(other.into())).expect("it can be watched");
        let session = Session::server(&MADE.server).expect("a server's");
        let ours = TlsStream::new(stream, Box::new(session), SecuredOptions::default());
        let peer = thread::spawn(move || {
            let mut stranger = stranger(one);
            stranger.flush().expect("a handshake");
            stranger
        });
        let executor = smol::Executor::new();
        let (mut reader, mut writer) = smol::block_on(ours.split()).expect("a handshake");
        let mut stranger = peer.join().expect("no panic");
        // A task of its own, which nobody polls unless it is woken.
        let writing = executor.spawn(async move { writer.write_all(&vec![0; 64 << 20]).await });
        while executor.try_tick() {}
        assert!(!writing.is_finished(), "it is more than any buffer takes");
        stranger.sock.write_all(b"garbage, and no end of it").expect("it is taken");
        smol::block_on(executor.run(async {
            let end = reader.read(&mut [0]).await.expect_err("garbage");
            assert_eq!(end.kind(), ErrorKind::InvalidData);
            assert_eq!(writing.await.expect_err("it is over").kind(), ErrorKind::InvalidData);
        }));
    });
}
