//! Whether a certificate is for a name: [`NameError`] says why not.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};

use super::{AlternativeName, Certificate};

/// Why a certificate is not for a name.
///
/// ```
#[doc = include_str!("../made.in")]
/// use standpipe_core::tls::{Certificate, NameError};
///
/// let certificate = Certificate::from_der(made.cert.der()).unwrap();
/// let error = certificate.matches_name("example.org").unwrap_err();
/// assert_eq!(error.to_string(), "the certificate is not for 'example.org', but for DNS:localhost");
/// assert!(matches!(error, NameError::Other { wanted, has } if wanted == "example.org" && has.len() == 1));
/// assert_eq!(certificate.matches_name("no name"), Err(NameError::NoName("no name".into())));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// What was asked for is neither a host name nor an IP address. A name of other letters is asked for in its ASCII
    /// form (`xn--`).
    #[error("'{0}' is neither a host name nor an IP address")]
    NoName(String),
    /// The certificate is for others, or for nobody at all. A common name does not count.
    #[error("the certificate is not for '{wanted}', but for {}", Names(has))]
    Other {
        /// What was asked for.
        wanted: String,
        /// What the certificate has instead.
        has: Vec<AlternativeName>,
    },
    /// No connection would take the certificate, whatever its name: it is not of version 3, or webpki cannot read it.
    #[error("the certificate cannot be that of a server, whatever its name")]
    Unusable,
}

/// Names in a row.
struct Names<'a>(&'a [AlternativeName]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else {
            return f.write_str("nobody: it has no alternative names, and a common name does not count");
        };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|name| write!(f, ", {name}"))
    }
}

impl Certificate {
    /// Whether it is for this host name or IP address, by the rules of a connection that trusts [`Roots`](super::super::Roots),
    /// which are webpki's for RFC 6125: alternative names alone count, addresses against addresses, and `*` stands for one
    /// whole label, the first, with two or more behind it. Case means nothing, nor does a dot at the end of what is asked for.
    ///
    /// The original's `match_hostname` (SSL-28 to SSL-33) also takes common names, addresses written as host names, `f*.org`
    /// and `*.org`; it does not know addresses, and two stars in one name make it refuse all others.
    ///
    /// # Errors
    /// [`NameError`].
    ///
    /// ```
    #[doc = include_str!("../made.in")]
    /// use standpipe_core::tls::Certificate;
    ///
    /// let names = ["*.example.org", "192.0.2.1"].map(String::from);
    /// let made = rcgen::generate_simple_self_signed(names).unwrap();
    /// let certificate = Certificate::from_der(made.cert.der()).unwrap();
    /// for name in ["www.example.org", "WWW.example.org.", "192.0.2.1"] {
    ///     assert_eq!(certificate.matches_name(name), Ok(()));
    /// }
    /// for name in ["example.org", "a.www.example.org", "192.0.2.2"] {
    ///     assert!(certificate.matches_name(name).is_err());
    /// }
    /// ```
    pub fn matches_name(&self, name: &str) -> Result<(), NameError> {
        let wanted = ServerName::try_from(name).map_err(|_| NameError::NoName(name.into()))?;
        let der = CertificateDer::from(self.der());
        let parsed = ParsedCertificate::try_from(&der).map_err(|_| NameError::Unusable)?;
        verify_server_name(&parsed, &wanted).map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }) => {
                NameError::Other { wanted: name.into(), has: self.alternative_names().into() }
            }
            _ => NameError::Unusable,
        })
    }
}
