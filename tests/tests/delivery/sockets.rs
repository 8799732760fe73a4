//! Connections: from a child that has one as its standard output, or from a thread.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use socket2::{SockRef, Socket};
use standpipe_blocking::{Command, SecuredOptions, Signal, Stream, TlsStream};
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{client_session, server_session};

use crate::Delivery;
use crate::children::{send, sender};
use crate::table::{Transport, Way};

/// The sender's side, and the receiver's.
fn connection(transport: Transport) -> (Socket, Stream) {
    let (one, other): (Socket, OwnedFd) = match transport {
        Transport::Unix => {
            let (one, other) = UnixStream::pair().expect("descriptors");
            (one.into(), other.into())
        }
        _ => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            let one = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
            (one.into(), listener.accept().expect("somebody connects").0.into())
        }
    };
    (one, standpipe_blocking::standpipe_sys::Stream::socket(other).into())
}

pub(crate) fn perform(transport: Transport, way: Way, n: usize) -> Delivery {
    let (far, near) = connection(transport);
    match (transport, way) {
        (_, Way::Deadline) => until_the_deadline(far, near, n),
        (Transport::Tls, _) => by_tls(far, near, way, n),
        (_, Way::Term) => from_child(far, near, Signal::TERM, n),
        (_, Way::Kill) => from_child(far, near, Signal::KILL, n),
        _ => from_thread(far, near, transport, way, n),
    }
}

/// Reads to whatever end there is.
fn receive(near: &mut (impl Read + Write), way: Way) -> Delivery {
    let mut bytes = Vec::new();
    let mut end = told(near.read_to_end(&mut bytes));
    if way == Way::HalfClose {
        end = format!("{end}, and the answer arrives");
        near.write_all(b"answer").expect("the sender listens");
    }
    Delivery { bytes, end }
}

fn told(read: io::Result<usize>) -> String {
    match read {
        Ok(_) => "an end".into(),
        Err(error) => format!("an error: {:?}", error.kind()),
    }
}

fn from_child(far: Socket, mut near: Stream, signal: Signal, n: usize) -> Delivery {
    let way = Way::Term;
    let mut child = Command::spawn(&sender(way, n).fd(1, OwnedFd::from(far))).expect("a shell runs");
    let (handle, mut stderr) = (child.handle(), child.stderr.take().expect("a pipe"));
    let killer = thread::spawn(move || {
        let told = stderr.read_exact(&mut [0]);
        send(&handle, signal);
        told.expect("it says when all was accepted");
    });
    let delivery = receive(&mut near, way);
    killer.join().expect("no panic");
    child.wait().expect("waiting works");
    delivery
}

fn from_thread(mut far: Socket, mut near: Stream, transport: Transport, way: Way, n: usize) -> Delivery {
    if transport == Transport::Unix && way == Way::Reset {
        // A Unix socket is reset where it is closed over input that nobody has read.
        near.write_all(b"unread").expect("it is taken");
    }
    let sending = thread::spawn(move || {
        far.write_all(&pattern(0, n)).expect("it is taken");
        match way {
            Way::HalfClose => {
                far.shutdown(std::net::Shutdown::Write).expect("it is open");
                expect_answer(&mut far);
            }
            Way::Reset => abrupt(&far),
            _ => {}
        }
    });
    let delivery = receive(&mut near, way);
    drop(near);
    sending.join().expect("no panic");
    delivery
}

/// The sender stays, and says nothing more.
fn until_the_deadline(mut far: Socket, mut near: Stream, n: usize) -> Delivery {
    let sending = thread::spawn(move || {
        far.write_all(&pattern(0, n)).expect("it is taken");
        far
    });
    let mut bytes = vec![0; n];
    near.read_exact(&mut bytes).expect("all of it comes");
    near.set_timeout(Some(Duration::from_millis(1)));
    let error = near.read(&mut [0]).expect_err("the sender is silent");
    drop(sending.join().expect("no panic"));
    near.set_timeout(None);
    let goes_on = near.read_to_end(&mut bytes).is_ok();
    let end = format!("an error: {:?}{}", error.kind(), if goes_on { ", and reading can go on" } else { "" });
    Delivery { bytes, end }
}

fn expect_answer(far: &mut impl Read) {
    let mut answer = String::new();
    far.read_to_string(&mut answer).expect("a clean end");
    assert_eq!(answer, "answer");
}

/// Closing it is a reset from now on.
fn abrupt(far: &Socket) {
    SockRef::from(far).set_linger(Some(Duration::ZERO)).expect("it is a socket");
}

fn by_tls(far: Socket, near: Stream, way: Way, n: usize) -> Delivery {
    let other_hand = far.try_clone().expect("descriptors");
    let sending = thread::spawn(move || {
        let far = standpipe_blocking::standpipe_sys::Stream::socket(far.into());
        let mut far = TlsStream::new(far.into(), Box::new(client_session(true)), SecuredOptions::default());
        far.handshake().expect("it agrees");
        far.write_all(&pattern(0, n)).expect("it is taken");
        match way {
            Way::Clean => far.close().expect("all of it leaves"),
            Way::HalfClose => {
                far.close_write().expect("it leaves");
                expect_answer(&mut far);
            }
            Way::Reset => abrupt(&other_hand),
            _ => {}
        }
    });
    let mut near = TlsStream::new(near, Box::new(server_session()), SecuredOptions::default());
    let delivery = receive(&mut near, way);
    // Who was half-closed waits for the end of the answer; who was not is gone, or waits for ours.
    let _ = near.close();
    sending.join().expect("no panic");
    delivery
}
