//! Where the search for a terminator stands: [`Matcher`].

use bytes::Bytes;

use super::literal::Short;
use super::patterns::ROOT;
use super::search::{Passed, Search};
use super::terminator::{Kind, Terminator};

/// Where the search for a terminator stands. It keeps no byte: what is held back is a part of the terminator.
#[derive(Debug)]
pub(super) struct Matcher {
    terminator: Terminator,
    search: Search,
}

/// A terminator that has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Match {
    pub(super) which: usize,
    /// How many bytes it has.
    pub(super) len: usize,
}

/// A part of a pattern: bytes that were held back, since they were like it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) pattern: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Match {
    /// As it is told; nobody has so many patterns that this would cut it.
    pub(super) const fn index(self) -> u32 {
        self.which as u32
    }
}

impl Part {
    pub(super) const fn len(self) -> usize {
        self.to - self.from
    }
}

/// What a step of the search came to. It is small on purpose: it travels in registers, for each line of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// The first so many bytes of the input are data.
    Data(usize),
    /// Bytes that were held are data: [`Matcher::freed`].
    Held,
    /// The terminator: [`Matcher::found`].
    Found,
    /// All of the input was read.
    More,
}

impl Matcher {
    pub(super) fn new(terminator: Terminator) -> Self {
        Self { search: Search::new(terminator.len(), terminator.as_count(), 0), terminator }
    }

    pub(super) const fn terminator(&self) -> &Terminator {
        &self.terminator
    }

    /// The terminator, where it is one byte or two.
    pub(super) fn short(&self) -> Option<Short> {
        match self.terminator.kind() {
            Kind::Literal(literal) => Short::of(literal.bytes()),
            _ => None,
        }
    }

    /// Looks for a terminator that is that short, where nothing is held and none is told next: how many bytes come before it, and how
    /// many are used with it. Where it is not in the input, `short` is given up: what was looked at in vain is looked at once more by
    /// [`Matcher::step`].
    #[inline]
    pub(super) fn pass_short(&mut self, short: &mut Option<Short>, input: &[u8]) -> Option<(usize, usize)> {
        let sought = (*short)?;
        match sought.find(input) {
            Ok(to) => {
                let used = to + sought.len();
                self.search.count_looks(used);
                Some((to, used))
            }
            Err(looks) => {
                *short = None;
                self.search.count_looks(looks);
                None
            }
        }
    }

    /// The only match that there can be is told next.
    #[inline]
    pub(super) fn announce(&mut self) {
        self.search.announce_only();
    }

