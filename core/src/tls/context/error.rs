//! Why there is no context: [`TlsError`].

use rustls::server::VerifierBuilderError;

use crate::tls::Version;

/// Why a context cannot be made. All of them are the caller's.
///
/// ```
#[doc = include_str!("../made.in")]
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
    /// A certificate bears no DNS name that it could be chosen by.
    #[error("a certificate bears no DNS name to be chosen by: make it the default, or issue it with one")]
    Nameless,
    /// A root certificate cannot be used.
    #[error("a certificate cannot be trusted: {0}")]
    Root(rustls::Error),
    /// Nobody is trusted, so nobody could be served or talked to.
    #[error("no certificate is trusted: add one to the roots")]
    NoRoots,
    /// Revocation is to be checked, by no list at all.
    #[error("revocation is to be checked without a list: add those of all issuers")]
    NoRevocationList,
    /// A revocation list cannot be used.
    #[error("a revocation list cannot be used: {0}")]
    RevocationList(rustls::Error),
    /// No version is left to be spoken.
    #[error("no version is left between {oldest}, the oldest, and {newest}, the newest: exchange them")]
    Versions {
        /// The oldest that was asked for.
        oldest: Version,
        /// The newest that was asked for.
        newest: Version,
    },
    /// The provider has no such cipher suite or group.
    #[error("the provider has no '{0}': Provider::ciphers and Provider::groups tell what it has")]
    Missing(alloc::string::String),
    /// All cipher suites are those of versions that are not spoken.
    #[error(
        "no cipher suite is left for the versions that are spoken: choose one of theirs, or other versions"
    )]
    NoCipher,
    /// The provider cannot do what was asked for.
    #[error("the provider cannot do what was asked for: {0}")]
    Provider(rustls::Error),
    /// The name is neither a host name nor an IP address.
    #[error("'{0}' is neither a host name nor an IP address")]
    Name(alloc::string::String),
    /// The store of sessions belongs to another context.
    #[error("the sessions are remembered for another context: give each a store of its own")]
    StoreInUse,
    /// A client's context for a server's session, or the other way round.
    #[error("the context is for the other side of a connection")]
    WrongSide,
}

impl From<VerifierBuilderError> for TlsError {
    fn from(error: VerifierBuilderError) -> Self {
        match error {
            VerifierBuilderError::NoRootAnchors => Self::NoRoots,
            VerifierBuilderError::InvalidCrl(why) => Self::RevocationList(why.into()),
            error => Self::Root(rustls::Error::General(alloc::format!("{error}"))),
        }
    }
}
