//! standpipe's contexts for an identity, with the same one suite as its peers'.

use std::fs::read;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use standpipe_core::tls::{
    Context, ContextOptions, Identity as Own, Provider, Roots, SessionCache, SessionStore, Trust, Version,
};
use standpipe_sys::tls::SystemClock;

use super::identity::{Handshakes, Identity, PROVIDER};

pub(super) fn client(identity: &Identity) -> io::Result<Context> {
    client_for(identity, Handshakes::Full)
}

pub(super) fn client_for(identity: &Identity, handshakes: Handshakes) -> io::Result<Context> {
    let mut roots = Roots::default();
    roots.add_pem(&read(identity.chain())?).map_err(io::Error::other)?;
    Context::client(Trust::Roots(roots), None, options(handshakes)).map_err(io::Error::other)
}

pub(super) fn server(identity: &Identity) -> io::Result<Context> {
    server_for(identity, Handshakes::Full)
}

pub(super) fn server_for(identity: &Identity, handshakes: Handshakes) -> io::Result<Context> {
    let (chain, key) = (read(identity.chain())?, read(identity.key())?);
    let own = Own::from_pem(&chain, &key).map_err(io::Error::other)?;
    Context::server(own, None, options(handshakes)).map_err(io::Error::other)
}

fn options(handshakes: Handshakes) -> ContextOptions {
    ContextOptions {
        oldest: Version::Tls13,
        resumption: (handshakes == Handshakes::Resumed).then(|| Arc::new(Remembered::default()) as _),
        ..ContextOptions::new(Provider::Custom(&PROVIDER), Arc::new(SystemClock))
    }
}

/// Earlier sessions, for all threads.
#[derive(Default)]
struct Remembered(Mutex<SessionCache>);

impl SessionStore for Remembered {
    fn with(&self, work: &mut dyn FnMut(&mut SessionCache)) {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
