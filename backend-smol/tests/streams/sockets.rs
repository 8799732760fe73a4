//! Sockets of any family and type: futures that are dropped, and what no readiness tells of.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_lite::future::{poll_once, yield_now, zip};
use smol::LocalExecutor;
use standpipe_smol::socket::{
    BufferedWriter, Buffering, Family, Received, Socket, SocketAddress, SocketError, SocketWriter,
    TimeoutMode, constants::SOCK_STREAM, socket_pair,
};

use crate::support::{pattern, within_limit};

fn pair() -> (Socket, Socket) {
    socket_pair(Family::UNIX, SOCK_STREAM, 0).expect("there are descriptors")
}

/// The piece of a line that has come is there when it is asked for again.
#[test]
fn a_dropped_readline_has_taken_nothing() {
    let (left, right) = pair();
    let mut reader = right.reader();
    within_limit(async {
        for piece in [&b"a li"[..], b"ne in ", b"pieces\nand"] {
            assert!(poll_once(reader.readline(None)).await.is_none());
            left.send_all(piece).await.expect("there is room");
        }
        let line = reader.readline(None).await.expect("it has come");
        assert_eq!(line.as_deref(), Some(&b"a line in pieces\n"[..]));
    });
    assert_eq!(reader.into_buffered(), b"and");
}

/// What a write has taken when its future is dropped is sent once, and the rest by who asks how much it was.
#[test]
fn a_dropped_write_says_what_it_has_taken() {
    const LEN: usize = 1_000_000;
    let data = pattern(LEN);
    let (left, right) = pair();
    let mut writer = SocketWriter::new(left, BufferedWriter::new(Buffering::Size(8192)).with_limit(65_536));
    let (mut sent, mut dropped) = (0, 0);
    let write = async {
        while sent < LEN {
            match poll_once(writer.write(&data[sent..])).await {
                Some(taken) => sent += taken.expect("the peer is there"),
                None => {
                    dropped += 1;
                    sent += writer.taken();
                    yield_now().await;
                }
            }
        }
        writer.close().await.expect("the peer is there");
        drop(writer);
    };
    let read = async { right.reader().read_to_end().await.expect("the peer is there") };
    let ((), came) = within_limit(zip(write, read));
    assert!(came == data && dropped > 0);
}

fn listener(backlog: i32) -> (Socket, SocketAddress) {
    let mut listener = Socket::new(Family::UNIX, SOCK_STREAM, 0).expect("there are descriptors");
    // An address that the system chooses (unix(7), autobind).
    listener.bind(&"unix:".parse().expect("an address")).expect("the system has one");
    listener.listen(backlog).expect("it is bound");
    let address = listener.local().expect("it is bound");
    (listener, address)
}

fn client() -> Socket {
    let mut client = Socket::new(Family::UNIX, SOCK_STREAM, 0).expect("there are descriptors");
    client.set_timeout(TimeoutMode::Timed(Duration::from_millis(20)));
    client
}

/// Nobody but the kernel could be waited for there, and the thread of an executor is not.
#[test]
fn a_unix_listener_that_has_too_many_waiting_is_tried_again() {
    let (listener, address) = listener(0);
    within_limit(async {
        let mut waiting = Vec::new();
        let mut late = loop {
            let mut client = client();
            match client.connect(&address).await {
                Ok(()) => waiting.push(client),
                Err(error) => {
                    assert!(matches!(error, SocketError::TimedOut { .. }), "{error}");
                    break client;
                }
            }
        };
        late.set_timeout(TimeoutMode::Blocking);
        let (connected, accepted) = zip(late.connect(&address), listener.accept()).await;
        connected.expect("there is room");
        accepted.expect("somebody has connected");
    });
}

#[test]
fn a_dropped_accept_takes_no_connection() {
    let (listener, address) = listener(16);
    within_limit(async {
        assert!(poll_once(listener.accept()).await.is_none());
        let mut client = client();
        client.connect(&address).await.expect("it listens");
        let (peer, _) = listener.accept().await.expect("somebody has connected");
        client.send_all(b"hello").await.expect("there is room");
        assert_eq!(peer.recv(&mut [0; 8]).await, Ok(Received::Bytes(5)));
    });
}

#[test]
fn a_socket_that_is_always_ready_yields() {
    let (left, right) = pair();
    let executor = LocalExecutor::new();
    let enough = Rc::new(Cell::new(false));
    let told = enough.clone();
    let other = executor.spawn(async move {
        yield_now().await;
        told.set(true);
    });
    within_limit(executor.run(async {
        let mut left_over = 100_000;
        while !enough.get() {
            left.send(b"7").await.expect("there is room");
            assert_eq!(right.recv(&mut [0; 8]).await, Ok(Received::Bytes(1)));
            left_over -= 1;
            assert!(left_over > 0, "it never yields");
        }
        other.await;
    }));
}
