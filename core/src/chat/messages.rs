//! Whole messages from a stream: [`Messages`].

use alloc::vec::Vec;

use super::finder::{Finder, Quick};
use super::matcher::Match;
use super::message::{Message, MessageEnd, MessageError, MessageOptions};
use super::terminator::Terminator;

/// Takes whole messages from a stream that comes in chunks.
///
/// A message that lies whole in the input is lent from there and costs no allocation. Only one that spans chunks is copied,
/// once, into a buffer that holds no more than the limit and a terminator, and that is given up with the message where it is
/// large. N bytes take at most 2 N looks, however they are cut.
///
/// ```
/// use standpipe_core::chat::{Messages, Terminator};
///
/// let mut messages = Messages::new(Terminator::any_of(["\r\n", "\n"])?);
/// let mut lines = Vec::new();
/// for chunk in ["GET / HT", "TP/1.1\r", "\nHost: here\n\r\n"] {
///     let mut rest = chunk.as_bytes();
///     loop {
///         let (used, message) = messages.next(rest)?;
///         rest = &rest[used..];
///         let Some(message) = message else { break };
///         lines.push(String::from_utf8(message.bytes.to_vec())?);
///     }
/// }
/// assert_eq!(lines, ["GET / HTTP/1.1", "Host: here", ""]);
/// assert_eq!(messages.finish()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The terminator may be changed between any two messages. It governs everything behind the message that was handed out
/// last, bytes included that have come already: so it does not matter when they came.
#[derive(Debug)]
pub struct Messages {
    /// What was read of a message that has not ended.
    tail: Vec<u8>,
    finder: Finder,
}

/// A tail may have room for so many bytes while nothing lies in it and nothing comes: an idle connection holds next to
/// nothing.
const KEPT_IDLE: usize = 512;

/// And for so many when something comes, or for eight times of that: a busy connection does not allocate for each chunk that
/// cuts a line.
const KEPT_BUSY: usize = 4096;

impl Messages {
    /// Takes messages that end so, of up to 64 KiB.
    pub fn new(terminator: Terminator) -> Self {
        Self { tail: Vec::new(), finder: Finder::new(terminator) }
    }

    /// Under these limits.
    ///
    /// ```
    /// use standpipe_core::chat::{MessageOptions, Messages, Terminator};
    ///
    /// let options = MessageOptions { limit: 1 << 20, ..MessageOptions::default() };
    /// assert_eq!(Messages::new(Terminator::LF).with_options(options).held(), 0);
    /// ```
    #[must_use]
    pub fn with_options(mut self, options: MessageOptions) -> Self {
        self.finder.set_options(options);
        self
    }

