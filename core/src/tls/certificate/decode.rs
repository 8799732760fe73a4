//! From DER to a [`Certificate`].
//!
//! The reader is `der`'s. Its ready-made types for certificates are passed by: they refuse dates before 1970 and long serial
//! numbers, and sort each set of a name, in time that grows with the square of what a peer puts into it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use der::asn1::BitStringRef;
use der::{Decode, Header, Reader, SliceReader, Tag, TagMode, TagNumber};

use super::extensions::Extensions;
use super::{Certificate, CertificateError, DistinguishedName, oid};
use crate::tls::CertificateTime;
use crate::tls::time::Civil;

/// What something was signed with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Algorithm {
    pub(super) oid: String,
    /// What stands behind the identifier, as DER.
    pub(super) parameters: Vec<u8>,
}

/// Why reading has stopped: at this byte, or with all that is to be said of it.
#[derive(Debug)]
pub(super) enum Broken {
    At(usize),
    Told(CertificateError),
}

impl From<der::Error> for Broken {
    fn from(error: der::Error) -> Self {
        Self::At(error.position().map_or(0, |at| u32::from(at) as usize))
    }
}

pub(super) type Read<T> = Result<T, Broken>;

/// At this place.
pub(super) fn broken<'a>(r: &impl Reader<'a>) -> Broken {
    Broken::At(u32::from(r.position()) as usize)
}

impl Broken {
    fn of(self, part: &'static str) -> CertificateError {
        match self {
            Self::At(at) => CertificateError::Malformed { part, at },
            Self::Told(error) => error,
        }
    }
}

/// Names the part of the certificate that is read here, for errors.
pub(super) fn part<T>(part: &'static str, read: Read<T>) -> Read<T> {
    read.map_err(|broken| Broken::Told(broken.of(part)))
}

/// The content of what has this tag.
pub(super) fn content<'a>(r: &mut SliceReader<'a>, tag: Tag) -> Read<&'a [u8]> {
    let header = Header::decode(r)?;
    header.tag().assert_eq(tag).map_err(|_| broken(r))?;
    Ok(r.read_slice(header.length())?)
}

/// Reads what has this tag from within, to its end.
pub(super) fn within<'a, T>(
    r: &mut SliceReader<'a>,
    tag: Tag,
    read: impl FnOnce(&mut SliceReader<'a>) -> Read<T>,
) -> Read<T> {
    let header = Header::decode(r)?;
    header.tag().assert_eq(tag).map_err(|_| broken(r))?;
    r.read_nested(header.length(), read)
}

/// One after the other, until there is no more.
pub(super) fn each<'a, T>(
    r: &mut SliceReader<'a>,
    mut read: impl FnMut(&mut SliceReader<'a>) -> Read<T>,
) -> Read<Vec<T>> {
    let mut all = Vec::new();
    while !r.is_finished() {
        all.push(read(r)?);
    }
    Ok(all)
}

/// Whether this tag comes next.
pub(super) fn is_next(r: &SliceReader<'_>, tag: Tag) -> bool {
    Tag::peek(r).is_ok_and(|next| next == tag)
}

/// The tag that only the place gives a meaning.
pub(super) fn context(number: u32, constructed: bool) -> Tag {
    TagNumber(number).context_specific(constructed)
}

/// All that is left, as it is.
pub(super) fn rest<'a>(r: &mut SliceReader<'a>) -> Read<&'a [u8]> {
    let left = r.remaining_len();
    Ok(r.read_slice(left)?)
}

pub(super) fn identifier(r: &mut SliceReader<'_>) -> Read<String> {
    oid::dotted(content(r, Tag::ObjectIdentifier)?).ok_or_else(|| broken(r))
}

pub(super) fn certificate(der: &[u8]) -> Result<Certificate, CertificateError> {
    whole(der).map_err(|broken| broken.of("certificate"))
}

