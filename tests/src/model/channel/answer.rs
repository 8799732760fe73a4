//! What an owner does with its side: [`Answer`], and what it may expect from then on: [`Account`].

use arbitrary::Arbitrary;
use standpipe_core::Bytes;
use standpipe_core::dispatch::{Outgoing, PushError};
use standpipe_core::flow::{More, Producer};

use crate::client::pattern;

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

/// What went over the transport, where it can be counted: without a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    pub(super) read: usize,
    pub(super) written: usize,
}

/// What was said and heard.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) sent: usize,
    pub(super) received: usize,
    /// It may end: it was asked to.
    pub(super) closes: bool,
    /// Whatever its peer still sends, it was asked to come to its end.
    pub(super) quits: bool,
    /// Nothing is told to it any more but the end.
    pub(super) deaf: bool,
    /// It has given up something of what it was sent, or of what it has pushed, and nobody can say how much.
    pub(super) rude: bool,
    pub(super) reads: bool,
    pub(super) urgent: bool,
    /// It was seen to be full, and not told yet that it has room again.
    pub(super) full: bool,
    pub(super) was_full: bool,
    pub(super) produced: bool,
}

impl Account {
    pub(super) const NEW: Self = Self {
        sent: 0,
        received: 0,
        closes: false,
        quits: false,
        deaf: false,
        rude: false,
        reads: true,
        urgent: false,
        full: false,
        was_full: false,
        produced: false,
    };

    /// Does it, and keeps account of it.
    pub(super) fn act(&mut self, answer: Answer, out: &mut Outgoing, passed: Option<Passed>) {
        match answer {
            Answer::Nothing => {}
            Answer::Push(n) => {
                let bytes = pattern(self.sent, n.into());
                let pushed = out.push(&bytes);
                self.has_pushed(bytes.len(), pushed, out);
            }
            Answer::PushBytes(n) => {
                let bytes = pattern(self.sent, n.into());
                let pushed = out.push_bytes(bytes.clone().into());
                self.has_pushed(bytes.len(), pushed, out);
            }
            Answer::Produce(count, size) => {
                let bytes = Bytes::from(pattern(self.sent, usize::from(count % 8) * usize::from(size)));
                let chunks = bytes.chunks(usize::from(size).max(1)).rev().map(|chunk| bytes.slice_ref(chunk));
                let pushed = out.push_with_producer(Chunks(chunks.collect()));
                self.produced = true;
                self.has_pushed(bytes.len(), pushed, out);
            }
            Answer::Read(reads) => {
                self.reads = reads;
                out.set_reading(reads);
            }
            Answer::SetUrgent(urgent) => {
                self.urgent = urgent;
                out.set_urgent(urgent);
            }
            Answer::CloseWrite => self.close(out, Outgoing::close_write),
            Answer::CloseWhenDone => {
                self.quits = true;
                self.close(out, Outgoing::close_when_done);
            }
            Answer::Close => {
                (self.quits, self.deaf) = (true, true);
                self.close(out, Outgoing::close);
            }
            Answer::Discard => self.discard(out, passed),
            Answer::Abort => {
                (self.quits, self.deaf, self.rude) = (true, true, true);
                self.close(out, Outgoing::abort);
            }
        }
        self.full |= out.is_full();
        self.was_full |= self.full;
    }

    /// What has come is gone, and what has not left.
    fn discard(&mut self, out: &mut Outgoing, passed: Option<Passed>) {
        out.discard_buffers();
        assert_eq!((out.unsent(), out.is_full()), (0, false));
        self.full = false;
        match passed {
            Some(Passed { read, written }) => (self.received, self.sent) = (read, written),
            None => self.rude = true,
        }
    }

    fn close(&mut self, out: &mut Outgoing, verb: fn(&mut Outgoing)) {
        self.closes = true;
        verb(out);
        assert!(out.is_closing());
        assert_eq!(out.push(b"late"), Err(PushError::Closing));
    }

    fn has_pushed(&mut self, n: usize, pushed: Result<(), PushError>, out: &Outgoing) {
        match pushed {
            Ok(()) => {
                assert!(!out.is_closing(), "nothing goes behind the end");
                self.sent += n;
            }
            Err(PushError::Full { unsent, limit }) => {
                assert!(unsent == out.unsent() && unsent >= limit && out.is_full());
            }
            Err(_) => assert!(out.is_closing()),
        }
    }
}

struct Chunks(Vec<Bytes>);

impl Producer for Chunks {
    fn more(&mut self) -> More {
        self.0.pop().map_or(More::End, More::Bytes)
    }
}
