//! Files over sockets: lines and pieces that survive time-outs.

use std::thread;

use standpipe_core::socket::constants::*;
use standpipe_core::socket::{
    BufferedReader, BufferedWriter, Buffering, Lines, Operation, ReadError, TimeoutMode, WriteError,
};
use standpipe_sys::socket::error::FileError;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Scenario, Sockets, Verdict};

use super::support::{
    FAMILIES, LONG, SHORT, blocked, bytes, connection, exactly, fine, late, many, pair, reader, receive,
    send, writer,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_line_survives_every_time_out_within_it", survives),
    many("a_counted_piece_survives_a_time_out", counted),
    many("what_is_asked_for_takes_no_room_before_it_comes", no_room),
    many("lines_gather_over_a_time_out", gather),
    many("lines_stop_at_the_hint", hint),
    many("a_line_of_the_whole_stream_needs_no_end", no_end),
    many("without_buffering_nothing_is_read_ahead", unbuffered),
    many("what_was_read_ahead_is_handed_back", handed_back),
    many("a_line_over_the_limit_is_taken_in_pieces", over_limit),
    many("thousands_of_lines_come_in_order", thousands),
    many("what_did_not_go_stays_to_the_byte", stays),
    many("a_line_goes_out_with_its_end", line_by_line),
    many("what_is_written_waits_until_it_is_flushed", flushed),
    many("a_file_that_is_closed_leaves_its_socket_open", closed),
];

const LATE: FileError = FileError::Socket(late(Operation::Receive));

/// SOC-T3.
fn survives(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let [left, mut right] = connection(on, family, SOCK_STREAM);
        right.set_timeout(SHORT);
        let mut file = reader(&*right);
        for byte in b"a line" {
            assert_eq!((send(&*left, &[*byte]), file.readline(None)), (Ok(1), Err(LATE)));
        }
        assert_eq!(send(&*left, b"\nmore"), Ok(5));
        assert_eq!(file.readline(None), Ok(Some(b"a line\n".to_vec())));
    }
    fine()
}

fn counted(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    right.set_timeout(SHORT);
    let mut file = reader(&*right);
    assert_eq!((send(&*left, b"more"), file.read(Some(8)), file.read(None)), (Ok(4), Err(LATE), Err(LATE)));
    assert_eq!(file.read(Some(2)), Ok(b"mo".to_vec()));
    drop(left);
    assert_eq!(file.read(Some(8)), Ok(b"re".to_vec()));
    assert_eq!((file.readline(None), file.read(None)), (Ok(None), Ok(Vec::new())));
    fine()
}

/// More than any machine has.
fn no_room(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    assert_eq!(send(&*left, b"a little"), Ok(8));
    drop(left);
    let mut file = right.reader(BufferedReader::default().with_limit(usize::MAX));
    assert_eq!(file.read(Some(1 << 60)), Ok(b"a little".to_vec()));
    fine()
}

fn gather(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    right.set_timeout(SHORT);
    let mut file = reader(&*right);
    let mut lines = Lines::to_end(1 << 10);
    assert_eq!((send(&*left, b"one\ntwo\nthr"), file.readlines(&mut lines)), (Ok(11), Err(LATE)));
    assert_eq!(send(&*left, b"ee\n"), Ok(3));
    drop(left);
    assert_eq!(file.readlines(&mut lines), Ok(()));
    assert_eq!(lines.into_lines(), [&b"one\n"[..], b"two\n", b"three\n"]);
    fine()
}

fn hint(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    assert_eq!(send(&*left, b"one\ntwo\nthree\n"), Ok(14));
    let mut file = reader(&*right);
    let mut lines = Lines::up_to(5);
    assert_eq!(file.readlines(&mut lines), Ok(()));
    assert_eq!(lines.into_lines(), [b"one\n", b"two\n"]);
    assert_eq!(file.readline(None), Ok(Some(b"three\n".to_vec())));
    fine()
}

fn no_end(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    assert_eq!(send(&*left, b"the rest"), Ok(8));
    drop(left);
    let mut file = reader(&*right);
    assert_eq!(file.readline(Some(4)), Ok(Some(b"the ".to_vec())));
    assert_eq!((file.readline(None), file.readline(None)), (Ok(Some(b"rest".to_vec())), Ok(None)));
    fine()
}

fn unbuffered(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    assert_eq!(send(&*left, b"line\nrest"), Ok(9));
    let mut file = right.reader(BufferedReader::new(Buffering::Unbuffered));
    assert_eq!(file.readline(None), Ok(Some(b"line\n".to_vec())));
    assert_eq!(bytes(&*right, 8), Ok(b"rest".to_vec()));
    fine()
}

