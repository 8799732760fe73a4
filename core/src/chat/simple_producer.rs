//! Bytes in slices: [`SimpleProducer`].

use core::num::NonZeroUsize;

use bytes::Bytes;

use crate::flow::{More, Producer};

/// Makes slices of some bytes, without copying them (ACH-44).
///
/// ```
/// use standpipe_core::chat::SimpleProducer;
/// use standpipe_core::flow::SendQueue;
///
/// let mut queue = SendQueue::new(4096, 1024);
/// queue.push_producer(SimpleProducer::new(vec![b'x'; 1100]));
/// let mut lengths = Vec::new();
/// while !queue.is_empty() {
///     let length = queue.chunks().map(<[u8]>::len).sum();
///     queue.consume(length);
///     lengths.push(length);
/// }
/// assert_eq!(lengths, [512, 512, 76]);
/// ```
#[derive(Clone, Debug)]
pub struct SimpleProducer {
    bytes: Bytes,
    size: NonZeroUsize,
}

impl SimpleProducer {
    /// Slices of 512 bytes; the last may be shorter.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), size: NonZeroUsize::new(512).expect("not zero") }
    }

    /// Slices of another size, in bytes.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// use standpipe_core::chat::SimpleProducer;
    /// use standpipe_core::flow::{More, Producer};
    ///
    /// let mut producer = SimpleProducer::new("abc").with_size(NonZeroUsize::new(2).unwrap());
    /// assert!(matches!(producer.more(), More::Bytes(slice) if slice == "ab"));
    /// ```
    #[must_use]
    pub fn with_size(self, size: NonZeroUsize) -> Self {
        Self { size, ..self }
    }
}

impl Producer for SimpleProducer {
    fn more(&mut self) -> More {
        match self.size.get().min(self.bytes.len()) {
            0 => More::End,
            size => More::Bytes(self.bytes.split_to(size)),
        }
    }
}
