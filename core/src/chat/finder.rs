//! Where messages begin and end: [`Finder`].

use super::matcher::{Match, Matcher, Step};
use super::message::{MessageEnd, MessageError, MessageOptions, OverLimit};
use super::terminator::Terminator;

/// Where messages begin and end in a text that lies elsewhere: what was kept, and the input behind it. All positions are
/// counted from the beginning of what was kept.
///
/// ```text
///        start      known    read
///   |......|==========|~~~~~~~~|............|
///     used     data     held or   not read
///                    the terminator
/// ```
#[derive(Debug)]
pub(crate) struct Finder {
    matcher: Matcher,
    options: MessageOptions,
    /// The message begins here.
    start: usize,
    /// What lies before is data of this message.
    known: usize,
    /// What lies before was searched.
    read: usize,
    /// The terminator lies at `known`.
    ended: Option<Match>,
    /// How many bytes of this message were dropped, since it is too long.
    skipped: Option<u64>,
    finding: Finding,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Finding {
    Nothing,
    Found(Found),
    /// It was taken, and lies there until it is accepted; `kept` is how much was kept when it was taken.
    Taken {
        kept: usize,
    },
    Failed(MessageError),
}

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) end: MessageEnd,
    /// Where the next one begins.
    next: usize,
}

/// What was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Accepted {
    /// How many bytes of the input are used.
    pub(super) used: usize,
    /// Whether nothing that was kept is needed any more.
    pub(super) tail_is_done: bool,
}

impl Finder {
    pub(super) fn new(terminator: Terminator) -> Self {
        Self {
            matcher: Matcher::new(terminator),
            options: MessageOptions::default(),
            start: 0,
            known: 0,
            read: 0,
            ended: None,
            skipped: None,
            finding: Finding::Nothing,
        }
    }

    pub(super) fn set_options(&mut self, options: MessageOptions) {
        self.options = options;
    }

