//! Channels over what is no connection: pipes, FIFOs, terminals and files (ACO-69 to ACO-75).

use std::fs::File;
use std::io::{PipeReader, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;

use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, mkfifoat, open};
use standpipe_core::dispatch::Key;
use standpipe_sys::dispatch::{Channel, ConnectionOptions, Dispatcher};
use standpipe_sys::{Stream, pty};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{Hearing, Log, event_loop, many, run_until, run_until_idle, verdict};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_pipe_is_read_to_its_end", pipe),
    many("what_others_share_keeps_its_flags", flags),
    many("a_pipe_that_is_written_to_takes_all_of_it", written_pipe),
    many("a_pipe_that_nobody_reads_any_more_is_told_as_such", unread_pipe),
    many("a_fifo_is_a_channel", fifo),
    many("a_regular_file_is_read_to_its_end", regular_file),
    many("a_regular_file_takes_what_is_pushed", written_file),
    many("a_terminal_is_a_channel_both_ways", terminal),
];

const MUCH: usize = 1 << 20;

fn insert<'a>(event_loop: &mut Loop<'a>, fd: impl Into<OwnedFd>, handler: impl Dispatcher + 'a) -> Key {
    let stream = Stream::from_fd(fd.into()).expect("it is open");
    event_loop.insert(stream, ConnectionOptions::default(), handler)
}

/// What a channel over it is told.
fn told(on: &dyn Dispatching, fd: impl Into<OwnedFd>) -> Vec<String> {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    insert(&mut event_loop, fd, Hearing::new(&log));
    event_loop.run().expect("it can wait");
    log.lines()
}

fn reading(mut reader: PipeReader) -> JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).expect("a clean end");
        bytes.len()
    })
}

fn pipe(on: &dyn Dispatching) -> Verdict {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"hello").expect("there is room");
    drop(writer);
    let lines = told(on, reader);
    assert_eq!(lines, ["read hello", "ended", "closed clean"]);
    verdict(&lines)
}

fn flags(on: &dyn Dispatching) -> Verdict {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let shared = reader.try_clone().expect("there are descriptors");
    let (mut event_loop, log) = (event_loop(on), Log::default());
    insert(&mut event_loop, reader, Hearing::new(&log));
    run_until_idle(&mut event_loop);
    assert!(!fcntl_getfl(&shared).expect("it is open").contains(OFlags::NONBLOCK));
    drop(writer);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["ended", "closed clean"]);
    log.verdict()
}

/// Nothing is read there, which would fail, and everything leaves however full it is.
fn written_pipe(on: &dyn Dispatching) -> Verdict {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = insert(&mut event_loop, writer, Hearing::new(&log));
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.push_bytes(vec![0; MUCH]).expect("it is taken");
    channel.close_when_done();
    let reader = reading(reader);
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic"), MUCH);
    assert_eq!(log.lines(), ["closed clean"]);
    log.verdict()
}

fn unread_pipe(on: &dyn Dispatching) -> Verdict {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = insert(&mut event_loop, writer, Hearing::new(&log));
    event_loop.channel(key).expect("it is there").push(b"lost").expect("it is taken");
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed writing failed: broken pipe (os error 32)"]);
    log.verdict()
}

fn fifo(on: &dyn Dispatching) -> Verdict {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fifo");
    mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).expect("a new name");
    let reader =
        open(&path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).expect("a FIFO");
    let mut writer = File::options().write(true).open(&path).expect("it is read");
    writer.write_all(b"hello").expect("there is room");
    drop(writer);
    let lines = told(on, reader);
    assert_eq!(lines, ["read hello", "ended", "closed clean"]);
    verdict(&lines)
}

/// It is always ready: read a turn's budget at a time, so that nobody waits for it.
fn regular_file(on: &dyn Dispatching) -> Verdict {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&[b'x'; MUCH]).expect("there is room");
    file.rewind().expect("a file");
    let lines = told(on, file);
    assert_eq!(lines, [&format!("read {}", "x".repeat(MUCH)), "ended", "closed clean"]);
    verdict(&lines)
}

fn written_file(on: &dyn Dispatching) -> Verdict {
    let file = tempfile::tempfile().expect("a file");
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let handler = Hearing::answering(&log, |event, channel: &mut Channel<'_>| match event {
        "ended" => channel.push(b"hello"),
        _ => Ok(()),
    });
    insert(&mut event_loop, file.try_clone().expect("there are descriptors"), handler);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["ended", "closed clean"]);
    let (mut file, mut text) = (file, String::new());
    file.rewind().expect("a file");
    file.read_to_string(&mut text).expect("it is text");
    assert_eq!(text, "hello");
    log.verdict()
}

/// What is typed is shown by the terminal itself, and then the answer.
fn terminal(on: &dyn Dispatching) -> Verdict {
    let pty = pty().expect("a terminal");
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let handler =
        Hearing::answering(&log, |event, channel: &mut Channel<'_>| match event.strip_prefix("read ") {
            Some(text) => channel.push(text.as_bytes()),
            None => Ok(()),
        });
    insert(&mut event_loop, pty.slave, handler);
    let mut master = File::from(pty.master);
    master.write_all(b"hello\n").expect("there is room");
    run_until(&mut event_loop, || log.has("read hello\n"));
    run_until_idle(&mut event_loop);
    let mut shown = [0; 14];
    master.read_exact(&mut shown).expect("it is answered");
    assert_eq!(&shown, b"hello\r\nhello\r\n");
    drop(master);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["read hello\n", "ended", "closed clean"]);
    log.verdict()
}
