//! A client on a real connection: it runs its [`Step`]s.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;
use standpipe_core::signal::Signal;
use standpipe_sys::Control;
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::Visit;

/// What the clients of one server share.
pub(crate) struct Party {
    /// Where those with [`Step::Meet`] meet.
    pub(crate) meeting: Barrier,
    /// Where the server is told to finish.
    pub(crate) control: Control,
}

/// A client that is connected.
pub(crate) struct Guest {
    stream: Arc<TcpStream>,
    inbox: Arc<Inbox>,
    reader: Option<JoinHandle<()>>,
    offset: usize,
}

/// What came so far, and how it ended.
#[derive(Default)]
struct Inbox {
    state: Mutex<(Vec<u8>, Option<Seen>)>,
    changed: Condvar,
}

const CHUNK: usize = 16 << 10;

impl Guest {
    pub(crate) fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("the server listens");
        Self { stream: Arc::new(stream), inbox: Arc::default(), reader: None, offset: 0 }
    }

    /// Runs the steps, and says what was seen.
    pub(crate) fn visit(mut self, steps: &[Step], party: &Party) -> Visit {
        if steps.first() != Some(&Step::Deaf) {
            let (stream, inbox) = (self.stream.clone(), self.inbox.clone());
            self.reader = Some(thread::spawn(move || inbox.read(&stream)));
        }
        for step in steps {
            self.step(step, party);
        }
        self.leave();
        let (received, end) = std::mem::take(&mut *self.inbox.state.lock().expect("no panic"));
        Visit { received, end: end.unwrap_or(Seen::Left) }
    }

    fn step(&mut self, step: &Step, party: &Party) {
        match step {
            Step::Deaf => {}
            Step::Send(len) => self.send(*len),
            // A server that is gone takes nothing; the reader sees how.
            Step::Say(text) => drop((&*self.stream).write_all(text.as_bytes())),
            Step::HalfClose => drop(self.stream.shutdown(Shutdown::Write)),
            Step::Await(n) => self.inbox.wait_for(|(came, end)| came.len() >= *n || end.is_some()),
            Step::AwaitEnd if self.reader.is_none() => {}
            Step::AwaitEnd => self.inbox.wait_for(|(_, end)| end.is_some()),
            Step::Meet => drop(party.meeting.wait()),
            Step::Drain => party.control.ask(Signal::TERM),
            Step::Reset => SockRef::from(&*self.stream)
                .set_linger(Some(Duration::ZERO))
                .expect("a TCP connection may be reset"),
            Step::Close => {}
        }
    }

    fn send(&mut self, len: usize) {
        let mut left = len;
        while left > 0 {
            let chunk = pattern(self.offset, left.min(CHUNK));
            if (&*self.stream).write_all(&chunk).is_err() {
                break;
            }
            self.offset += chunk.len();
            left -= chunk.len();
        }
    }

    /// Closes the connection: the reader, if it still waits, is woken by the end of its input, which is none of the
    /// server's.
    fn leave(&mut self) {
        self.inbox.state.lock().expect("no panic").1.get_or_insert(Seen::Left);
        let _ = self.stream.shutdown(Shutdown::Read);
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a reader does not panic");
        }
    }
}

impl Inbox {
    fn read(&self, mut stream: &TcpStream) {
        let mut chunk = vec![0; CHUNK];
        loop {
            let came = stream.read(&mut chunk);
            let (bytes, end) = &mut *self.state.lock().expect("no panic");
            match came {
                Ok(0) => drop(end.get_or_insert(Seen::Eof)),
                Ok(n) => bytes.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => drop(end.get_or_insert(Seen::Reset)),
            }
            self.changed.notify_all();
            if end.is_some() {
                return;
            }
        }
    }

    fn wait_for(&self, happened: impl Fn(&(Vec<u8>, Option<Seen>)) -> bool) {
        let state = self.state.lock().expect("no panic");
        drop(self.changed.wait_while(state, |state| !happened(state)).expect("no panic"));
    }
}
