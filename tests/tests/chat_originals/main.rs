//! What `asynchat` makes of a stream and what [`Scanner`] makes of it, beside each other: the original's own, of Python
//! 2.7, where that is installed, and Python 3's.
//!
//! What the originals are known to do wrong is left out, or undone:
//!
//! * They lose what is held back when the stream ends (ACH-T2): here it is told as unterminated, and not compared.
//! * A count of 0 is no terminator there (ACH-T3): there is none in these cases.
//! * After a close within the handler they deliver the rest of the chunk (ACH-T1): nothing is closed in these cases, since
//!   to close is the connection's matter.
//!
//! Pieces are joined, since where they are cut means nothing (ACH-20).

mod python;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use standpipe_core::chat::{Piece, Scanner, Terminator, find_prefix_at_end};

const CASES: usize = 3000;

/// A stream: its chunks, and what is to end the next message when one has ended, or between two chunks.
#[derive(Clone, Debug)]
struct Case {
    first: End,
    /// Told by the handler, one after the other; none after the last.
    next: Vec<End>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Chunk(Vec<u8>),
    Set(End),
}

#[derive(Clone, Debug)]
enum End {
    None,
    Count(u64),
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Told {
    Data(Vec<u8>),
    Found,
}

fn cases() -> Vec<Case> {
    let letters = || prop_oneof![3 => Just(b'a'), 2 => Just(b'b'), 1 => Just(b'\r'), 1 => Just(b'\n')];
    let end = || {
        prop_oneof![
            1 => Just(End::None),
            3 => (1_u64..12).prop_map(End::Count),
            6 => vec(letters(), 1..6).prop_map(End::Bytes),
            2 => Just(End::Bytes(b"\r\n".to_vec())),
        ]
    };
    let step = prop_oneof![
        6 => vec(letters(), 1..24).prop_map(Step::Chunk),
        1 => end().prop_map(Step::Set),
    ];
    let case = (end(), vec(end(), 0..12), vec(step, 0..12));
    let case = case.prop_map(|(first, next, steps)| Case { first, next, steps });
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    (0..CASES).map(|_| case.new_tree(&mut runner).expect("a case").current()).collect()
}

/// What the scanner tells.
fn ours(case: &Case) -> Vec<Told> {
    let mut scanner = Scanner::new(case.first.terminator());
    let mut next = case.next.iter();
    let mut told = Vec::new();
    for step in &case.steps {
        match step {
            Step::Set(end) => scanner.set_terminator(end.terminator()),
            Step::Chunk(chunk) => feed(&mut scanner, chunk, &mut next, &mut told),
        }
    }
    told
}

fn feed<'a>(
    scanner: &mut Scanner,
    mut rest: &[u8],
    next: &mut impl Iterator<Item = &'a End>,
    told: &mut Vec<Told>,
) {
    loop {
        let (used, piece) = scanner.scan(rest);
        rest = &rest[used..];
        match piece {
            Piece::Data(data) | Piece::Unterminated(data) => match told.last_mut() {
                Some(Told::Data(before)) => before.extend_from_slice(data),
                _ => told.push(Told::Data(data.to_vec())),
            },
            Piece::Found(_) => {
                told.push(Told::Found);
                scanner.set_terminator(next.next().map_or(Terminator::none(), End::terminator));
            }
            Piece::More => return,
        }
    }
}

impl End {
    fn terminator(&self) -> Terminator {
        match self {
            Self::None => Terminator::none(),
            Self::Count(count) => (*count).into(),
            Self::Bytes(bytes) => Terminator::bytes(bytes.clone()).expect("it has bytes"),
        }
    }
}

fn agrees(python: &python::Python) {
    let cases = cases();
    let Some(theirs) = python.tell(&cases) else { return };
    assert_eq!(theirs.len(), cases.len(), "an answer for each case");
    let mut found = 0;
    for (case, theirs) in cases.iter().zip(theirs) {
        found += theirs.iter().filter(|told| **told == Told::Found).count();
        assert_eq!(ours(case), theirs, "{case:?}");
    }
    assert!(found > CASES, "the cases have terminators: {found}");
}

#[test]
fn the_scanner_tells_what_asynchat_of_python_2_tells() {
    agrees(&python::TWO);
}

#[test]
fn the_scanner_tells_what_asynchat_of_python_3_tells() {
    agrees(&python::THREE);
}

#[test]
fn the_prefix_at_the_end_is_the_originals() {
    let mut runner =
        TestRunner::new_with_rng(ProptestConfig::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let bytes = || vec(any::<bool>().prop_map(|is_b| if is_b { b'b' } else { b'a' }), 1..9);
    let pairs: Vec<(Vec<u8>, Vec<u8>)> =
        (0..CASES).map(|_| (bytes(), bytes()).new_tree(&mut runner).expect("a pair").current()).collect();
    for python in [&python::TWO, &python::THREE] {
        let Some(theirs) = python.prefixes(&pairs) else { continue };
        for ((haystack, needle), theirs) in pairs.iter().zip(theirs) {
            assert_eq!(find_prefix_at_end(haystack, needle), theirs, "{haystack:?} {needle:?}");
        }
    }
}
