//! standpipe's contexts for an identity, with the same one suite as its peers'.

use std::fs::read;
use std::io;
use std::sync::Arc;

use standpipe_core::tls::{Context, ContextOptions, Identity as Own, Provider, Roots, Trust, Version};
use standpipe_sys::tls::SystemClock;

use super::identity::{Identity, PROVIDER};

pub(super) fn client(identity: &Identity) -> io::Result<Context> {
    let mut roots = Roots::default();
    roots.add_pem(&read(identity.chain())?).map_err(io::Error::other)?;
    Context::client(Trust::Roots(roots), None, options()).map_err(io::Error::other)
}

pub(super) fn server(identity: &Identity) -> io::Result<Context> {
    let (chain, key) = (read(identity.chain())?, read(identity.key())?);
    let own = Own::from_pem(&chain, &key).map_err(io::Error::other)?;
    Context::server(own, None, options()).map_err(io::Error::other)
}

fn options() -> ContextOptions {
    ContextOptions {
        oldest: Version::Tls13,
        ..ContextOptions::new(Provider::Custom(&PROVIDER), Arc::new(SystemClock))
    }
}
