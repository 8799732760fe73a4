//! Who one is, by the name that a client asks for: [`Identities`].

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{AlternativeName, Certificate, Identity, TlsError};

/// Several identities of one server, of which a client's first message chooses: the one whose certificate bears the name
/// that is asked for; else the one that has a wildcard for it (`*.example.com` for one label in front); else the default.
/// Where several bear the name, it is the first whose key the client can check, so an RSA certificate may stand beside one
/// with an elliptic curve.
///
/// IP addresses are not asked for by name (RFC 6066, 3), so for them it is the default. What is to differ in more than
/// the certificate is chosen by [`Choose`](crate::tls::Choose), whose contexts may have several identities in turn.
///
/// Follows SSL-95.
///
/// ```
#[doc = include_str!("made.in")]
/// let other = rcgen::generate_simple_self_signed(["*.example.com".to_string()]).unwrap();
/// let other = Identity::from_der(vec![other.cert.der().to_vec()], other.signing_key.serialize_der())?;
///
/// let mut identities = Identities::new(Identity::from_pem(&chain, &key)?);
/// identities.add(other)?; // for www.example.com; everybody else gets the first
/// let server = Context::server(identities, None, options())?;
/// # let _ = server;
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Debug)]
pub struct Identities {
    default: Identity,
    others: Vec<(Identity, Vec<String>)>,
}

impl Identities {
    /// This one for everybody, as far as no other one is better.
    pub fn new(default: Identity) -> Self {
        Self { default, others: Vec::new() }
    }

    /// This one too, for the DNS names that its certificate bears.
    ///
    /// # Errors
    /// [`TlsError::Nameless`]: it bears none, or cannot be read, so it would never be chosen.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// let nameless = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).unwrap();
    /// let nameless = Identity::from_der(vec![nameless.cert.der().to_vec()], nameless.signing_key.serialize_der())?;
    ///
    /// let mut identities = Identities::new(Identity::from_pem(&chain, &key)?);
    /// assert_eq!(identities.add(nameless), Err(TlsError::Nameless));
    /// # Ok::<(), TlsError>(())
    /// ```
    pub fn add(&mut self, identity: Identity) -> Result<(), TlsError> {
        let names = dns_names(&identity).filter(|names| !names.is_empty()).ok_or(TlsError::Nameless)?;
        self.others.push((identity, names));
        Ok(())
    }

    /// Makes sure that each key is its certificate's, and sorts them by name.
    pub(super) fn by_name(self, provider: &CryptoProvider) -> Result<ByName, TlsError> {
        let names = dns_names(&self.default).unwrap_or_default();
        let default = self.default.certified(provider)?;
        let mut by_name = ByName { default: default.clone(), named: BTreeMap::new() };
        by_name.insert(default, names);
        for (identity, names) in self.others {
            by_name.insert(identity.certified(provider)?, names);
        }
        Ok(by_name)
    }
}

impl From<Identity> for Identities {
    fn from(identity: Identity) -> Self {
        Self::new(identity)
    }
}

/// The DNS names of its own certificate, in small letters; `None` where it cannot be read.
fn dns_names(identity: &Identity) -> Option<Vec<String>> {
    let own = Certificate::from_der(identity.chain.first()?).ok()?;
    let dns_name = |name: &AlternativeName| match name {
        AlternativeName::Dns(name) => name.as_str().map(str::to_ascii_lowercase),
        _ => None,
    };
    Some(own.alternative_names().iter().filter_map(dns_name).collect())
}

/// Identities by the names that they bear, wildcards as they are written.
#[derive(Debug)]
pub(super) struct ByName {
    default: Arc<CertifiedKey>,
    named: BTreeMap<String, Vec<Arc<CertifiedKey>>>,
}

impl ByName {
    fn insert(&mut self, identity: Arc<CertifiedKey>, names: Vec<String>) {
        for name in names {
            self.named.entry(name).or_default().push(identity.clone());
        }
    }

    /// Those that bear a name, or a wildcard for it.
    fn named(&self, name: &str) -> Option<&[Arc<CertifiedKey>]> {
        let name = name.to_ascii_lowercase();
        let wildcard = || name.split_once('.').map(|(_, above)| alloc::format!("*.{above}"));
        let exact = self.named.get(&name);
        exact.or_else(|| self.named.get(&wildcard()?)).map(Vec::as_slice)
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some(named) = hello.server_name().and_then(|name| self.named(name)) else {
            return Some(self.default.clone());
        };
        let can_be_checked =
            |one: &&Arc<CertifiedKey>| one.key.choose_scheme(hello.signature_schemes()).is_some();
        // Where none can be checked, the handshake tells it.
        named.iter().find(can_be_checked).or(named.first()).cloned()
    }
}
