//! Certificates as text: PEM (RFC 7468; SSL-36 to SSL-38).
//!
//! What stands around the blocks is passed over, and so are whole blocks of another kind, such as a key in the same file.
//! Between the two lines of a certificate nothing is but base64 and white space; whatever else is there is an error with its
//! place, never a certificate fewer.
//!
//! ```
//! use standpipe_core::tls::pem::{self, FOOTER, HEADER, PemError};
//!
//! let text = pem::encode(b"DER of one");
//! assert_eq!(text, format!("{HEADER}\nREVSIG9mIG9uZQ==\n{FOOTER}\n"));
//! assert_eq!(pem::decode(text.as_bytes())?, b"DER of one");
//!
//! let chain = format!("# ours\n{text}# its issuer's\n{}", pem::encode(b"DER of another"));
//! assert_eq!(pem::decode_all(chain.as_bytes())?, [&b"DER of one"[..], b"DER of another"]);
//! assert_eq!(pem::decode(chain.as_bytes()), Err(PemError::Several { line: 6 }));
//! # Ok::<(), PemError>(())
//! ```

mod base64;

use alloc::string::String;
use alloc::vec::Vec;

use base64::Base64;

/// The line before a certificate.
pub const HEADER: &str = "-----BEGIN CERTIFICATE-----";
/// The line after a certificate.
pub const FOOTER: &str = "-----END CERTIFICATE-----";

/// How many characters of base64 stand on a line (RFC 7468, 2).
const COLUMNS: usize = 64;

/// Why a text does not give the certificates that are wanted of it. Lines and columns (bytes of a line) count from 1.
///
/// ```
/// use standpipe_core::tls::pem::{self, FOOTER, HEADER, PemError};
///
/// assert_eq!(pem::decode(b"nothing of the kind"), Err(PemError::Missing));
/// let text = format!("{HEADER}\nMAAB\nM?A=\n{FOOTER}\n");
/// assert_eq!(pem::decode(text.as_bytes()), Err(PemError::Character { line: 3, column: 2 }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// There is no certificate in the text. It may be DER already.
    #[error("there is no certificate in the text: no line is '{HEADER}'")]
    Missing,
    /// There is another certificate, in the block that this line begins.
    #[error("line {line}: a second certificate where one is wanted")]
    Several {
        /// The line that begins it.
        line: usize,
    },
    /// A line that begins or ends a block, but is not whole, or ends another block than the one that was begun.
    #[error("line {line}: the beginning or the end of a block does not fit what is before it")]
    Boundary {
        /// That line.
        line: usize,
    },
    /// The text ends within a block.
    #[error("line {line}: the block that begins here has no end")]
    Unended {
        /// The line that begins the block.
        line: usize,
    },
    /// What stands here is no base64, or stands behind its end.
    #[error("line {line}, column {column}: this is not base64, or stands behind its end")]
    Character {
        /// The line of the character.
        line: usize,
        /// Its place in the line.
        column: usize,
    },
    /// There is no base64 in a block, or it is cut off or padded wrongly.
    #[error("line {line}: the base64 before the end of the block is missing, cut off or padded wrongly")]
    Length {
        /// The line that ends the block.
        line: usize,
    },
}

/// The text of a certificate: [`HEADER`], base64 in lines of 64 characters, [`FOOTER`], each with a newline. What is in the
/// DER is not looked at.
///
/// ```
/// use standpipe_core::tls::pem;
///
/// let chain: String = [&[1; 48][..], &[2; 49]].map(pem::encode).concat();
/// assert_eq!(chain.lines().map(str::len).collect::<Vec<_>>(), [27, 64, 25, 27, 64, 4, 25]);
/// ```
pub fn encode(der: &[u8]) -> String {
    let mut text = String::with_capacity(HEADER.len() + FOOTER.len() + 4 + der.len() * 3 / 2);
    text.extend([HEADER, "\n"]);
    for line in der.chunks(COLUMNS / 4 * 3) {
        base64::encode(line, &mut text);
        text.push('\n');
    }
    text.extend([FOOTER, "\n"]);
    text
}

/// The DER of the only certificate in a text.
///
/// # Errors
/// Those of [`decode_all`], and [`PemError::Several`] where it is not the only one.
///
/// ```
/// use standpipe_core::tls::pem;
///
/// let text = "the text of a mail\r\n-----BEGIN CERTIFICATE-----\r\nMA\r\nA=\r\n-----END CERTIFICATE-----\r\n";
/// assert_eq!(pem::decode(text.as_bytes()), Ok(vec![0x30, 0]));
/// ```
pub fn decode(pem: &[u8]) -> Result<Vec<u8>, PemError> {
    let mut found = blocks(pem)?.into_iter();
    let (_, first) = found.next().ok_or(PemError::Missing)?;
    match found.next() {
        None => Ok(first),
        Some((line, _)) => Err(PemError::Several { line }),
    }
}

/// The DER of every certificate in a text, in order; at least one. What the DER says is not looked at. It takes as long as the
/// text is, and as much memory.
///
/// # Errors
/// [`PemError::Missing`] where there is none; the others where a block is not as it should be, whatever comes before or
/// after it.
///
/// ```
/// use standpipe_core::tls::pem::{self, FOOTER, HEADER, PemError};
///
/// let cut = format!("{}{HEADER}\nMAA=\n", pem::encode(&[0x30, 0]));
/// assert_eq!(pem::decode_all(cut.as_bytes()), Err(PemError::Unended { line: 4 }));
/// let swapped = format!("{FOOTER}\nMAA=\n{HEADER}\n");
/// assert_eq!(pem::decode_all(swapped.as_bytes()), Err(PemError::Boundary { line: 1 }));
/// ```
pub fn decode_all(pem: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    let found = blocks(pem)?;
    if found.is_empty() {
        return Err(PemError::Missing);
    }
    Ok(found.into_iter().map(|(_, der)| der).collect())
}

