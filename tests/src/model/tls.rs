//! [`Session`](standpipe_core::tls::Session): whatever is cut, put in and changed between two sides, nothing comes out
//! but what went in, and every end is told apart.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use standpipe_core::tls::Provider;
use standpipe_core::{Layer, PeerEnd};

use crate::tls::cipher::{Version, opened, plain_record, sealed_record};
use crate::tls::{End, provider, sessions};

/// Kinds of records (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// How many key updates either side accepts without data between them.
const MOST_UPDATES: usize = 32;

/// Once it has sent close_notify, rustls asserts in debug builds that the peer does nothing wrong any more; only other
/// builds can be tried on that.
const MAY_FAIL_AFTER_CLOSE: bool = !cfg!(debug_assertions);

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    /// The handshake is over before the history begins.
    agreed: bool,
}

/// One step; `true` is the server.
#[derive(Arbitrary, Clone, Debug)]
enum Step {
    Seal(bool, u16),
    Write(bool, u16),
    Read(bool, u16),
    Consume(bool, u16),
    CloseNotify(bool),
    Eof(bool),
    Settle(bool),
    /// Everything that is under way arrives.
    Talk,
    /// So many bytes arrive one by one, while the one they come to seals.
    Trickle(bool, u8),
    /// A bit of what this side has under way is changed.
    Flip(bool, u16),
    /// Somebody puts bytes behind what this side has under way,
    Raw(bool, Vec<u8>),
    /// a record in the clear,
    Plain(bool, u8, Vec<u8>),
    /// a sealed one,
    Sealed(bool, u8, Vec<u8>),
    /// data,
    Data(bool, u8),
    /// or a message in pieces of this size.
    Post(bool, Message, u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Message {
    KeyUpdate(bool),
    Ticket(u8),
}

impl Message {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::KeyUpdate(requested) => vec![24, 0, 0, 1, requested.into()],
            Self::Ticket(len) => {
                let ticket = vec![7; usize::from(len) + 1];
                let len = ticket.len() as u16;
                let head = [&[0, 0, 1, 0, 0, 0, 0, 0, 0][..], &len.to_be_bytes()].concat();
                let body = [&head[..], &ticket, &[0, 0]].concat();
                let [high, low] = (body.len() as u16).to_be_bytes();
                [&[4, 0, high, low][..], &body].concat()
            }
        }
    }
}

/// Checks any history.
///
/// # Panics
/// When a law is broken.
pub fn check(bytes: &[u8]) {
    let Some((setting, steps)) = super::read::<Setting, Step>(bytes) else { return };
    let mut pair = Pair::new(setting);
    for step in steps {
        pair.apply(step);
        pair.check();
    }
    pair.finish();
}

struct Pair {
    version: Version,
    ends: [End; 2],
    /// Something was done that a session may fail of.
    meddled: bool,
    /// Something was put in that may lie half in a session.
    pieces: bool,
    updates: usize,
}

