//! One end of a connection, and what must hold of it after every step: [`End`].

use std::collections::VecDeque;

use standpipe_core::tls::Session;
use standpipe_core::{LENT_SIZE, Layer, Lend, PeerEnd, Pool, TlsFault};

use crate::client::pattern;

/// With so many unsent answers a session reads no more; and the longest record, with its header.
const MOST_ANSWERS: usize = (64 << 10) + (16 << 10) + 2048 + 5;

/// Lends buffers and knows how many are out.
#[derive(Debug, Default)]
pub struct Lender {
    pool: Pool,
    out: usize,
}

impl Lender {
    /// How many buffers are out.
    pub fn out(&self) -> usize {
        self.out
    }
}

impl Lend for Lender {
    fn take(&mut self) -> Box<[u8]> {
        self.out += 1;
        self.pool.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        assert_eq!(buffer.len(), LENT_SIZE, "what comes back is what was lent");
        self.out = self.out.checked_sub(1).expect("no more come back than were lent");
        self.pool.give(buffer);
    }
}

/// A session, with what it was given and what it gave. Every method checks the laws.
#[derive(Debug)]
pub struct End {
    session: Session,
    lender: Lender,
    /// What it has written and the other end has not read.
    wire: VecDeque<u8>,
    sent: Vec<u8>,
    received: Vec<u8>,
    /// Of what was written since nothing waited: all, and what this end did not answer by itself.
    written: usize,
    sealed: usize,
    has_eof: bool,
    peer_end: Option<PeerEnd>,
    fault: Option<TlsFault>,
}

impl End {
    /// An end that has just begun.
    pub fn new(mut session: Session) -> Self {
        session.start();
        Self {
            session,
            lender: Lender::default(),
            wire: VecDeque::new(),
            sent: Vec::new(),
            received: Vec::new(),
            written: 0,
            sealed: 0,
            has_eof: false,
            peer_end: None,
            fault: None,
        }
    }

    /// The session itself.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The plaintext that it was given and has sealed.
    pub fn sent(&self) -> &[u8] {
        &self.sent
    }

    /// The plaintext that came out of it.
    pub fn received(&self) -> &[u8] {
        &self.received
    }

    /// What is under way to the other end.
    pub fn wire(&mut self) -> &mut VecDeque<u8> {
        &mut self.wire
    }

    /// Whether it was told of the end of the transport.
    pub fn has_eof(&self) -> bool {
        self.has_eof
    }

    /// How many buffers it has.
    pub fn lent(&self) -> usize {
        self.lender.out()
    }

    /// Whether nothing lies here that is to leave.
    pub fn is_idle(&self) -> bool {
        self.session.plain().is_empty() && !self.session.wants_write()
    }

    /// Gives it `n` bytes, and says how many it took.
    pub fn seal(&mut self, n: usize) -> usize {
        let (may, before) = (self.session.may_send(), self.session.pending().len());
        let data = pattern(self.sent.len(), n);
        let taken = self.session.seal(&data, &mut self.lender);
        assert!(taken == 0 || may, "nothing is sealed before the handshake, after a fault or after the end");
        self.sent.extend_from_slice(&data[..taken]);
        self.sealed += self.session.pending().len() - before;
        self.check();
        taken
    }

    /// Counts bytes as sent that somebody else puts on the wire.
    pub fn forge(&mut self, data: &[u8]) {
        self.sent.extend_from_slice(data);
    }

    /// Says the end.
    pub fn close_notify(&mut self) {
        let (may, before) = (self.session.may_send(), self.session.pending().len());
        self.session.close_notify(&mut self.lender);
        self.sealed += self.session.pending().len() - before;
        assert!(!self.session.may_send());
        assert!(!may || self.session.has_said_close() || self.session.fault().is_some());
        self.check();
    }

    /// Writes at most `n` bytes; `false` if there were none.
    pub fn write(&mut self, n: usize) -> bool {
        let n = n.min(self.session.pending().len());
        self.wire.extend(&self.session.pending()[..n]);
        if n > 0 {
            self.session.handle_written(n);
        }
        self.written += n;
        if !self.session.wants_write() {
            assert!(self.written - self.sealed <= MOST_ANSWERS, "answers are bounded");
            (self.written, self.sealed) = (0, 0);
        }
        self.check();
        n > 0
    }

    /// Reads at most `n` bytes of what comes; `false` if there were none, or it does not want to.
    pub fn read(&mut self, wire: &mut VecDeque<u8>, n: usize) -> bool {
        if !self.session.wants_read() {
            return false;
        }
        let window = self.session.window(&mut self.lender);
        assert!(!window.is_empty(), "who wants to read has room");
        let n = n.min(wire.len()).min(window.len());
        window.iter_mut().zip(wire.drain(..n)).for_each(|(to, from)| *to = from);
        if n > 0 {
            self.session.handle_read(n);
        }
        self.check();
        n > 0
    }

    /// Takes at most `n` bytes of the plaintext, all of which the other end must have sent.
    pub fn consume(&mut self, n: usize, sent: &[u8]) {
        let n = n.min(self.session.plain().len());
        let start = self.received.len();
        self.received.extend_from_slice(&self.session.plain()[..n]);
        assert!(
            sent.len() >= start + n && sent[start..start + n] == self.received[start..],
            "as it was sent"
        );
        self.session.consume(n);
        self.check();
    }

    /// Is told that the transport has ended.
    pub fn eof(&mut self) {
        self.session.handle_eof();
        self.has_eof = true;
        assert!(self.session.peer_end().is_some());
        self.check();
    }

    /// Gives back what is drained.
    pub fn settle(&mut self) {
        self.session.settle(&mut self.lender);
        self.check();
    }

    fn check(&mut self) {
        let session = &self.session;
        assert!(self.lender.out() <= 2, "a session holds two buffers at most");
        assert_eq!(session.wants_write(), !session.pending().is_empty());
        assert!(!session.wants_read() || session.plain().is_empty(), "what was opened comes first");
        assert!(self.peer_end.is_none() || session.peer_end() == self.peer_end, "the end is told once");
        assert!(self.fault.is_none() || session.fault() == self.fault, "a fault is for good");
        assert!(session.peer_end() != Some(PeerEnd::Truncated) || self.has_eof);
        assert!(session.fault().is_none() || !session.may_send());
        assert!(session.fault().is_none() && session.peer_end().is_none() || !session.wants_read());
        assert!(!session.may_send() || session.negotiated().is_some());
        (self.peer_end, self.fault) = (session.peer_end(), session.fault());
    }
}
