//! Whom one trusts to vouch for others: [`Roots`].

use alloc::vec::Vec;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::identity::certificates;
use super::{Revocation, TlsError};

/// Certificates that others are checked against.
///
/// ```
#[doc = include_str!("made.in")]
/// let mut roots = Roots::default();
/// roots.add_pem(&chain)?;
/// roots.add_der(made.cert.der().to_vec())?;
/// assert_eq!(roots.add_pem(b"nothing of the kind"), Err(TlsError::Unreadable("certificate")));
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Roots {
    pub(super) anchors: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
    pub(super) revocation: Option<Revocation>,
}

impl Default for Roots {
    /// Trusts nobody.
    fn default() -> Self {
        Self { anchors: RootCertStore::empty(), certificates: Vec::new(), revocation: None }
    }
}

impl Roots {
    /// Trusts the certificates of a PEM file as well.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`], [`TlsError::Root`].
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), TlsError> {
        certificates(pem)?.into_iter().try_for_each(|certificate| self.add(certificate))
    }

    /// Trusts a certificate in DER as well.
    ///
    /// # Errors
    /// [`TlsError::Root`].
    pub fn add_der(&mut self, der: Vec<u8>) -> Result<(), TlsError> {
        self.add(der.into())
    }

    fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), TlsError> {
        self.anchors.add(certificate.clone()).map_err(TlsError::Root)?;
        self.certificates.push(certificate);
        Ok(())
    }

    /// Those that are trusted, as DER, in the order in which they were added.
    ///
    /// Follows SSL-85 and SSL-92.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// let mut roots = Roots::default();
    /// roots.add_pem(&chain)?;
    /// assert_eq!(roots.certificates().len(), 1);
    /// assert_eq!(roots.certificates().next(), Some(&made.cert.der()[..]));
    /// # Ok::<(), TlsError>(())
    /// ```
    pub fn certificates(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.certificates.iter().map(|certificate| &certificate[..])
    }
    pub(super) fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Looks certificates up in these lists of revoked ones, in place of others that were set.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// let mut roots = Roots::default();
    /// roots.add_pem(&chain)?;
    /// roots.set_revocation(Revocation::default()); // a check without a list would be none
    /// let context = Context::client(Trust::Roots(roots), None, options());
    /// assert!(matches!(context, Err(TlsError::NoRevocationList)));
    /// # Ok::<(), TlsError>(())
    /// ```
    pub fn set_revocation(&mut self, revocation: Revocation) {
        self.revocation = Some(revocation);
    }
}
