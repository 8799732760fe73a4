//! The bytes that are sent, which tell where they belong: [`piece`], [`Check`].

use std::io;
use std::sync::LazyLock;

/// A prime, so that a piece that is lost or doubled never goes unnoticed.
const PERIOD: usize = 65_521;

/// The longest piece.
pub(crate) const LONGEST: usize = 128 << 10;

static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    let mut bytes: Vec<u8> = (0..PERIOD).map(|_| next()).collect();
    while bytes.len() < PERIOD + LONGEST {
        bytes.extend_from_within(..PERIOD);
    }
    bytes
});

/// So many bytes of the pattern from this offset on.
pub(crate) fn piece(offset: usize, len: usize) -> &'static [u8] {
    &BYTES[offset % PERIOD..][..len]
}

/// Sees whether what arrives is the pattern.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Check {
    pub(crate) received: usize,
    damaged: bool,
}

impl Check {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for bytes in bytes.chunks(LONGEST) {
            self.damaged |= bytes != piece(self.received, bytes.len());
            self.received += bytes.len();
        }
    }

    /// Whether exactly so many have arrived, unchanged.
    pub(crate) fn verdict(self, expected: usize) -> io::Result<()> {
        match (self.received, self.damaged) {
            (received, false) if received == expected => Ok(()),
            (received, false) => Err(io::Error::other(format!("{received} bytes came of {expected}"))),
            (_, true) => Err(io::Error::other("other bytes came than were sent")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_recognised_in_any_cutting() {
        let mut check = Check::default();
        for len in [1, 65_536, 7, LONGEST] {
            check.take(piece(check.received, len));
        }
        assert!(check.verdict(1 + 65_536 + 7 + LONGEST).is_ok());
        assert!(check.verdict(1).is_err());
    }

    #[test]
    fn a_piece_that_is_missing_is_noticed() {
        let mut check = Check::default();
        check.take(piece(0, 4096));
        check.take(piece(4096 + 65_536, 4096));
        assert!(check.verdict(8192).is_err());
    }
}
