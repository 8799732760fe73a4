//! What whole messages are like: [`Message`], and [`MessageOptions`] for what is no whole one.

/// A message, or a part of one, without its terminator. [`Messages`](super::Messages) hands it out, lent for a moment.
///
/// ```
/// use standpipe_core::chat::{MessageEnd, Messages, Terminator};
///
/// let mut messages = Messages::new(Terminator::LF);
/// let (used, message) = messages.next(b"hello\nworld")?;
/// let message = message.expect("a whole line");
/// assert_eq!((used, message.bytes, message.end), (6, &b"hello"[..], MessageEnd::Found(0)));
/// # Ok::<(), standpipe_core::chat::MessageError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What comes behind them.
    pub end: MessageEnd,
}

/// What ends the bytes of a [`Message`].
///
/// ```
/// use standpipe_core::chat::{MessageEnd, MessageOptions, Messages, OverLimit, Terminator};
///
/// let options = MessageOptions { limit: 4, over: OverLimit::Skip };
/// let mut messages = Messages::new(Terminator::LF).with_options(options);
/// let (used, skipped) = messages.next(b"too long\nend")?;
/// assert_eq!(skipped.map(|message| message.end), Some(MessageEnd::Skipped { bytes: 8 }));
/// assert_eq!(messages.next(&b"too long\nend"[used..])?, (3, None));
/// assert_eq!(messages.finish()?.map(|message| message.end), Some(MessageEnd::Eof));
/// # Ok::<(), standpipe_core::chat::MessageError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum MessageEnd {
    /// The terminator: which byte string of it, from 0.
    Found(u32),
    /// More of the same message ([`OverLimit::Parts`]).
    Part,
    /// The end of the stream; no terminator has come (ACH-T2).
    Eof,
    /// The message was longer than the limit ([`OverLimit::Skip`]): this many bytes of it are gone, and none are here.
    Skipped {
        /// How many, the terminator not counted.
        bytes: u64,
    },
}

/// Limits of [`Messages`](super::Messages).
///
/// ```
/// use standpipe_core::chat::{MessageOptions, OverLimit};
///
/// assert_eq!(MessageOptions::default(), MessageOptions { limit: 64 << 10, over: OverLimit::Error });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageOptions {
    /// The most bytes that a message may have, its terminator not counted. Default: 64 KiB.
    pub limit: usize,
    /// What becomes of a longer one. Default: an error.
    pub over: OverLimit,
}

/// What becomes of a message that is longer than the limit (ACH-T4).
///
/// ```
/// use standpipe_core::chat::OverLimit;
///
/// assert_eq!(OverLimit::default(), OverLimit::Error);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum OverLimit {
    /// [`MessageError::TooLong`], and nothing is read any more.
    #[default]
    Error,
    /// It is dropped up to its end, and told as [`MessageEnd::Skipped`].
    Skip,
    /// It is handed out in parts of as many bytes as the limit, all but the last as [`MessageEnd::Part`]. A limit of 0 counts
    /// as 1 then.
    Parts,
}

/// Why there will be no more messages.
///
/// ```
/// use standpipe_core::chat::{MessageError, MessageOptions, Messages, Terminator};
///
/// let options = MessageOptions { limit: 4, ..MessageOptions::default() };
/// let mut messages = Messages::new(Terminator::LF).with_options(options);
/// assert_eq!(messages.next(b"hello\n"), Err(MessageError::TooLong { limit: 4 }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A message is longer than the limit. The peer's doing.
    #[error("a message has more than {limit} bytes; allow for more, skip it, or take it in parts")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Default for MessageOptions {
    fn default() -> Self {
        Self { limit: 64 << 10, over: OverLimit::default() }
    }
}
