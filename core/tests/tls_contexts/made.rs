//! Certificates that are made for a test, and the two sides of a handshake.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Session, Trust, WallClock};
use standpipe_core::{Layer, Negotiated, Pool, TlsReason};

#[cfg(feature = "ring")]
pub(crate) const PROVIDER: Provider = Provider::Ring;
#[cfg(not(feature = "ring"))]
pub(crate) const PROVIDER: Provider = Provider::AwsLcRs;

/// What stands behind it.
pub(crate) fn crypto() -> rustls::crypto::CryptoProvider {
    #[cfg(feature = "ring")]
    return rustls::crypto::ring::default_provider();
    #[cfg(not(feature = "ring"))]
    return rustls::crypto::aws_lc_rs::default_provider();
}

/// A time at which whatever is made here is valid.
pub(crate) const NOON: u64 = 1_800_014_400;

pub(crate) struct At(pub(crate) u64);

impl WallClock for At {
    fn unix_seconds(&self) -> Option<u64> {
        Some(self.0)
    }
}

pub(crate) fn options() -> ContextOptions {
    ContextOptions::new(PROVIDER, Arc::new(At(NOON)))
}

/// An authority that issues certificates, and its own certificate.
pub(crate) struct Authority {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        let (params, key) = (authority(name), KeyPair::generate().expect("a key"));
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Roots that have this one alone.
    pub(crate) fn roots(&self) -> Roots {
        let mut roots = Roots::default();
        roots.add_pem(self.pem.as_bytes()).expect("a certificate");
        roots
    }

    /// Who bears these names.
    pub(crate) fn identity(&self, names: &[&str]) -> Identity {
        let (der, key) = self.issue(params(names));
        Identity::from_der(vec![der], key).expect("a pair")
    }

    /// A certificate and its key, both as DER.
    pub(crate) fn issue(&self, params: CertificateParams) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate().expect("a key");
        let own = params.signed_by(&key, &self.issuer).expect("a certificate");
        (own.der().to_vec(), key.serialize_der())
    }

    /// A client that trusts this one.
    pub(crate) fn client(&self) -> Context {
        Context::client(Trust::Roots(self.roots()), None, options()).expect("a client's context")
    }
}

pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = params(&[]);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().copied().map(String::from).collect();
    CertificateParams::new(names).expect("names")
}

/// Both sides when neither has anything more to say.
pub(crate) struct Met {
    pub(crate) client: Session,
    pub(crate) server: Session,
}

impl Met {
    pub(crate) fn new(client: &Context, server: &Context) -> Self {
        Self::by_name(client, server, "localhost")
    }

    pub(crate) fn by_name(client: &Context, server: &Context, name: &str) -> Self {
        Self::between(
            Session::client(client, name).expect("a client's context and a name"),
            Session::server(server).expect("a server's context"),
        )
    }

    pub(crate) fn between(mut client: Session, mut server: Session) -> Self {
        let mut pool = Pool::default();
        client.start();
        while carry(&mut client, &mut server, &mut pool) | carry(&mut server, &mut client, &mut pool) {}
        Self { client, server }
    }

    /// Why the client has failed, and why the server has.
    pub(crate) fn faults(&self) -> [Option<TlsReason>; 2] {
        [&self.client, &self.server].map(|side| side.fault().map(|fault| fault.reason()))
    }

    /// What both have agreed upon, as the server tells it.
    pub(crate) fn agreed(&self) -> Negotiated {
        assert_eq!(self.faults(), [None, None]);
        assert!(self.client.may_send());
        self.server.negotiated().expect("the handshake is over")
    }
}

fn carry(from: &mut Session, to: &mut Session, pool: &mut Pool) -> bool {
    if !from.wants_write() || !to.wants_read() {
        return false;
    }
    let window = to.window(pool);
    let n = from.pending().len().min(window.len());
    window[..n].copy_from_slice(&from.pending()[..n]);
    to.handle_read(n);
    from.handle_written(n);
    true
}