    /// Ends messages so, behind what was taken.
    pub(crate) fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.matcher.reset(terminator.into());
        (self.known, self.read, self.ended) = (self.start, self.start, None);
        if matches!(self.finding, Finding::Found(_)) {
            self.finding = Finding::Nothing;
        }
    }

    /// Nothing is kept any more.
    pub(super) fn clear(&mut self) {
        self.matcher.forget_held();
        (self.start, self.known, self.read) = (0, 0, 0);
        (self.ended, self.skipped) = (None, None);
        if !matches!(self.finding, Finding::Failed(_)) {
            self.finding = Finding::Nothing;
        }
    }

    pub(crate) fn terminator(&self) -> &Terminator {
        self.matcher.terminator()
    }

    pub(crate) fn remaining(&self) -> Option<u64> {
        self.matcher.remaining()
    }

    pub(super) fn steps(&self) -> u64 {
        self.matcher.steps()
    }

    /// How much of what is kept belongs to a message to come.
    pub(super) fn held(&self, kept: usize) -> usize {
        let kept = if let Finding::Taken { kept } = self.finding { kept } else { kept };
        kept.saturating_sub(self.start)
    }

    /// Reads on until something is found.
    pub(super) fn look(&mut self, kept: &[u8], input: &[u8]) {
        while self.finding == Finding::Nothing {
            if !self.advance(kept, input) {
                break;
            }
        }
    }

    /// As [`Finder::look`], when nothing follows what is kept.
    pub(super) fn look_at_end(&mut self, kept: &[u8]) {
        while self.finding == Finding::Nothing {
            if !self.advance(kept, &[]) && !self.end() {
                break;
            }
        }
    }

    /// Whether something is found and not taken yet.
    pub(super) fn is_found(&self) -> Result<bool, MessageError> {
        match self.finding {
            Finding::Failed(error) => Err(error),
            Finding::Found(_) => Ok(true),
            Finding::Nothing | Finding::Taken { .. } => Ok(false),
        }
    }

    /// How many bytes of the input are used by what was found.
    pub(super) fn uses(&self, kept: usize) -> usize {
        match self.finding {
            Finding::Found(found) => found.next.saturating_sub(kept),
            _ => 0,
        }
    }

    /// Takes what was found. What lies behind it is another message from now on.
    pub(super) fn take(&mut self, kept: usize) -> Option<Found> {
        let Finding::Found(found) = self.finding else { return None };
        self.finding = Finding::Taken { kept };
        self.start = found.next;
        self.known = self.known.max(found.next);
        if found.end != MessageEnd::Part {
            (self.ended, self.skipped) = (None, None);
        }
        Some(found)
    }

    /// What was taken is done with.
    pub(super) fn accept(&mut self) -> Option<Accepted> {
        let Finding::Taken { kept } = self.finding else { return None };
        self.finding = Finding::Nothing;
        let Some(used) = self.start.checked_sub(kept) else {
            return Some(Accepted { used: 0, tail_is_done: false });
        };
        self.forget_used();
        Some(Accepted { used, tail_is_done: true })
    }

    /// From where on everything is kept now.
    pub(super) fn absorb(&mut self) -> usize {
        let from = self.start;
        self.forget_used();
        from
    }

    /// What was kept begins where the message does.
    fn forget_used(&mut self) {
        self.known -= self.start;
        self.read -= self.start;
        self.start = 0;
    }

    /// Finds out a little more. Whether there is more to be found out.
    fn advance(&mut self, kept: &[u8], input: &[u8]) -> bool {
        if self.skipped.is_none() && self.known - self.start > self.limit() {
            self.over_limit();
            return true;
        }
        if let Some(found) = self.ended {
            self.find(MessageEnd::Found(found.which), found.len);
            return true;
        }
        let (used, step) = self.matcher.step(self.unread(kept, input));
        self.read += used;
        match step {
            Step::More => return self.read < kept.len() + input.len(),
            step => self.learn(step),
        }
        true
    }

    /// Finds out a little more when everything was read and nothing follows. Whether there is more to be found out.
    fn end(&mut self) -> bool {
        match self.matcher.end() {
            Step::More if self.known == self.start && self.skipped.is_none() => return false,
            Step::More => self.find(MessageEnd::Eof, 0),
            step => self.learn(step),
        }
        true
    }

    fn learn(&mut self, step: Step) {
        match step {
            Step::Data(n) => self.add(n),
            Step::Held(part) => self.add(part.to - part.from),
            Step::Found(found) => self.ended = Some(found),
            Step::More => {}
        }
    }

    /// So many bytes more are data.
    fn add(&mut self, n: usize) {
        self.known += n;
        if let Some(skipped) = &mut self.skipped {
            *skipped += n as u64;
            self.start = self.known;
        }
    }

    /// The next bytes to be searched; not so many that much would have to be searched again after a part.
    fn unread<'a>(&self, kept: &'a [u8], input: &'a [u8]) -> &'a [u8] {
        let unread = match self.read.checked_sub(kept.len()) {
            Some(read) => &input[read..],
            None => &kept[self.read..],
        };
        if self.skipped.is_some() {
            return unread;
        }
        let room = (self.limit() - (self.known - self.start)).saturating_add(1);
        &unread[..room.min(unread.len())]
    }

    /// The message ends behind what is known, and the next begins `len` bytes later.
    fn find(&mut self, end: MessageEnd, len: usize) {
        let end = self.skipped.map_or(end, |bytes| MessageEnd::Skipped { bytes });
        let next = self.known + len;
        self.finding = Finding::Found(Found { from: self.start, to: self.known, end, next });
    }

    fn over_limit(&mut self) {
        let limit = self.limit();
        match self.options.over {
            OverLimit::Error => self.finding = Finding::Failed(MessageError::TooLong { limit }),
            OverLimit::Skip => {
                self.skipped = Some((self.known - self.start) as u64);
                self.start = self.known;
            }
            OverLimit::Parts => {
                let next = self.start + limit;
                let end = MessageEnd::Part;
                self.finding = Finding::Found(Found { from: self.start, to: next, end, next });
            }
        }
    }

    fn limit(&self) -> usize {
        match self.options.over {
            OverLimit::Parts => self.options.limit.max(1),
            OverLimit::Error | OverLimit::Skip => self.options.limit,
        }
    }
}
