//! The state of a search and its steps: [`Search`].

use super::literal::Literal;
use super::matcher::{Match, Part, Step};
use super::patterns::{Death, Patterns, ROOT};
use super::set::{Output, Set};

/// The state of a search.
///
/// ```text
/// at the root --first byte of a pattern--> at a node --its last byte--> found
///      ^                                    |      ^
///      +---- the next byte fits nowhere ----+------+ what of it still begins a pattern
/// ```
///
/// A byte is looked at once when it is read, and once more for each time that a held prefix dies of it; a prefix has as many
/// bytes as were read into it, and each death makes it shorter. So N bytes take at most 2 N looks.
#[derive(Debug)]
pub(super) struct Search {
    /// The prefix that is held: read, and neither data nor the terminator yet.
    node: usize,
    /// The held prefix has died and holds matches: which of its outputs is next.
    output: Option<usize>,
    /// The match that was found last.
    found: Match,
    /// It is told next: the data before it was handed out, or there is none.
    announced: bool,
    /// The held bytes that were told last to be data.
    freed: Part,
    /// What is left of a count that is not complete.
    left: Option<u64>,
    steps: u64,
}

/// How far a search has gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Passed {
    /// So many bytes of the input were used.
    pub(super) used: usize,
    /// And so many of them, the first ones, are data.
    pub(super) data: usize,
}

impl Passed {
    pub(super) const fn all(len: usize) -> Self {
        Self { used: len, data: len }
    }
}

impl Search {
    /// `len` is how many bytes the only pattern has, where there is one.
    pub(super) const fn new(len: usize, left: Option<u64>, steps: u64) -> Self {
        let found = Match { which: 0, len };
        let freed = Part { pattern: 0, from: 0, to: 0 };
        Self { node: ROOT, output: None, found, announced: false, freed, left, steps }
    }

    pub(super) const fn left(&self) -> Option<u64> {
        self.left
    }

    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    #[inline]
    pub(super) fn count_looks(&mut self, looks: usize) {
        self.steps += looks as u64;
    }

    /// The match that stands there from the beginning, of the only pattern, is told next.
    #[inline]
    pub(super) fn announce_only(&mut self) {
        self.announced = true;
    }

    #[inline]
    pub(super) const fn found(&self) -> Match {
        self.found
    }

    pub(super) const fn freed(&self) -> Part {
        self.freed
    }

    pub(super) const fn is_announced(&self) -> bool {
        self.announced
    }

    #[inline]
    pub(super) fn take_announced(&mut self) -> bool {
        core::mem::take(&mut self.announced)
    }

    #[inline]
    pub(super) fn announce(&mut self, found: Match) {
        (self.found, self.announced) = (found, true);
    }

    pub(super) fn forget_held(&mut self) {
        (self.node, self.output) = (ROOT, None);
    }

    /// Whether bytes are held.
    #[inline]
    pub(super) const fn holds(&self) -> bool {
        self.node != ROOT
    }

    /// Whether nothing is held and nothing is to be told.
    #[inline]
    pub(super) const fn is_at_rest(&self) -> bool {
        self.node == ROOT && !self.announced
    }

    /// A byte was looked at that begins no pattern.
    #[inline]
    pub(super) fn pass_byte(&mut self) {
        self.steps += 1;
    }

    /// Whether a held prefix has died and was not told to the end.
    pub(super) const fn has_output(&self) -> bool {
        self.output.is_some()
    }

    /// The next bytes are data while the count lasts.
    pub(super) fn count(&mut self, len: usize) -> Passed {
        let Some(left) = self.left else { return Passed::all(len) };
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(len);
        self.left = Some(left - n as u64).filter(|left| *left > 0);
        if self.left.is_none() {
            self.announced = true;
        }
        Passed::all(n)
    }

    /// Goes on to the end of the next data while nothing is held. What is held from then on lies in the input; a match is
    /// announced.
    #[inline]
    pub(super) fn pass(&mut self, patterns: &impl Patterns, input: &[u8]) -> Passed {
        match patterns.first(input) {
            None => self.pass_all(input.len(), 0),
            Some(hit) => self.pass_from(patterns, input, 0, hit),
        }
    }

    /// As [`Search::pass`], and quick to find a line's end.
    #[inline(always)]
    pub(super) fn pass_literal(&mut self, literal: &Literal, input: &[u8]) -> Passed {
        let Some(hit) = literal.first(input) else { return self.pass_all(input.len(), 0) };
        match literal.bytes()[..] {
            [_] => return self.short_match(hit, 1),
            [_, last] => {
                let next = input.get(hit + 1);
                if next == Some(&last) {
                    return self.short_match(hit, 2);
                }
                if next.is_some() {
                    return self.pass_pair(literal, input, hit + 1);
                }
            }
            _ => {}
        }
        self.pass_from(literal, input, 0, hit)
    }

    /// The first byte of two was found, and not the second one: goes on at the byte that was there.
    #[inline(never)]
    fn pass_pair(&mut self, literal: &Literal, input: &[u8], from: usize) -> Passed {
        self.steps += from as u64 + 1;
        match literal.first(&input[from..]) {
            None => self.pass_all(input.len(), from),
            Some(hit) => self.pass_from(literal, input, from, from + hit),
        }
    }

    #[inline]
    fn short_match(&mut self, at: usize, len: usize) -> Passed {
        self.steps += (at + len) as u64;
        self.announce_only();
        Passed { used: at + len, data: at }
    }

