//! Which clients a server serves: [`Clients`].

use alloc::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::revocation::CheckedBy;
use super::{Roots, TlsError};

/// Which certificates a server asks of its clients. Who came is told by
/// [`Negotiated::peer_certificates`](crate::Negotiated::peer_certificates), which is empty for a client without one.
///
/// Follows SSL-43.
///
/// ```
#[doc = include_str!("made.in")]
/// let mut roots = Roots::default();
/// roots.add_pem(&chain)?;
/// // CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED
/// for clients in [None, Some(Clients::optional(roots.clone())), Some(Clients::required(roots))] {
///     Context::server(Identity::from_pem(&chain, &key)?, clients, options())?;
/// }
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Clients {
    roots: Roots,
    may_be_missing: bool,
}

impl Clients {
    /// Those whose certificate leads to one of these. A client without one is [`TlsReason::NoCertificate`], and served
    /// nothing.
    ///
    /// [`TlsReason::NoCertificate`]: crate::TlsReason::NoCertificate
    pub fn required(roots: Roots) -> Self {
        Self { roots, may_be_missing: false }
    }

    /// Those whose certificate leads to one of these, and those that have none. A certificate that is sent must be
    /// good: a bad one is no better than none would have been, and ends the handshake.
    pub fn optional(roots: Roots) -> Self {
        Self { roots, may_be_missing: true }
    }

    pub(super) fn verifier(
        self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let Roots { anchors, revocation, .. } = self.roots;
        let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(anchors), provider);
        if let Some(revocation) = revocation {
            builder = revocation.checked_by(builder)?;
        }
        if self.may_be_missing {
            builder = builder.allow_unauthenticated();
        }
        builder.build().map_err(TlsError::from)
    }
}
