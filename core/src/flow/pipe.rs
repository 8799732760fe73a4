//! One direction of bytes: [`Pipe`].

use crate::Fault;

/// How the source of a pipe ended.
///
/// ```
/// use standpipe_core::flow::{Pipe, SourceEnd};
///
/// let mut pipe = Pipe::new();
/// pipe.source_ended(SourceEnd::Cut);
/// assert!(pipe.half_close_due(), "carried across as an end");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SourceEnd {
    /// Cleanly; it is carried across as a half-close.
    Eof,
    /// The child has ended and somebody else still holds its output; carried across like an end.
    Cut,
    /// It failed; never carried across as an end.
    Failed(Fault),
}

/// One direction of bytes, from a source to a sink. It counts them; where they lie is its storage's business.
///
/// ```text
/// source: Open --eof, cut, failed--> ended         sink: Open --half-close--> closed
///                                                             \--failed, discard--> dropping
/// ```
///
/// The end of the source becomes due at the sink when everything held has gone. A sink that is gone does not stop the
/// source: what comes is dropped and counted, so that the source's own end is still noticed.
///
/// ```
/// use standpipe_core::flow::{Pipe, SourceEnd};
///
/// let mut pipe = Pipe::new();
/// pipe.filled(5);
/// pipe.source_ended(SourceEnd::Eof);
/// assert!(!pipe.is_filling() && pipe.is_ending() && pipe.held() == 5);
/// assert_eq!(pipe.source(), Some(SourceEnd::Eof));
/// assert!(pipe.holds_last() && !pipe.half_close_due());
/// pipe.drained(5);
/// assert!(pipe.half_close_due());
/// pipe.half_closed();
/// assert_eq!(pipe.delivered(), 5);
/// assert!(pipe.is_finished());
///
/// let mut pipe = Pipe::new();
/// pipe.discard(); // the sink is gone
/// pipe.filled(7);
/// assert!(pipe.is_dropping() && pipe.dropped() == 7);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pipe {
    held: usize,
    source: Option<SourceEnd>,
    sink: Sink,
    delivered: u64,
    dropped: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Sink {
    #[default]
    Open,
    Closed,
    Dropping,
}

impl Pipe {
    /// An empty pipe, both ends open.
    pub const fn new() -> Self {
        Self { held: 0, source: None, sink: Sink::Open, delivered: 0, dropped: 0 }
    }

    /// Whether the source is to be read, as far as the storage has room.
    pub fn is_filling(&self) -> bool {
        self.source.is_none()
    }

    /// Bytes that have come and not gone.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Bytes that the sink took.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Bytes that came after the sink was gone.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How the source ended.
    pub fn source(&self) -> Option<SourceEnd> {
        self.source
    }

    /// Whether the sink takes no more.
    pub fn is_dropping(&self) -> bool {
        self.sink == Sink::Dropping
    }

    /// Whether the sink is to be half-closed now.
    pub fn half_close_due(&self) -> bool {
        self.held == 0 && self.holds_last()
    }

    /// Whether the sink is to be half-closed after what is held.
    pub fn holds_last(&self) -> bool {
        matches!(self.source, Some(SourceEnd::Eof | SourceEnd::Cut)) && self.sink == Sink::Open
    }

    /// Whether both ends have come to theirs and nothing is held.
    pub fn is_finished(&self) -> bool {
        self.source.is_some() && self.held == 0 && self.sink != Sink::Open
    }

    /// Whether one of the ends has come to its own.
    pub fn is_ending(&self) -> bool {
        self.source.is_some() || self.sink != Sink::Open
    }

    /// `n` bytes have come from the source.
    pub fn filled(&mut self, n: usize) {
        if self.is_dropping() {
            self.dropped += n as u64;
        } else {
            self.held += n;
        }
    }

    /// The sink took `n` bytes.
    ///
    /// # Panics
    /// When `n` exceeds what is held.
    pub fn drained(&mut self, n: usize) {
        self.held = self.held.checked_sub(n).expect("no more can go than is held");
        self.delivered += n as u64;
    }

    /// The source has ended. Only the first end counts.
    pub fn source_ended(&mut self, end: SourceEnd) {
        self.source.get_or_insert(end);
    }

    /// The sink was half-closed.
    pub fn half_closed(&mut self) {
        if self.sink == Sink::Open {
            self.sink = Sink::Closed;
        }
    }

    /// The sink is gone: what is held and what comes is dropped and counted.
    pub fn discard(&mut self) {
        self.sink = Sink::Dropping;
        self.dropped += core::mem::take(&mut self.held) as u64;
    }
}
