//! [`Scanner`]: the pieces are the text, and its terminators are found where they are, however it is cut and whenever the
//! terminator changes.

use standpipe_core::chat::{Piece, Scanner, Terminator};

use super::{Chunk, Match, Naive, holds, terminator};

struct Twin<'a> {
    /// All that will have come.
    text: &'a [u8],
    naive: Naive,
    holds: bool,
    /// Up to here it was told.
    at: usize,
    /// Up to here it was used.
    fed: usize,
    /// Found under the terminator before.
    settled: Option<Match>,
    last_was_data: bool,
    /// What was to be searched again.
    again: usize,
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some((first, chunks)) = crate::model::read::<u8, Chunk>(bytes) else { return };
    let text: Vec<u8> = chunks.iter().flat_map(Chunk::text).collect();
    let mut scanner = Scanner::new(terminator(first));
    let mut twin = Twin {
        text: &text,
        naive: Naive::new(scanner.terminator()),
        holds: holds(scanner.terminator()),
        at: 0,
        fed: 0,
        settled: None,
        last_was_data: false,
        again: 0,
    };
    for chunk in chunks {
        feed(&mut scanner, &mut twin, &chunk.text(), chunk.changes());
        let steps = 2 * (twin.fed + twin.again) as u64;
        assert!(scanner.steps() <= steps, "{} looks, at most {steps}", scanner.steps());
    }
    end(&mut scanner, &mut twin);
}

fn feed(
    scanner: &mut Scanner,
    twin: &mut Twin<'_>,
    mut rest: &[u8],
    mut changes: impl Iterator<Item = (u8, Terminator)>,
) {
    let mut change = changes.next();
    loop {
        let (used, piece) = scanner.scan(rest);
        rest = &rest[used..];
        twin.fed += used;
        let is_more = piece == Piece::More;
        twin.take(piece);
        assert_eq!(scanner.remaining().map(|left| left as usize), twin.remaining(scanner));
        if is_more {
            assert!(rest.is_empty(), "all is used");
            assert_eq!(twin.at, twin.naive.held_from(&twin.text[..twin.fed], twin.at), "no more is held");
            assert_eq!(scanner.held(), twin.fed - twin.at);
        }
        match &mut change {
            Some((0, to)) if !twin.last_was_data || !twin.holds => {
                twin.change(scanner, to);
                change = changes.next();
            }
            Some((pieces, _)) => *pieces = pieces.saturating_sub(1),
            None if is_more => break,
            None => {}
        }
    }
}

fn end(scanner: &mut Scanner, twin: &mut Twin<'_>) {
    loop {
        match scanner.finish() {
            Piece::More => break,
            Piece::Unterminated(data) => {
                assert_eq!(twin.naive.find(twin.text, twin.at), None, "nothing ends it");
                twin.take(Piece::Data(data));
            }
            piece => twin.take(piece),
        }
    }
    assert_eq!(twin.at, twin.text.len(), "nothing is lost");
    assert_eq!(twin.naive.find(twin.text, twin.at).filter(|found| found.len > 0), None);
}

impl Twin<'_> {
    fn expected(&self) -> Option<Match> {
        self.settled.or_else(|| self.naive.find(self.text, self.at))
    }

    fn remaining(&self, scanner: &Scanner) -> Option<usize> {
        scanner.terminator().as_count().map(|_| self.naive.count.unwrap_or(0))
    }

    fn take(&mut self, piece: Piece<'_>) {
        let expected = self.expected();
        self.last_was_data = false;
        match piece {
            Piece::Data(data) => {
                let to = self.at + data.len();
                assert!(!data.is_empty() && to <= self.fed, "only what has come");
                assert_eq!(data, &self.text[self.at..to]);
                assert!(expected.is_none_or(|found| found.start >= to), "{expected:?} was missed");
                self.naive.pass(data.len());
                (self.at, self.last_was_data) = (to, true);
            }
            Piece::Found(which) => {
                let found = expected.expect("there is one");
                assert_eq!((found.start, found.which), (self.at, which));
                self.at += found.len;
                assert!(self.at <= self.fed, "only what has come");
                if self.settled.take().is_none() {
                    self.naive.found();
                }
            }
            Piece::More => {}
            Piece::Unterminated(_) => panic!("only at the end"),
        }
    }

    fn change(&mut self, scanner: &mut Scanner, to: &Terminator) {
        let ends_here = |found: &Match| found.start == self.at && found.start + found.len <= self.fed;
        self.settled = self.expected().filter(|found| self.last_was_data && ends_here(found));
        self.again += scanner.held();
        scanner.set_terminator(to.clone());
        self.naive = Naive::new(scanner.terminator());
        self.holds = holds(scanner.terminator());
    }
}
