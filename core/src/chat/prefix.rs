//! The beginning of a terminator at the end of some bytes: [`find_prefix_at_end`].

use super::literal::Borders;

/// The length of the longest proper prefix of `needle` that ends `haystack` (ACH-45). 0 where there is none, and for an empty
/// needle.
///
/// It takes time in proportion to the needle; of the haystack no more is looked at than could be such a prefix. Needles of
/// more than 16 bytes allocate.
///
/// ```
/// use standpipe_core::chat::find_prefix_at_end;
///
/// assert_eq!(find_prefix_at_end(b"qwerty\r", b"\r\n"), 1);
/// assert_eq!(find_prefix_at_end(b"qwerty", b"\r\n"), 0);
/// assert_eq!(find_prefix_at_end(b"aaa", b"aaab"), 3);
/// // A whole needle is no proper prefix.
/// assert_eq!(find_prefix_at_end(b"\r\n", b"\r\n"), 0);
/// ```
pub fn find_prefix_at_end(haystack: &[u8], needle: &[u8]) -> usize {
    let longest = needle.len().saturating_sub(1).min(haystack.len());
    let borders = Borders::of(needle);
    let mut matched = 0;
    for byte in &haystack[haystack.len() - longest..] {
        while matched > 0 && needle[matched] != *byte {
            matched = borders.get(matched);
        }
        matched += usize::from(needle[matched] == *byte);
    }
    matched
}
