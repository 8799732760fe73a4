//! The state of a search and its steps: [`Search`].

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
    /// A match whose data was handed out. It is told next.
    announced: Option<Match>,
    /// What is left of a count that is not complete.
    left: Option<u64>,
    steps: u64,
}

impl Search {
    pub(super) const fn new(left: Option<u64>, steps: u64) -> Self {
        Self { node: ROOT, output: None, announced: None, left, steps }
    }

    pub(super) const fn left(&self) -> Option<u64> {
        self.left
    }

    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) const fn announced(&self) -> Option<Match> {
        self.announced
    }

    pub(super) fn announce(&mut self, found: Option<Match>) {
        self.announced = found;
    }

    #[inline]
    pub(super) fn take_announced(&mut self) -> Option<Match> {
        self.announced.take()
    }

    pub(super) fn forget_held(&mut self) {
        (self.node, self.output) = (ROOT, None);
    }

    /// Everything is data.
    pub(super) fn all(&mut self, len: usize) -> (usize, Step) {
        if len == 0 { (0, Step::More) } else { (len, Step::Data(len)) }
    }

    /// The next bytes are data while the count lasts.
    pub(super) fn count(&mut self, len: usize) -> (usize, Step) {
        let found = Match { which: 0, len: 0 };
        let Some(left) = self.left else { return self.all(len) };
        if left == 0 {
            self.left = None;
            return (0, Step::Found(found));
        }
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(len);
        self.left = Some(left - n as u64).filter(|left| *left > 0);
        self.announced = self.left.is_none().then_some(found);
        self.all(n)
    }

    /// Goes on to the next data or match.
    #[inline]
    pub(super) fn walk(&mut self, patterns: &impl Patterns, input: &[u8]) -> (usize, Step) {
        if self.node == ROOT { self.walk_from_root(patterns, input) } else { self.walk_on(patterns, input) }
    }

    /// As [`Search::walk`], for patterns of which one can lie in another.
    pub(super) fn walk_set(&mut self, set: &Set, input: &[u8]) -> (usize, Step) {
        if self.output.is_some() {
            return (0, self.next_output(set));
        }
        let (used, step) = self.walk(set, input);
        match (self.output, step) {
            (Some(_), Step::Data(0)) => (used, self.next_output(set)),
            (Some(_), _) => {
                self.announce_output(set);
                (used, step)
            }
            (None, _) => (used, step),
        }
    }

    /// Everything held lies before the input.
    fn walk_on(&mut self, patterns: &impl Patterns, input: &[u8]) -> (usize, Step) {
        for (at, byte) in input.iter().enumerate() {
            self.steps += 1;
            let Some(child) = patterns.child(self.node, *byte) else { return (at, self.fall(patterns)) };
            self.node = child;
            if let Some(found) = self.decide(patterns) {
                return (at + 1, Step::Found(found));
            }
        }
        (input.len(), Step::More)
    }

    /// Nothing is held. What is held later on lies in the input.
    fn walk_from_root(&mut self, patterns: &impl Patterns, input: &[u8]) -> (usize, Step) {
        let mut at = 0;
        while let Some(hit) = patterns.first(&input[at..]) {
            self.steps += hit as u64 + 1;
            at += hit + 1;
            self.node = patterns.child(ROOT, input[at - 1]).unwrap_or(ROOT);
            while self.node != ROOT {
                if let Some(found) = self.decide(patterns) {
                    return (at, self.found_at(at - found.len, found));
                }
                let Some(byte) = input.get(at) else {
                    return self.rest(at - patterns.depth(self.node), at);
                };
                self.steps += 1;
                if let Some(child) = patterns.child(self.node, *byte) {
                    self.node = child;
                    at += 1;
                    continue;
                }
                match patterns.death(self.node) {
                    Death::Fall(node) => self.node = node,
                    Death::Outputs => {
                        self.output = Some(0);
                        return (at, Step::Data(at - patterns.depth(self.node)));
                    }
                }
            }
        }
        self.steps += (input.len() - at) as u64;
        self.rest(input.len(), input.len())
    }

    /// Data first, then the match.
    fn found_at(&mut self, data: usize, found: Match) -> Step {
        if data == 0 {
            return Step::Found(found);
        }
        self.announced = Some(found);
        Step::Data(data)
    }

    fn rest(&self, data: usize, used: usize) -> (usize, Step) {
        if data == 0 { (used, Step::More) } else { (used, Step::Data(data)) }
    }

    /// The match that is complete at this node.
    fn decide(&mut self, patterns: &impl Patterns) -> Option<Match> {
        let which = patterns.decided(self.node)?;
        let len = patterns.depth(self.node);
        self.node = ROOT;
        Some(Match { which, len })
    }

    /// The held prefix has died.
    fn fall(&mut self, patterns: &impl Patterns) -> Step {
        let pattern = patterns.pattern(self.node);
        let depth = patterns.depth(self.node);
        match patterns.death(self.node) {
            Death::Fall(node) => {
                self.node = node;
                Step::Held(Part { pattern, from: 0, to: depth - patterns.depth(node) })
            }
            Death::Outputs => {
                self.output = Some(0);
                Step::Data(0)
            }
        }
    }

    /// Tells what the held prefix comes to when nothing more follows it.
    pub(super) fn die(&mut self, set: &Set) -> Step {
        if self.output.is_some() {
            return self.next_output(set);
        }
        match self.fall(set) {
            Step::Data(0) => self.next_output(set),
            step => step,
        }
    }

    fn next_output(&mut self, set: &Set) -> Step {
        let node = self.node;
        match self.take_output(set) {
            Some(Output::Data { from, to }) => {
                self.announce_output(set);
                Step::Held(Part { pattern: set.pattern(node), from, to })
            }
            Some(Output::Found { which, .. }) => Step::Found(set.found(which)),
            None => Step::More,
        }
    }

    /// A match that comes next is settled, now that the data before it is handed out.
    fn announce_output(&mut self, set: &Set) {
        let next = self.output.and_then(|next| set.outputs(self.node).get(next));
        if let Some(Output::Found { which, .. }) = next {
            self.announced = Some(set.found(*which));
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
