//! What a connection is to be: [`Context`].

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::Trust;
use super::engine::Engine;
use super::trust::{PinVerifier, fingerprint};

/// The wall clock, for the dates of certificates: seconds since 1970.
///
/// ```
/// use standpipe_core::tls::WallClock;
///
/// /// A system without a clock of its own that was told the time.
/// struct Told(u64);
///
/// impl WallClock for Told {
///     fn unix_seconds(&self) -> Option<u64> {
///         Some(self.0)
///     }
/// }
/// assert_eq!(Told(1_800_000_000).unix_seconds(), Some(1_800_000_000));
/// ```
pub trait WallClock: Send + Sync {
    /// The time; `None` where it is not known, which refuses every certificate.
    fn unix_seconds(&self) -> Option<u64>;
}

/// Whose keys and ciphers are used. There is no default: nothing is chosen silently.
///
/// ```
#[doc = include_str!("made.in")]
/// let trust = Trust::Anybody;
/// assert!(Context::client(trust, None, ContextOptions { provider: PROVIDER, ..options() }).is_ok());
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Provider {
    /// AWS-LC.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
    /// ring.
    #[cfg(feature = "ring")]
    Ring,
    /// The caller's own, such as a build that is certified; it must be of the same rustls as ours. Two of these are
    /// equal when they are the same one.
    Custom(&'static CryptoProvider),
}

impl Provider {
    fn keys_and_ciphers(self) -> CryptoProvider {
        match self {
            Self::Custom(provider) => provider.clone(),
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => rustls::crypto::aws_lc_rs::default_provider(),
            #[cfg(feature = "ring")]
            Self::Ring => rustls::crypto::ring::default_provider(),
        }
    }
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(one), Self::Custom(other)) => core::ptr::eq(*one, *other),
            _ => core::mem::discriminant(self) == core::mem::discriminant(other),
        }
    }
}

impl Eq for Provider {}

impl core::fmt::Debug for Provider {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => "AwsLcRs",
            #[cfg(feature = "ring")]
            Self::Ring => "Ring",
            Self::Custom(_) => "Custom",
        })
    }
}

/// The oldest version that is spoken.
///
/// ```
/// use standpipe_core::tls::Version;
///
/// assert!(Version::Tls12 < Version::Tls13 && Version::default() == Version::Tls12);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[non_exhaustive]
pub enum Version {
    /// TLS 1.2.
    #[default]
    Tls12,
    /// TLS 1.3.
    Tls13,
}

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
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

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
pub struct Roots(RootCertStore);

impl Default for Roots {
    /// Trusts nobody.
    fn default() -> Self {
        Self(RootCertStore::empty())
    }
}

/// Why a context cannot be made. All of them are the caller's.
///
/// ```
#[doc = include_str!("made.in")]
/// let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
/// let identity = Identity::from_pem(&chain, other.as_bytes())?;
/// assert!(matches!(Context::server(identity, None, options()), Err(TlsError::Identity(_))));
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Not what PEM or DER is.
    #[error("no {0} in what was given: it is neither PEM nor DER, or of another kind")]
    Unreadable(&'static str),
    /// The key is not the certificate's, or neither can be used.
    #[error("the certificate and the key cannot be used together: {0}")]
    Identity(rustls::Error),
    /// A root certificate cannot be used.
    #[error("a certificate cannot be trusted: {0}")]
    Root(rustls::Error),
    /// The provider cannot do what was asked for.
    #[error("the provider cannot do what was asked for: {0}")]
    Provider(rustls::Error),
    /// The name is neither a host name nor an IP address.
    #[error("'{0}' is neither a host name nor an IP address")]
    Name(alloc::string::String),
    /// A client's context for a server's session, or the other way round.
    #[error("the context is for the other side of a connection")]
    WrongSide,
}

/// Options of both sides.
///
/// ```
#[doc = include_str!("made.in")]
/// let options = ContextOptions {
///     provider: PROVIDER,
///     oldest: Version::Tls13,
///     alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
///     clock: Arc::new(Now),
///     key_log: None,
/// };
/// # let _ = options;
/// ```
pub struct ContextOptions {
    /// Whose keys and ciphers are used.
    pub provider: Provider,
    /// The oldest version that is spoken. Default: TLS 1.2.
    pub oldest: Version,
    /// Application protocols, the preferred one first.
    pub alpn: Vec<Vec<u8>>,
    /// The wall clock.
    pub clock: Arc<dyn WallClock>,
    /// Who is told the secrets of each connection, to decrypt a capture of it; nobody by default.
    pub key_log: Option<Arc<dyn KeyLog>>,
}

/// Is told the secrets of each connection, in the words of NSS's key log.
///
/// ```
/// use std::sync::Mutex;
/// use standpipe_core::tls::KeyLog;
///
/// /// The lines of a key log file.
/// #[derive(Default)]
/// struct Lines(Mutex<Vec<String>>);
///
/// impl KeyLog for Lines {
///     fn secret(&self, label: &str, client_random: &[u8], secret: &[u8]) {
///         let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
///         self.0.lock().unwrap().push(format!("{label} {} {}", hex(client_random), hex(secret)));
///     }
/// }
/// let lines = Lines::default();
/// lines.secret("CLIENT_TRAFFIC_SECRET_0", &[1], &[0xab]);
/// assert_eq!(lines.0.into_inner().unwrap(), ["CLIENT_TRAFFIC_SECRET_0 01 ab"]);
/// ```
pub trait KeyLog: Send + Sync {
    /// One secret.
    fn secret(&self, label: &str, client_random: &[u8], secret: &[u8]);
}

