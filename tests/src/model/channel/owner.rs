//! Who has one side of a connection, and what must hold of it after every step: [`Owner`].

use arbitrary::Arbitrary;
use standpipe_core::dispatch::{Channel, ChannelEvent, Outgoing, PushError};
use standpipe_core::flow::{More, Producer};
use standpipe_core::{BUDGET, Blocked, Bytes, End, Machine, Moment, Progress, advance};

use crate::client::pattern;
use crate::sim::Readiness;
use crate::tls::{Lender, Link, Wire};

/// What a handler does.
#[derive(Arbitrary, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Nothing,
    Push(u16),
    PushBytes(u16),
    /// So many chunks of so many bytes.
    Produce(u8, u8),
    Read(bool),
    SetUrgent(bool),
    CloseWrite,
    CloseWhenDone,
    Close,
    Discard,
    Abort,
}

impl Answer {
    /// What does not end most histories.
    pub(super) fn gently(self) -> Self {
        match self {
            Self::CloseWrite | Self::CloseWhenDone | Self::Close | Self::Discard | Self::Abort => {
                Self::Nothing
            }
            answer => answer,
        }
    }
}

/// What an owner has pushed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) len: usize,
    /// Nothing of it was taken back.
    pub(super) whole: bool,
    /// Nothing hinders it on its way.
    pub(super) arrives: bool,
}

#[derive(Debug)]
pub(super) struct Owner {
    side: bool,
    channel: Channel,
    lender: Lender,
    ready: Readiness,
    budget: usize,
    blocked: Option<Blocked>,
    /// Its machine was done in a turn, and gets no other one.
    over: bool,
    sent: usize,
    received: usize,
    closes: bool,
    reads: bool,
    /// Nothing is told to it any more but the end.
    deaf: bool,
    /// It has given up something of what it was sent, or of what it has pushed.
    rude: bool,
    connected: bool,
    ended: bool,
    closed: Option<End>,
}

struct Chunks(Vec<Bytes>);

impl Producer for Chunks {
    fn more(&mut self) -> More {
        self.0.pop().map_or(More::End, More::Bytes)
    }
}

impl Owner {
    pub(super) fn new(side: bool, channel: Channel) -> Self {
        let connected = channel.is_connected();
        Self {
            side,
            channel,
            lender: Lender::default(),
            ready: Readiness::whole(),
            budget: BUDGET,
            blocked: None,
            over: false,
            sent: 0,
            received: 0,
            closes: false,
            reads: true,
            deaf: false,
            rude: false,
            connected,
            ended: false,
            closed: None,
        }
    }

    pub(super) fn set_pace(&mut self, ready: Readiness, budget: usize) {
        (self.ready, self.budget) = (ready, budget);
    }

    pub(super) fn sent(&self) -> Sent {
        Sent { len: self.sent, whole: !self.rude, arrives: true }
    }

    /// Whether it may end: it was asked to, or has found that it has to.
    pub(super) fn closes(&mut self) -> bool {
        self.closes || self.channel.out().is_closing()
    }

    pub(super) fn was_rude(&self) -> bool {
        self.rude
    }

    pub(super) fn was_connected(&self) -> bool {
        self.connected
    }

    pub(super) fn closed(&self) -> Option<End> {
        self.closed
    }

    /// Whether time was lacking.
    pub(super) fn timed_out(&self) -> bool {
        matches!(self.closed, Some(End::TimedOut(_)))
    }

    pub(super) fn lent(&self) -> usize {
        self.lender.out()
    }

    pub(super) fn wake(&self) -> Option<Moment> {
        self.channel.wake().map(|wake| wake.at)
    }

    pub(super) fn run(&mut self, link: &mut Link, now: Moment) {
        let mut wire = Wire { link, side: self.side, ready: &mut self.ready, lender: &mut self.lender };
        let progress = advance(&mut self.channel, &mut wire, now, self.budget);
        self.blocked = match progress {
            Progress::Blocked(blocked) => Some(blocked),
            _ => None,
        };
        self.over = progress == Progress::Done;
        assert_eq!(progress == Progress::Events, self.channel.has_event());
    }

