//! Datagrams as futures.

use std::os::unix::net::UnixDatagram;

use futures_lite::future::{poll_once, zip};
use standpipe_smol::DatagramSocket;

use crate::support::within_limit;

fn pair() -> (DatagramSocket, DatagramSocket) {
    let (left, right) = UnixDatagram::pair().expect("there are descriptors");
    let of = |socket| DatagramSocket::of(socket).expect("it is for datagrams");
    (of(left), of(right))
}

/// The receiver's room is full again and again, and every future is dropped at its first await.
#[test]
fn what_was_taken_arrives_once_and_in_order() {
    const COUNT: u32 = 5000;
    let (left, right) = pair();
    let (mut sent, mut came) = (0_u32, 0_u32);
    within_limit(async {
        let mut dropped = 0;
        while sent < COUNT {
            match poll_once(left.send(&sent.to_le_bytes())).await {
                Some(taken) => {
                    taken.expect("the peer is there");
                    sent += 1;
                }
                None => {
                    dropped += 1;
                    while let Some(arrived) = poll_once(right.receive()).await {
                        assert_eq!(*arrived.expect("it goes on").bytes, came.to_le_bytes());
                        came += 1;
                    }
                }
            }
        }
        let rest = async {
            while came < sent {
                assert_eq!(*right.receive().await.expect("it goes on").bytes, came.to_le_bytes());
                came += 1;
            }
        };
        let (flushed, ()) = zip(left.flush(), rest).await;
        flushed.expect("the peer is there");
        assert!(dropped > 0, "there was never no room");
        assert!(poll_once(right.receive()).await.is_none());
    });
}

/// One task sends while another one receives by the same socket.
#[test]
fn both_directions_at_once() {
    let (left, right) = pair();
    let echo = async {
        for _ in 0..1000 {
            let arrived = right.receive().await.expect("it goes on");
            right.send(&arrived.bytes).await.expect("the peer is there");
        }
        right.flush().await.expect("the peer is there");
    };
    let send = async {
        for number in 0..1000_u32 {
            left.send(&number.to_le_bytes()).await.expect("the peer is there");
        }
        left.flush().await.expect("the peer is there");
    };
    let receive = async {
        for number in 0..1000_u32 {
            assert_eq!(*left.receive().await.expect("it goes on").bytes, number.to_le_bytes());
        }
    };
    within_limit(zip(echo, zip(send, receive)));
}

#[test]
fn what_does_not_fit_is_told_of_its_own_datagram() {
    within_limit(async {
        let receiver =
            DatagramSocket::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
        let sender =
            DatagramSocket::connect(&receiver.local().expect("bound"), None).expect("there is a way");
        let error = sender.send(&vec![0; 100_000]).await.expect_err("no datagram is so long");
        assert_eq!(error.raw_os_error(), Some(90), "{error}");
        sender.send(b"short").await.expect("it goes on");
        assert_eq!(*receiver.receive().await.expect("it goes on").bytes, *b"short");
    });
}

/// That nobody is there is told to whoever receives (icmp(7)).
#[test]
fn a_refusal_is_told_to_who_receives() {
    within_limit(async {
        let gone = DatagramSocket::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
        let address = gone.local().expect("bound");
        let sender = DatagramSocket::connect(&address, None).expect("there is a way");
        drop(gone);
        sender.send(b"anybody?").await.expect("nobody has said no yet");
        let error = sender.receive().await.expect_err("nobody is there");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}