impl Pair {
    fn new(setting: Setting) -> Self {
        let version = if setting.old { Version::Tls12 } else { Version::Tls13 };
        let (client, server) = sessions(Provider::Custom(provider(version)));
        let ends = [End::new(client), End::new(server)];
        let mut pair = Self { version, ends, meddled: false, pieces: false, updates: 0 };
        if setting.agreed {
            pair.talk();
            assert!(pair.ends.iter().all(|end| end.session().may_send()), "both are through");
        }
        pair
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Seal(side, n) => drop(self.end(side).seal(n.into())),
            Step::Write(side, n) => drop(self.end(side).write(n.into())),
            Step::Read(side, n) => drop(self.read(side, n.into())),
            Step::Consume(side, n) => self.consume(side, n.into()),
            Step::CloseNotify(side) => self.end(side).close_notify(),
            Step::Eof(side) => self.end(side).eof(),
            Step::Settle(side) => self.settle(side),
            Step::Talk => self.talk(),
            Step::Trickle(side, n) => self.trickle(side, n),
            Step::Flip(side, at) => self.flip(side, at.into()),
            Step::Raw(side, bytes) => self.inject(side, &bytes, false),
            Step::Plain(side, kind, content) => self.inject(side, &plain_record(kind, &content), false),
            Step::Sealed(side, kind, content) => self.sealed(side, kind, &content),
            Step::Data(side, n) => self.sealed(side, DATA, &vec![7; usize::from(n) + 1]),
            Step::Post(side, message, size) => self.post(side, message, usize::from(size) + 1),
        }
    }

    fn end(&mut self, side: bool) -> &mut End {
        &mut self.ends[usize::from(side)]
    }

    fn read(&mut self, side: bool, n: usize) -> bool {
        if self.meddled && self.end(side).session().has_said_close() && !MAY_FAIL_AFTER_CLOSE {
            return false;
        }
        let mut wire = std::mem::take(self.end(!side).wire());
        let moved = self.end(side).read(&mut wire, n);
        *self.end(!side).wire() = wire;
        moved
    }

    fn consume(&mut self, side: bool, n: usize) {
        let [client, server] = &mut self.ends;
        let (to, from) = if side { (server, client) } else { (client, server) };
        to.consume(n, from.sent());
    }

    fn settle(&mut self, side: bool) {
        self.end(side).settle();
        let end = &self.ends[usize::from(side)];
        assert!(!end.is_idle() || self.pieces || end.lent() == 0, "who is idle owns no buffer");
    }

    fn talk(&mut self) {
        let mut moved = true;
        for round in 0.. {
            assert!(round < 10_000, "two sides come to rest");
            if !std::mem::take(&mut moved) {
                break;
            }
            for side in [false, true] {
                moved |= self.end(side).write(usize::MAX);
                self.consume(side, usize::MAX);
                moved |= self.read(side, usize::MAX);
                self.consume(side, usize::MAX);
                self.settle(side);
            }
        }
    }

    fn trickle(&mut self, side: bool, n: u8) {
        for _ in 0..n {
            self.end(side).seal(1);
            self.read(side, 1);
            self.settle(side);
            self.consume(side, usize::MAX);
        }
    }

    fn flip(&mut self, side: bool, at: usize) {
        let wire: &mut VecDeque<u8> = self.end(side).wire();
        let bits = wire.len() * 8;
        if bits > 0 {
            wire[at % bits / 8] ^= 1 << (at % 8);
            (self.meddled, self.pieces) = (true, true);
        }
    }

    /// Puts bytes behind all that this side has said. They must do no harm if they are in order, or when they come
    /// after its end.
    fn inject(&mut self, side: bool, bytes: &[u8], in_order: bool) {
        let end = self.end(side);
        while end.write(usize::MAX) {}
        end.wire().extend(bytes);
        let closed = end.session().has_said_close() && end.session().fault().is_none();
        let harmless = closed || in_order && end.session().may_send();
        self.meddled |= !harmless;
        self.pieces = true;
    }

    fn sealed(&mut self, side: bool, kind: u8, content: &[u8]) {
        let record = sealed_record(self.version, kind, content);
        let (kind, content) = opened(self.version, kind, content);
        let is_data = kind == DATA && !content.is_empty();
        if is_data && !self.end(side).session().has_said_close() {
            self.end(side).forge(content);
        }
        self.inject(side, &record, is_data);
    }

    fn post(&mut self, side: bool, message: Message, size: usize) {
        self.updates += usize::from(matches!(message, Message::KeyUpdate(_)));
        let allowed = match message {
            Message::KeyUpdate(_) => self.updates <= MOST_UPDATES / 2,
            Message::Ticket(_) => side,
        };
        let pieces = message.bytes();
        let pieces = pieces.chunks(size).map(|piece| sealed_record(self.version, HANDSHAKE, piece));
        self.inject(side, &pieces.collect::<Vec<_>>().concat(), allowed && self.version == Version::Tls13);
    }

    fn check(&self) {
        let [client, server] = &self.ends;
        for (end, other) in [(client, server), (server, client)] {
            let session = end.session();
            assert!(session.fault().is_none() || self.meddled, "{:?}", session.fault());
            let said = other.session().has_said_close() || self.meddled;
            assert!(session.peer_end() != Some(PeerEnd::CloseNotify) || said);
        }
    }

    /// Both sides say the end, as far as they can, and all that is under way arrives.
    fn finish(&mut self) {
        self.talk();
        self.ends.iter_mut().for_each(End::close_notify);
        self.talk();
        self.check();
        let [client, server] = &self.ends;
        for (end, other) in [(client, server), (server, client)] {
            if !self.meddled && !end.has_eof() && other.session().has_said_close() {
                assert_eq!(end.session().peer_end(), Some(PeerEnd::CloseNotify));
                assert_eq!(end.received().len(), other.sent().len(), "a clean end comes after everything");
            }
        }
        for side in [false, true] {
            self.end(side).eof();
            self.settle(side);
            let (pieces, end) = (self.pieces, self.end(side));
            let half = pieces && end.session().peer_end() == Some(PeerEnd::Truncated);
            assert!(end.is_idle() && (half || end.lent() == 0), "nothing is kept but half a message");
        }
    }
}