/// What a connection is to be: who we are, whom we trust, what we speak. Made once, shared by all sessions.
///
/// ```
#[doc = include_str!("made.in")]
/// let server = Context::server(Identity::from_pem(&chain, &key)?, None, options())?;
/// let mut roots = Roots::default();
/// roots.add_pem(&chain)?;
/// let client = Context::client(Trust::Roots(roots), None, options())?;
/// assert_eq!(Session::client(&server, "localhost").unwrap_err(), TlsError::WrongSide);
/// assert!(Session::client(&client, "localhost").is_ok());
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Context(Side);

#[derive(Clone, Debug)]
enum Side {
    Client(Arc<ClientConfig>),
    Server(Arc<ServerConfig>),
}

impl Identity {
    /// The SHA-256 of its own certificate, which is what a client may pin.
    pub fn fingerprint(&self, provider: Provider) -> Option<[u8; 32]> {
        fingerprint(&provider.keys_and_ciphers(), self.chain.first()?)
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

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = TlsError::Unreadable("certificate");
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(unreadable)
}

impl Roots {
    /// Trusts the certificates of a PEM file as well.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`], [`TlsError::Root`].
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), TlsError> {
        certificates(pem)?
            .into_iter()
            .try_for_each(|certificate| self.0.add(certificate).map_err(TlsError::Root))
    }

    /// Trusts a certificate in DER as well.
    ///
    /// # Errors
    /// [`TlsError::Root`].
    pub fn add_der(&mut self, der: Vec<u8>) -> Result<(), TlsError> {
        self.0.add(der.into()).map_err(TlsError::Root)
    }
}

impl Context {
    /// A server's: who it is, and whose certificates its clients must have, if any.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn server(
        identity: Identity,
        clients: Option<Roots>,
        options: ContextOptions,
    ) -> Result<Self, TlsError> {
        let provider = options.provider();
        let builder = ServerConfig::builder_with_details(provider.clone(), options.time())
            .with_protocol_versions(options.versions())
            .map_err(TlsError::Provider)?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(Roots(roots)) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = verifier
                    .build()
                    .map_err(|error| TlsError::Root(rustls::Error::General(alloc::format!("{error}"))))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config =
            builder.with_single_cert(identity.chain, identity.key).map_err(TlsError::Identity)?;
        config.alpn_protocols = options.alpn;
        config.send_tls13_tickets = 0;
        config.key_log = Arc::new(Secrets(options.key_log));
        Ok(Self(Side::Server(Arc::new(config))))
    }

    /// A client's: whom it trusts, and who it is, where a server asks.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn client(
        trust: Trust,
        identity: Option<Identity>,
        options: ContextOptions,
    ) -> Result<Self, TlsError> {
        let provider = options.provider();
        let builder = ClientConfig::builder_with_details(provider.clone(), options.time())
            .with_protocol_versions(options.versions())
            .map_err(TlsError::Provider)?;
        let pinned = |pin| Arc::new(PinVerifier::new(provider, pin));
        let builder = match trust {
            Trust::Roots(roots) => builder.with_root_certificates(roots.0),
            Trust::Pin(pin) => builder.dangerous().with_custom_certificate_verifier(pinned(Some(pin))),
            Trust::Anybody => builder.dangerous().with_custom_certificate_verifier(pinned(None)),
        };
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(Identity { chain, key }) => {
                builder.with_client_auth_cert(chain, key).map_err(TlsError::Identity)?
            }
        };
        config.alpn_protocols = options.alpn;
        config.resumption = rustls::client::Resumption::disabled();
        config.key_log = Arc::new(Secrets(options.key_log));
        Ok(Self(Side::Client(Arc::new(config))))
    }

    pub(super) fn server_engine(&self) -> Result<Engine, TlsError> {
        match &self.0 {
            Side::Server(config) => Engine::server(config.clone()).map_err(TlsError::Provider),
            Side::Client(_) => Err(TlsError::WrongSide),
        }
    }

    pub(super) fn client_engine(&self, name: &str) -> Result<Engine, TlsError> {
        let Side::Client(config) = &self.0 else { return Err(TlsError::WrongSide) };
        let name = ServerName::try_from(name).map_err(|_| TlsError::Name(name.into()))?.to_owned();
        Engine::client(config.clone(), name).map_err(TlsError::Provider)
    }
}

static ALL_VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

impl ContextOptions {
    /// Whose keys and ciphers are used, and the wall clock; all else by default.
    pub fn new(provider: Provider, clock: Arc<dyn WallClock>) -> Self {
        Self { provider, oldest: Version::Tls12, alpn: Vec::new(), clock, key_log: None }
    }

    fn provider(&self) -> Arc<CryptoProvider> {
        Arc::new(self.provider.keys_and_ciphers())
    }

    fn versions(&self) -> &'static [&'static SupportedProtocolVersion] {
        match self.oldest {
            Version::Tls12 => ALL_VERSIONS,
            Version::Tls13 => &ALL_VERSIONS[..1],
        }
    }

    fn time(&self) -> Arc<dyn TimeProvider> {
        Arc::new(Time(self.clock.clone()))
    }
}

impl core::fmt::Debug for ContextOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ContextOptions")
            .field("oldest", &self.oldest)
            .field("alpn", &self.alpn)
            .finish_non_exhaustive()
    }
}

struct Time(Arc<dyn WallClock>);

impl core::fmt::Debug for Time {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Time")
    }
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        self.0.unix_seconds().map(Duration::from_secs).map(UnixTime::since_unix_epoch)
    }
}

struct Secrets(Option<Arc<dyn KeyLog>>);

impl core::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secrets")
    }
}

impl rustls::KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.0.iter().for_each(|log| log.secret(label, client_random, secret));
    }

    fn will_log(&self, _: &str) -> bool {
        self.0.is_some()
    }
}
