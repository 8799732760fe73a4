//! What a certificate says: [`Certificate`].

mod alternative;
mod binding;
mod decode;
mod extensions;
mod key_use;
mod matching;
mod name;
mod oid;
mod text;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use alternative::AlternativeName;
pub use binding::BindingError;
pub use key_use::KeyUse;
pub use matching::NameError;
pub use name::{DistinguishedName, NameAttribute};
pub use text::CertificateText;

use super::CertificateTime;
use decode::Algorithm;
use extensions::Extensions;

/// What an X.509 certificate says (RFC 5280), read and not verified: whether to believe it is for [`Trust`](super::Trust)
/// to say.
///
/// It is what the original's `getpeercert` tells (SSL-64 to SSL-66), as values. Names are what their issuer wrote, which may
/// be anything: see [`CertificateText`].
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{AlternativeName, Certificate, CertificateError};
///
/// let certificate = Certificate::from_der(made.cert.der())?;
/// assert_eq!(certificate.der(), &made.cert.der()[..]);
/// assert_eq!(certificate.version(), 3);
/// assert_eq!(certificate.subject().to_string(), "CN=rcgen self signed cert");
/// assert_eq!(certificate.issuer(), certificate.subject());
/// assert!(certificate.not_before() < certificate.not_after());
/// assert!(certificate.serial_number().len() >= 2);
/// assert_eq!(certificate.signature_algorithm(), "1.2.840.10045.4.3.2"); // ECDSA with SHA-256
///
/// let [AlternativeName::Dns(name)] = certificate.alternative_names() else { panic!("it has one name") };
/// assert_eq!(name.as_str(), Some("localhost"));
/// assert!(!certificate.is_authority() && certificate.may(KeyUse::DigitalSignature));
/// assert!(certificate.ocsp_responders().is_empty() && certificate.issuer_certificates().is_empty());
/// assert!(certificate.revocation_lists().is_empty());
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    version: u8,
    serial_number: String,
    algorithm: Algorithm,
    issuer: DistinguishedName,
    not_before: CertificateTime,
    not_after: CertificateTime,
    subject: DistinguishedName,
    extensions: Extensions,
}

/// Why bytes are no certificate that could be read.
///
/// ```
/// use standpipe_core::tls::{Certificate, CertificateError};
///
/// let error = Certificate::from_der(b"-----BEGIN CERTIFICATE-----").unwrap_err();
/// assert_eq!(error, CertificateError::Malformed { part: "certificate", at: 1 });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It is not what DER and RFC 5280 ask for; PEM is to be decoded first.
    #[error("the certificate cannot be read: its {part} is malformed at byte {at}; is it DER, and not PEM?")]
    Malformed {
        /// Where in the certificate that is, in RFC 5280's words.
        part: &'static str,
        /// The byte of the DER, from 0, at which that was noticed.
        at: usize,
    },
    /// It has the same extension twice, and which of them counts is anybody's guess.
    #[error("the certificate cannot be trusted to say one thing: it has the extension {0} twice")]
    Repeated(&'static str),
}

impl Certificate {
    /// Reads one in DER, and nothing behind it. Everything is read at once, in time that grows with the bytes.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        decode::certificate(der)
    }

    /// The bytes that it was read from.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// 1, 2 or 3; extensions came with the third.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The number that its issuer gave it, in hexadecimal with two upper-case digits a byte, and a minus in front of one
    /// that is negative, as the original tells it.
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// What it was signed with, as an object identifier.
    pub fn signature_algorithm(&self) -> &str {
        &self.algorithm.oid
    }

    /// Who issued it.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// Whom it is for. Names of hosts do not belong here: [`alternative_names`](Self::alternative_names).
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// From when on it is valid.
    pub fn not_before(&self) -> CertificateTime {
        self.not_before
    }

    /// Until when it is valid, that second included.
    pub fn not_after(&self) -> CertificateTime {
        self.not_after
    }

    /// The names and addresses that it is for, in their order.
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.extensions.alternative_names
    }

    /// Where to ask whether it is revoked, by OCSP: URIs.
    pub fn ocsp_responders(&self) -> &[CertificateText] {
        &self.extensions.ocsp
    }

    /// Where its issuer's certificate is: URIs.
    pub fn issuer_certificates(&self) -> &[CertificateText] {
        &self.extensions.issuers
    }

    /// Where the lists of what is revoked are: URIs.
    pub fn revocation_lists(&self) -> &[CertificateText] {
        &self.extensions.revocation_lists
    }

    /// Whether it may issue others (`basicConstraints`).
    pub fn is_authority(&self) -> bool {
        self.extensions.is_authority
    }

    /// Whether its key may be used so (`keyUsage`); for everything, where it does not say.
    pub fn may(&self, key_use: KeyUse) -> bool {
        self.extensions.key_usage.as_deref().is_none_or(|bits| key_use.is_in(bits))
    }
}

/// Whom it is for, in the words of RFC 4514, control characters escaped; `None` where it cannot be read.
pub(super) fn subject(der: &[u8]) -> Option<String> {
    Some(Certificate::from_der(der).ok()?.subject.to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::subject;

    #[test]
    fn the_subject_is_told_in_the_words_of_rfc_4514() {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, "Pipes, Inc.");
        params.distinguished_name.push(DnType::CommonName, "alice\n");
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        assert_eq!(subject(made.der()).unwrap(), "O=Pipes\\, Inc.,CN=alice\\0a");
        assert_eq!(subject(b"no certificate"), None);
    }
}
