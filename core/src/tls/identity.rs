//! Who one is: [`Identity`].

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::trust::fingerprint;
use super::{Provider, TlsError};

/// A certificate chain and the key that belongs to it.
///
/// ```
#[doc = include_str!("made.in")]
/// let identity = Identity::from_pem(&chain, &key)?;
/// let pin = identity.fingerprint(PROVIDER).unwrap(); // for whoever is to know this one and no other
/// let client = Context::client(Trust::Pin(pin), None, options())?;
///
/// let (der, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
/// assert_eq!(Identity::from_der(vec![der], key)?.fingerprint(PROVIDER), Some(pin));
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Debug)]
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// The SHA-256 of its own certificate, which is what a client may pin.
    pub fn fingerprint(&self, provider: Provider) -> Option<[u8; 32]> {
        fingerprint(&provider.keys_and_ciphers(), self.chain.first()?)
    }

    /// Makes sure that the key is the certificate's, as far as the provider can tell.
    pub(super) fn certified(self, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
        CertifiedKey::from_der(self.chain, self.key, provider).map(Arc::new).map_err(TlsError::Identity)
    }

    /// Reads both from PEM.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = certificates(chain)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Unreadable("private key"))?;
        Ok(Self { chain, key })
    }

    /// Takes both as DER: the certificates, our own first, and the key as PKCS #8, PKCS #1 or SEC 1.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`].
    pub fn from_der(chain: Vec<Vec<u8>>, key: Vec<u8>) -> Result<Self, TlsError> {
        let key = PrivateKeyDer::try_from(key).map_err(|_| TlsError::Unreadable("private key"))?;
        Ok(Self { chain: chain.into_iter().map(CertificateDer::from).collect(), key })
    }
}

/// The certificates of a PEM file, of which there must be some.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = TlsError::Unreadable("certificate");
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(unreadable)
}
