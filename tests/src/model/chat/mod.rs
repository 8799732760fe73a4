//! Terminators in a text, looked for as plainly as possible.

pub mod messages;
pub mod scanner;

use arbitrary::Arbitrary;
use standpipe_core::chat::Terminator;

/// A terminator, as a history names it: some are made to overlap with themselves and with each other.
fn terminator(name: u8) -> Terminator {
    let any = |patterns: &[&'static str]| Terminator::any_of(patterns.iter().copied());
    let longest = |patterns: &[&'static str]| Terminator::longest_of(patterns.iter().copied());
    let made = match name % 26 {
        0 => Ok(Terminator::none()),
        count @ 1..=4 => Ok(Terminator::count(u64::from(count * count - 1))),
        5 => Terminator::bytes("a"),
        6 => Terminator::bytes("ab"),
        7 => Terminator::bytes("aab"),
        8 => Terminator::bytes("aaab"),
        9 => Terminator::bytes("abab"),
        10 => Terminator::bytes("abcabcab"),
        11 => Terminator::bytes("aabaabaaabaabaabc"),
        12 => any(&["ab", "c"]),
        13 => any(&["b", "ab"]),
        14 => any(&["aab", "aba", "bb"]),
        15 => any(&["caa", "ab", "bcb", "aac"]),
        16 => longest(&["a", "ab"]),
        17 => longest(&["a", "aaab"]),
        18 => longest(&["a", "b", "abbc"]),
        19 => longest(&["b", "abc"]),
        20 => longest(&["ab", "abab", "c"]),
        21 => longest(&["c", "cc", "abc", "abcba"]),
        22 => Terminator::bytes("aabaaac"),
        23 => longest(&["a", "abcabbc"]),
        24 => longest(&["aba", "b", "bab", "babac", "ababab"]),
        _ => longest(&["bc", "abcab", "cab", "aa"]),
    };
    made.expect("a terminator")
}

/// Whether a match of it can be held back.
fn holds(terminator: &Terminator) -> bool {
    let patterns: Vec<_> = terminator.patterns().map(<[u8]>::to_vec).collect();
    !patterns.is_empty() && Terminator::any_of(patterns).is_err()
}

/// What comes at once: words of few letters, many of them the beginnings of terminators.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Chunk {
    words: [(u8, u8); 3],
    changes: [(u8, u8); 2],
}

impl Chunk {
    fn text(&self) -> Vec<u8> {
        self.words.iter().flat_map(|(kind, text)| word(*kind, *text)).collect()
    }

    /// After so many more pieces another terminator.
    fn changes(&self) -> impl Iterator<Item = (u8, Terminator)> {
        let few = self.changes.into_iter().filter(|(after, _)| *after < 64);
        few.map(|(after, name)| (after % 4, terminator(name)))
    }
}

fn word(kind: u8, text: u8) -> Vec<u8> {
    if kind < 64 {
        let letters = (0..kind % 5).map(|at| b"aabc"[usize::from(text >> (2 * at) & 3)]);
        return letters.collect();
    }
    let terminator = terminator(kind);
    let patterns: Vec<&[u8]> = terminator.patterns().collect();
    let Some(last) = patterns.len().checked_sub(1) else { return vec![b'a'; usize::from(text & 15)] };
    let pattern = patterns[usize::from(text >> 4).min(last)];
    pattern[..usize::from(text & 15).min(pattern.len())].to_vec()
}

/// A terminator that is looked for from some place on.
#[derive(Clone, Debug)]
struct Naive {
    patterns: Vec<Vec<u8>>,
    count: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Match {
    start: usize,
    len: usize,
    which: u32,
}

impl Naive {
    fn new(terminator: &Terminator) -> Self {
        let patterns = terminator.patterns().map(<[u8]>::to_vec).collect();
        Self { patterns, count: terminator.as_count().map(|count| count as usize) }
    }

    /// The first match from `at` on, the longest of those that begin there.
    fn find(&self, text: &[u8], at: usize) -> Option<Match> {
        if let Some(count) = self.count {
            return (at + count <= text.len()).then_some(Match { start: at + count, len: 0, which: 0 });
        }
        let here = |start: usize| {
            let all = self.patterns.iter().enumerate();
            let matching = all.filter(|(_, pattern)| text[start..].starts_with(pattern));
            let longest = matching.max_by_key(|(_, pattern)| pattern.len());
            longest.map(|(which, pattern)| Match { start, len: pattern.len(), which: which as u32 })
        };
        (at..text.len()).find_map(here)
    }

    /// Where what is held back begins, if the text ends here for now.
    fn held_from(&self, text: &[u8], at: usize) -> usize {
        let may_grow = |start: &usize| {
            let end = &text[*start..];
            self.patterns.iter().any(|pattern| pattern.len() > end.len() && pattern.starts_with(end))
        };
        (at..text.len()).find(may_grow).unwrap_or(text.len())
    }

    /// The first match that nothing can change any more.
    fn find_decided(&self, text: &[u8], at: usize) -> Option<Match> {
        let held = self.held_from(text, at);
        self.find(text, at).filter(|found| self.count.is_some() || found.start < held)
    }

    fn longest(&self) -> usize {
        self.patterns.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// So many bytes were data.
    fn pass(&mut self, n: usize) {
        self.count = self.count.map(|count| count - n);
    }

    /// It was found: a count is there once.
    fn found(&mut self) {
        self.count = None;
    }
}
