//! What a connection is to be: [`Context`].

mod error;
mod options;
mod purpose;

use alloc::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::ServerName;
use rustls::server::NoServerSessionStorage;
use rustls::{ClientConfig, ServerConfig};

pub use error::TlsError;
use options::Secrets;
pub use options::{ContextOptions, KeyLog, WallClock};
pub use purpose::Purpose;

use super::engine::Engine;
use super::resumption::{ClientStore, ServerStore};
use super::revocation::CheckedBy;
use super::trust::PinVerifier;
use super::{Clients, Identities, Identity, Roots, Trust};

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

/// How many tickets a client gets in TLS 1.3, so that it may come back with two connections at once.
const TICKETS: usize = 2;

impl Context {
    /// A server's: who it is, and which certificates its clients are asked for, if any.
    ///
    /// # Errors
    /// * [`TlsError::Identity`]: a key is not its certificate's, or the provider cannot use it.
    /// * [`TlsError::NoRoots`]: clients are asked for certificates, and nobody is trusted to vouch for them.
    /// * [`TlsError::NoRevocationList`], [`TlsError::RevocationList`]: revocation is to be checked without a list, or by
    ///   one that cannot be read.
    /// * [`TlsError::Versions`], [`TlsError::NoCipher`], [`TlsError::Missing`], [`TlsError::Provider`]: nothing is left to
    ///   be spoken, or the provider lacks what was chosen.
    /// * [`TlsError::StoreInUse`]: the sessions are remembered for another context.
    pub fn server(
        identities: impl Into<Identities>,
        clients: Option<Clients>,
        options: ContextOptions,
    ) -> Result<Self, TlsError> {
        let provider = options.provider()?;
        let identities = identities.into().by_name(&provider)?;
        let builder = ServerConfig::builder_with_details(provider.clone(), options.time())
            .with_protocol_versions(options.versions(&provider)?)
            .map_err(TlsError::Provider)?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => builder.with_client_cert_verifier(clients.verifier(provider)?),
        };
        let mut config = builder.with_cert_resolver(Arc::new(identities));
        config.ignore_client_order = !options.ciphers.is_empty();
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        if let Some(store) = options.sessions()? {
            config.send_tls13_tickets = TICKETS;
            config.session_storage = Arc::new(ServerStore { store, clock: options.clock.clone() });
        }
        config.alpn_protocols = options.alpn;
        config.key_log = Arc::new(Secrets(options.key_log));
        Ok(Self(Side::Server(Arc::new(config))))
    }

    /// A client's: whom it trusts, and who it is, where a server asks. With roots that are empty every handshake fails;
    /// [`Context::for_purpose`] tells that at once.
    ///
    /// # Errors
    /// Those of [`Context::server`]; [`TlsError::NoRoots`] only where revocation is checked.
    pub fn client(
        trust: Trust,
        identity: Option<Identity>,
        options: ContextOptions,
    ) -> Result<Self, TlsError> {
        let provider = options.provider()?;
        let builder = ClientConfig::builder_with_details(provider.clone(), options.time())
            .with_protocol_versions(options.versions(&provider)?)
            .map_err(TlsError::Provider)?;
        let pinned = |pin| Arc::new(PinVerifier::new(provider.clone(), pin));
        let builder = match trust {
            Trust::Roots(Roots { anchors, revocation: None, .. }) => builder.with_root_certificates(anchors),
            Trust::Roots(Roots { anchors, revocation: Some(revocation), .. }) => {
                let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(anchors), provider);
                builder.with_webpki_verifier(revocation.checked_by(verifier)?.build()?)
            }
            Trust::Pin(pin) => builder.dangerous().with_custom_certificate_verifier(pinned(Some(pin))),
            Trust::Anybody => builder.dangerous().with_custom_certificate_verifier(pinned(None)),
        };
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(Identity { chain, key }) => {
                builder.with_client_auth_cert(chain, key).map_err(TlsError::Identity)?
            }
        };
        config.resumption = match options.sessions()? {
            None => Resumption::disabled(),
            Some(store) => Resumption::store(Arc::new(ClientStore { store, clock: options.clock.clone() })),
        };
        config.alpn_protocols = options.alpn;
        config.key_log = Arc::new(Secrets(options.key_log));
        Ok(Self(Side::Client(Arc::new(config))))
    }

    pub(super) fn is_server(&self) -> bool {
        matches!(self.0, Side::Server(_))
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
