//! What a key may be used for: [`KeyUse`].

/// What the key of a certificate may be used for (RFC 5280, 4.2.1.3). Its value is the number of the bit.
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{Certificate, CertificateError};
///
/// let mut params = rcgen::CertificateParams::default();
/// params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
/// let own = params.self_signed(&made.signing_key).unwrap();
/// let certificate = Certificate::from_der(own.der())?;
/// assert!(certificate.may(KeyUse::DigitalSignature) && !certificate.may(KeyUse::CertificateSigning));
/// # Ok::<(), CertificateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum KeyUse {
    /// Signatures, those of handshakes among them.
    DigitalSignature,
    /// Signatures that one is to be held to (`nonRepudiation`).
    ContentCommitment,
    /// Enciphering keys, as RSA did before TLS 1.3.
    KeyEncipherment,
    /// Enciphering data itself.
    DataEncipherment,
    /// Agreeing on keys.
    KeyAgreement,
    /// Signing certificates.
    CertificateSigning,
    /// Signing lists of what is revoked.
    ListSigning,
    /// Of [`KeyAgreement`](Self::KeyAgreement), only to encipher.
    EncipherOnly,
    /// Of [`KeyAgreement`](Self::KeyAgreement), only to decipher.
    DecipherOnly,
}

impl KeyUse {
    /// Whether its bit is set.
    pub(super) fn is_in(self, bits: &[u8]) -> bool {
        let bit = self as usize;
        bits.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
    }
}
