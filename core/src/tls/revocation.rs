//! What was taken back: [`Revocation`].

use alloc::vec::Vec;

use rustls::client::ServerCertVerifierBuilder;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::ClientCertVerifierBuilder;

use super::TlsError;

/// Lists of certificates that their issuers have revoked (RFC 5280, 5), and how strictly they are gone by. Lists are not
/// fetched: whoever makes a context gives them, and makes another one when they have changed.
///
/// By default the whole chain is checked, and a certificate on which no list has a word, or only one that is out of
/// date, is refused: [`TlsReason::RevocationUnknown`](crate::TlsReason::RevocationUnknown). One that was revoked is
/// [`TlsReason::Revoked`](crate::TlsReason::Revoked).
///
/// Follows SSL-44 and SSL-104.
///
/// ```
#[doc = include_str!("made.in")]
/// let mut revocation = Revocation::default();
/// revocation.depth = RevocationDepth::Own; // VERIFY_CRL_CHECK_LEAF
/// assert_eq!(revocation.add_pem(&chain), Err(TlsError::Unreadable("revocation list")));
///
/// let mut roots = Roots::default();
/// roots.add_pem(&chain)?;
/// roots.set_revocation(revocation.clone());
/// let client = |roots| Context::client(Trust::Roots(roots), None, options());
/// assert!(matches!(client(roots.clone()), Err(TlsError::NoRevocationList)));
///
/// revocation.add_der(b"no list".to_vec());
/// roots.set_revocation(revocation);
/// assert!(matches!(client(roots), Err(TlsError::RevocationList(_))));
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Revocation {
    lists: Vec<CertificateRevocationListDer<'static>>,
    /// Which certificates are looked up. Default: the whole chain.
    pub depth: RevocationDepth,
    /// Whether one that no list speaks of is good. Default: no.
    pub allows_unknown: bool,
    /// Whether a list is gone by after the time at which its issuer promised another one. Default: no.
    pub allows_outdated: bool,
}

/// Which certificates are looked up.
///
/// ```
/// use standpipe_core::tls::{Revocation, RevocationDepth};
///
/// assert_eq!(Revocation::default().depth, RevocationDepth::Chain);
/// assert_ne!(RevocationDepth::Own, RevocationDepth::Chain);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum RevocationDepth {
    /// The peer's own: `VERIFY_CRL_CHECK_LEAF`.
    Own,
    /// It and all up to the root: `VERIFY_CRL_CHECK_CHAIN`.
    #[default]
    Chain,
}

/// rustls has two builders with the same methods and no trait over them.
macro_rules! checked_by {
    ($builder:ty) => {
        impl CheckedBy<$builder> for Revocation {
            fn checked_by(self, builder: $builder) -> Result<$builder, TlsError> {
                if self.lists.is_empty() {
                    return Err(TlsError::NoRevocationList);
                }
                let mut builder = builder.with_crls(self.lists);
                if self.depth == RevocationDepth::Own {
                    builder = builder.only_check_end_entity_revocation();
                }
                if self.allows_unknown {
                    builder = builder.allow_unknown_revocation_status();
                }
                if !self.allows_outdated {
                    builder = builder.enforce_revocation_expiration();
                }
                Ok(builder)
            }
        }
    };
}

/// Has a verifier go by the lists.
pub(super) trait CheckedBy<Builder> {
    fn checked_by(self, builder: Builder) -> Result<Builder, TlsError>;
}

checked_by!(ClientCertVerifierBuilder);
checked_by!(ServerCertVerifierBuilder);

impl Revocation {
    /// Goes by the lists of a PEM file as well. Whether one can be used is known when a context is made.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`]: there is no list in it.
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), TlsError> {
        let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem).collect();
        let found = found.ok().filter(|found| !found.is_empty());
        self.lists.extend(found.ok_or(TlsError::Unreadable("revocation list"))?);
        Ok(())
    }

    /// Goes by a list in DER as well. Whether it can be used is known when a context is made.
    pub fn add_der(&mut self, der: Vec<u8>) {
        self.lists.push(der.into());
    }
}