    /// What is left of a count; 0 once it is complete.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.terminator.as_count().map(|_| self.search.left().unwrap_or(0))
    }

    pub(super) const fn steps(&self) -> u64 {
        self.search.steps()
    }

    /// Begins anew.
    pub(super) fn reset(&mut self, terminator: Terminator) {
        self.search = Search::new(terminator.len(), terminator.as_count(), self.search.steps());
        self.terminator = terminator;
    }

    /// What was read and not told is gone.
    pub(super) fn forget_held(&mut self) {
        self.search.take_announced();
        self.search.forget_held();
    }

    /// Searches the input, which must be what follows the bytes that were used. Says how many of its bytes are used now.
    ///
    /// Short lines cost little more than their call of memchr, so what is usual is put in place, and all else is a call.
    #[inline(always)]
    pub(super) fn step(&mut self, input: &[u8]) -> (usize, Step) {
        if self.search.take_announced() {
            return (0, Step::Found);
        }
        if self.search.holds() {
            let Passed { used, data } = self.pass_on(input);
            return if data > 0 { (used, Step::Held) } else { (used, self.pending()) };
        }
        let Passed { used, data } = match self.terminator.kind() {
            Kind::Literal(literal) => self.search.pass_literal(literal, input),
            // Apart, since a jump by a table is slow and lines mostly end with a literal.
            _ => self.pass_other(input),
        };
        if data > 0 { (used, Step::Data(data)) } else { (used, self.pending()) }
    }

    /// Whether nothing is held and nothing is told without more input.
    #[inline(always)]
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self.terminator.kind(), Kind::Literal(_)) && self.search.is_at_rest()
    }

    /// Whether this byte is data and nothing else, found with few questions: a stream may come byte by byte.
    #[inline(always)]
    pub(super) fn passes(&mut self, byte: u8) -> bool {
        let Kind::Literal(literal) = self.terminator.kind() else { return false };
        let passes = self.search.is_at_rest() && !literal.begins_with(byte);
        if passes {
            self.search.pass_byte();
        }
        passes
    }

    /// Whether a match follows the data that the last step told of. It is told by that.
    #[inline]
    pub(super) fn take_announced(&mut self) -> bool {
        self.search.take_announced()
    }

    /// The match that was told last.
    #[inline]
    pub(super) fn found(&self) -> Match {
        self.search.found()
    }

    /// The held bytes that were told last to be data.
    #[inline(never)]
    pub(super) fn freed(&self) -> &[u8] {
        let part = self.search.freed();
        match self.terminator.kind() {
            Kind::Literal(literal) => &literal.bytes()[part.from..part.to],
            Kind::Set(set) => &set.patterns()[part.pattern][part.from..part.to],
            Kind::Count(_) | Kind::None => &[],
        }
    }

    #[inline(never)]
    fn pass_other(&mut self, input: &[u8]) -> Passed {
        match self.terminator.kind() {
            Kind::Set(set) => self.search.pass_set(set, input),
            Kind::Count(_) => self.search.count(input.len()),
            Kind::Literal(_) | Kind::None => Passed::all(input.len()),
        }
    }

    #[inline(never)]
    fn pass_on(&mut self, input: &[u8]) -> Passed {
        match self.terminator.kind() {
            Kind::Literal(literal) => self.search.pass_on(literal, input),
            Kind::Set(set) => self.search.pass_on_set(set, input),
            Kind::Count(_) | Kind::None => Passed::all(0),
        }
    }

    /// What has come without data before it.
    #[inline]
    fn pending(&mut self) -> Step {
        if self.search.take_announced() {
            return Step::Found;
        }
        if self.search.has_output() { self.next_output() } else { Step::More }
    }

    #[inline(never)]
    fn next_output(&mut self) -> Step {
        match self.terminator.kind() {
            Kind::Set(set) => self.search.next_output(set),
            _ => Step::More,
        }
    }

    /// The stream has ended: tells what was held, one by one, until there is nothing more.
    pub(super) fn end(&mut self) -> Step {
        if !self.will_find() {
            let held = self.held_part();
            self.search.forget_held();
            return self.search.free(held);
        }
        match self.terminator.kind() {
            _ if self.search.take_announced() => Step::Found,
            Kind::Set(set) => self.search.die(set),
            _ => {
                self.search.count(0);
                self.pending()
            }
        }
    }

    /// Whether a match will be told even if nothing follows.
    pub(super) fn will_find(&self) -> bool {
        self.search.is_announced()
            || self.search.left() == Some(0)
            || matches!(self.terminator.kind(), Kind::Set(set) if self.search.finds_in_held(set))
    }

    /// How many bytes are held.
    pub(super) fn held_len(&self) -> usize {
        self.held_part().len()
    }

    /// The held bytes; they are shared with the terminator.
    pub(super) fn held(&self) -> Bytes {
        let Part { pattern, from, to } = self.held_part();
        match self.terminator.kind() {
            Kind::Literal(literal) => literal.bytes().slice(from..to),
            Kind::Set(set) => set.patterns()[pattern].slice(from..to),
            Kind::Count(_) | Kind::None => Bytes::new(),
        }
    }

    fn held_part(&self) -> Part {
        match self.terminator.kind() {
            Kind::Literal(literal) => self.search.held(literal),
            Kind::Set(set) => self.search.held_in_set(set),
            Kind::Count(_) | Kind::None => Part { pattern: 0, from: ROOT, to: ROOT },
        }
    }
}
