//! What the events of a loop say, and what no loop can take in.

use rustix::fs::{Mode, OFlags, open};
use standpipe_blocking::Stream;
use standpipe_blocking::dispatch::{ConnectionOptions, Dispatcher, Loop, LoopEvent};

struct Silent;

impl Dispatcher for Silent {}

#[test]
fn events_have_words() {
    let mut event_loop = Loop::new().expect("there are descriptors");
    let (reader, _writer) = std::io::pipe().expect("a pipe");
    let ours = Stream::from_fd(reader).expect("it is open");
    let key = event_loop.insert(ours, ConnectionOptions::default(), Silent);
    let event = LoopEvent::Failed { key, peer: None, error: std::io::Error::other("no such command") };
    assert_eq!(event.to_string(), format!("{key:?} given up: no such command"));
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = open(".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).expect("it is there");
    let error = Stream::from_fd(folder).expect_err("it cannot be read");
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::BADF.raw_os_error()));
}
