//! What the events of a loop say, what no loop can take in, and when a handler is asked again.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use standpipe_blocking::Stream;
use standpipe_blocking::dispatch::{
    Chat, ConnectionOptions, Dispatcher, Loop, LoopEvent, Message, MessageDispatcher, MessageHandler,
    Terminator,
};

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

/// Wants no message behind the first one, until it was asked so often: as if another thread had changed its mind just then.
struct Fickle {
    told: Rc<RefCell<Vec<Vec<u8>>>>,
    asked: Cell<u32>,
    wants_after: u32,
}

impl Dispatcher for Fickle {
    fn readable(&self) -> bool {
        if self.told.borrow().is_empty() {
            return true;
        }
        self.asked.set(self.asked.get() + 1);
        self.asked.get() > self.wants_after
    }

    fn follows_others(&self) -> bool {
        true
    }
}

impl MessageHandler for Fickle {
    fn handle_message(&mut self, _: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        self.told.borrow_mut().push(message.bytes.to_vec());
        Ok(())
    }
}

/// Whenever that is: between two looks of one turn as well.
#[test]
fn a_message_that_was_held_back_is_told_when_its_handler_wants_it() {
    for wants_after in 0..24 {
        let told = Rc::new(RefCell::default());
        let fickle = Fickle { told: Rc::clone(&told), asked: Cell::new(0), wants_after };
        let (ours, mut theirs) = UnixStream::pair().expect("there are descriptors");
        theirs.write_all(b"one\ntwo\n").expect("there is room");
        let mut event_loop = Loop::new().expect("there are descriptors");
        let chat = MessageDispatcher::new(Terminator::LF, fickle);
        event_loop.insert(Stream::from(ours), ConnectionOptions::default(), chat);
        for _ in 0..100 {
            event_loop.run_once(Some(Duration::ZERO)).expect("it waits");
        }
        assert_eq!(*told.borrow(), [b"one", b"two"], "after it was asked {wants_after} times");
    }
}
