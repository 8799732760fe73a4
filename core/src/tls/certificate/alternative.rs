//! The names and addresses that a certificate is for: [`AlternativeName`].

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use der::{Header, SliceReader, Tag, TagNumber};

use super::decode::{Read, broken, content, context, identifier, rest, within};
use super::{CertificateText, DistinguishedName, oid};

/// A name or address that a certificate is for (RFC 5280, 4.2.1.6; SSL-66). It shows as OpenSSL has it.
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{AlternativeName, Certificate, CertificateError};
///
/// let names = ["example.org", "*.example.org", "192.0.2.1", "2001:db8::1"];
/// let made = rcgen::generate_simple_self_signed(names.map(String::from)).unwrap();
/// let certificate = Certificate::from_der(made.cert.der())?;
/// let names = certificate.alternative_names();
/// assert_eq!(names[2], AlternativeName::Ip([192, 0, 2, 1].into()));
/// assert_eq!(names[1].to_string(), "DNS:*.example.org");
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum AlternativeName {
    /// The name of a host, or of all hosts right below one: `*.example.org`.
    Dns(CertificateText),
    /// An address of mail.
    Email(CertificateText),
    /// A URI.
    Uri(CertificateText),
    /// An address.
    Ip(IpAddr),
    /// A name as subjects have it.
    Directory(DistinguishedName),
    /// An object identifier, its numbers with dots between them.
    RegisteredId(String),
    /// One of a kind that an object identifier names.
    Other {
        /// Which kind.
        kind: String,
        /// The value as DER.
        der: Vec<u8>,
    },
    /// One that nobody uses, such as an address of X.400, or an address of no known length.
    Unknown {
        /// The number of the tag.
        tag: u32,
        /// What is in it, as it is.
        content: Vec<u8>,
    },
}

impl AlternativeName {
    /// Reads a `GeneralName`.
    pub(super) fn decode(r: &mut SliceReader<'_>) -> Read<Self> {
        let tag = Header::peek(r)?.tag();
        let Tag::ContextSpecific { constructed, number: TagNumber(number) } = tag else {
            return Err(broken(r));
        };
        match (number, constructed) {
            (0, true) => within(r, tag, other),
            (4, true) => Ok(Self::Directory(within(r, tag, DistinguishedName::decode)?)),
            (1 | 2 | 6 | 7 | 8, true) | (0 | 4, false) => Err(broken(r)),
            _ => {
                let content = content(r, tag)?;
                Self::simple(number, content).ok_or_else(|| broken(r))
            }
        }
    }

    fn simple(number: u32, content: &[u8]) -> Option<Self> {
        Some(match number {
            1 => Self::Email(CertificateText::new(content)),
            2 => Self::Dns(CertificateText::new(content)),
            6 => Self::Uri(CertificateText::new(content)),
            8 => Self::RegisteredId(oid::dotted(content)?),
            7 if content.len() == 4 => Self::Ip(<[u8; 4]>::try_from(content).ok()?.into()),
            7 if content.len() == 16 => Self::Ip(<[u8; 16]>::try_from(content).ok()?.into()),
            tag => Self::Unknown { tag, content: content.into() },
        })
    }
}

fn other(r: &mut SliceReader<'_>) -> Read<AlternativeName> {
    let kind = identifier(r)?;
    let der = within(r, context(0, true), rest)?.into();
    Ok(AlternativeName::Other { kind, der })
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Email(address) => write!(f, "email:{address}"),
            Self::Uri(uri) => write!(f, "URI:{uri}"),
            Self::Ip(address) => write!(f, "IP Address:{address}"),
            Self::Directory(name) => write!(f, "DirName:{name}"),
            Self::RegisteredId(identifier) => write!(f, "Registered ID:{identifier}"),
            Self::Other { kind, .. } => write!(f, "othername:{kind}"),
            Self::Unknown { tag, .. } => write!(f, "[{tag}]"),
        }
    }
}
