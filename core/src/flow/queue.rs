//! The outgoing fifo: [`SendQueue`].

mod entries;
mod store;

use alloc::boxed::Box;

use bytes::{Buf, Bytes};

use entries::{Entries, Entry};
use store::Store;

/// Makes bytes when the queue has room for them (ACH-27).
///
/// ```
/// use standpipe_core::Bytes;
/// use standpipe_core::flow::{More, Producer, SendQueue};
///
/// /// Counts down, a line for each number.
/// struct Countdown(u32);
///
/// impl Producer for Countdown {
///     fn more(&mut self) -> More {
///         let Some(left) = self.0.checked_sub(1) else { return More::End };
///         self.0 = left;
///         More::Bytes(format!("{left}\n").into())
///     }
/// }
///
/// let mut queue = SendQueue::new(8, 4);
/// queue.push_producer(Countdown(2));
/// assert_eq!(queue.chunks().next(), Some(&b"1\n"[..]));
/// queue.consume(2);
/// assert_eq!(queue.chunks().next(), Some(&b"0\n"[..]));
/// queue.consume(2);
/// assert!(queue.is_empty());
/// ```
pub trait Producer {
    /// What goes out next. It is asked once everything before it has gone, and not again after [`More::End`].
    fn more(&mut self) -> More;
}

/// What a [`Producer`] comes up with.
///
/// ```
/// use standpipe_core::flow::{More, Producer, SendQueue};
///
/// struct Letter;
/// impl Producer for Letter {
///     fn more(&mut self) -> More {
///         More::End
///     }
/// }
///
/// /// A page that has a letter inside.
/// struct Page(u8);
/// impl Producer for Page {
///     fn more(&mut self) -> More {
///         self.0 += 1;
///         match self.0 {
///             1 => More::Bytes("dear".into()),
///             2 => More::Producer(Box::new(Letter)),
///             3 => More::Bytes("yours".into()),
///             _ => More::End,
///         }
///     }
/// }
///
/// let mut queue = SendQueue::new(64, 16);
/// queue.push_producer(Page(0));
/// assert_eq!(queue.front(), Some(&b"dear"[..]));
/// queue.consume(4);
/// assert_eq!(queue.front(), Some(&b"yours"[..]));
/// ```
#[non_exhaustive]
pub enum More {
    /// These bytes. None at all are skipped, and the next ones asked for at once.
    Bytes(Bytes),
    /// All that another producer makes; then this one is asked again.
    Producer(Box<dyn Producer + Send + Sync>),
    /// Nothing, ever again.
    End,
}

impl core::fmt::Debug for More {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(bytes).finish(),
            Self::Producer(_) => f.write_str("Producer"),
            Self::End => f.write_str("End"),
        }
    }
}

/// So few bytes cost less to be copied than to be kept as they are.
const COPIED: usize = 512;

/// The outgoing fifo: bytes and producers in, vectored out, with high and low water. Pushing `Bytes` copies none that are large.
///
/// ```
/// use bytes::Bytes;
/// use standpipe_core::flow::SendQueue;
///
/// let mut queue = SendQueue::new(8, 4);
/// queue.push(Bytes::from_static(b"hello "));
/// queue.push_slice(b"world");
/// assert!(queue.is_full());
/// assert_eq!(queue.len(), 11);
/// assert_eq!(queue.chunks().collect::<Vec<_>>(), [&b"hello "[..], b"world"]);
/// queue.consume(7);
/// assert!(!queue.is_full());
/// assert_eq!(queue.front(), Some(&b"orld"[..]));
/// queue.clear();
/// assert!(queue.is_empty());
/// ```
pub struct SendQueue {
    /// What was copied, the first `lead` bytes of which go before all entries.
    store: Store,
    lead: usize,
    entries: Entries,
    /// Bytes that lie here; what producers will still make is not known.
    len: usize,
    high: usize,
    low: usize,
    full: bool,
}

impl SendQueue {
    /// A queue that is full from `high` bytes on and has room again at `low`.
    pub const fn new(high: usize, low: usize) -> Self {
        Self { store: Store::EMPTY, lead: 0, entries: Entries::NONE, len: 0, high, low, full: false }
    }

    /// An empty one with the same marks.
    pub(crate) const fn as_new(&self) -> Self {
        Self::new(self.high, self.low)
    }

    /// Appends bytes. They are taken although the queue is full: that is for the caller to look at first.
    ///
    /// Few of them are copied where a buffer was lent: many small answers leave by one write of one piece then.
    pub fn push(&mut self, bytes: Bytes) {
        if bytes.len() <= COPIED && self.push_in_place(&bytes) {
            return;
        }
        if !bytes.is_empty() {
            self.grow(bytes.len());
            self.entries.push_back(Entry::Bytes(bytes));
        }
    }

    /// Appends a copy of these bytes: into the buffer that was lent ([`SendQueue::give_buffer`]) as far as there is room
    /// in it, so that many small pushes become one write and none of them allocates.
    pub fn push_slice(&mut self, bytes: &[u8]) {
        if self.push_in_place(bytes) {
            return;
        }
        // What fits goes into the buffer, and the rest behind it.
        let stored = self.store.append(bytes);
        self.append_stored(stored);
        self.push(Bytes::copy_from_slice(&bytes[stored..]));
    }

    /// What an answer to a line mostly comes to, in few instructions: all of it fits into the buffer, behind what lies there.
    #[inline]
    pub(crate) fn push_in_place(&mut self, bytes: &[u8]) -> bool {
        let fits = self.entries.is_empty() && self.store.append_whole(bytes);
        if fits {
            self.lead += bytes.len();
            self.grow(bytes.len());
        }
        fits
    }

