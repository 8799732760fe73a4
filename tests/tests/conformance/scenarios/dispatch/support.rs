//! What scenarios of loops listen with: handlers that write down what they are told, and loops that run until something is there.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use standpipe_core::End;
use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_sys::dispatch::{Channel, Dispatcher};
use standpipe_sys::{Clock, Stream};
use standpipe_tests::harness::{Condition, Dispatching, Run, Scenario, Verdict};
use standpipe_tests::log;

use super::event_loop::Loop;

/// A scenario that moves data or waits.
pub(super) const fn many(name: &'static str, run: fn(&dyn Dispatching) -> Verdict) -> Scenario {
    let under = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];
    Scenario { area: "dispatch", name, under, leaves: false, run: Run::Dispatching(run) }
}

/// A scenario that does neither, or for which a signal would mean something.
pub(super) const fn plain(name: &'static str, run: fn(&dyn Dispatching) -> Verdict) -> Scenario {
    Scenario { under: &[], ..many(name, run) }
}

/// Where it is enough that nothing was found wrong.
pub(super) fn fine() -> Verdict {
    Ok(log::Log::new())
}

/// What handlers were told, line by line, where all of it is the same everywhere.
pub(super) fn verdict(lines: &[String]) -> Verdict {
    Ok(log::Log::new().with("told", lines.join("\n").as_bytes(), lines.last()))
}

/// Only to catch a hang.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// What was told, in order.
#[derive(Clone, Default)]
pub(super) struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    /// Data that came in one go is joined: where it was cut means nothing.
    pub(super) fn push(&self, told: impl Into<String>) {
        let (mut lines, told) = (self.0.borrow_mut(), told.into());
        match (lines.last_mut(), told.strip_prefix("read ")) {
            (Some(last), Some(data)) if last.starts_with("read ") => last.push_str(data),
            _ => lines.push(told),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    pub(super) fn has(&self, told: &str) -> bool {
        self.0.borrow().iter().any(|line| line == told)
    }

    pub(super) fn has_closed(&self) -> bool {
        self.0.borrow().iter().any(|line| line.starts_with("closed"))
    }

    /// As [`verdict`].
    pub(super) fn verdict(&self) -> Verdict {
        verdict(&self.lines())
    }
}

type Answer = Box<dyn FnMut(&str, &mut Channel<'_>) -> io::Result<()>>;

/// Writes down what it is told, then answers.
pub(super) struct Hearing {
    pub(super) log: Log,
    answer: Answer,
    half_open: bool,
}

impl Hearing {
    pub(super) fn new(log: &Log) -> Self {
        Self::answering(log, |_, _| Ok(()))
    }

    pub(super) fn answering(
        log: &Log,
        answer: impl FnMut(&str, &mut Channel<'_>) -> io::Result<()> + 'static,
    ) -> Self {
        Self { log: log.clone(), answer: Box::new(answer), half_open: false }
    }

    pub(super) fn half_open(self) -> Self {
        Self { half_open: true, ..self }
    }

    fn told(&mut self, told: &str, channel: &mut Channel<'_>) -> io::Result<()> {
        self.log.push(told);
        (self.answer)(told, channel)
    }
}

impl Dispatcher for Hearing {
    fn is_half_open(&self) -> bool {
        self.half_open
    }

    fn handle_accepted(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.told("accepted", channel)
    }

    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.told("connected", channel)
    }

    fn handle_expt(&mut self, channel: &mut Channel<'_>, byte: u8) -> io::Result<()> {
        self.told(&format!("urgent {}", char::from(byte)), channel)
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.told(&format!("read {}", String::from_utf8_lossy(data)), channel)
    }

    fn handle_eof(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.told("ended", channel)
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.told("write", channel)
    }

    fn handle_timer(&mut self, channel: &mut Channel<'_>, _: TimerKey) -> io::Result<()> {
        self.told("timer", channel)
    }

    fn handle_error(&mut self, _: &mut Channel<'_>, error: &io::Error) {
        self.log.push(format!("error {error}"));
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.log.push(format!("closed {end}"));
    }
}

/// Gives back what it gets.
pub(super) struct Echo;

impl Dispatcher for Echo {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        channel.push(data)
    }
}

pub(super) fn event_loop<'a>(on: &dyn Dispatching) -> Loop<'a> {
    Loop::new(on).expect("there are descriptors")
}

/// A listener of the loop, and a client of it that is connected.
pub(super) fn served<'a, D: Dispatcher + 'a>(
    event_loop: &mut Loop<'a>,
    make: impl FnMut() -> D + 'a,
) -> (Key, TcpStream) {
    let mut make = make;
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = event_loop.listen(&address, move |_| make()).expect("it is free");
    (listener, client(event_loop, listener))
}

pub(super) fn client(event_loop: &Loop<'_>, listener: Key) -> TcpStream {
    let address = event_loop.local(listener).expect("it listens").to_string();
    let client = TcpStream::connect(address).expect("it listens");
    client.set_read_timeout(Some(LIMIT)).expect("a socket");
    client.set_write_timeout(Some(LIMIT)).expect("a socket");
    client
}

/// A connection, ours for the loop and theirs.
pub(super) fn pair() -> (Stream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let ours = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (theirs, _) = listener.accept().expect("it was connected to");
    theirs.set_read_timeout(Some(LIMIT)).expect("a socket");
    (Stream::socket(ours.into()), theirs)
}

/// A panic that the hook is not told of, since the process of a scenario ends at any other.
pub(super) fn panic_quietly(text: &'static str) -> ! {
    std::panic::resume_unwind(Box::new(text))
}

/// Runs passes until it is there.
pub(super) fn run_until(event_loop: &mut Loop<'_>, is_there: impl Fn() -> bool) {
    let (clock, start) = (Clock::start(), standpipe_core::Moment::ORIGIN);
    while !is_there() {
        assert!(clock.now().since(start) < LIMIT, "it hangs: {event_loop:?}");
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
    }
}

/// Runs passes while something happens at once.
pub(super) fn run_until_idle(event_loop: &mut Loop<'_>) {
    for _ in 0..50 {
        event_loop.run_once(Some(Duration::ZERO)).expect("it can wait");
    }
}

pub(super) fn say(client: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    client.write_all(bytes.as_ref()).expect("it is open");
}

pub(super) fn end(client: &TcpStream) {
    client.shutdown(Shutdown::Write).expect("it is open");
}

/// All that comes until the end.
pub(super) fn heard(client: &mut TcpStream) -> io::Result<String> {
    let mut text = String::new();
    client.read_to_string(&mut text).map(|_| text)
}
