//! A modelled client: it runs its [`Step`]s on one end of a connection.

use std::collections::VecDeque;

use standpipe_core::Outcome;

use super::secured::Secured;
use super::{Readiness, Socket};
use crate::client::{Seen, Step, pattern};
use crate::harness::client_session;

/// A client at its end of a connection.
#[derive(Debug)]
pub struct Client {
    socket: Option<Socket>,
    secured: Option<Secured>,
    steps: VecDeque<Step>,
    deaf: bool,
    /// How much of the step was sent.
    sent: usize,
    offset: usize,
    received: Vec<u8>,
    end: Option<Seen>,
}

/// What the clients of one server share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// How many clients have [`Step::Meet`] still before them and are not there.
    pub(super) missing: usize,
    /// Whether one of them told the server to finish.
    pub(super) drain: bool,
}

const CHUNK: usize = 16 << 10;

impl Client {
    /// A client that runs the steps.
    pub fn new(socket: Socket, steps: &[Step]) -> Self {
        Self {
            socket: Some(socket),
            secured: None,
            steps: steps.iter().cloned().collect(),
            deaf: false,
            sent: 0,
            offset: 0,
            received: Vec::new(),
            end: None,
        }
    }

    /// A client that speaks TLS, unless its first step says that it does not.
    pub fn secured(socket: Socket, steps: &[Step]) -> Self {
        let secured = match steps.first() {
            Some(Step::Plain) => None,
            first => Some(Secured::new(client_session(first != Some(&Step::Distrust)))),
        };
        Self { secured, ..Self::new(socket, steps) }
    }

    /// What came.
    pub fn received(&self) -> &[u8] {
        &self.received
    }

    /// How it saw the connection end.
    pub fn end(&self) -> Option<Seen> {
        self.end
    }

    /// Whether it has [`Step::Meet`] before it.
    pub(super) fn will_meet(&self) -> bool {
        self.steps.contains(&Step::Meet)
    }

    /// Reads, and does what its step says. Whether anything moved.
    pub(super) fn step(&mut self, shared: &mut Shared, readiness: &mut Readiness) -> bool {
        let read = self.read(readiness);
        let stepped = self.flush(readiness).unwrap_or_else(|| self.take_step(shared, readiness));
        read || stepped
    }

    /// Writes what TLS has to say, where it has. Whether that has moved.
    fn flush(&mut self, readiness: &mut Readiness) -> Option<bool> {
        let secured = self.secured.as_mut().filter(|secured| secured.has_unsent())?;
        Some(secured.flush(self.socket.as_ref()?, readiness))
    }

    /// Whether it has to wait for the end of a handshake.
    fn shakes_hands(&self) -> bool {
        self.end.is_none() && self.secured.as_ref().is_some_and(Secured::shakes_hands)
    }

    fn read(&mut self, readiness: &mut Readiness) -> bool {
        let Some(socket) = self.socket.as_ref().filter(|_| !self.deaf && self.end.is_none()) else {
            return false;
        };
        let mut chunk = vec![0; readiness.grant(CHUNK)];
        if chunk.is_empty() {
            return false;
        }
        match (socket.read(&mut chunk), &mut self.secured) {
            (Outcome::Ready(n), None) => self.received.extend_from_slice(&chunk[..n]),
            (Outcome::Ready(n), Some(secured)) => self.end = secured.came(&chunk[..n], &mut self.received),
            (Outcome::Blocked, _) => return false,
            (Outcome::Eof, secured) => self.end = Some(secured.as_ref().map_or(Seen::Eof, Secured::end)),
            (Outcome::Failed(_), _) => self.end = Some(Seen::Reset),
        }
        true
    }

    fn take_step(&mut self, shared: &mut Shared, readiness: &mut Readiness) -> bool {
        let Some(step) = self.steps.front() else { return self.leave(Socket::close) };
        match *step {
            Step::Send(_) | Step::Say(_) | Step::HalfClose | Step::Deaf if self.shakes_hands() => {
                return false;
            }
            Step::Send(len) => return self.send_pattern(len, readiness),
            Step::Say(text) => return self.say(text, readiness),
            Step::Raw(bytes) => return self.send_raw(bytes, readiness),
            Step::Await(n) if self.received.len() < n && self.end.is_none() => return false,
            Step::AwaitEnd if self.end.is_none() => return false,
            Step::Meet => return self.meet(shared),
            Step::Await(_) | Step::AwaitEnd | Step::Plain | Step::Distrust => {}
            Step::Deaf => self.deaf = true,
            Step::Listen => self.deaf = false,
            Step::HalfClose => match &mut self.secured {
                Some(secured) => secured.close_notify(),
                None => self.socket.iter_mut().for_each(Socket::half_close),
            },
            Step::Fin => self.socket.iter_mut().for_each(Socket::half_close),
            Step::Drain => shared.drain = true,
            Step::Reset => drop(self.leave(Socket::reset)),
            Step::Close => drop(self.leave(Socket::close)),
        }
        self.steps.pop_front();
        true
    }

    /// Marks that it is there by a wait of a kind of its own.
    fn meet(&mut self, shared: &mut Shared) -> bool {
        if self.sent == 0 {
            self.sent = 1;
            shared.missing -= 1;
            return true;
        }
        if shared.missing > 0 {
            return false;
        }
        self.sent = 0;
        self.steps.pop_front();
        true
    }

    fn send_pattern(&mut self, len: usize, readiness: &mut Readiness) -> bool {
        let chunk = pattern(self.offset, (len - self.sent).min(CHUNK));
        let sent = self.send(&chunk, readiness);
        self.offset += sent.unwrap_or(0);
        self.has_sent(sent, len)
    }

    fn say(&mut self, text: &str, readiness: &mut Readiness) -> bool {
        let sent = self.send(&text.as_bytes()[self.sent..], readiness);
        self.has_sent(sent, text.len())
    }

    fn send_raw(&mut self, bytes: &[u8], readiness: &mut Readiness) -> bool {
        let sent = self.write(&bytes[self.sent..], readiness);
        self.has_sent(sent, bytes.len())
    }

    /// How many of the bytes have gone; `None` where nobody takes them now. Where nobody ever will, all have.
    fn send(&mut self, bytes: &[u8], readiness: &mut Readiness) -> Option<usize> {
        match &mut self.secured {
            Some(secured) => Some(secured.seal(bytes)),
            None => self.write(bytes, readiness),
        }
    }

    /// The same, past TLS.
    fn write(&mut self, bytes: &[u8], readiness: &mut Readiness) -> Option<usize> {
        let granted = readiness.grant(bytes.len());
        match self.socket.as_ref().map(|socket| socket.write(&bytes[..granted])) {
            Some(Outcome::Ready(n)) => Some(n),
            Some(Outcome::Blocked) => None,
            _ => Some(bytes.len()),
        }
    }

    /// Whether anything was sent; the step is over when all of it was.
    fn has_sent(&mut self, sent: Option<usize>, len: usize) -> bool {
        self.sent += sent.unwrap_or(0);
        if self.sent == len {
            self.sent = 0;
            self.steps.pop_front();
            return true;
        }
        sent.is_some()
    }

    fn leave(&mut self, how: impl FnOnce(Socket)) -> bool {
        let Some(socket) = self.socket.take() else { return false };
        self.end.get_or_insert(Seen::Left);
        how(socket);
        true
    }
}
