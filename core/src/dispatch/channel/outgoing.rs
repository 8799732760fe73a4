//! What is to go out of a channel, and how it is to end: [`Outgoing`].

use bytes::Bytes;

use crate::flow::{Producer, SendQueue};

/// What is to go out of a [`Channel`](super::Channel), and how the channel is to end.
///
/// It comes with each event, so that whoever handles one can answer it; nothing is sent before the handler has
/// returned (ACH-T13). Everything of it may also be called between events.
///
/// ```
/// use standpipe_core::dispatch::{Channel, ChannelOptions, PushError};
/// use standpipe_core::flow::More;
///
/// let mut channel = Channel::connected(ChannelOptions::default());
/// let out = channel.out();
/// out.push(b"a copy of these bytes")?;
/// out.push_bytes("these very bytes".into())?;
/// # struct Nothing;
/// # impl standpipe_core::flow::Producer for Nothing { fn more(&mut self) -> More { More::End } }
/// out.push_with_producer(Nothing)?;
/// assert_eq!(out.unsent(), 37);
/// assert!(!out.is_full());
///
/// out.set_reading(false); // no more events of data until it is set again
/// out.set_urgent(true);
/// out.discard_buffers();
/// assert_eq!(out.unsent(), 0);
///
/// out.close_write();
/// assert_eq!(out.push(b"more"), Err(PushError::Closing));
/// out.close_when_done();
/// out.close();
/// assert!(out.is_closing());
/// out.abort();
/// # Ok::<(), PushError>(())
/// ```
#[derive(Debug)]
pub struct Outgoing {
    pub(super) queue: SendQueue,
    most: usize,
    pub(super) closing: Option<Closing>,
    pub(super) aborted: bool,
    pub(super) discarded: bool,
    pub(super) reading: bool,
    pub(super) urgent: bool,
    pub(super) unwrapping: bool,
}

/// How the owner wants it to end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Closing {
    /// Nothing more will be sent.
    Half,
    /// And once everything has left, what comes is of no interest.
    WhenDone,
    /// What comes is of no interest.
    Whole,
}

/// Why something cannot be pushed.
///
/// ```
/// use standpipe_core::dispatch::{Channel, ChannelOptions, PushError};
///
/// let mut channel = Channel::connected(ChannelOptions { most_unsent: 4, ..ChannelOptions::default() });
/// channel.out().push(b"hello")?; // what fits or not is looked at before
/// assert_eq!(channel.out().push(b"!"), Err(PushError::Full { unsent: 5, limit: 4 }));
/// # Ok::<(), PushError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The channel was asked to close, or its peer takes nothing any more.
    #[error("the channel is closing: push before it is asked to")]
    Closing,
    /// The peer takes less than is pushed.
    #[error("{unsent} bytes wait to be sent, and {limit} may: push while the channel is not full")]
    Full {
        /// How many bytes wait.
        unsent: usize,
        /// From how many on nothing more is taken.
        limit: usize,
    },
}

impl Outgoing {
    pub(super) const fn new(high: usize, low: usize, most: usize) -> Self {
        Self {
            queue: SendQueue::new(high, low),
            most,
            closing: None,
            aborted: false,
            discarded: false,
            reading: true,
            urgent: false,
            unwrapping: false,
        }
    }

