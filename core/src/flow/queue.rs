//! The outgoing fifo: [`SendQueue`].

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::{Buf, Bytes};

/// Makes bytes when the queue has room for them (ACH-33).
pub trait Producer {
    /// The next bytes; `None` at the end. An empty chunk is skipped.
    fn more(&mut self) -> Option<Bytes>;
}

/// The outgoing fifo: bytes and producers in, vectored out, with high and low water. Pushing `Bytes` copies nothing.
///
/// ```
/// use bytes::Bytes;
/// use standpipe_core::flow::SendQueue;
///
/// let mut queue = SendQueue::new(8, 4);
/// queue.push(Bytes::from_static(b"hello "));
/// queue.push(Bytes::from_static(b"world"));
/// assert!(queue.is_full());
/// assert_eq!(queue.chunks().collect::<Vec<_>>(), [&b"hello "[..], b"world"]);
/// queue.consume(7);
/// assert!(!queue.is_full());
/// assert_eq!(queue.chunks().next(), Some(&b"orld"[..]));
/// ```
pub struct SendQueue {
    entries: VecDeque<Entry>,
    /// Bytes that lie here; what producers will still make is not known.
    len: usize,
    high: usize,
    low: usize,
    full: bool,
}

enum Entry {
    Bytes(Bytes),
    Producer(Box<dyn Producer + Send + Sync>),
}

impl SendQueue {
    /// A queue that is full from `high` bytes on and has room again at `low`.
    pub const fn new(high: usize, low: usize) -> Self {
        Self { entries: VecDeque::new(), len: 0, high, low, full: false }
    }

    /// Appends bytes. They are taken although the queue is full: that is for the caller to look at first.
    pub fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.len += bytes.len();
            self.entries.push_back(Entry::Bytes(bytes));
            self.full |= self.len >= self.high;
        }
    }

    /// Appends a producer, which is asked once everything before it has gone.
    pub fn push_producer(&mut self, producer: impl Producer + Send + Sync + 'static) {
        self.entries.push_back(Entry::Producer(Box::new(producer)));
        self.pull();
    }

    /// How many bytes lie here.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the high mark was reached and the low one not since.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The chunks that can be sent now, up to the first producer.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().map_while(|entry| match entry {
            Entry::Bytes(bytes) => Some(&bytes[..]),
            Entry::Producer(_) => None,
        })
    }

    /// Takes away the first `n` bytes, which were sent.
    ///
    /// # Panics
    /// When `n` exceeds what [`SendQueue::chunks`] gave.
    pub fn consume(&mut self, mut n: usize) {
        self.len = self.len.checked_sub(n).expect("no more can be sent than lies here");
        while let Some(Entry::Bytes(bytes)) = self.entries.front_mut() {
            let gone = n.min(bytes.len());
            bytes.advance(gone);
            n -= gone;
            if bytes.has_remaining() {
                break;
            }
            self.entries.pop_front();
        }
        self.full &= self.len > self.low;
        self.pull();
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.len = 0;
        self.full = false;
    }

    /// Asks producers at the front until bytes lie there, so that emptiness is exact.
    fn pull(&mut self) {
        while let Some(Entry::Producer(producer)) = self.entries.front_mut() {
            match producer.more() {
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => {
                    self.len += bytes.len();
                    self.full |= self.len >= self.high;
                    self.entries.push_front(Entry::Bytes(bytes));
                }
                None => drop(self.entries.pop_front()),
            }
        }
    }
}

impl core::fmt::Debug for SendQueue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SendQueue").field("len", &self.len).field("full", &self.full).finish_non_exhaustive()
    }
}
