//! What stands in a certificate as text: [`CertificateText`].

use alloc::vec::Vec;
use core::fmt;

/// A text out of a certificate, byte for byte. Whoever wrote the certificate chose it, so it may be hostile: a name with a
/// NUL in it, which passed for the part before the NUL in many programs, or a line break that makes a log lie.
///
/// As text it is only had where neither can be. What it shows as is safe for a line of a log.
///
/// ```
/// use standpipe_core::tls::CertificateText;
///
/// let plain = CertificateText::new("example.org");
/// assert_eq!((plain.as_str(), plain.to_string()), (Some("example.org"), "example.org".into()));
///
/// let hostile = CertificateText::new("example.org\0.evil.example");
/// assert_eq!(hostile.as_str(), None);
/// assert_eq!(hostile.as_bytes(), b"example.org\0.evil.example");
/// assert_eq!(hostile.to_string(), r"example.org\x00.evil.example");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CertificateText(Vec<u8>);

impl CertificateText {
    /// A text of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes as they stand in the certificate.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, where it is one: UTF-8 without any control character.
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok().filter(|text| !text.contains(char::is_control))
    }
}

/// Where it is no plain text, every byte that is not printable ASCII is escaped.
impl fmt::Display for CertificateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => f.write_str(text),
            None => write!(f, "{}", self.0.escape_ascii()),
        }
    }
}
