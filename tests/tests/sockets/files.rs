//! Files over sockets: lines and pieces that survive time-outs.

use std::sync::Arc;

use standpipe_blocking::socket::{
    BufferedReader, BufferedWriter, Buffering, FileError, Operation, ReadError, SocketError, SocketReader,
    SocketWriter, TimeoutMode, WriteError, constants::*,
};
use standpipe_core::socket::Lines;

use crate::{LONG, SHORT, pair};

const LATE: FileError = FileError::Socket(SocketError::TimedOut { operation: Operation::Receive, done: 0 });

#[test]
fn a_line_survives_every_time_out_within_it() {
    let [left, mut right] = pair(SOCK_STREAM);
    right.set_timeout(SHORT);
    let mut reader = right.reader();
    for byte in b"a line" {
        left.send(&[*byte]).expect("there is room");
        assert_eq!(reader.readline(None), Err(LATE));
    }
    assert_eq!(reader.buffered(), b"a line");
    left.send(b"\nmore").expect("there is room");
    assert_eq!(reader.readline(None), Ok(Some(b"a line\n".to_vec())));
    assert_eq!(reader.read(8), Err(LATE));
    drop(left);
    assert_eq!(reader.read(8), Ok(b"more".to_vec()));
    assert_eq!((reader.readline(None), reader.read_to_end()), (Ok(None), Ok(Vec::new())));
}

#[test]
fn lines_gather_over_a_time_out() {
    let [left, mut right] = pair(SOCK_STREAM);
    right.set_timeout(SHORT);
    let mut reader = right.reader();
    let mut lines = Lines::to_end(1 << 10);
    left.send(b"one\ntwo\nthr").expect("there is room");
    assert_eq!(reader.readlines(&mut lines), Err(LATE));
    left.send(b"ee\n").expect("there is room");
    drop(left);
    assert_eq!(reader.readlines(&mut lines), Ok(()));
    assert_eq!(lines.into_lines(), [&b"one\n"[..], b"two\n", b"three\n"]);
}

#[test]
fn without_buffering_nothing_is_read_ahead() {
    let [left, right] = pair(SOCK_STREAM);
    left.send(b"line\nrest").expect("there is room");
    let mut reader = SocketReader::new(&right, BufferedReader::new(Buffering::Unbuffered));
    assert_eq!(reader.readline(None), Ok(Some(b"line\n".to_vec())));
    let mut buffer = [0; 8];
    assert_eq!(right.recv(&mut buffer).expect("it is there").len(), 4);
}

#[test]
fn a_line_over_the_limit_can_be_taken_in_pieces() {
    let [left, right] = pair(SOCK_STREAM);
    left.send(b"0123456789\n").expect("there is room");
    let mut reader = SocketReader::new(right, BufferedReader::default().with_limit(4));
    assert_eq!(reader.readline(None), Err(FileError::Read(ReadError::OverLimit { limit: 4 })));
    assert_eq!(reader.readline(Some(4)), Ok(Some(b"0123".to_vec())));
}

#[test]
fn what_did_not_go_stays_to_the_byte() {
    let [mut left, right] = pair(SOCK_STREAM);
    left.set_timeout(TimeoutMode::NonBlocking);
    let left = Arc::new(left);
    let machine = BufferedWriter::default().with_limit(1 << 16);
    let mut writer = SocketWriter::new(left.clone(), machine);
    let bytes: Vec<u8> = (0..1 << 22).map(|n: u32| (n >> 3) as u8).collect();
    let mut taken = 0;
    let failed = loop {
        match writer.write(&bytes[taken..]) {
            Ok(more) => taken += more,
            Err(error) => break error,
        }
    };
    assert!(matches!(failed, FileError::Socket(SocketError::WouldBlock { .. })), "{failed:?}");
    let sent = taken - writer.unsent().len();
    assert_eq!(writer.unsent(), &bytes[sent..taken]);
    let came = std::thread::scope(|scope| {
        let reading = scope.spawn(|| right.reader().read(taken).expect("it comes"));
        while writer.close().is_err() {
            std::thread::yield_now();
        }
        reading.join().expect("no panic")
    });
    assert!(came == bytes[..taken], "each byte once and in order");
    assert_eq!(writer.write(b"late"), Err(FileError::Write(WriteError::Closed)));
}

#[test]
fn a_line_goes_out_with_its_end() {
    let [left, mut right] = pair(SOCK_STREAM);
    let mut writer = SocketWriter::new(&left, BufferedWriter::new(Buffering::Line));
    writer.write(b"half").expect("it is taken");
    right.set_timeout(TimeoutMode::NonBlocking);
    assert!(right.recv(&mut [0]).is_err(), "nothing was sent");
    writer.write(b" and half\n").expect("it is sent");
    right.set_timeout(LONG);
    assert_eq!(right.reader().readline(None), Ok(Some(b"half and half\n".to_vec())));
}
