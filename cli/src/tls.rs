//! From TLS options to contexts and layers.

mod key_log;
mod serving;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use standpipe_core::tls::{
    Context, ContextOptions, Identity, KeyLog, Provider, Roots, Session, TlsError, Trust, Version,
};
use standpipe_core::{EofPolicy, Layer};
use standpipe_sys::Security;
use standpipe_sys::tls::SystemClock;

pub(crate) use serving::Serving;

use crate::args::{CommonTls, ConnectTls, Eof, Oldest, Pin};
use crate::outcome::{FAILED, Outcome};
use key_log::KeyLogFile;

const PROVIDER: Provider = Provider::AwsLcRs;

/// A client's security towards this host.
pub(crate) fn connect(tls: &ConnectTls, common: &CommonTls, host: &str) -> Result<Security, Outcome> {
    let trust = match (&tls.tls_ca, tls.tls_pin) {
        (Some(path), _) => Trust::Roots(roots(path)?),
        (None, Some(Pin(pin))) => Trust::Pin(pin),
        (None, None) if tls.tls_insecure => Trust::Anybody,
        (None, None) => Trust::Roots(system_roots()?),
    };
    let identity = match (&tls.tls_cert, &tls.tls_key) {
        (Some(chain), Some(key)) => Some(identity(chain, key)?),
        _ => None,
    };
    let context = Context::client(trust, identity, options(common)?).map_err(failed)?;
    client(context, common, tls.tls_name.as_deref().unwrap_or(host))
}

/// A client's security towards this host, with the system's roots.
pub(crate) fn link(common: &CommonTls, host: &str) -> Result<Security, Outcome> {
    let context = Context::client(Trust::Roots(system_roots()?), None, options(common)?).map_err(failed)?;
    client(context, common, host)
}

fn client(context: Context, common: &CommonTls, name: &str) -> Result<Security, Outcome> {
    Session::client(&context, name).map_err(failed)?;
    let name = name.to_string();
    let layer = move || -> Box<dyn Layer> {
        Box::new(Session::client(&context, &name).expect("tried when it was made"))
    };
    Ok(Security { layer: Arc::new(layer), eof: eof(common) })
}

fn failed(error: impl std::fmt::Display) -> Outcome {
    Outcome::failed(FAILED, error)
}

fn eof(common: &CommonTls) -> EofPolicy {
    match common.tls_eof {
        Eof::Error => EofPolicy::Error,
        Eof::Accept => EofPolicy::Accept,
    }
}

fn options(common: &CommonTls) -> Result<ContextOptions, Outcome> {
    let key_log = common.keylog.as_deref().map(KeyLogFile::open).transpose()?;
    Ok(ContextOptions {
        oldest: match common.tls_min {
            Oldest::Tls12 => Version::Tls12,
            Oldest::Tls13 => Version::Tls13,
        },
        alpn: common.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect(),
        key_log: key_log.map(|log| Arc::new(log) as Arc<dyn KeyLog>),
        ..ContextOptions::new(PROVIDER, Arc::new(SystemClock))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Outcome> {
    fs::read(path).map_err(|error| failed(format_args!("cannot read '{}': {error}", path.display())))
}

/// A pair of files, and whether they are one: of several, the wrong one is told.
fn identity(chain: &Path, key: &Path) -> Result<Identity, Outcome> {
    let of_pair =
        |error: TlsError| failed(format_args!("'{}' and '{}': {error}", chain.display(), key.display()));
    let (chain_pem, key_pem) = (read(chain)?, read(key)?);
    let made = || Identity::from_pem(&chain_pem, &key_pem);
    let tried = ContextOptions::new(PROVIDER, Arc::new(SystemClock));
    made().and_then(|identity| Context::server(identity, None, tried)).map_err(of_pair)?;
    made().map_err(of_pair)
}

fn roots(path: &Path) -> Result<Roots, Outcome> {
    let mut roots = Roots::default();
    roots.add_pem(&read(path)?).map_err(|error| failed(format_args!("'{}': {error}", path.display())))?;
    Ok(roots)
}

/// Those of the system.
fn system_roots() -> Result<Roots, Outcome> {
    let how = "name some with --tls-ca, or a certificate with --tls-pin";
    standpipe_sys::tls::system_roots().map_err(|error| failed(format_args!("{error}: {how}")))
}
