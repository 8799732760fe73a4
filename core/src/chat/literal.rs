//! One byte string to look for: [`Literal`].

use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;

use super::patterns::{Death, Patterns, ROOT};

/// One byte string that is not empty, with what a search needs to go over each byte once. Its nodes are the lengths of its
/// prefixes.
#[derive(Clone)]
pub(super) struct Literal {
    bytes: Bytes,
    /// The first of them, without the way through `bytes`.
    first: u8,
    borders: Borders,
}

impl Literal {
    /// `bytes` must not be empty.
    pub(super) fn new(bytes: Bytes) -> Self {
        let borders = Borders::of(&bytes);
        Self { first: bytes[0], bytes, borders }
    }

    /// A short one that costs no allocation.
    pub(super) const fn short<const N: usize>(bytes: &'static [u8; N]) -> Self {
        const { assert!(N > 0 && N <= SHORT, "for short literals") };
        let borders = Borders::Short(short_borders(bytes));
        Self { bytes: Bytes::from_static(bytes), first: bytes[0], borders }
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether a match may begin with this byte.
    #[inline]
    pub(super) fn begins_with(&self, byte: u8) -> bool {
        self.first == byte
    }
}

/// One byte or two, such as lines end with: where that is all there is to look for, and nothing is held, few questions are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Short {
    first: u8,
    second: Option<u8>,
}

impl Short {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [first] => Some(Self { first, second: None }),
            [first, second] => Some(Self { first, second: Some(second) }),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn len(self) -> usize {
        1 + usize::from(self.second.is_some())
    }

    /// Where it lies; or how many bytes were looked at in vain, since it is not there or its first byte comes by itself before.
    #[inline]
    pub(super) fn find(self, input: &[u8]) -> Result<usize, usize> {
        let Some(at) = memchr::memchr(self.first, input) else { return Err(input.len()) };
        match self.second {
            Some(second) if input.get(at + 1) != Some(&second) => Err(input.len().min(at + 2)),
            _ => Ok(at),
        }
    }
}

#[inline]
fn position(byte: u8, input: &[u8]) -> Option<usize> {
    // A call costs more than a few looks: a stream may come byte by byte.
    if input.len() < 4 { input.iter().position(|other| *other == byte) } else { memchr::memchr(byte, input) }
}

impl Patterns for Literal {
    #[inline]
    fn first(&self, input: &[u8]) -> Option<usize> {
        position(self.first, input)
    }

    #[inline]
    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        (self.bytes[node] == byte).then_some(node + 1)
    }

    #[inline]
    fn decided(&self, node: usize) -> Option<usize> {
        (node == self.bytes.len()).then_some(0)
    }

    fn depth(&self, node: usize) -> usize {
        node
    }

    fn pattern(&self, _: usize) -> usize {
        0
    }

    fn death(&self, node: usize) -> Death {
        Death::Fall(self.borders.get(node))
    }
}

/// For each prefix the length of its longest border: a proper prefix that is also its end.
#[derive(Clone)]
pub(super) enum Borders {
    /// Those of a literal of up to [`SHORT`] bytes, from the prefix of two bytes on: one byte has none. So they take two words
    /// with their kind, and an idle connection stays small.
    Short([u8; SHORT - 1]),
    Long(Arc<Vec<usize>>),
}

/// The longest literal whose borders are kept in place.
const SHORT: usize = 16;

impl Borders {
    pub(super) fn of(bytes: &[u8]) -> Self {
        if bytes.len() <= SHORT {
            return Self::Short(short_borders(bytes));
        }
        let mut borders: Vec<usize> = Vec::with_capacity(bytes.len());
        borders.push(0);
        for at in 1..bytes.len() {
            let mut border = borders[at - 1];
            while border > 0 && bytes[border] != bytes[at] {
                border = borders[border - 1];
            }
            borders.push(border + usize::from(bytes[border] == bytes[at]));
        }
        Self::Long(Arc::new(borders))
    }

    /// The border of the prefix of length `node`, which is not 0.
    pub(super) fn get(&self, node: usize) -> usize {
        debug_assert!(node > ROOT, "nothing has no border");
        match self {
            Self::Short(_) if node == 1 => 0,
            Self::Short(borders) => usize::from(borders[node - 2]),
            Self::Long(borders) => borders[node - 1],
        }
    }
}

/// By loops that can run at compile time.
const fn short_borders(bytes: &[u8]) -> [u8; SHORT - 1] {
    let mut borders = [0; SHORT];
    let mut at = 1;
    while at < bytes.len() {
        let mut border = borders[at - 1];
        while border > 0 && bytes[border as usize] != bytes[at] {
            border = borders[border as usize - 1];
        }
        borders[at] = border + (bytes[border as usize] == bytes[at]) as u8;
        at += 1;
    }
    let [_, longer @ ..] = borders;
    longer
}