fn whole(der: &[u8]) -> Read<Certificate> {
    let mut reader = SliceReader::new(der)?;
    let certificate = within(&mut reader, Tag::Sequence, |r| {
        let certificate = within(r, Tag::Sequence, |r| to_be_signed(der, r))?;
        let outer = part("signatureAlgorithm", algorithm(r))?;
        if outer != certificate.algorithm {
            return part("signatureAlgorithm", Err(broken(r)));
        }
        BitStringRef::decode(r)?;
        Ok(certificate)
    })?;
    reader.finish()?;
    Ok(certificate)
}

fn to_be_signed(der: &[u8], r: &mut SliceReader<'_>) -> Read<Certificate> {
    let version = part("version", version(r))?;
    let serial_number = part("serialNumber", serial_number(r))?;
    let algorithm = part("signature", algorithm(r))?;
    let issuer = part("issuer", DistinguishedName::decode(r))?;
    let validity = within(r, Tag::Sequence, |r| Ok((time(r)?, time(r)?)));
    let (not_before, not_after) = part("validity", validity)?;
    let subject = part("subject", DistinguishedName::decode(r))?;
    content(r, Tag::Sequence)?; // its key
    for unique in [context(1, false), context(2, false)] {
        if is_next(r, unique) {
            content(r, unique)?;
        }
    }
    let extensions = part("extensions", Extensions::decode(r))?;
    let der = der.into();
    Ok(Certificate {
        der,
        version,
        serial_number,
        algorithm,
        issuer,
        not_before,
        not_after,
        subject,
        extensions,
    })
}

fn version(r: &mut SliceReader<'_>) -> Read<u8> {
    match r.context_specific::<u8>(TagNumber(0), TagMode::Explicit)? {
        None => Ok(1),
        Some(number @ 0..=2) => Ok(number + 1),
        Some(_) => Err(broken(r)),
    }
}

fn serial_number(r: &mut SliceReader<'_>) -> Read<String> {
    let bytes = content(r, Tag::Integer)?;
    let Some(first) = bytes.first() else { return Err(broken(r)) };
    let is_negative = first & 0x80 != 0;
    let mut number = bytes.to_vec();
    if is_negative {
        // Two's complement: from its end, zeros stay, and what is before the last one bit is turned round.
        let last = number.iter().rposition(|byte| *byte != 0).expect("the first byte is not zero");
        number[..last].iter_mut().for_each(|byte| *byte = !*byte);
        number[last] = number[last].wrapping_neg();
    }
    let zeros = number.iter().take(number.len() - 1).take_while(|byte| **byte == 0).count();
    let digits = number[zeros..].iter().map(|byte| format!("{byte:02X}"));
    Ok(is_negative.then(|| "-".into()).into_iter().chain(digits).collect())
}

pub(super) fn algorithm(r: &mut SliceReader<'_>) -> Read<Algorithm> {
    within(r, Tag::Sequence, |r| Ok(Algorithm { oid: identifier(r)?, parameters: rest(r)?.into() }))
}

/// As RFC 5280, 4.1.2.5 has them: to the second, and in UTC.
fn time(r: &mut SliceReader<'_>) -> Read<CertificateTime> {
    let is_short = is_next(r, Tag::UtcTime);
    let text = content(r, if is_short { Tag::UtcTime } else { Tag::GeneralizedTime })?;
    let digits = text.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit));
    let pairs: Vec<u8> = digits.unwrap_or_default().chunks(2).map(pair).collect();
    let (year, rest) = match pairs[..] {
        [year, ref rest @ ..] if is_short && year < 50 => (2000 + u16::from(year), rest),
        [year, ref rest @ ..] if is_short => (1900 + u16::from(year), rest),
        [century, year, ref rest @ ..] => (u16::from(century) * 100 + u16::from(year), rest),
        _ => return Err(broken(r)),
    };
    let [month, day, hour, minute, second] = *rest else { return Err(broken(r)) };
    let civil = Civil { year, month, day, hour, minute, second };
    civil.try_into().map_err(|_| broken(r))
}

/// What two digits come to; a single one comes to no number of two digits.
fn pair(digits: &[u8]) -> u8 {
    match digits {
        [tens, ones] => (tens - b'0') * 10 + (ones - b'0'),
        _ => u8::MAX,
    }
}
