//! Base64 (RFC 4648, 4), read one character at a time, so that an error has a place.
//!
//! rustls' types read PEM as well, but say no place, and take base64 that is not padded or has bits to spare.

use alloc::string::String;
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends what stands for these bytes, padded at its end.
pub(super) fn encode(bytes: &[u8], text: &mut String) {
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let character = ALPHABET[bits >> (18 - 6 * place) & 0x3f];
            text.push(if place <= group.len() { char::from(character) } else { '=' });
        }
    }
}

/// What was read so far.
#[derive(Default)]
pub(super) struct Base64 {
    bytes: Vec<u8>,
    /// The characters of a group that is not whole, six bits each, and how many there are.
    bits: u32,
    held: u32,
    padding: u32,
}

impl Base64 {
    /// Takes one character; whether it may stand here.
    pub(super) fn push(&mut self, character: u8) -> bool {
        if character == b'=' {
            self.padding += 1;
            return self.held >= 2 && self.held + self.padding <= 4;
        }
        let Some(sextet) = sextet(character).filter(|_| self.padding == 0) else { return false };
        self.bits = self.bits << 6 | sextet;
        self.held += 1;
        if self.held == 4 {
            self.bytes.extend(&self.bits.to_be_bytes()[1..]);
            (self.bits, self.held) = (0, 0);
        }
        true
    }

    /// The bytes; `None` where the last group is not whole, or has bits that stand for nothing.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        match (self.held, self.padding) {
            (0, 0) => {}
            (2, 2) if self.bits & 0xf == 0 => self.bytes.push((self.bits >> 4) as u8),
            (3, 1) if self.bits & 0x3 == 0 => self.bytes.extend(&((self.bits >> 2) as u16).to_be_bytes()),
            _ => return None,
        }
        Some(self.bytes)
    }
}

fn sextet(character: u8) -> Option<u32> {
    let value = match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}