    /// Appends a producer, which is asked once everything before it has gone. See [`Producer`] for one in use.
    ///
    /// ```
    /// use standpipe_core::chat::SimpleProducer;
    /// use standpipe_core::flow::SendQueue;
    ///
    /// let mut queue = SendQueue::new(64, 16);
    /// queue.push_producer(SimpleProducer::new("hello"));
    /// assert_eq!(queue.len(), 5);
    /// ```
    pub fn push_producer(&mut self, producer: impl Producer + Send + Sync + 'static) {
        self.entries.push_back(Entry::Producer(Box::new(producer)));
        self.pull();
    }

    /// Lends a buffer for what is copied. One that is here already is returned.
    ///
    /// ```
    /// use standpipe_core::flow::SendQueue;
    ///
    /// let mut queue = SendQueue::new(64, 16);
    /// assert!(queue.give_buffer(vec![0; 16].into()).is_none());
    /// queue.push_slice(b"hello");
    /// queue.push_slice(b"world");
    /// assert_eq!(queue.front(), Some(&b"helloworld"[..])); // one write
    ///
    /// assert!(queue.take_buffer().is_none()); // not while something lies in it
    /// queue.consume(10);
    /// assert!(queue.take_buffer().is_some());
    /// assert!(!queue.has_buffer());
    /// ```
    #[must_use = "a buffer that finds another one here goes back to its lender"]
    pub fn give_buffer(&mut self, buffer: Box<[u8]>) -> Option<Box<[u8]>> {
        self.store.give(buffer)
    }

    /// Whether a buffer was lent; see [`SendQueue::give_buffer`].
    ///
    /// ```
    /// # use standpipe_core::flow::SendQueue;
    /// assert!(!SendQueue::new(64, 16).has_buffer());
    /// ```
    pub fn has_buffer(&self) -> bool {
        self.store.has_buffer()
    }

    /// Takes the buffer back, once nothing lies in it; see [`SendQueue::give_buffer`].
    ///
    /// ```
    /// # use standpipe_core::flow::SendQueue;
    /// assert!(SendQueue::new(64, 16).take_buffer().is_none());
    /// ```
    pub fn take_buffer(&mut self) -> Option<Box<[u8]>> {
        self.store.take()
    }

    /// How many bytes lie here.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.lead == 0 && self.entries.is_empty()
    }

    /// Whether the high mark was reached and the low one not since.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The chunks that can be sent now, up to the first producer.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let lead = (self.lead > 0).then(|| self.store.slice(0, self.lead));
        let mut at = self.lead;
        lead.into_iter().chain(self.entries.iter().map_while(move |entry| match entry {
            Entry::Bytes(bytes) => Some(&bytes[..]),
            Entry::Stored(n) => {
                at += n;
                Some(self.store.slice(at - n, *n))
            }
            Entry::Producer(_) => None,
        }))
    }

    /// The first of them.
    pub fn front(&self) -> Option<&[u8]> {
        self.chunks().next()
    }

    /// Takes away the first `n` bytes, which were sent.
    ///
    /// # Panics
    /// When `n` exceeds what [`SendQueue::chunks`] gave.
    pub fn consume(&mut self, mut n: usize) {
        self.len = self.len.checked_sub(n).expect("no more can be sent than lies here");
        while n > 0 {
            n -= self.consume_lead(n);
            n -= self.consume_bytes(n);
        }
        self.full &= self.len > self.low;
        self.pull();
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.store.clear();
        self.lead = 0;
        self.len = 0;
        self.full = false;
    }

    #[inline]
    fn grow(&mut self, n: usize) {
        self.len += n;
        self.full |= self.len >= self.high;
    }

    fn append_stored(&mut self, n: usize) {
        match self.entries.back_mut() {
            _ if n == 0 => return,
            None => self.lead += n,
            Some(Entry::Stored(stored)) => *stored += n,
            Some(_) => self.entries.push_back(Entry::Stored(n)),
        }
        self.grow(n);
    }

    /// How many of `n` bytes lay in the store, before all entries.
    fn consume_lead(&mut self, n: usize) -> usize {
        let gone = n.min(self.lead);
        self.lead -= gone;
        self.store.consume(gone);
        self.lead_on();
        gone
    }

    /// How many of `n` bytes lay in the first entry.
    fn consume_bytes(&mut self, n: usize) -> usize {
        let Some(Entry::Bytes(bytes)) = self.entries.front_mut() else { return 0 };
        if self.lead > 0 {
            return 0;
        }
        let gone = n.min(bytes.len());
        bytes.advance(gone);
        if !bytes.has_remaining() {
            self.entries.pop_front();
            self.lead_on();
        }
        gone
    }

    /// What is stored and has come to the front goes before all entries.
    fn lead_on(&mut self) {
        if let (0, Some(Entry::Stored(n))) = (self.lead, self.entries.front()) {
            self.lead = *n;
            self.entries.pop_front();
        }
    }

    /// Asks producers at the front until bytes lie there, so that emptiness is exact.
    fn pull(&mut self) {
        while let (0, Some(Entry::Producer(producer))) = (self.lead, self.entries.front_mut()) {
            match producer.more() {
                More::Bytes(bytes) if bytes.is_empty() => {}
                More::Bytes(bytes) => {
                    self.grow(bytes.len());
                    self.entries.push_front(Entry::Bytes(bytes));
                }
                More::Producer(inner) => self.entries.push_front(Entry::Producer(inner)),
                More::End => {
                    self.entries.pop_front();
                    self.lead_on();
                }
            }
        }
        if self.entries.is_empty() {
            self.entries.trim();
        }
    }
}

impl core::fmt::Debug for SendQueue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SendQueue").field("len", &self.len).field("full", &self.full).finish_non_exhaustive()
    }
}
