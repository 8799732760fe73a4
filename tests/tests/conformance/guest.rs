//! A client on a real connection: it runs its [`Step`]s.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Barrier, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;
use standpipe_core::signal::Signal;
use standpipe_sys::Control;
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::Visit;

use crate::secured::Secured;

/// What the clients of one server share.
pub(crate) struct Party {
    /// Where those with [`Step::Meet`] meet.
    pub(crate) meeting: Barrier,
    /// Where the server is told to finish.
    pub(crate) control: Control,
}

/// A client that is connected.
pub(crate) struct Guest {
    wire: Arc<Wire>,
    inbox: Arc<Inbox>,
    offset: usize,
}

/// A connection, and what is spoken on it.
struct Wire {
    stream: TcpStream,
    secured: Option<Secured>,
}

/// What came so far, and how it ended.
#[derive(Default)]
struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    received: Vec<u8>,
    end: Option<Seen>,
    /// Whether data may be sent.
    agreed: bool,
    deaf: bool,
}

const CHUNK: usize = 16 << 10;

impl Guest {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("the server listens");
        Self { wire: Arc::new(Wire { stream, secured: None }), inbox: Arc::default(), offset: 0 }
    }

    /// A client that speaks TLS, unless its first step says that it does not.
    pub(crate) fn connect_secured(server: SocketAddr, steps: &[Step]) -> Self {
        let stream = TcpStream::connect(server).expect("the server listens");
        let secured = match steps.first() {
            Some(Step::Plain) => None,
            first => Some(Secured::new(first != Some(&Step::Distrust))),
        };
        Self { wire: Arc::new(Wire { stream, secured }), inbox: Arc::default(), offset: 0 }
    }

    /// Runs the steps, and says what was seen.
    pub(crate) fn visit(mut self, steps: &[Step], party: &Party) -> Visit {
        self.begin(steps);
        let (wire, inbox) = (self.wire.clone(), self.inbox.clone());
        let reader = thread::spawn(move || inbox.read(&wire));
        for step in steps {
            self.step(step, party);
        }
        self.leave(reader);
        let State { received, end, .. } = std::mem::take(&mut *self.inbox.lock());
        Visit { received, end: end.unwrap_or(Seen::Left) }
    }

    /// Who is deaf from the start reads nothing at all, but what a handshake takes.
    fn begin(&self, steps: &[Step]) {
        let mut state = self.inbox.lock();
        match &self.wire.secured {
            None => (state.agreed, state.deaf) = (true, steps.first() == Some(&Step::Deaf)),
            Some(secured) => drop(secured.flush(&self.wire.stream)),
        }
    }

    fn step(&mut self, step: &Step, party: &Party) {
        let stream = &self.wire.stream;
        match step {
            Step::Plain | Step::Distrust => {}
            Step::Deaf => {
                self.inbox.wait_for(State::is_agreed);
                self.inbox.lock().deaf = true;
            }
            Step::Listen => {
                self.inbox.lock().deaf = false;
                self.inbox.changed.notify_all();
            }
            Step::Send(len) => self.send(*len),
            // A server that is gone takes nothing; the reader sees how.
            Step::Say(text) => drop(self.say(text.as_bytes())),
            Step::Raw(bytes) => drop((&*stream).write_all(bytes)),
            Step::HalfClose => {
                self.inbox.wait_for(State::is_agreed);
                match &self.wire.secured {
                    None => drop(stream.shutdown(Shutdown::Write)),
                    Some(secured) => drop(secured.close_notify(stream)),
                }
            }
            Step::Fin => drop(stream.shutdown(Shutdown::Write)),
            Step::Await(n) => self.inbox.wait_for(|state| state.received.len() >= *n || state.end.is_some()),
            Step::AwaitEnd => self.inbox.wait_for(|state| state.deaf || state.end.is_some()),
            Step::Meet => drop(party.meeting.wait()),
            Step::Drain => party.control.ask(Signal::TERM),
            Step::Reset => {
                SockRef::from(stream).set_linger(Some(Duration::ZERO)).expect("a TCP connection may be reset")
            }
            Step::Close => {}
        }
    }

    fn say(&self, bytes: &[u8]) -> io::Result<()> {
        self.inbox.wait_for(State::is_agreed);
        match &self.wire.secured {
            None => (&self.wire.stream).write_all(bytes),
            Some(secured) => secured.send(&self.wire.stream, bytes),
        }
    }

    fn send(&mut self, len: usize) {
        let mut left = len;
        while left > 0 {
            let chunk = pattern(self.offset, left.min(CHUNK));
            if self.say(&chunk).is_err() {
                break;
            }
            self.offset += chunk.len();
            left -= chunk.len();
        }
    }

    /// Closes the connection: the reader, if it still waits, is woken by the end of its input, which is none of the
    /// server's.
    fn leave(&mut self, reader: JoinHandle<()>) {
        self.inbox.lock().end.get_or_insert(Seen::Left);
        self.inbox.changed.notify_all();
        let _ = self.wire.stream.shutdown(Shutdown::Read);
        reader.join().expect("a reader does not panic");
    }
}

impl State {
    /// Whether no handshake keeps anything from being sent any more.
    fn is_agreed(&self) -> bool {
        self.agreed || self.end.is_some()
    }
}

impl Wire {
    /// Takes what has come. How that has ended it.
    fn came(&self, bytes: &[u8], received: &mut Vec<u8>) -> Option<Seen> {
        let Some(secured) = &self.secured else {
            received.extend_from_slice(bytes);
            return None;
        };
        let end = secured.came(bytes, received);
        // A server that is gone takes nothing.
        let _ = secured.flush(&self.stream);
        end
    }

    fn end(&self) -> Seen {
        self.secured.as_ref().map_or(Seen::Eof, Secured::end)
    }

    fn is_agreed(&self) -> bool {
        self.secured.as_ref().is_none_or(Secured::is_agreed)
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    fn read(&self, wire: &Wire) {
        let mut chunk = vec![0; CHUNK];
        while self.is_to_be_filled() {
            let came = (&wire.stream).read(&mut chunk);
            let mut plain = Vec::new();
            let end = match came {
                Ok(0) => Some(wire.end()),
                Ok(n) => wire.came(&chunk[..n], &mut plain),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
                Err(_) => Some(Seen::Reset),
            };
            let mut state = self.lock();
            state.received.append(&mut plain);
            state.agreed = wire.is_agreed();
            state.end = state.end.or(end);
            self.changed.notify_all();
        }
    }

    /// Whether there is more to come; who is deaf waits for the answer.
    fn is_to_be_filled(&self) -> bool {
        self.wait_for(|state| !state.deaf || state.end.is_some());
        self.lock().end.is_none()
    }

    fn wait_for(&self, happened: impl Fn(&State) -> bool) {
        drop(self.changed.wait_while(self.lock(), |state| !happened(state)).expect("no panic"));
    }
}
