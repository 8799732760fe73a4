//! Internet addresses as text: [`inet_pton`], [`inet_ntop`], and the two older ones, [`inet_aton`] and [`inet_ntoa`].

use alloc::string::{String, ToString};
use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Family;

/// Why a text or some bytes are no internet address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InetError {
    /// The text is no address of the family.
    #[error("'{text}' is no {family} address: write {}", example(*.family))]
    Text {
        /// The family that was asked for.
        family: Family,
        /// What was given.
        text: String,
    },
    /// The text is not even what the lax rules of inet_aton(3) take.
    #[error("'{0}' is no IPv4 address: write one to four numbers with dots between them, such as 127.0.0.1")]
    Lax(String),
    /// The family has another number of bytes.
    #[error("{len} bytes are no {family} address, which has {wanted}")]
    Length {
        /// The family that was asked for.
        family: Family,
        /// How many bytes were given.
        len: usize,
        /// How many it takes.
        wanted: usize,
    },
    /// The family has no such form (`EAFNOSUPPORT`).
    #[error("{0} addresses have no such form: ask for AF_INET or AF_INET6")]
    Family(Family),
}

fn example(family: Family) -> &'static str {
    if family == Family::INET6 { "one such as fe80::1" } else { "four numbers such as 192.0.2.1" }
}

/// An address of the family from text, strictly (inet_pton(3), SOC-52): of IPv4 four decimal numbers without leading
/// zeros, of IPv6 no zone. This is the parser to use on what somebody else has written.
///
/// # Errors
/// [`InetError::Text`], [`InetError::Family`].
///
/// ```
/// use standpipe_core::socket::{Family, inet_pton};
///
/// assert_eq!(inet_pton(Family::INET, "127.0.0.1")?.to_string(), "127.0.0.1");
/// assert!(inet_pton(Family::INET, "010.0.0.1").is_err());
/// assert!(inet_pton(Family::INET6, "fe80::1%lo").is_err());
/// # Ok::<(), standpipe_core::socket::InetError>(())
/// ```
pub fn inet_pton(family: Family, text: &str) -> Result<IpAddr, InetError> {
    let parsed = match family {
        Family::INET => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        Family::INET6 => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        other => return Err(InetError::Family(other)),
    };
    parsed.ok_or_else(|| InetError::Text { family, text: text.into() })
}

/// The text of an address of the family, from its bytes in network order (inet_ntop(3), SOC-53): of IPv6 lower case,
/// the longest run of zeros compressed, an embedded IPv4 address in decimal.
///
/// # Errors
/// [`InetError::Length`], [`InetError::Family`].
///
/// ```
/// use standpipe_core::socket::{Family, inet_ntop};
///
/// let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4];
/// assert_eq!(inet_ntop(Family::INET6, &mapped)?, "::ffff:1.2.3.4");
/// assert!(inet_ntop(Family::INET, &mapped).is_err());
/// # Ok::<(), standpipe_core::socket::InetError>(())
/// ```
pub fn inet_ntop(family: Family, bytes: &[u8]) -> Result<String, InetError> {
    match family {
        Family::INET => Ok(Ipv4Addr::from(exactly::<4>(family, bytes)?).to_string()),
        Family::INET6 => Ok(v6_text(Ipv6Addr::from(exactly::<16>(family, bytes)?))),
        other => Err(InetError::Family(other)),
    }
}

/// The text of an IPv4 address from its four bytes (inet_ntoa(3), SOC-51).
///
/// # Errors
/// [`InetError::Length`].
///
/// ```
/// assert_eq!(standpipe_core::socket::inet_ntoa(&[192, 0, 2, 1])?, "192.0.2.1");
/// # Ok::<(), standpipe_core::socket::InetError>(())
/// ```
pub fn inet_ntoa(bytes: &[u8]) -> Result<String, InetError> {
    inet_ntop(Family::INET, bytes)
}

fn exactly<const N: usize>(family: Family, bytes: &[u8]) -> Result<[u8; N], InetError> {
    bytes.try_into().map_err(|_| InetError::Length { family, len: bytes.len(), wanted: N })
}

/// As glibc has it, which writes an embedded IPv4 address also where it is not a mapped one.
fn v6_text(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let (start, len) = longest_zeros(&groups);
    let embedded = start == 0 && (len == 6 || (len == 5 && groups[5] == 0xffff));
    let mut text = String::new();
    for (index, group) in groups.iter().enumerate() {
        if (start..start + len).contains(&index) {
            text.push_str(if index == start { ":" } else { "" });
            continue;
        }
        text.push_str(if index == 0 { "" } else { ":" });
        if embedded && index == 6 {
            let [.., a, b, c, d] = address.octets();
            let _ = write!(text, "{}", Ipv4Addr::new(a, b, c, d));
            return text;
        }
        let _ = write!(text, "{group:x}");
    }
    if len > 0 && start + len == groups.len() {
        text.push(':');
    }
    text
}

/// Where the first of the longest runs of at least two zeros begins, and its length; 0 without one.
fn longest_zeros(groups: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut run) = ((0, 0), (0, 0));
    for (index, group) in groups.iter().enumerate() {
        run = match (*group, run.1) {
            (0, 0) => (index, 1),
            (0, len) => (run.0, len + 1),
            _ => (index, 0),
        };
        if run.1 > best.1 {
            best = run;
        }
    }
    if best.1 > 1 { best } else { (0, 0) }
}

/// An IPv4 address by the lax rules of inet_aton(3) (SOC-50): one to four numbers, each decimal, octal behind a `0` or
/// hexadecimal behind `0x`, the last one filling what is left; whatever follows white space is ignored.
///
/// What two programs read from such a text differs, which has let addresses through filters (SOC-T15). Use
/// [`inet_pton`] for anything that somebody else has written.
///
/// # Errors
/// [`InetError::Lax`].
///
/// ```
/// use standpipe_core::socket::inet_aton;
///
/// assert_eq!(inet_aton("127.1")?.octets(), [127, 0, 0, 1]);
/// assert_eq!(inet_aton("010.0x10.1 and more")?.octets(), [8, 16, 0, 1]);
/// assert!(inet_aton("1.2.3.4.5").is_err());
/// # Ok::<(), standpipe_core::socket::InetError>(())
/// ```
pub fn inet_aton(text: &str) -> Result<Ipv4Addr, InetError> {
    lax(text.as_bytes()).map(Ipv4Addr::from).ok_or_else(|| InetError::Lax(text.into()))
}

fn lax(text: &[u8]) -> Option<u32> {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r');
    let text = text.split(space).next()?;
    let mut parts = [0_u32; 4];
    let mut count = 0;
    for part in text.split(|byte| *byte == b'.') {
        *parts.get_mut(count)? = number(part)?;
        count += 1;
    }
    let (last, first) = parts[..count].split_last()?;
    let room = 32 - 8 * u32::try_from(first.len()).ok()?;
    if first.iter().any(|part| *part > 0xff) || u64::from(*last) >> room != 0 {
        return None;
    }
    let shifts = [24, 16, 8].into_iter();
    Some(first.iter().zip(shifts).fold(*last, |address, (part, shift)| address | (part << shift)))
}

fn number(part: &[u8]) -> Option<u32> {
    let (digits, radix) = match part {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        digits => (digits, 10),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}