    /// The next message, and how many bytes of the input were used. The caller gives the others again; with `None` all of
    /// them are used, and the message that has begun goes on in the next input.
    ///
    /// # Errors
    /// [`MessageError`], from then on for ever. Nothing is used then. All messages before were handed out.
    #[inline]
    pub fn next<'a>(&'a mut self, input: &'a [u8]) -> Result<(usize, Option<Message<'a>>), MessageError> {
        match self.finder.pass_short(input) {
            Some((to, used)) => {
                let message = Message { bytes: &input[..to], end: MessageEnd::Found(0) };
                Ok((used, Some(message)))
            }
            None => self.next_of_any(input),
        }
    }

    fn next_of_any<'a>(&'a mut self, input: &'a [u8]) -> Result<(usize, Option<Message<'a>>), MessageError> {
        if self.finder.is_taken() {
            self.accept();
        }
        if let [byte] = input
            && self.finder.passes(self.tail.len(), *byte)
        {
            self.keep(input);
            return Ok((1, None));
        }
        match self.finder.pass(self.tail.len(), input) {
            Quick::Whole { to, found } => {
                let message = Message { bytes: &input[..to], end: MessageEnd::Found(found.index()) };
                Ok((to + found.len, Some(message)))
            }
            Quick::Begun => {
                self.keep(input);
                Ok((input.len(), None))
            }
            // Taken apart, or the quick ways would hand their message over in memory as well.
            Quick::Ended { to, used, found } => {
                let message = self.end_kept(input, to, found);
                Ok((used, Some(message)))
            }
            Quick::Other => {
                let (used, message) = self.next_in_steps(input)?;
                Ok((used, message))
            }
        }
    }

    /// The message that was kept in part, so many bytes with what comes first in the input.
    fn end_kept(&mut self, input: &[u8], to: usize, found: Match) -> Message<'_> {
        if let Some(missing) = to.checked_sub(self.tail.len()) {
            self.tail.extend_from_slice(&input[..missing]);
        }
        Message { bytes: &self.tail[..to], end: MessageEnd::Found(found.index()) }
    }

    fn next_in_steps<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> Result<(usize, Option<Message<'a>>), MessageError> {
        self.look(input);
        if !self.is_found()? {
            self.absorb(input);
            return Ok((input.len(), None));
        }
        let Some((message, finder)) = self.take(input) else { return Ok((0, None)) };
        Ok((finder.used(), Some(message)))
    }

    /// The stream has ended: hands out what is left, until there is `None`. The last message may have no terminator, which is
    /// [`MessageEnd::Eof`](super::MessageEnd::Eof); an empty one is none.
    ///
    /// ```
    /// use standpipe_core::chat::{MessageEnd, Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::CRLF);
    /// assert_eq!(messages.next(b"ab\r")?, (3, None));
    /// let last = messages.finish()?.expect("the rest");
    /// assert_eq!((last.bytes, last.end), (&b"ab\r"[..], MessageEnd::Eof));
    /// assert_eq!(messages.finish()?, None);
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    ///
    /// # Errors
    /// [`MessageError`], as from [`Messages::next`].
    pub fn finish(&mut self) -> Result<Option<Message<'_>>, MessageError> {
        self.accept();
        self.look_at_end();
        self.is_found()?;
        Ok(self.take(&[]).map(|(message, _)| message))
    }

    /// Ends messages so from now on.
    ///
    /// ```
    /// use standpipe_core::chat::{Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::LF);
    /// messages.set_terminator(5);
    /// assert_eq!(messages.terminator(), &Terminator::count(5));
    /// assert_eq!(messages.next(b"hello\n")?.0, 5);
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.finder.set_terminator(terminator);
    }

    /// The terminator, as it was set.
    pub fn terminator(&self) -> &Terminator {
        self.finder.terminator()
    }

    /// How many bytes of a count are still to come (ACH-10); 0 from then on. `None` where the terminator is no count.
    ///
    /// ```
    /// use standpipe_core::chat::{Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::count(5));
    /// assert_eq!(messages.next(b"abc")?, (3, None));
    /// assert_eq!((messages.remaining(), messages.held()), (Some(2), 3));
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    pub fn remaining(&self) -> Option<u64> {
        self.finder.remaining()
    }

    /// How many bytes of a message that has not ended are kept here.
    pub fn held(&self) -> usize {
        self.finder.held(self.tail.len())
    }

    /// Whether nothing has come of the next message: without more input there is nothing to hand out.
    ///
    /// ```
    /// use standpipe_core::chat::{Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::LF);
    /// assert!(messages.is_at_rest());
    /// messages.next(b"half a mess")?;
    /// assert!(!messages.is_at_rest());
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    pub fn is_at_rest(&self) -> bool {
        self.held() == 0 && self.remaining() != Some(0) && self.is_found() == Ok(false)
    }

    /// What is kept of a message that has not ended: for whoever can make use of it although the rest will not come.
    ///
    /// ```
    /// use standpipe_core::chat::{Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::LF);
    /// messages.next(b"half a mess")?;
    /// assert_eq!(messages.partial(), b"half a mess");
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    pub fn partial(&self) -> &[u8] {
        &self.tail[self.tail.len() - self.held()..]
    }

    /// How often a byte was looked at so far; see [`Scanner::steps`](super::Scanner::steps).
    ///
    /// ```
    /// use standpipe_core::chat::{Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::LF);
    /// messages.next(b"hello")?;
    /// assert_eq!(messages.steps(), 5);
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    pub fn steps(&self) -> u64 {
        self.finder.steps()
    }

    /// Drops what has come of a message that has not ended (ACH-37). The terminator stays, and of a count what is left.
    ///
    /// ```
    /// use standpipe_core::chat::{Messages, Terminator};
    ///
    /// let mut messages = Messages::new(Terminator::LF);
    /// messages.next(b"half of a mess")?;
    /// messages.clear();
    /// assert_eq!(messages.next(b"whole\n")?.1.map(|message| message.bytes), Some(&b"whole"[..]));
    /// # Ok::<(), standpipe_core::chat::MessageError>(())
    /// ```
    pub fn clear(&mut self) {
        self.finder.clear();
        self.tail = Vec::new();
    }

    /// Where another terminator can be told.
    pub(crate) fn finder(&mut self) -> &mut Finder {
        &mut self.finder
    }

    /// Looks for something to tell in what was kept and in the input, which must go on where the last one was used up to.
    /// Nothing is used; looking again costs nothing.
    pub(crate) fn look(&mut self, input: &[u8]) {
        self.finder.look(&self.tail, input);
        self.drop_failed();
    }

    /// As [`Messages::look`], when nothing follows what was kept.
    pub(crate) fn look_at_end(&mut self) {
        self.finder.look_at_end(&self.tail);
        self.drop_failed();
    }

    /// Whether something to tell was found, and is not taken yet.
    pub(crate) fn is_found(&self) -> Result<bool, MessageError> {
        self.finder.is_found()
    }

    /// What was found, and beside it the finder, to which another terminator can be told while the message is lent. The input
    /// must begin as the one that was looked at.
    pub(crate) fn take<'a>(&'a mut self, input: &'a [u8]) -> Option<(Message<'a>, &'a mut Finder)> {
        let kept = self.tail.len();
        let found = self.finder.take(kept)?;
        let bytes = if found.from >= kept {
            &input[found.from - kept..found.to - kept]
        } else {
            self.tail.extend_from_slice(&input[..found.to.saturating_sub(kept)]);
            &self.tail[found.from..found.to]
        };
        Some((Message { bytes, end: found.end }, &mut self.finder))
    }

    /// The message that was taken is done with. Says how many bytes of the input it used, terminator included.
    pub(crate) fn accept(&mut self) -> usize {
        let Some(accepted) = self.finder.accept() else { return 0 };
        if accepted.tail_is_done {
            self.tail.clear();
        }
        accepted.used
    }

    /// Nothing was found: keeps what there is of a message, so that all of the input is used.
    pub(crate) fn absorb(&mut self, input: &[u8]) {
        let from = self.finder.absorb();
        match from.checked_sub(self.tail.len()) {
            Some(dropped) => {
                self.tail.clear();
                self.keep(&input[dropped..]);
            }
            None => {
                self.tail.drain(..from);
                self.keep(input);
            }
        }
    }

    fn drop_failed(&mut self) {
        if self.is_found().is_err() {
            self.tail = Vec::new();
        }
    }

    #[inline]
    fn keep(&mut self, input: &[u8]) {
        match input {
            // A stream may come byte by byte, and a copy of one is a call.
            [byte] if !self.tail.is_empty() => self.tail.push(*byte),
            _ => self.keep_more(input),
        }
    }

    fn keep_more(&mut self, input: &[u8]) {
        let least = if input.is_empty() { KEPT_IDLE } else { KEPT_BUSY };
        if self.tail.is_empty() && self.tail.capacity() > least.max(input.len() * 8) {
            self.tail = Vec::new();
        }
        self.tail.extend_from_slice(input);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::MessageEnd;

    fn lent<'a>(messages: &'a mut Messages, input: &'a [u8]) -> (Message<'a>, &'a mut Finder) {
        messages.look(input);
        assert_eq!(messages.is_found(), Ok(true));
        messages.take(input).expect("it was found")
    }

    #[test]
    fn the_terminator_is_changed_while_a_message_is_lent() {
        let mut messages = Messages::new(Terminator::CRLF);
        messages.look(b"length ");
        assert_eq!(messages.is_found(), Ok(false));
        messages.absorb(b"length ");

        let mut input = &b"5\r\nhe\r\no, end"[..];
        let (message, finder) = lent(&mut messages, input);
        finder.set_terminator(5);
        assert_eq!(message.bytes, b"length 5");
        input = &input[messages.accept()..];

        let (message, finder) = lent(&mut messages, input);
        finder.set_terminator(Terminator::from(b", "));
        assert_eq!(message.bytes, b"he\r\no");
        input = &input[messages.accept()..];

        assert_eq!(lent(&mut messages, input).0.bytes, b"");
        input = &input[messages.accept()..];
        messages.look(input);
        assert_eq!((messages.is_found(), input), (Ok(false), &b"end"[..]));
        messages.absorb(input);
        messages.look_at_end();
        let (message, _) = messages.take(&[]).expect("the rest");
        assert_eq!(message, Message { bytes: b"end", end: MessageEnd::Eof });
    }

    #[test]
    fn looking_uses_nothing_and_looks_once() {
        let mut messages = Messages::new(Terminator::LF);
        for _ in 0..3 {
            messages.look(b"hello\nthere\n");
            assert_eq!((messages.is_found(), messages.steps(), messages.held()), (Ok(true), 6, 0));
        }
    }

    /// What is kept holds the next messages as well.
    #[test]
    fn messages_are_found_in_what_was_kept_under_another_terminator() {
        let mut messages = Messages::new(Terminator::none());
        messages.look(b"one\ntwo\nthr");
        messages.absorb(b"one\ntwo\nthr");
        messages.set_terminator(Terminator::LF);
        for (expected, used) in [(&b"one"[..], 0), (b"two", 0), (b"three", 3)] {
            assert_eq!(lent(&mut messages, b"ee\nfour").0.bytes, expected);
            assert_eq!(messages.accept(), used);
        }
        assert_eq!(messages.held(), 0);
    }
}
