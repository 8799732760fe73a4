//! Time-outs: of the handle, one deadline for each call, and what was done by then.

use std::os::fd::AsFd;

use rustix::fs::{OFlags, fcntl_getfl};
use standpipe_blocking::socket::{
    BufferedReader, Family, Operation, Received, SendAllReason, SocketError, SocketReader, TimeoutMode,
    constants::*,
};

use crate::{LONG, SHORT, listener, pair};

#[test]
fn every_waiting_call_has_its_three_modes() {
    let (mut server, _) = listener(Family::INET, SOCK_STREAM);
    let [mut left, _right] = pair(SOCK_STREAM);
    for (mode, over) in [(TimeoutMode::NonBlocking, false), (SHORT, true)] {
        server.set_timeout(mode);
        left.set_timeout(mode);
        let expected = |operation, done| match over {
            true => SocketError::TimedOut { operation, done },
            false => SocketError::WouldBlock { operation, done },
        };
        assert_eq!(server.accept().expect_err("nobody comes"), expected(Operation::Accept, 0));
        assert_eq!(left.recv(&mut [0]), Err(expected(Operation::Receive, 0)));
        while left.send(&[0; 1 << 16]).is_ok() {}
        assert_eq!(left.send(&[0; 1 << 16]), Err(expected(Operation::Send, 0)));
    }
}

#[test]
fn no_flag_of_the_descriptor_is_changed() {
    let [mut left, right] = pair(SOCK_STREAM);
    let copy = left.try_clone().expect("a descriptor");
    left.set_timeout(TimeoutMode::NonBlocking);
    assert!(left.recv(&mut [0]).is_err());
    assert!(!fcntl_getfl(left.as_fd()).expect("it is open").contains(OFlags::NONBLOCK));
    assert_eq!((copy.timeout(), left.timeout()), (LONG, TimeoutMode::NonBlocking));
    right.send(b"x").expect("there is room");
    assert_eq!(copy.recv(&mut [0]), Ok(Received::Bytes(1)));
}

#[test]
fn what_was_sent_by_the_deadline_is_told() {
    let [mut left, right] = pair(SOCK_STREAM);
    let bytes: Vec<u8> = (0..1 << 22).map(|n: u32| n as u8).collect();
    left.set_timeout(SHORT);
    let error = left.send_all(&bytes).expect_err("nobody reads");
    assert_eq!(error.reason, SendAllReason::TimedOut);
    left.set_timeout(LONG);
    let came = std::thread::scope(|scope| {
        let mut reader = SocketReader::new(&right, BufferedReader::default().with_limit(bytes.len()));
        let reading = scope.spawn(move || reader.read(1 << 22));
        left.send_all(&bytes[error.sent..]).expect("somebody reads");
        reading.join().expect("no panic").expect("it comes")
    });
    assert!(came == bytes, "each byte once and in order");
}
