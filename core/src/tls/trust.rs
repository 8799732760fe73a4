//! Whom a client trusts, beside those whom authorities vouch for: [`Trust`].

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::hash::Hash;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme, SupportedCipherSuite};

use super::Roots;

/// Which servers a client trusts.
///
/// ```
#[doc = include_str!("made.in")]
/// let pin = Identity::from_pem(&chain, &key)?.fingerprint(PROVIDER).unwrap();
/// let mut roots = Roots::default();
/// roots.add_pem(&chain)?;
/// for trust in [Trust::Roots(roots), Trust::Pin(pin), Trust::Anybody] {
///     Context::client(trust, None, options())?;
/// }
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// Those whose certificate leads to one of these and bears the wanted name.
    Roots(Roots),
    /// The one whose own certificate has this SHA-256, whatever name and dates it bears.
    Pin([u8; 32]),
    /// Anybody. Whoever is in between can read and change everything.
    Anybody,
}

/// Checks a pin, or nothing; the handshake's signatures are checked all the same.
#[derive(Debug)]
pub(super) struct PinVerifier {
    provider: Arc<CryptoProvider>,
    pin: Option<[u8; 32]>,
}

impl PinVerifier {
    pub(super) fn new(provider: Arc<CryptoProvider>, pin: Option<[u8; 32]>) -> Self {
        Self { provider, pin }
    }
}

/// The SHA-256 of the provider, as its cipher suites use it.
fn sha256(provider: &CryptoProvider) -> Option<&'static dyn Hash> {
    provider.cipher_suites.iter().find_map(|suite| {
        match suite {
            SupportedCipherSuite::Tls13(suite) => Some(suite.common.hash_provider),
            SupportedCipherSuite::Tls12(suite) => Some(suite.common.hash_provider),
        }
        .filter(|hash| hash.output_len() == 32)
    })
}

/// The SHA-256 of a certificate in DER, which is what a pin is; `None` where the provider has none.
pub(super) fn fingerprint(provider: &CryptoProvider, der: &[u8]) -> Option<[u8; 32]> {
    sha256(provider)?.hash(der).as_ref().try_into().ok()
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.pin {
            Some(pin) if fingerprint(&self.provider, end_entity) != Some(pin) => {
                Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
