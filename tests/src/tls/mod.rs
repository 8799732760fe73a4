//! TLS for tests: a provider that hides nothing, one end of a connection with all that is known of it, and a connection
//! in memory.

pub mod cipher;
mod end;
mod link;
mod provider;

use std::sync::Arc;

use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Session, TlsError, Trust, WallClock};

pub use end::{End, Lender};
pub use link::{Link, Wire};
pub use provider::provider;

/// The server's certificate, for `localhost`, and the key of it, which is a secret to nobody.
pub(crate) const CERTIFICATE: &[u8] = include_bytes!("certificate.pem");
pub(crate) const KEY: &[u8] = include_bytes!("key.pem");

/// A time at which the certificate is valid.
pub(crate) struct At;

impl WallClock for At {
    fn unix_seconds(&self) -> Option<u64> {
        Some(2_000_000_000)
    }
}

fn options(provider: Provider) -> ContextOptions {
    let alpn = vec![b"x".to_vec()];
    ContextOptions { alpn, ..ContextOptions::new(provider, Arc::new(At)) }
}

/// A client and a server that would understand one another. They share nothing with any other session.
///
/// # Panics
/// When the provider cannot be used.
pub fn sessions(provider: Provider) -> (Session, Session) {
    try_sessions(provider).expect("contexts for a provider that works")
}

fn try_sessions(provider: Provider) -> Result<(Session, Session), TlsError> {
    let (client, server) = try_contexts(provider)?;
    Ok((Session::client(&client, "localhost")?, Session::server(&server)?))
}

/// The contexts of a client and a server that would understand one another.
///
/// # Panics
/// When the provider cannot be used.
pub fn contexts(provider: Provider) -> (Context, Context) {
    try_contexts(provider).expect("contexts for a provider that works")
}

fn try_contexts(provider: Provider) -> Result<(Context, Context), TlsError> {
    let identity = Identity::from_pem(CERTIFICATE, KEY)?;
    let server = Context::server(identity, None, options(provider))?;
    let client = Context::client(Trust::Anybody, None, options(provider))?;
    Ok((client, server))
}
