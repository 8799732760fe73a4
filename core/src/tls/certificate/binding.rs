//! Binding to a channel by its server's certificate: `tls-server-end-point`.

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(not(feature = "ring"))]
use aws_lc_rs::digest;
use der::{SliceReader, Tag};
#[cfg(feature = "ring")]
use ring::digest;

use super::Certificate;
use super::decode::{Algorithm, Read, algorithm, context, identifier, is_next, rest, within};

/// RSASSA-PSS, which names its hash functions in its parameters.
const PSS: &str = "1.2.840.113549.1.1.10";
const SHA1: &str = "1.3.14.3.2.26";

/// Why a certificate gives no binding.
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{BindingError, Certificate};
///
/// let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
/// let own = rcgen::CertificateParams::default().self_signed(&key).unwrap();
/// let certificate = Certificate::from_der(own.der()).unwrap();
/// assert_eq!(certificate.tls_server_end_point(), Err(BindingError::Undefined("1.3.101.112".into())));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindingError {
    /// RFC 5929 does not say which hash to take: this signature algorithm has none of its own, or two of them.
    #[error(
        "tls-server-end-point is not defined for a certificate that is signed with {0}; bind to something else"
    )]
    Undefined(String),
    /// The hash function of this signature algorithm is unknown here, or is not had.
    #[error(
        "there is no hash function here for a certificate that is signed with {0}; bind to something else"
    )]
    Unsupported(String),
}

/// The hash functions of signatures: what has the identifier, and which hash is taken for it. RFC 5929, 4.1 takes
/// SHA-256 in place of MD5 and SHA-1.
const HASHES: &[(&str, &digest::Algorithm)] = &[
    ("1.2.840.113549.2.5", &digest::SHA256), // MD5
    (SHA1, &digest::SHA256),
    ("2.16.840.1.101.3.4.2.1", &digest::SHA256),
    ("2.16.840.1.101.3.4.2.2", &digest::SHA384),
    ("2.16.840.1.101.3.4.2.3", &digest::SHA512),
    // With RSA: MD5, SHA-1, the others.
    ("1.2.840.113549.1.1.4", &digest::SHA256),
    ("1.2.840.113549.1.1.5", &digest::SHA256),
    ("1.2.840.113549.1.1.11", &digest::SHA256),
    ("1.2.840.113549.1.1.12", &digest::SHA384),
    ("1.2.840.113549.1.1.13", &digest::SHA512),
    // With ECDSA: SHA-1, the others.
    ("1.2.840.10045.4.1", &digest::SHA256),
    ("1.2.840.10045.4.3.2", &digest::SHA256),
    ("1.2.840.10045.4.3.3", &digest::SHA384),
    ("1.2.840.10045.4.3.4", &digest::SHA512),
];

/// Ed25519 and Ed448.
const WITHOUT_HASH: &[&str] = &["1.3.101.112", "1.3.101.113"];

impl Certificate {
    /// The binding `tls-server-end-point` of a channel whose server has this certificate (RFC 5929, 4), 32 to 64 bytes: for
    /// an authentication that is to hold on this channel alone. Both sides compute it from the certificate that was shown.
    ///
    /// It is the only binding here. `tls-unique`, which the original has, means nothing in TLS 1.3 and too little before
    /// (SSL-T14); for `tls-exporter` (RFC 9266) rustls would have to let its unbuffered connection export keys.
    ///
    /// # Errors
    /// [`BindingError`].
    ///
    /// ```
    #[doc = include_str!("../made.in")]
    /// use standpipe_core::tls::Certificate;
    ///
    /// // It was signed by ECDSA with SHA-256, so the binding is what is pinned as well.
    /// let certificate = Certificate::from_der(made.cert.der()).unwrap();
    /// let pin = Identity::from_pem(&chain, &key)?.fingerprint(PROVIDER).unwrap();
    /// assert_eq!(certificate.tls_server_end_point(), Ok(pin.to_vec()));
    /// # Ok::<(), TlsError>(())
    /// ```
    pub fn tls_server_end_point(&self) -> Result<Vec<u8>, BindingError> {
        let Algorithm { oid, parameters } = &self.algorithm;
        let of_parameters = (oid == PSS).then(|| hashes_of_pss(parameters));
        let hash = match &of_parameters {
            None if WITHOUT_HASH.contains(&oid.as_str()) => return Err(BindingError::Undefined(oid.clone())),
            None => oid,
            Some(Ok((hash, of_mask))) if hash == of_mask => hash,
            Some(Ok(_)) => return Err(BindingError::Undefined(oid.clone())),
            Some(Err(_)) => return Err(BindingError::Unsupported(oid.clone())),
        };
        let known = HASHES.iter().find(|(identifier, _)| identifier == hash);
        let (_, taken) = known.ok_or_else(|| BindingError::Unsupported(hash.clone()))?;
        Ok(digest::digest(taken, &self.der).as_ref().into())
    }
}

/// The hash of what was signed, and that of its mask, by the parameters of RSASSA-PSS (RFC 4055, 3.1).
fn hashes_of_pss(parameters: &[u8]) -> Read<(String, String)> {
    let mut r = SliceReader::new(parameters)?;
    within(&mut r, Tag::Sequence, |r| {
        let hash = named(r, 0, algorithm)?;
        let of_mask = named(r, 1, |r| {
            within(r, Tag::Sequence, |r| {
                identifier(r)?; // how the mask is made of a hash
                algorithm(r)
            })
        })?;
        rest(r)?; // the length of the salt
        Ok((hash, of_mask))
    })
}

/// The hash in the field with this number; SHA-1 where there is no such field.
fn named(
    r: &mut SliceReader<'_>,
    number: u32,
    read: impl FnOnce(&mut SliceReader<'_>) -> Read<Algorithm>,
) -> Read<String> {
    if !is_next(r, context(number, true)) {
        return Ok(SHA1.into());
    }
    Ok(within(r, context(number, true), read)?.oid)
}