/// Every certificate, with the line that begins it.
fn blocks(pem: &[u8]) -> Result<Vec<(usize, Vec<u8>)>, PemError> {
    let mut found = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (index, text) in pem.split(|byte| *byte == b'\n').enumerate() {
        let (line, text) = (index + 1, text.trim_ascii_end());
        open = match (open, Boundary::of(text)) {
            (None, None) => None,
            (None, Some(Boundary::Begin(label))) => Some(Block::begun(label, line)),
            (Some(mut block), None) => {
                block.take(text, line)?;
                Some(block)
            }
            (Some(block), Some(Boundary::End(label))) if block.label == label => {
                found.extend(block.ended(line)?);
                None
            }
            (_, Some(_)) => return Err(PemError::Boundary { line }),
        };
    }
    match open {
        None => Ok(found),
        Some(block) => Err(PemError::Unended { line: block.line }),
    }
}

/// A line that begins or ends a block.
enum Boundary<'a> {
    Begin(&'a [u8]),
    End(&'a [u8]),
    Broken,
}

impl<'a> Boundary<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let label = |rest: &'a [u8]| rest.strip_suffix(b"-----");
        if let Some(rest) = line.strip_prefix(b"-----BEGIN ") {
            return Some(label(rest).map_or(Self::Broken, Self::Begin));
        }
        let rest = line.strip_prefix(b"-----END ")?;
        Some(label(rest).map_or(Self::Broken, Self::End))
    }
}

/// A block that was begun.
struct Block<'a> {
    label: &'a [u8],
    line: usize,
    /// What is in it; `None` where it is no certificate.
    body: Option<Base64>,
}

impl<'a> Block<'a> {
    fn begun(label: &'a [u8], line: usize) -> Self {
        Self { label, line, body: (label == b"CERTIFICATE").then(Base64::default) }
    }

    fn take(&mut self, text: &[u8], line: usize) -> Result<(), PemError> {
        let Some(body) = &mut self.body else { return Ok(()) };
        let characters = text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
        for (index, character) in characters {
            if !body.push(*character) {
                return Err(PemError::Character { line, column: index + 1 });
            }
        }
        Ok(())
    }

    /// The certificate, where it is one; this line ends the block.
    fn ended(self, line: usize) -> Result<Option<(usize, Vec<u8>)>, PemError> {
        let Some(body) = self.body else { return Ok(None) };
        let der = body.finish().filter(|der| !der.is_empty()).ok_or(PemError::Length { line })?;
        Ok(Some((self.line, der)))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::{FOOTER, HEADER, PemError, decode, decode_all, encode};

    fn block(body: &str) -> String {
        format!("{HEADER}\n{body}\n{FOOTER}\n")
    }

    #[test]
    fn what_is_around_the_blocks_is_passed_over() {
        let key = "-----BEGIN PRIVATE KEY-----\nProc-Type: ?!\n\nMA=\n-----END PRIVATE KEY-----\n";
        let text = format!("subject=a\n----\n{}{key}--- end ---\n{}", encode(b"a"), encode(b"b").trim_end());
        assert_eq!(decode_all(text.as_bytes()), Ok([b"a", b"b"].map(|der| der.to_vec()).into()));
        assert_eq!(decode(key.as_bytes()), Err(PemError::Missing));
    }

    #[test]
    fn white_space_is_all_that_may_stand_between_the_lines() {
        for body in ["MAA=", "MAA=\r", "\n M A\tA =  \n\n", "M\nA\nA\n="] {
            assert_eq!(decode(block(body).as_bytes()), Ok([0x30, 0].into()), "{body:?}");
        }
        for (body, line, column) in [
            ("MA\u{e4}=", 2, 3),
            ("MA\n# two\nA=", 3, 1),
            ("MAA=\nMAA=", 3, 1),
            ("MA==A", 2, 5),
            ("=MAA", 2, 1),
            ("M===", 2, 2),
            ("MAA==", 2, 5),
            ("MA-_", 2, 3),
            ("----- what -----", 2, 1),
            ("MA\0A", 2, 3),
        ] {
            let wanted = Err(PemError::Character { line, column });
            assert_eq!(decode(block(body).as_bytes()), wanted, "{body:?}");
        }
    }

    #[test]
    fn base64_is_whole_and_the_only_one_for_its_bytes() {
        for body in ["", " ", "M", "MA", "MAA", "MA=", "MAAB\nMA", "MB==", "MAB="] {
            let line = 3 + body.matches('\n').count();
            assert_eq!(decode(block(body).as_bytes()), Err(PemError::Length { line }), "{body:?}");
        }
    }

    #[test]
    fn boundaries_fit() {
        for (text, line) in [
            ("-----BEGIN CERTIFICATE----\nMAA=\n-----END CERTIFICATE-----", 1),
            ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE----", 3),
            ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----", 3),
            ("-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", 2),
            ("-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", 2),
            ("\n\n-----END CERTIFICATE-----", 3),
        ] {
            assert_eq!(decode(text.as_bytes()), Err(PemError::Boundary { line }), "{text:?}");
        }
        let unended = "\n-----BEGIN PRIVATE KEY-----\nMAA=\n";
        assert_eq!(decode(unended.as_bytes()), Err(PemError::Unended { line: 2 }));
    }
}
