//! [`Messages`]: what lies between terminators comes out whole, or as the limit says, however it is cut.

use arbitrary::Arbitrary;
use standpipe_core::chat::{MessageEnd, MessageError, MessageOptions, Messages, OverLimit, Terminator};

use super::{Chunk, Naive, terminator};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Over {
    Error,
    Skip,
    Parts,
}

/// A chunk, and what happens when it is used up.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Step {
    chunk: Chunk,
    then: (u8, u8),
}

struct Twin<'a> {
    /// All that will have come.
    text: &'a [u8],
    naive: Naive,
    options: MessageOptions,
    /// The message begins here; what of it was skipped lies before.
    at: usize,
    skipped: usize,
    /// Up to here it was used.
    fed: usize,
    /// What was to be searched again.
    again: usize,
}

/// What comes next: how long it is, what ends it, and where the next begins.
struct Expected {
    len: usize,
    end: MessageEnd,
    next: usize,
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some(((first, limit, over), steps)) = crate::model::read::<(u8, u8, Over), Step>(bytes) else {
        return;
    };
    let text: Vec<u8> = steps.iter().flat_map(|step| step.chunk.text()).collect();
    let over = match over {
        Over::Error => OverLimit::Error,
        Over::Skip => OverLimit::Skip,
        Over::Parts => OverLimit::Parts,
    };
    let options = MessageOptions { limit: (limit % 24).into(), over };
    let mut messages = Messages::new(terminator(first)).with_options(options);
    let naive = Naive::new(messages.terminator());
    let mut twin = Twin { text: &text, naive, options, at: 0, skipped: 0, fed: 0, again: 0 };
    for step in steps {
        if feed(&mut messages, &mut twin, step).is_err() {
            return fails(&mut messages, &twin);
        }
        assert!(messages.steps() <= 2 * (twin.fed + twin.again) as u64);
    }
    end(&mut messages, &mut twin);
}

fn feed(messages: &mut Messages, twin: &mut Twin<'_>, step: Step) -> Result<(), MessageError> {
    let text = step.chunk.text();
    let mut rest = &text[..];
    let mut changes = step.chunk.changes();
    let mut change = changes.next();
    loop {
        let (used, message) = messages.next(rest)?;
        rest = &rest[used..];
        twin.fed += used;
        let Some(message) = message else { break };
        twin.take(message.bytes, message.end);
        match &mut change {
            Some((0, to)) => {
                twin.change(messages, to);
                change = changes.next();
            }
            Some((count, _)) => *count -= 1,
            None => {}
        }
    }
    assert!(rest.is_empty(), "all is used");
    twin.waits(messages);
    match step.then {
        (0..16, _) => twin.clear(messages),
        (16..64, to) => twin.change(messages, &terminator(to)),
        _ => {}
    }
    Ok(())
}

fn end(messages: &mut Messages, twin: &mut Twin<'_>) {
    loop {
        match messages.finish() {
            Ok(Some(message)) => twin.take(message.bytes, message.end),
            Ok(None) => break,
            Err(_) => return fails(messages, twin),
        }
    }
    assert_eq!(twin.at, twin.text.len(), "nothing is lost");
}

/// It fails rightly, and stays so.
fn fails(messages: &mut Messages, twin: &Twin<'_>) {
    let limit = twin.options.limit;
    assert_eq!(twin.options.over, OverLimit::Error);
    assert!(twin.data_len(twin.text) > limit, "there is a message over the limit");
    assert_eq!(messages.next(b"a"), Err(MessageError::TooLong { limit }));
    assert_eq!(messages.finish(), Err(MessageError::TooLong { limit }));
}

impl Twin<'_> {
    fn limit(&self) -> usize {
        if self.options.over == OverLimit::Parts { self.options.limit.max(1) } else { self.options.limit }
    }

    /// How much data there is up to the terminator, or to the end of the text.
    fn data_len(&self, text: &[u8]) -> usize {
        self.naive.find(text, self.at).map_or(text.len(), |found| found.start) - self.at
    }

    fn expected(&self) -> Expected {
        let found = self.naive.find(self.text, self.at);
        let len = self.data_len(self.text);
        let over = self.skipped > 0 || len > self.limit();
        if over && self.options.over == OverLimit::Parts {
            return Expected { len: self.limit(), end: MessageEnd::Part, next: self.at + self.limit() };
        }
        let next = found.map_or(self.text.len(), |found| found.start + found.len);
        if over {
            let bytes = (self.skipped + len) as u64;
            return Expected { len: 0, end: MessageEnd::Skipped { bytes }, next };
        }
        Expected { len, end: found.map_or(MessageEnd::Eof, |found| MessageEnd::Found(found.which)), next }
    }

    fn take(&mut self, bytes: &[u8], end: MessageEnd) {
        let expected = self.expected();
        assert_eq!(end, expected.end);
        assert_eq!(bytes, &self.text[self.at..self.at + expected.len]);
        assert!(expected.next <= self.fed, "only what has come");
        match end {
            MessageEnd::Part => self.naive.pass(expected.len),
            _ => self.naive.found(),
        }
        self.at = expected.next;
        self.skipped = 0;
    }

    /// Nothing is told while there is nothing to tell.
    fn waits(&mut self, messages: &Messages) {
        let text = &self.text[..self.fed];
        assert_eq!(self.naive.find_decided(text, self.at), None, "a message was missed");
        let known = self.naive.held_from(text, self.at) - self.at;
        let is_over = self.skipped > 0 || known > self.limit();
        if is_over {
            assert_eq!(self.options.over, OverLimit::Skip, "the limit was missed");
            self.skipped += known;
            self.at += known;
            self.naive.pass(known);
        }
        assert_eq!(messages.held(), self.fed - self.at);
        assert!(messages.held() <= self.limit() + self.naive.longest());
    }

    fn clear(&mut self, messages: &mut Messages) {
        messages.clear();
        self.naive.pass(self.fed - self.at);
        (self.at, self.skipped) = (self.fed, 0);
        assert_eq!(messages.held(), 0);
    }

    fn change(&mut self, messages: &mut Messages, to: &Terminator) {
        // To see that a part is due, or that a match gets no longer, a little behind it was looked at as well.
        self.again += self.fed - self.at + self.naive.longest() + 1;
        messages.set_terminator(to.clone());
        self.naive = Naive::new(messages.terminator());
    }
}
