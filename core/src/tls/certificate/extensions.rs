//! The extensions that are looked at: [`Extensions`] (RFC 5280, 4.2).

use alloc::vec::Vec;

use der::asn1::BitStringRef;
use der::{Decode, SliceReader, Tag};

use super::decode::{Broken, Read, content, context, each, identifier, is_next, part, rest, within};
use super::{AlternativeName, CertificateError, CertificateText};

const OCSP: &str = "1.3.6.1.5.5.7.48.1";
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Extensions {
    pub(super) alternative_names: Vec<AlternativeName>,
    pub(super) ocsp: Vec<CertificateText>,
    pub(super) issuers: Vec<CertificateText>,
    pub(super) revocation_lists: Vec<CertificateText>,
    pub(super) is_authority: bool,
    /// The bits, the first one the highest of the first byte; `None` where nothing is said.
    pub(super) key_usage: Option<Vec<u8>>,
}

/// One that is looked at.
#[derive(Clone, Copy)]
enum Known {
    AlternativeNames,
    AuthorityAccess,
    BasicConstraints,
    DistributionPoints,
    KeyUsage,
}

impl Known {
    const ALL: [Self; 5] = [
        Self::AlternativeNames,
        Self::AuthorityAccess,
        Self::BasicConstraints,
        Self::DistributionPoints,
        Self::KeyUsage,
    ];

    fn identifier(self) -> &'static str {
        match self {
            Self::AlternativeNames => "2.5.29.17",
            Self::AuthorityAccess => "1.3.6.1.5.5.7.1.1",
            Self::BasicConstraints => "2.5.29.19",
            Self::DistributionPoints => "2.5.29.31",
            Self::KeyUsage => "2.5.29.15",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::AlternativeNames => "subjectAltName",
            Self::AuthorityAccess => "authorityInfoAccess",
            Self::BasicConstraints => "basicConstraints",
            Self::DistributionPoints => "cRLDistributionPoints",
            Self::KeyUsage => "keyUsage",
        }
    }
}

impl Extensions {
    /// Reads them where they come next.
    pub(super) fn decode(r: &mut SliceReader<'_>) -> Read<Self> {
        let mut extensions = Self::default();
        if !is_next(r, context(3, true)) {
            return Ok(extensions);
        }
        let mut seen = [false; Known::ALL.len()];
        within(r, context(3, true), |r| {
            within(r, Tag::Sequence, |r| each(r, |r| extensions.extension(&mut seen, r)))
        })?;
        Ok(extensions)
    }

    fn extension(&mut self, seen: &mut [bool; Known::ALL.len()], r: &mut SliceReader<'_>) -> Read<()> {
        within(r, Tag::Sequence, |r| {
            let identifier = identifier(r)?;
            Option::<bool>::decode(r)?; // whether it is critical
            let Some(known) = Known::ALL.into_iter().find(|known| known.identifier() == identifier) else {
                return content(r, Tag::OctetString).map(drop);
            };
            if core::mem::replace(&mut seen[known as usize], true) {
                return Err(Broken::Told(CertificateError::Repeated(known.name())));
            }
            part(known.name(), within(r, Tag::OctetString, |r| self.value(known, r)))
        })
    }

    fn value(&mut self, known: Known, r: &mut SliceReader<'_>) -> Read<()> {
        match known {
            Known::AlternativeNames => self.alternative_names = general_names(Tag::Sequence, r)?,
            Known::AuthorityAccess => {
                within(r, Tag::Sequence, |r| each(r, |r| self.access(r)))?;
            }
            Known::BasicConstraints => self.is_authority = is_authority(r)?,
            Known::DistributionPoints => {
                let lists = within(r, Tag::Sequence, |r| each(r, distribution_point))?;
                self.revocation_lists = lists.into_iter().flatten().collect();
            }
            Known::KeyUsage => self.key_usage = Some(BitStringRef::decode(r)?.raw_bytes().into()),
        }
        Ok(())
    }

    /// Where something is that helps to verify it (RFC 5280, 4.2.2.1).
    fn access(&mut self, r: &mut SliceReader<'_>) -> Read<()> {
        within(r, Tag::Sequence, |r| {
            let kind = identifier(r)?;
            let AlternativeName::Uri(uri) = AlternativeName::decode(r)? else { return Ok(()) };
            match &*kind {
                OCSP => self.ocsp.push(uri),
                CA_ISSUERS => self.issuers.push(uri),
                _ => {}
            }
            Ok(())
        })
    }
}

fn general_names(tag: Tag, r: &mut SliceReader<'_>) -> Read<Vec<AlternativeName>> {
    within(r, tag, |r| each(r, AlternativeName::decode))
}

fn is_authority(r: &mut SliceReader<'_>) -> Read<bool> {
    within(r, Tag::Sequence, |r| {
        let is_authority = Option::<bool>::decode(r)?.unwrap_or(false);
        if is_next(r, Tag::Integer) {
            content(r, Tag::Integer)?; // how many may be below it
        }
        Ok(is_authority)
    })
}

/// The URIs of one place where lists are (RFC 5280, 4.2.1.13).
fn distribution_point(r: &mut SliceReader<'_>) -> Read<Vec<CertificateText>> {
    within(r, Tag::Sequence, |r| {
        let mut names = Vec::new();
        if is_next(r, context(0, true)) {
            names = within(r, context(0, true), |r| match is_next(r, context(0, true)) {
                true => general_names(context(0, true), r),
                false => rest(r).map(|_| Vec::new()), // relative to the issuer's name
            })?;
        }
        rest(r)?; // for which reasons, and who issues the list
        let uri = |name| if let AlternativeName::Uri(uri) = name { Some(uri) } else { None };
        Ok(names.into_iter().filter_map(uri).collect())
    })
}
