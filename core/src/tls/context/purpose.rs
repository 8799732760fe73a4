//! A context with nothing but defaults: [`Purpose`].

use alloc::sync::Arc;

use crate::tls::{Context, ContextOptions, Identity, Provider, Roots, TlsError, Trust, WallClock};

/// Whom a context authenticates, together with what it takes. It stands for a side: who authenticates servers is a client.
///
/// Follows SSL-19 and SSL-56. There an unknown purpose gives a context that checks nothing, and here there is none.
///
/// ```
#[doc = include_str!("../made.in")]
/// let mut roots = Roots::default();
/// roots.add_pem(&chain)?;
/// let purpose = Purpose::ServerAuth(roots);
/// assert_eq!(purpose.oid(), "1.3.6.1.5.5.7.3.1");
/// let client = Context::for_purpose(purpose, PROVIDER, Arc::new(Now))?;
/// assert!(Session::client(&client, "localhost").is_ok());
///
/// let purpose = Purpose::ClientAuth(Identity::from_pem(&chain, &key)?);
/// assert_eq!(purpose.oid(), "1.3.6.1.5.5.7.3.2");
/// let server = Context::for_purpose(purpose, PROVIDER, Arc::new(Now))?;
/// assert!(Session::server(&server).is_ok());
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Purpose {
    /// A client's: servers must have a certificate that leads to one of these, and the name that is dialled.
    ServerAuth(Roots),
    /// A server's, which is this one. Clients are asked for no certificate; [`Context::server`] can ask.
    ClientAuth(Identity),
}

impl Purpose {
    /// The extended key usage that the peer's certificate must have, if it has any (RFC 5280, 4.2.1.12).
    pub const fn oid(&self) -> &'static str {
        match self {
            Self::ServerAuth(_) => "1.3.6.1.5.5.7.3.1",
            Self::ClientAuth(_) => "1.3.6.1.5.5.7.3.2",
        }
    }
}

impl Context {
    /// A context with the defaults of [`ContextOptions::new`]: TLS 1.2 and 1.3, the provider's suites, certificates and
    /// names always checked, no resumption, nothing sent early.
    ///
    /// # Errors
    /// [`TlsError::NoRoots`] where no certificate is trusted, since every handshake would fail; and those of
    /// [`Context::client`] and [`Context::server`].
    ///
    /// ```
    #[doc = include_str!("../made.in")]
    /// let nobody = Purpose::ServerAuth(Roots::default());
    /// let context = Context::for_purpose(nobody, PROVIDER, Arc::new(Now));
    /// assert!(matches!(context, Err(TlsError::NoRoots)));
    /// ```
    pub fn for_purpose(
        purpose: Purpose,
        provider: Provider,
        clock: Arc<dyn WallClock>,
    ) -> Result<Self, TlsError> {
        let options = ContextOptions::new(provider, clock);
        match purpose {
            Purpose::ServerAuth(roots) if roots.is_empty() => Err(TlsError::NoRoots),
            Purpose::ServerAuth(roots) => Self::client(Trust::Roots(roots), None, options),
            Purpose::ClientAuth(identity) => Self::server(identity, None, options),
        }
    }
}