    /// A pattern may begin at `at`, and none before. Up to `from` everything was looked at before.
    #[inline(never)]
    fn pass_from(
        &mut self,
        patterns: &impl Patterns,
        input: &[u8],
        mut from: usize,
        mut at: usize,
    ) -> Passed {
        loop {
            self.steps += (at - from) as u64 + 1;
            let mut node = patterns.child(ROOT, input[at]).unwrap_or(ROOT);
            at += 1;
            while node != ROOT {
                if let Some(which) = patterns.decided(node) {
                    let len = patterns.depth(node);
                    self.announce(Match { which, len });
                    return Passed { used: at, data: at - len };
                }
                let Some(byte) = input.get(at) else {
                    self.node = node;
                    return Passed { used: at, data: at - patterns.depth(node) };
                };
                self.steps += 1;
                if let Some(child) = patterns.child(node, *byte) {
                    node = child;
                    at += 1;
                    continue;
                }
                match patterns.death(node) {
                    Death::Fall(to) => node = to,
                    Death::Outputs => {
                        (self.node, self.output) = (node, Some(0));
                        return Passed { used: at, data: at - patterns.depth(node) };
                    }
                }
            }
            from = at;
            match patterns.first(&input[from..]) {
                None => return self.pass_all(input.len(), from),
                Some(hit) => at += hit,
            }
        }
    }

    /// All of the input is data, and was looked at up to here before.
    #[inline]
    fn pass_all(&mut self, len: usize, before: usize) -> Passed {
        self.steps += (len - before) as u64;
        Passed::all(len)
    }

    /// As [`Search::pass`], for patterns of which one can lie in another.
    pub(super) fn pass_set(&mut self, set: &Set, input: &[u8]) -> Passed {
        let passed = self.pass(set, input);
        if passed.data > 0 {
            self.announce_output(set);
        }
        passed
    }

    /// Goes on while bytes are held that lie before the input. What is data then was held: [`Search::freed`].
    pub(super) fn pass_on(&mut self, patterns: &impl Patterns, input: &[u8]) -> Passed {
        for (at, byte) in input.iter().enumerate() {
            self.steps += 1;
            let Some(child) = patterns.child(self.node, *byte) else {
                self.fall(patterns);
                return Passed { used: at, data: self.freed.len() };
            };
            self.node = child;
            if let Some(which) = patterns.decided(child) {
                self.announce(Match { which, len: patterns.depth(child) });
                self.node = ROOT;
                return Passed { used: at + 1, data: 0 };
            }
        }
        Passed { used: input.len(), data: 0 }
    }

    /// As [`Search::pass_on`], for patterns of which one can lie in another.
    pub(super) fn pass_on_set(&mut self, set: &Set, input: &[u8]) -> Passed {
        if self.output.is_some() { Passed::all(0) } else { self.pass_on(set, input) }
    }

    /// The held prefix has died: some of it is data, or it has outputs.
    fn fall(&mut self, patterns: &impl Patterns) {
        let pattern = patterns.pattern(self.node);
        let to = match patterns.death(self.node) {
            Death::Fall(node) => {
                patterns.depth(core::mem::replace(&mut self.node, node)) - patterns.depth(node)
            }
            Death::Outputs => {
                self.output = Some(0);
                0
            }
        };
        self.freed = Part { pattern, from: 0, to };
    }

    /// Tells what was held to be data, if there is any.
    pub(super) fn free(&mut self, held: Part) -> Step {
        self.freed = held;
        if held.len() > 0 { Step::Held } else { Step::More }
    }

    /// Tells what the held prefix comes to when nothing more follows it.
    pub(super) fn die(&mut self, set: &Set) -> Step {
        if self.output.is_none() {
            self.fall(set);
        }
        if self.output.is_some() { self.next_output(set) } else { Step::Held }
    }

    /// Tells the next output of a prefix that has died.
    pub(super) fn next_output(&mut self, set: &Set) -> Step {
        let pattern = set.pattern(self.node);
        match self.take_output(set) {
            Some(Output::Data { from, to }) => {
                self.announce_output(set);
                self.free(Part { pattern, from, to })
            }
            Some(Output::Found { which, .. }) => {
                self.found = set.found(which);
                Step::Found
            }
            None => Step::More,
        }
    }

    /// A match that comes next is settled, now that the data before it is handed out.
    fn announce_output(&mut self, set: &Set) {
        let next = self.output.and_then(|next| set.outputs(self.node).get(next));
        if let Some(Output::Found { which, .. }) = next {
            self.announce(set.found(*which));
            self.take_output(set);
        }
    }

    /// After the last output the prefix that is left is held.
    fn take_output(&mut self, set: &Set) -> Option<Output> {
        let next = self.output?;
        let outputs = set.outputs(self.node);
        self.output = Some(next + 1).filter(|next| *next < outputs.len());
        let output = outputs.get(next).copied();
        if self.output.is_none() {
            self.node = set.to(self.node);
        }
        output
    }

    /// Whether there is a match in what is held, even if nothing follows.
    pub(super) fn finds_in_held(&self, set: &Set) -> bool {
        let Some(next) = self.output else { return set.finds(self.node) };
        let left = &set.outputs(self.node)[next..];
        left.iter().any(|output| output.found().is_some()) || set.finds(set.to(self.node))
    }

    /// What is held.
    pub(super) fn held(&self, patterns: &impl Patterns) -> Part {
        Part { pattern: patterns.pattern(self.node), from: 0, to: patterns.depth(self.node) }
    }

    pub(super) fn held_in_set(&self, set: &Set) -> Part {
        let from = self.output.map_or(0, |next| set.outputs(self.node)[next].from());
        Part { from, ..self.held(set) }
    }
}