    /// Appends a copy of these bytes. It costs no allocation while data or a message is handled: the buffer that reading was
    /// lent has a second one beside it for the answers (ACH-25).
    ///
    /// # Errors
    /// [`PushError`]; nothing was taken then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), PushError> {
        self.check()?;
        self.queue.push_slice(bytes);
        Ok(())
    }

    /// The same where it takes few instructions: the buffer is there and has room for all of it, and nothing else waits behind
    /// that. Whether it did; [`Outgoing::push`] can do more, and says why not.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// let mut idle = Channel::connected(ChannelOptions::default());
    /// assert!(!idle.out().push_in_place(b"hello")); // it has no buffer
    /// assert_eq!(idle.out().unsent(), 0);
    /// ```
    #[inline]
    pub fn push_in_place(&mut self, bytes: &[u8]) -> bool {
        !self.is_closing() && self.queue.len() < self.most && self.queue.push_in_place(bytes)
    }

    /// Appends these very bytes; only a few are ever copied. For large ones, and for those that go to many peers.
    ///
    /// # Errors
    /// [`PushError`]; nothing was taken then.
    pub fn push_bytes(&mut self, bytes: Bytes) -> Result<(), PushError> {
        self.check()?;
        self.queue.push(bytes);
        Ok(())
    }

    /// Appends a producer, which is asked once everything before it has gone (ACH-26).
    ///
    /// # Errors
    /// [`PushError`]; the producer is dropped then.
    pub fn push_with_producer(
        &mut self,
        producer: impl Producer + Send + Sync + 'static,
    ) -> Result<(), PushError> {
        self.check()?;
        self.queue.push_producer(producer);
        Ok(())
    }

    /// How many bytes wait to be sent; what producers will still make is not known.
    pub fn unsent(&self) -> usize {
        self.queue.len()
    }

    /// Whether more waits than should: until enough of it has left, no event of data is told and nothing is read. Never while
    /// the layer is being taken off, since what waits then may only leave once the peer's farewell was read.
    pub fn is_full(&self) -> bool {
        self.queue.is_full() && !self.unwrapping
    }

    /// Whether the layer is being taken off ([`Channel::end_layer`](super::Channel::end_layer)): what is pushed leaves
    /// without it.
    ///
    /// ```
    /// use standpipe_core::dispatch::{Channel, ChannelOptions};
    ///
    /// assert!(!Channel::connected(ChannelOptions::default()).out().is_unwrapping());
    /// ```
    pub fn is_unwrapping(&self) -> bool {
        self.unwrapping
    }

    /// Whether the channel was asked to end in any way, or its peer takes nothing any more.
    #[inline]
    pub fn is_closing(&self) -> bool {
        self.closing.is_some() || self.aborted
    }

    /// Drops what has come and was not told yet, and what waits to be sent. A request to close stays (ACH-37, ACH-T10).
    pub fn discard_buffers(&mut self) {
        self.queue.clear();
        self.discarded = true;
    }

    /// Half-close: after what was pushed goes the end. Data still comes.
    pub fn close_write(&mut self) {
        self.close_as(Closing::Half);
    }

    /// Closes once everything that was pushed has left; what comes until then is still told (ACH-32), if it is wanted.
    pub fn close_when_done(&mut self) {
        self.close_as(Closing::WhenDone);
    }

    /// Closes once everything that was pushed has left. No more data is told, not even what has come already
    /// (ACH-T1).
    pub fn close(&mut self) {
        self.close_as(Closing::Whole);
    }

    /// Ends it now, by a reset.
    pub fn abort(&mut self) {
        self.aborted = true;
    }

    /// Whether data is wanted: `true` to begin with. While it is not, nothing is read, and neither what was read already is
    /// told nor the peer's end (ACH-24, ACO-39). A channel that was asked to close drops it instead of waiting.
    pub fn set_reading(&mut self, reading: bool) {
        self.reading = reading;
    }

    /// Whether urgent data is wanted: `false` to begin with. A layer has none.
    pub fn set_urgent(&mut self, urgent: bool) {
        self.urgent = urgent;
    }

    /// Whether what has come is to be dropped.
    pub(crate) fn drops_input(&self) -> bool {
        self.discarded || self.aborted || self.closing == Some(Closing::Whole)
    }

    pub(super) fn close_as(&mut self, closing: Closing) {
        self.closing = self.closing.max(Some(closing));
    }

    fn check(&self) -> Result<(), PushError> {
        match self.queue.len() {
            _ if self.is_closing() => Err(PushError::Closing),
            unsent if unsent >= self.most => Err(PushError::Full { unsent, limit: self.most }),
            _ => Ok(()),
        }
    }
}
