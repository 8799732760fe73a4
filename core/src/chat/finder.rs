//! Where messages begin and end: [`Finder`].

use super::literal::Short;
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
    /// The terminator where it is that short, while one message after the other lies whole in the input: nothing is kept, held or
    /// skipped then.
    short: Option<Short>,
    /// How much was kept when a message was taken.
    kept: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Finding {
    Nothing,
    /// A message with its terminator.
    Whole,
    /// As much of a message as the limit.
    Part,
    /// What is left at the end of the stream.
    Rest,
    /// It was taken, and lies there until it is accepted.
    Taken,
    /// There was too much.
    Failed,
}

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) end: MessageEnd,
}

/// What a quick look at the input came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quick {
    /// The first `to` bytes are a message, and a terminator follows.
    Whole { to: usize, found: Match },
    /// All of it belongs to a message that has not ended.
    Begun,
    /// A message of `to` bytes has ended, of which those lie in the input that were not kept; `used` of that are used. It is
    /// taken.
    Ended { to: usize, used: usize, found: Match },
    /// Something else, to be found out in steps.
    Other,
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
            short: None,
            kept: 0,
        }
    }

    pub(super) fn set_options(&mut self, options: MessageOptions) {
        // Nothing could be handed out in parts of no bytes.
        let least = usize::from(options.over == OverLimit::Parts);
        self.short = None;
        self.options = MessageOptions { limit: options.limit.max(least), ..options };
    }

    /// Ends messages so, behind what was taken.
    pub(crate) fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        self.matcher.reset(terminator.into());
        self.short = None;
        (self.known, self.read, self.ended) = (self.start, self.start, None);
        if !matches!(self.finding, Finding::Taken | Finding::Failed) {
            self.finding = Finding::Nothing;
        }
    }

    /// Nothing is kept any more.
    pub(super) fn clear(&mut self) {
        self.matcher.forget_held();
        (self.start, self.known, self.read) = (0, 0, 0);
        (self.ended, self.skipped) = (None, None);
        if self.finding != Finding::Failed {
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
        let kept = if self.finding == Finding::Taken { self.kept } else { kept };
        kept.saturating_sub(self.start)
    }

    /// A message that lies whole in the input, behind others that did: where it ends, and its terminator.
    #[inline]
    pub(super) fn pass_short(&mut self, input: &[u8]) -> Option<(usize, usize)> {
        self.matcher.pass_short(&mut self.short, &input[..input.len().min(self.options.limit)])
    }

    /// What most inputs come to, found with few questions: a message that lies whole in the input, or more data of one that
    /// does not. Nothing has to be taken, accepted or absorbed then.
    #[inline]
    pub(super) fn pass(&mut self, kept: usize, input: &[u8]) -> Quick {
        if !self.is_at(kept) {
            return Quick::Other;
        }
        let room = self.options.limit.saturating_sub(kept);
        let (used, step) = self.matcher.step(&input[..input.len().min(room)]);
        self.read += used;
        match step {
            Step::Data(data) => self.pass_data(kept, data, used, input.len()),
            Step::Found => self.pass_end(kept, used),
            Step::More if used == input.len() => Quick::Begun,
            Step::More | Step::Held => {
                self.learn(step);
                Quick::Other
            }
        }
    }

    /// Whether this byte is one more of the message that was kept, and nothing else.
    #[inline]
    pub(super) fn passes(&mut self, kept: usize, byte: u8) -> bool {
        let passes = self.is_at(kept) && kept < self.options.limit && self.matcher.passes(byte);
        if passes {
            self.known += 1;
            self.read += 1;
        }
        passes
    }

    /// Whether all that is kept is a message that has begun, and was read, and nothing more is known of it.
    #[inline]
    fn is_at(&self, kept: usize) -> bool {
        self.start == 0 && self.read == kept && self.finding == Finding::Nothing && self.skipped.is_none()
    }

    #[inline]
    fn pass_data(&mut self, kept: usize, data: usize, used: usize, len: usize) -> Quick {
        let is_ended = self.matcher.take_announced();
        let found = self.matcher.found();
        if is_ended && kept == 0 {
            self.read = used - data - found.len;
            self.short = self.matcher.short();
            return Quick::Whole { to: data, found };
        }
        self.known += data;
        match is_ended {
            true => self.pass_end(kept, used),
            false if used == len => Quick::Begun,
            false => Quick::Other,
        }
    }

    /// The terminator has come, and lies behind what is known.
    #[inline(never)]
    fn pass_end(&mut self, kept: usize, used: usize) -> Quick {
        let found = self.matcher.found();
        let (to, end) = (self.known, self.known + found.len);
        if end != self.read {
            // More was read than it, under several byte strings.
            self.ended = Some(found);
            return Quick::Other;
        }
        (self.start, self.known) = (end, end);
        (self.finding, self.kept) = (Finding::Taken, kept);
        Quick::Ended { to, used, found }
    }

    /// Reads on until something is found.
    pub(super) fn look(&mut self, kept: &[u8], input: &[u8]) {
        self.short = None;
        while self.finding == Finding::Nothing {
            if !self.advance(kept, input) {
                break;
            }
        }
    }

    /// As [`Finder::look`], when nothing follows what is kept.
    pub(super) fn look_at_end(&mut self, kept: &[u8]) {
        self.short = None;
        while self.finding == Finding::Nothing {
            if !self.advance(kept, &[]) && !self.end() {
                break;
            }
        }
    }

    /// Whether something is found and not taken yet.
    pub(super) fn is_found(&self) -> Result<bool, MessageError> {
        match self.finding {
            Finding::Failed => Err(MessageError::TooLong { limit: self.options.limit }),
            Finding::Whole | Finding::Part | Finding::Rest => Ok(true),
            Finding::Nothing | Finding::Taken => Ok(false),
        }
    }

    /// Takes what was found. What lies behind it is another message from now on.
    pub(super) fn take(&mut self, kept: usize) -> Option<Found> {
        let from = self.start;
        let (to, end, next) = match (self.finding, self.ended) {
            (Finding::Whole, Some(found)) => {
                (self.known, MessageEnd::Found(found.index()), self.known + found.len)
            }
            (Finding::Part, _) => (from + self.options.limit, MessageEnd::Part, from + self.options.limit),
            (Finding::Rest, _) => (self.known, MessageEnd::Eof, self.known),
            _ => return None,
        };
        let end = self.skipped.map_or(end, |bytes| MessageEnd::Skipped { bytes });
        self.start = next;
        if self.finding != Finding::Part {
            (self.known, self.ended, self.skipped) = (next, None, None);
        }
        (self.finding, self.kept) = (Finding::Taken, kept);
        Some(Found { from, to, end })
    }

    /// Whether a message is lent, or was.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        self.finding == Finding::Taken
    }

    /// How many bytes of the input were used by what was taken.
    pub(super) fn used(&self) -> usize {
        self.start.saturating_sub(self.kept)
    }

    /// What was taken is done with.
    pub(super) fn accept(&mut self) -> Option<Accepted> {
        if self.finding != Finding::Taken {
            return None;
        }
        self.finding = Finding::Nothing;
        let used = self.used();
        let tail_is_done = self.start >= self.kept;
        if tail_is_done {
            self.forget_used();
        }
        Some(Accepted { used, tail_is_done })
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
        if self.known - self.start > self.options.limit && self.skipped.is_none() {
            self.over_limit();
            return true;
        }
        if self.ended.is_some() {
            self.finding = Finding::Whole;
            return true;
        }
        let (used, step) = self.matcher.step(self.unread(kept, input));
        self.read += used;
        self.learn(step);
        self.ended.is_some() || self.read < kept.len() + input.len() || step != Step::More
    }

    /// Finds out a little more when everything was read and nothing follows. Whether there is more to be found out.
    fn end(&mut self) -> bool {
        let step = self.matcher.end();
        self.learn(step);
        if step == Step::More {
            if self.known == self.start && self.skipped.is_none() {
                return false;
            }
            self.finding = Finding::Rest;
        }
        true
    }

    fn learn(&mut self, step: Step) {
        let data = match step {
            Step::Data(n) => n,
            Step::Held => self.matcher.freed().len(),
            Step::Found => {
                self.ended = Some(self.matcher.found());
                return;
            }
            Step::More => return,
        };
        self.known += data;
        self.ended = self.matcher.take_announced().then(|| self.matcher.found());
        if let Some(skipped) = &mut self.skipped {
            *skipped += data as u64;
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
        let room = (self.options.limit - (self.known - self.start)).saturating_add(1);
        &unread[..room.min(unread.len())]
    }

    fn over_limit(&mut self) {
        match self.options.over {
            OverLimit::Error => self.finding = Finding::Failed,
            OverLimit::Parts => self.finding = Finding::Part,
            OverLimit::Skip => {
                self.skipped = Some((self.known - self.start) as u64);
                self.start = self.known;
            }
        }
    }
}
