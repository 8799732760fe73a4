//! What both sides are told: [`ContextOptions`], and what those may ask.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use rustls::SupportedProtocolVersion;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

use crate::tls::{Cipher, Group, Provider, SessionStore, TlsError, Version};

/// Options of both sides.
///
/// ```
#[doc = include_str!("../made.in")]
/// let options = ContextOptions {
///     oldest: Version::Tls13,
///     alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
///     ..ContextOptions::new(PROVIDER, Arc::new(Now))
/// };
/// # let _ = options;
/// ```
pub struct ContextOptions {
    /// Whose keys and ciphers are used.
    pub provider: Provider,
    /// The oldest version that is spoken. Default: TLS 1.2.
    pub oldest: Version,
    /// The newest version that is spoken. Default: TLS 1.3.
    pub newest: Version,
    /// The cipher suites that are spoken, the preferred one first; a server goes by this order. A version of which none is
    /// among them is not spoken. Default: none, which stands for all of the provider's, in the client's order.
    pub ciphers: Vec<Cipher>,
    /// The groups in which keys are exchanged, the preferred one first. Default: none, which stands for the provider's own
    /// choice.
    pub groups: Vec<Group>,
    /// Application protocols, the preferred one first.
    pub alpn: Vec<Vec<u8>>,
    /// The wall clock.
    pub clock: Arc<dyn WallClock>,
    /// What is remembered of earlier sessions, to make handshakes shorter; nothing by default.
    pub resumption: Option<Arc<dyn SessionStore>>,
    /// Who is told the secrets of each connection, to decrypt a capture of it; nobody by default.
    pub key_log: Option<Arc<dyn KeyLog>>,
}

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

impl ContextOptions {
    /// Whose keys and ciphers are used, and the wall clock; all else by default.
    pub fn new(provider: Provider, clock: Arc<dyn WallClock>) -> Self {
        let (oldest, newest) = (Version::default(), Version::NEWEST);
        let (ciphers, groups) = (Vec::new(), Vec::new());
        Self {
            provider,
            oldest,
            newest,
            ciphers,
            groups,
            alpn: Vec::new(),
            clock,
            resumption: None,
            key_log: None,
        }
    }

    /// The provider, with nothing but what was chosen.
    pub(super) fn provider(&self) -> Result<Arc<CryptoProvider>, TlsError> {
        let mut provider = self.provider.keys_and_ciphers();
        if !self.ciphers.is_empty() {
            provider.cipher_suites =
                chosen(&self.ciphers, &provider.cipher_suites, |own, suite| own.is_that_of(suite))?;
        }
        if !self.groups.is_empty() {
            provider.kx_groups =
                chosen(&self.groups, self.provider.all_groups(), |own, group| own.0 == group.name())?;
        }
        Ok(Arc::new(provider))
    }

    /// Those within the bounds, one of which must have a cipher suite.
    pub(super) fn versions(
        &self,
        provider: &CryptoProvider,
    ) -> Result<&'static [&'static SupportedProtocolVersion], TlsError> {
        match Version::range(self.oldest, self.newest) {
            [] => Err(TlsError::Versions { oldest: self.oldest, newest: self.newest }),
            versions if provider.cipher_suites.iter().any(|suite| versions.contains(&suite.version())) => {
                Ok(versions)
            }
            _ => Err(TlsError::NoCipher),
        }
    }

    /// Where sessions are kept, as this context's own from now on.
    pub(super) fn sessions(&self) -> Result<Option<Arc<dyn SessionStore>>, TlsError> {
        let Some(store) = &self.resumption else { return Ok(None) };
        let mut is_ours = false;
        store.with(&mut |cache| is_ours = cache.take());
        if is_ours { Ok(Some(store.clone())) } else { Err(TlsError::StoreInUse) }
    }

    pub(super) fn time(&self) -> Arc<dyn TimeProvider> {
        Arc::new(Time(self.clock.clone()))
    }
}

impl core::fmt::Debug for ContextOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ContextOptions")
            .field("oldest", &self.oldest)
            .field("newest", &self.newest)
            .field("ciphers", &self.ciphers)
            .field("groups", &self.groups)
            .field("alpn", &self.alpn)
            .finish_non_exhaustive()
    }
}

/// What a provider has of what was chosen, in the order of the choice.
fn chosen<Choice: ToString, Has: Copy>(
    choices: &[Choice],
    all: &[Has],
    fits: impl Fn(&Choice, &Has) -> bool,
) -> Result<Vec<Has>, TlsError> {
    let find = |choice: &Choice| all.iter().find(|has| fits(choice, has)).copied();
    choices.iter().map(|choice| find(choice).ok_or_else(|| TlsError::Missing(choice.to_string()))).collect()
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

/// Whoever is told secrets, in rustls' words.
pub(super) struct Secrets(pub(super) Option<Arc<dyn KeyLog>>);

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
