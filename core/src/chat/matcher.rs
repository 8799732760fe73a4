//! Where the search for a terminator stands: [`Matcher`].

use bytes::Bytes;

use super::patterns::ROOT;
use super::search::Search;
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

/// What a step of the search came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// The first so many bytes of the input are data.
    Data(usize),
    /// Bytes that were held are data.
    Held(Part),
    /// The terminator.
    Found(Match),
    /// All of the input was read.
    More,
}

impl Matcher {
    pub(super) fn new(terminator: Terminator) -> Self {
        Self { search: Search::new(terminator.as_count(), 0), terminator }
    }

    pub(super) const fn terminator(&self) -> &Terminator {
        &self.terminator
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
        self.search = Search::new(terminator.as_count(), self.search.steps());
        self.terminator = terminator;
    }

    /// Looks for another terminator from the end of what was handed out on. What was found stays found where the data
    /// before it was handed out already.
    pub(super) fn replace(&mut self, terminator: Terminator) {
        let found = self.search.announced();
        self.reset(terminator);
        self.search.announce(found);
    }

    /// What was read and not told is gone.
    pub(super) fn forget_held(&mut self) {
        self.search.announce(None);
        self.search.forget_held();
    }

    /// Searches the input, which must be what follows the bytes that were used. Says how many of its bytes are used now.
    #[inline]
    pub(super) fn step(&mut self, input: &[u8]) -> (usize, Step) {
        if let Some(found) = self.search.take_announced() {
            return (0, Step::Found(found));
        }
        match self.terminator.kind() {
            Kind::Literal(literal) => self.search.walk(literal, input),
            Kind::Set(set) => self.search.walk_set(set, input),
            Kind::Count(_) => self.search.count(input.len()),
            Kind::None => self.search.all(input.len()),
        }
    }

    /// The stream has ended: tells what was held, one by one, until there is nothing more.
    pub(super) fn end(&mut self) -> Step {
        if !self.will_find() {
            let held = self.held_part();
            self.search.forget_held();
            return if held.from == held.to { Step::More } else { Step::Held(held) };
        }
        match (self.search.take_announced(), self.terminator.kind()) {
            (Some(found), _) => Step::Found(found),
            (None, Kind::Set(set)) => self.search.die(set),
            (None, _) => self.search.count(0).1,
        }
    }

    /// Whether a match will be told even if nothing follows.
    pub(super) fn will_find(&self) -> bool {
        self.search.announced().is_some()
            || self.search.left() == Some(0)
            || matches!(self.terminator.kind(), Kind::Set(set) if self.search.finds_in_held(set))
    }

    /// How many bytes are held.
    pub(super) fn held_len(&self) -> usize {
        let held = self.held_part();
        held.to - held.from
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

    /// The bytes of a step that tells held ones.
    pub(super) fn text(&self, part: Part) -> &[u8] {
        match self.terminator.kind() {
            Kind::Literal(literal) => &literal.bytes()[part.from..part.to],
            Kind::Set(set) => &set.patterns()[part.pattern][part.from..part.to],
            Kind::Count(_) | Kind::None => &[],
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