/// SOC-T4.
fn handed_back(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    assert_eq!(send(&*left, b"line\nrest"), Ok(9));
    let mut file = reader(&*right);
    assert_eq!(file.readline(None), Ok(Some(b"line\n".to_vec())));
    assert_eq!(file.into_buffered(), b"rest");
    right.set_timeout(TimeoutMode::NonBlocking);
    assert_eq!(receive(&*right, &mut [0]), Err(blocked(Operation::Receive)));
    fine()
}

fn over_limit(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    assert_eq!(send(&*left, b"0123456789\n"), Ok(11));
    let mut file = right.reader(BufferedReader::default().with_limit(4));
    assert_eq!(file.readline(None), Err(ReadError::OverLimit { limit: 4 }.into()));
    assert_eq!(file.readline(Some(4)), Ok(Some(b"0123".to_vec())));
    fine()
}

fn thousands(on: &dyn Sockets) -> Verdict {
    for family in FAMILIES {
        let [left, right] = connection(on, family, SOCK_STREAM);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut file = writer(&*left);
                for number in 0..20_000 {
                    let line = format!("line {number}\n");
                    assert_eq!(file.write(line.as_bytes()), Ok(line.len()));
                }
                assert_eq!(file.close(), Ok(()));
                left.shutdown(std::net::Shutdown::Write).expect("it is connected");
            });
            let mut file = reader(&*right);
            for number in 0..20_000 {
                assert_eq!(file.readline(None), Ok(Some(format!("line {number}\n").into_bytes())));
            }
            assert_eq!(file.readline(None), Ok(None));
        });
    }
    fine()
}

/// Whatever is not sent is the end of what was taken.
fn stays(on: &dyn Sockets) -> Verdict {
    let [mut left, right] = pair(on, SOCK_STREAM);
    left.set_timeout(TimeoutMode::NonBlocking);
    let data = pattern(0, 1 << 22);
    let mut file = left.writer(BufferedWriter::default().with_limit(1 << 16));
    let mut taken = 0;
    let failed = loop {
        match file.write(&data[taken..]) {
            Ok(more) => taken += more,
            Err(error) => break error,
        }
    };
    assert_eq!(failed, FileError::Socket(blocked(Operation::Send)));
    let sent = taken - file.unsent().len();
    assert!(file.unsent() == &data[sent..taken]);
    let came = thread::scope(|scope| {
        let reading = scope.spawn(|| exactly(&*right, taken));
        while file.close().is_err() {
            thread::yield_now();
        }
        reading.join().expect("no panic")
    });
    assert!(came == data[..taken], "each byte once and in order");
    assert_eq!(file.write(b"late"), Err(WriteError::Closed.into()));
    fine()
}

fn line_by_line(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    let mut file = left.writer(BufferedWriter::new(Buffering::Line));
    assert_eq!(file.write(b"half"), Ok(4));
    right.set_timeout(TimeoutMode::NonBlocking);
    assert_eq!(receive(&*right, &mut [0]), Err(blocked(Operation::Receive)));
    assert_eq!(file.write(b" and half\n"), Ok(10));
    right.set_timeout(LONG);
    assert_eq!(reader(&*right).readline(None), Ok(Some(b"half and half\n".to_vec())));
    fine()
}

fn flushed(on: &dyn Sockets) -> Verdict {
    let [left, mut right] = pair(on, SOCK_STREAM);
    let mut file = writer(&*left);
    assert_eq!((file.write(b"kept\n"), file.unsent()), (Ok(5), &b"kept\n"[..]));
    right.set_timeout(TimeoutMode::NonBlocking);
    assert_eq!(receive(&*right, &mut [0]), Err(blocked(Operation::Receive)));
    assert_eq!((file.flush(), file.unsent()), (Ok(()), &b""[..]));
    right.set_timeout(LONG);
    assert_eq!(bytes(&*right, 8), Ok(b"kept\n".to_vec()));
    fine()
}

/// SOC-87.
fn closed(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_STREAM);
    let mut file = writer(&*left);
    assert_eq!((file.write(b"by file"), file.close()), (Ok(7), Ok(())));
    assert_eq!(file.write(b"late"), Err(WriteError::Closed.into()));
    drop(file);
    assert_eq!(bytes(&*right, 8), Ok(b"by file".to_vec()));
    assert_eq!((send(&*left, b"by hand"), bytes(&*right, 8)), (Ok(7), Ok(b"by hand".to_vec())));
    fine()
}
