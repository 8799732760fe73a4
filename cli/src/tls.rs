//! From TLS options to contexts and layers.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use standpipe_core::tls::{
    Clients, Context, ContextOptions, Identity, KeyLog, Provider, Roots, Session, TlsError, Trust, Version,
};
use standpipe_core::{EofPolicy, Layer};
use standpipe_sys::Security;
use standpipe_sys::tls::SystemClock;

use crate::args::{CommonTls, ConnectTls, Eof, Oldest, Pin, ServeTls};
use crate::outcome::{FAILED, Outcome};

const PROVIDER: Provider = Provider::AwsLcRs;

/// A server's security, and the pin of a certificate that was made for it.
pub(crate) fn serve(
    tls: &ServeTls,
    common: &CommonTls,
    host: &str,
) -> Result<Option<(Security, Pin)>, Outcome> {
    let identity = match (&tls.tls_cert, &tls.tls_key) {
        (Some(chain), Some(key)) => identity(chain, key)?,
        _ if tls.tls_self_signed => self_signed(host)?,
        _ => return Ok(None),
    };
    let clients = tls.tls_client_ca.as_deref().map(roots).transpose()?.map(Clients::required);
    let pin = identity.fingerprint(PROVIDER).map(Pin).ok_or_else(|| failed("cannot hash the certificate"))?;
    let made = Context::server(identity, clients, options(common)?);
    let context = made.map_err(|error| unusable(&tls.tls_cert, &tls.tls_key, &error))?;
    // A server's context is what was just made, so its side is right.
    Session::server(&context).map_err(failed)?;
    let layer =
        move || -> Box<dyn Layer> { Box::new(Session::server(&context).expect("tried when it was made")) };
    Ok(Some((Security { layer: Arc::new(layer), eof: eof(common) }, pin)))
}

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
    let context = Context::client(trust, identity, options(common)?);
    let context = context.map_err(|error| unusable(&tls.tls_cert, &tls.tls_key, &error))?;
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

fn identity(chain: &Path, key: &Path) -> Result<Identity, Outcome> {
    Identity::from_pem(&read(chain)?, &read(key)?).map_err(|error| of_pair(chain, key, &error))
}

fn of_pair(chain: &Path, key: &Path, error: &TlsError) -> Outcome {
    failed(format_args!("'{}' and '{}': {error}", chain.display(), key.display()))
}

/// Why there is no context; only whether a key is the certificate's comes out so late.
fn unusable(chain: &Option<PathBuf>, key: &Option<PathBuf>, error: &TlsError) -> Outcome {
    match (error, chain, key) {
        (TlsError::Identity(_), Some(chain), Some(key)) => of_pair(chain, key, error),
        _ => failed(error),
    }
}

fn roots(path: &Path) -> Result<Roots, Outcome> {
    let mut roots = Roots::default();
    roots.add_pem(&read(path)?).map_err(|error| failed(format_args!("'{}': {error}", path.display())))?;
    Ok(roots)
}

/// Those of the system; one that cannot be used is left out, as browsers do.
fn system_roots() -> Result<Roots, Outcome> {
    let mut roots = Roots::default();
    let found = rustls_native_certs::load_native_certs();
    let usable =
        found.certs.into_iter().filter(|certificate| roots.add_der(certificate.to_vec()).is_ok()).count();
    if usable == 0 {
        return Err(failed(
            "the system has no trusted certificates: name some with --tls-ca, or a certificate with --tls-pin",
        ));
    }
    Ok(roots)
}

/// A certificate for this host and for this machine, made in memory and gone with the process.
fn self_signed(host: &str) -> Result<Identity, Outcome> {
    let mut names = vec!["localhost".to_string(), "127.0.0.1".into(), "::1".into()];
    if !host.is_empty() && !names.iter().any(|name| name == host) {
        names.push(host.into());
    }
    let made = rcgen::generate_simple_self_signed(names).map_err(failed)?;
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    Identity::from_pem(chain.as_bytes(), key.as_bytes()).map_err(failed)
}

/// Appends secrets to a file in the form of NSS's key log.
struct KeyLogFile(Mutex<File>);

impl KeyLogFile {
    fn open(path: &Path) -> Result<Self, Outcome> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file =
            file.map_err(|error| failed(format_args!("cannot write '{}': {error}", path.display())))?;
        Ok(Self(Mutex::new(file)))
    }
}

impl KeyLog for KeyLogFile {
    fn secret(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        // A full disk must not end connections.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}