    /// Whether it has cause to have a turn: it never had one, or what it waits for has come.
    pub(super) fn is_ready(&mut self, link: &Link, now: Moment) -> bool {
        if self.over {
            return false;
        }
        let withheld = self.ready.take_withheld();
        let Some(blocked) = self.blocked else { return true };
        withheld
            || !blocked.read.is_empty() && link.is_readable(self.side)
            || !blocked.write.is_empty() && link.is_writable(self.side)
            || !blocked.urgent.is_empty() && link.is_urgent(self.side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    /// Takes the next event and answers it. Whether there was one.
    pub(super) fn next_event(&mut self, peer_sent: Sent, answer: Answer) -> bool {
        let told = self.channel.has_event();
        let Some((event, out)) = self.channel.next_event() else {
            assert!(!told, "an event that was announced is told");
            return false;
        };
        assert!(told, "an event that is told was announced");
        assert_eq!(self.closed, None, "nothing is told after the end");
        self.blocked = None;
        let held_back = !self.reads || out.is_full();
        match event {
            ChannelEvent::Connected => {
                assert!(!self.connected, "it is told once, and before all data");
                self.connected = true;
            }
            ChannelEvent::Data(data) => {
                assert!(self.connected && !self.ended && !self.deaf && !held_back && !data.is_empty());
                if !self.rude && peer_sent.whole {
                    assert!(self.received + data.len() <= peer_sent.len, "more than was sent");
                    assert_eq!(data, pattern(self.received, data.len()));
                }
                self.received += data.len();
            }
            ChannelEvent::Ended => {
                assert!(!self.ended && !self.deaf && !held_back);
                let all_comes = peer_sent.arrives && peer_sent.whole && !self.rude;
                assert!(!all_comes || self.received == peer_sent.len, "the end comes last");
                self.ended = true;
            }
            ChannelEvent::Closed(end) => self.closed = Some(end),
            ChannelEvent::Urgent(_) | ChannelEvent::Room => {}
            event => panic!("an unknown event: {event:?}"),
        }
        let mut handler = Handler {
            out,
            sent: &mut self.sent,
            closes: &mut self.closes,
            reads: &mut self.reads,
            deaf: &mut self.deaf,
            rude: &mut self.rude,
        };
        handler.act(answer);
        true
    }

    /// Does something between events.
    pub(super) fn act(&mut self, answer: Answer) {
        self.blocked = None;
        let mut handler = Handler {
            out: self.channel.out(),
            sent: &mut self.sent,
            closes: &mut self.closes,
            reads: &mut self.reads,
            deaf: &mut self.deaf,
            rude: &mut self.rude,
        };
        handler.act(answer);
    }

    pub(super) fn check(&mut self, peer_may_end: bool) {
        assert!(self.lender.out() <= 3, "{} lent buffers are too many", self.lender.out());
        assert!(!self.ended || peer_may_end, "an end is one that the peer has said");
        let over = self.closed.is_some();
        assert_eq!(over, self.channel.is_done(), "it is done once its end is told");
    }
}

struct Handler<'a> {
    out: &'a mut Outgoing,
    sent: &'a mut usize,
    closes: &'a mut bool,
    reads: &'a mut bool,
    deaf: &'a mut bool,
    rude: &'a mut bool,
}

impl Handler<'_> {
    fn act(&mut self, answer: Answer) {
        match answer {
            Answer::Nothing => {}
            Answer::Push(n) => {
                let bytes = self.next(n.into());
                let pushed = self.out.push(&bytes);
                self.has_pushed(bytes.len(), pushed);
            }
            Answer::PushBytes(n) => {
                let bytes = self.next(n.into());
                let pushed = self.out.push_bytes(bytes.clone().into());
                self.has_pushed(bytes.len(), pushed);
            }
            Answer::Produce(count, size) => {
                let bytes = Bytes::from(self.next(usize::from(count % 8) * usize::from(size)));
                let chunks = bytes.chunks(usize::from(size).max(1)).rev().map(|chunk| bytes.slice_ref(chunk));
                let pushed = self.out.push_with_producer(Chunks(chunks.collect()));
                self.has_pushed(bytes.len(), pushed);
            }
            Answer::Read(reading) => {
                *self.reads = reading;
                self.out.set_reading(reading);
            }
            Answer::SetUrgent(urgent) => self.out.set_urgent(urgent),
            Answer::CloseWrite => self.close(Outgoing::close_write),
            Answer::CloseWhenDone => self.close(Outgoing::close_when_done),
            Answer::Close => {
                *self.deaf = true;
                self.close(Outgoing::close);
            }
            Answer::Discard => {
                *self.rude = true;
                self.out.discard_buffers();
            }
            Answer::Abort => {
                (*self.rude, *self.deaf) = (true, true);
                self.close(Outgoing::abort);
            }
        }
    }

    fn close(&mut self, verb: fn(&mut Outgoing)) {
        *self.closes = true;
        verb(self.out);
        assert!(self.out.is_closing());
        assert_eq!(self.out.push(b"late"), Err(PushError::Closing));
    }

    fn next(&self, n: usize) -> Vec<u8> {
        pattern(*self.sent, n)
    }

    fn has_pushed(&mut self, n: usize, pushed: Result<(), PushError>) {
        match pushed {
            Ok(()) => *self.sent += n,
            Err(PushError::Full { unsent, limit }) => assert!(unsent >= limit),
            Err(_) => assert!(self.out.is_closing()),
        }
    }
}
