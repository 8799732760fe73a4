//! How a server's connections are secured, and its files read anew: [`Serving`].

use std::path::PathBuf;
use std::sync::Arc;

use standpipe_core::Layer;
use standpipe_core::tls::{Clients, Context, Identities, Identity};
use standpipe_sys::Security;
use standpipe_sys::tls::SharedContext;

use super::{PROVIDER, eof, failed, identity, options, roots};
use crate::args::{CommonTls, Pin, ServeTls};
use crate::outcome::{FAILED, Outcome, USAGE};

/// What a server goes by, to be exchanged while it serves.
#[derive(Debug)]
pub(crate) struct Serving {
    context: SharedContext,
    pin: Pin,
    sources: Sources,
}

impl Serving {
    /// As the options want it; `None` for a server that speaks plainly.
    pub(crate) fn new(tls: &ServeTls, common: &CommonTls, host: &str) -> Result<Option<Self>, Outcome> {
        let Some(sources) = Sources::of(tls, common, host)? else { return Ok(None) };
        let (context, pin) = sources.make()?;
        Ok(Some(Self { context: context.into(), pin, sources }))
    }

    /// The SHA-256 of the first certificate.
    pub(crate) fn pin(&self) -> Pin {
        self.pin
    }

    /// For connections that begin from now on, each by what is current when its client speaks.
    pub(crate) fn security(&self) -> Security {
        let context = self.context.clone();
        let layer = move || -> Box<dyn Layer> {
            Box::new(context.server_session().expect("what is exchanged is a server's as well"))
        };
        Security { layer: Arc::new(layer), eof: eof(&self.sources.common) }
    }

    /// Whether there are files that may have changed.
    pub(crate) fn has_files(&self) -> bool {
        matches!(self.sources.own, Own::Files(_)) || self.sources.client_ca.is_some()
    }

    /// Reads the files anew and goes by them, if all of them can be used; else nothing changes.
    pub(crate) fn reload(&mut self) -> Result<Pin, Outcome> {
        let (context, pin) = self.sources.make()?;
        self.context.replace(Ok(context)).map_err(failed)?;
        self.pin = pin;
        Ok(pin)
    }
}

/// What a server's context is made of.
#[derive(Debug)]
struct Sources {
    own: Own,
    client_ca: Option<PathBuf>,
    common: CommonTls,
}

/// Who the server is.
#[derive(Debug)]
enum Own {
    /// Made for this process, as PEM.
    Made { chain: String, key: String },
    /// Pairs of a chain and its key, the default first.
    Files(Vec<(PathBuf, PathBuf)>),
}

impl Sources {
    fn of(tls: &ServeTls, common: &CommonTls, host: &str) -> Result<Option<Self>, Outcome> {
        let (chains, keys) = (&tls.tls_cert, &tls.tls_key);
        if chains.len() != keys.len() {
            let why =
                format!("{} --tls-cert and {} --tls-key: each chain has its key", chains.len(), keys.len());
            return Err(Outcome::failed(USAGE, why));
        }
        let own = match tls.tls_self_signed {
            true => self_signed(host)?,
            false if chains.is_empty() => return Ok(None),
            false => Own::Files(chains.iter().cloned().zip(keys.iter().cloned()).collect()),
        };
        Ok(Some(Self { own, client_ca: tls.tls_client_ca.clone(), common: common.clone() }))
    }

    /// A context that can be used as it is, and the pin of its first certificate.
    fn make(&self) -> Result<(Context, Pin), Outcome> {
        let (identities, pin) = self.own.read()?;
        let clients = self.client_ca.as_deref().map(roots).transpose()?.map(Clients::required);
        let context = Context::server(identities, clients, options(&self.common)?).map_err(failed)?;
        Ok((context, pin))
    }
}

impl Own {
    fn read(&self) -> Result<(Identities, Pin), Outcome> {
        let (first, others) = match self {
            Self::Made { chain, key } => {
                (Identity::from_pem(chain.as_bytes(), key.as_bytes()).map_err(failed)?, &[][..])
            }
            Self::Files(pairs) => {
                let ((chain, key), others) = pairs.split_first().expect("there is a pair, or no TLS");
                (identity(chain, key)?, others)
            }
        };
        let pin =
            first.fingerprint(PROVIDER).map(Pin).ok_or_else(|| failed("cannot hash the certificate"))?;
        let mut identities = Identities::new(first);
        for (chain, key) in others {
            let added = identities.add(identity(chain, key)?);
            added.map_err(|error| Outcome::failed(FAILED, format_args!("'{}': {error}", chain.display())))?;
        }
        Ok((identities, pin))
    }
}

/// A certificate for this host and for this machine, made in memory and gone with the process.
fn self_signed(host: &str) -> Result<Own, Outcome> {
    let mut names = vec!["localhost".to_string(), "127.0.0.1".into(), "::1".into()];
    if !host.is_empty() && !names.iter().any(|name| name == host) {
        names.push(host.into());
    }
    let made = rcgen::generate_simple_self_signed(names).map_err(failed)?;
    Ok(Own::Made { chain: made.cert.pem(), key: made.signing_key.serialize_pem() })
}
