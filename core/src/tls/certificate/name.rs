//! Whom a certificate is for, or who issued it: [`DistinguishedName`].

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, Tagged};

use super::CertificateText;
use super::decode::{Read, each, identifier, within};

/// A name in the directory that never was (X.501): a sequence of sets of attributes, mostly of one each. It shows as
/// RFC 4514 has it, the last one first, with control characters escaped.
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{Certificate, CertificateError};
///
/// let mut params = rcgen::CertificateParams::default();
/// params.distinguished_name.push(rcgen::DnType::OrganizationName, "Pipes, Inc.");
/// let own = params.self_signed(&made.signing_key).unwrap();
/// let certificate = Certificate::from_der(own.der())?;
/// let subject = certificate.subject();
/// assert!(!subject.is_empty());
/// assert_eq!(subject.to_string(), r"O=Pipes\, Inc.,CN=rcgen self signed cert");
/// let first_of_each: Vec<_> = subject.sets().map(|set| set[0].long_name()).collect();
/// assert_eq!(first_of_each, [Some("commonName"), Some("organizationName")]);
/// let organization = subject.attributes().find(|attribute| attribute.short_name() == Some("O")).unwrap();
/// assert_eq!(organization.text().and_then(|text| text.as_str()), Some("Pipes, Inc."));
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct DistinguishedName(Vec<Vec<NameAttribute>>);

/// One attribute of a name.
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{Certificate, CertificateError};
///
/// let certificate = Certificate::from_der(made.cert.der())?;
/// let attribute = certificate.issuer().attributes().next().unwrap();
/// assert_eq!(attribute.identifier(), "2.5.4.3");
/// assert_eq!((attribute.short_name(), attribute.long_name()), (Some("CN"), Some("commonName")));
/// assert_eq!(attribute.text().unwrap().as_str(), Some("rcgen self signed cert"));
/// assert_eq!(attribute.der()[..2], [12, 22]); // a UTF8String of 22 bytes
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NameAttribute {
    identifier: String,
    text: Option<CertificateText>,
    der: Vec<u8>,
}

/// Which attributes have names, as OpenSSL knows them: identifier, short name, long name.
const ATTRIBUTES: &[(&str, &str, &str)] = &[
    ("2.5.4.3", "CN", "commonName"),
    ("2.5.4.4", "SN", "surname"),
    ("2.5.4.5", "serialNumber", "serialNumber"),
    ("2.5.4.6", "C", "countryName"),
    ("2.5.4.7", "L", "localityName"),
    ("2.5.4.8", "ST", "stateOrProvinceName"),
    ("2.5.4.9", "street", "streetAddress"),
    ("2.5.4.10", "O", "organizationName"),
    ("2.5.4.11", "OU", "organizationalUnitName"),
    ("2.5.4.12", "title", "title"),
    ("2.5.4.13", "description", "description"),
    ("2.5.4.15", "businessCategory", "businessCategory"),
    ("2.5.4.17", "postalCode", "postalCode"),
    ("2.5.4.20", "telephoneNumber", "telephoneNumber"),
    ("2.5.4.41", "name", "name"),
    ("2.5.4.42", "GN", "givenName"),
    ("2.5.4.43", "initials", "initials"),
    ("2.5.4.44", "generationQualifier", "generationQualifier"),
    ("2.5.4.46", "dnQualifier", "dnQualifier"),
    ("2.5.4.65", "pseudonym", "pseudonym"),
    ("0.9.2342.19200300.100.1.1", "UID", "userId"),
    ("0.9.2342.19200300.100.1.25", "DC", "domainComponent"),
    ("1.2.840.113549.1.9.1", "emailAddress", "emailAddress"),
    ("1.2.840.113549.1.9.2", "unstructuredName", "unstructuredName"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress", "unstructuredAddress"),
    ("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL", "jurisdictionLocalityName"),
    ("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST", "jurisdictionStateOrProvinceName"),
    ("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC", "jurisdictionCountryName"),
];

impl DistinguishedName {
    /// Whether it has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.attributes().next().is_none()
    }

    /// The sets of attributes, in the order of the certificate.
    pub fn sets(&self) -> impl Iterator<Item = &[NameAttribute]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// All attributes, in the order of the certificate.
    pub fn attributes(&self) -> impl Iterator<Item = &NameAttribute> {
        self.0.iter().flatten()
    }

    pub(super) fn decode(r: &mut SliceReader<'_>) -> Read<Self> {
        let sets = within(r, Tag::Sequence, |r| each(r, |r| within(r, Tag::Set, |r| each(r, attribute))))?;
        Ok(Self(sets))
    }
}

impl NameAttribute {
    /// What it is, as an object identifier, its numbers with dots between them.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// What it is, in short, as OpenSSL knows it: `CN`.
    pub fn short_name(&self) -> Option<&'static str> {
        self.names().map(|(short, _)| short)
    }

    /// What it is, as the original tells it: `commonName`.
    pub fn long_name(&self) -> Option<&'static str> {
        self.names().map(|(_, long)| long)
    }

    fn names(&self) -> Option<(&'static str, &'static str)> {
        let known = ATTRIBUTES.iter().find(|(identifier, ..)| *identifier == self.identifier);
        known.map(|(_, short, long)| (*short, *long))
    }

    /// Its value in UTF-8, whatever kind of string it is; `None` where it is no string, or not what its kind may be.
    pub fn text(&self) -> Option<&CertificateText> {
        self.text.as_ref()
    }

    /// Its value as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

fn attribute(r: &mut SliceReader<'_>) -> Read<NameAttribute> {
    within(r, Tag::Sequence, |r| {
        let (identifier, der) = (identifier(r)?, r.tlv_bytes()?);
        let text = text(AnyRef::from_der(der)?).map(CertificateText::new);
        Ok(NameAttribute { identifier, text, der: der.into() })
    })
}

fn text(value: AnyRef<'_>) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String => String::from_utf8(bytes.into()).ok(),
        Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            String::from_utf8(bytes.into()).ok().filter(|text| text.is_ascii())
        }
        // Latin 1 in practice, whatever the standard says.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let pairs = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(u16::from_be_bytes));
            let units: Vec<u16> = pairs.collect::<Result<_, _>>().ok()?;
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, set) in self.0.iter().rev().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            for (index, attribute) in set.iter().enumerate() {
                f.write_str(if index > 0 { "+" } else { "" })?;
                write!(f, "{attribute}")?;
            }
        }
        Ok(())
    }
}

/// As a part of a name: `CN=example.org`, or `1.2.3=#0c0141` where there is no name or no text.
impl fmt::Display for NameAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.as_ref().and_then(|text| core::str::from_utf8(text.as_bytes()).ok());
        let (Some(name), Some(text)) = (self.short_name(), text) else {
            write!(f, "{}=#", self.identifier)?;
            return self.der.iter().try_for_each(|byte| write!(f, "{byte:02x}"));
        };
        write!(f, "{name}=")?;
        text.char_indices().try_for_each(|(at, c)| escaped(c, at == 0, at + c.len_utf8() == text.len(), f))
    }
}

/// RFC 4514, 2.4.
fn escaped(c: char, is_first: bool, is_last: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}"),
        '#' if is_first => f.write_str("\\#"),
        ' ' if is_first || is_last => f.write_str("\\ "),
        c if c.is_control() => {
            c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "\\{byte:02x}"))
        }
        c => f.write_char(c),
    }
}
