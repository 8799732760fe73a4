//! One cipher suite: [`Cipher`].

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use rustls::{CipherSuite, ProtocolVersion, SupportedCipherSuite};

use super::dropped;
use crate::tls::{ChoiceError, Version};

/// A cipher suite. It is read from its registered name or from OpenSSL's; [`Provider::ciphers`] tells those that there
/// are.
///
/// Follows SSL-20, SSL-74 and SSL-93.
///
/// ```
#[doc = include_str!("../made.in")]
/// // set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256"), which says nothing of TLS 1.3 there
/// let names = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
/// let ciphers = names.split(':').map(str::parse::<Cipher>).collect::<Result<Vec<_>, _>>()?;
/// assert!(ciphers.iter().all(|cipher| PROVIDER.ciphers().contains(cipher)));
/// Context::client(Trust::Anybody, None, ContextOptions { ciphers, ..options() })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Provider::ciphers`]: crate::tls::Provider::ciphers
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cipher {
    suite: CipherSuite,
    version: Version,
}

/// OpenSSL's names of TLS 1.2's suites. Those of TLS 1.3 are the registered ones.
const OPENSSL: [(CipherSuite, &str); 6] = [
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "ECDHE-RSA-AES128-GCM-SHA256"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "ECDHE-RSA-AES256-GCM-SHA384"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-RSA-CHACHA20-POLY1305"),
];

const TLS13: [CipherSuite; 3] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
];

impl Cipher {
    /// As the registry of IANA has it, and [`Negotiated::cipher`](crate::Negotiated::cipher).
    ///
    /// ```
    /// use standpipe_core::tls::Cipher;
    ///
    /// let cipher: Cipher = "ECDHE-RSA-CHACHA20-POLY1305".parse().unwrap();
    /// assert_eq!(cipher.name(), "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
    /// ```
    pub fn name(self) -> String {
        // rustls puts the version into the names of TLS 1.3, which the registry does not (RFC 8446, B.4).
        alloc::format!("{:?}", self.suite).replace("TLS13_", "TLS_")
    }

    /// As OpenSSL and Python have it; the registered name where that is not known.
    ///
    /// ```
    /// use standpipe_core::tls::Cipher;
    ///
    /// let cipher: Cipher = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384".parse().unwrap();
    /// assert_eq!(cipher.openssl_name(), "ECDHE-ECDSA-AES256-GCM-SHA384");
    /// ```
    pub fn openssl_name(self) -> String {
        let known = OPENSSL.iter().find(|(suite, _)| *suite == self.suite);
        known.map_or_else(|| self.name(), |(_, name)| (*name).into())
    }

    /// Which version's it is: no suite serves both.
    ///
    /// ```
    /// use standpipe_core::tls::{Cipher, Version};
    ///
    /// assert_eq!("TLS_AES_256_GCM_SHA384".parse().map(Cipher::version), Ok(Version::Tls13));
    /// ```
    pub fn version(self) -> Version {
        self.version
    }

    /// How many bits its key has.
    ///
    /// ```
    /// use standpipe_core::tls::Cipher;
    ///
    /// assert_eq!("TLS_CHACHA20_POLY1305_SHA256".parse().map(Cipher::bits), Ok(256));
    /// ```
    pub fn bits(self) -> u16 {
        if self.name().contains("_128_") { 128 } else { 256 }
    }

    pub(in crate::tls) fn is_that_of(self, suite: &SupportedCipherSuite) -> bool {
        self.suite == suite.suite()
    }
}

/// Of a provider's suite.
impl From<&SupportedCipherSuite> for Cipher {
    fn from(suite: &SupportedCipherSuite) -> Self {
        let version = match suite.version().version {
            ProtocolVersion::TLSv1_2 => Version::Tls12,
            _ => Version::Tls13,
        };
        Self { suite: suite.suite(), version }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl FromStr for Cipher {
    type Err = ChoiceError;

    fn from_str(name: &str) -> Result<Self, ChoiceError> {
        let old = OPENSSL.iter().map(|(suite, _)| Self { suite: *suite, version: Version::Tls12 });
        let new = TLS13.iter().map(|suite| Self { suite: *suite, version: Version::Tls13 });
        let mut known = old.chain(new);
        let found = known.find(|cipher| cipher.name() == name || cipher.openssl_name() == name);
        found.ok_or_else(|| dropped::cipher(name))
    }
}
