//! Whoever issues certificates: [`Authority`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use standpipe_core::tls::{Identity, Roots, Trust};
use standpipe_tests::harness::Terms;

use super::sides::{provider, version};

/// Who vouches for others.
pub(super) struct Authority {
    certificate: Vec<u8>,
    /// What stands between it and whoever is trusted, itself first.
    above: Vec<Vec<u8>>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its chain, and its key.
pub(super) struct Issued {
    pub(super) chain: Vec<Vec<u8>>,
    key: Vec<u8>,
}

/// What a certificate says where nothing else matters: it is for this name, for a server as well as for a client.
pub(super) fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// What an authority says, under a name that no other one has.
fn authority() -> CertificateParams {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut params = CertificateParams::default();
    let name = format!("authority {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

impl Authority {
    /// One that answers for itself.
    pub(super) fn new() -> Self {
        let (params, key) = (authority(), key());
        let certificate = params.self_signed(&key).expect("a certificate").der().to_vec();
        Self { certificate, above: Vec::new(), issuer: Issuer::new(params, key) }
    }

    /// One that this one answers for.
    pub(super) fn below(&self) -> Self {
        self.pretender(&authority())
    }

    /// One that has a certificate of this one, but no right to issue others.
    pub(super) fn pretender(&self, params: &CertificateParams) -> Self {
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").der().to_vec();
        Self { above: vec![certificate.clone()], certificate, issuer: Issuer::new(params.clone(), key) }
    }

    /// Issues what is asked for.
    pub(super) fn issue(&self, params: &CertificateParams) -> Issued {
        let key = key();
        let own = params.signed_by(&key, &self.issuer).expect("a certificate").der().to_vec();
        Issued { chain: [vec![own], self.above.clone()].concat(), key: key.serialize_der() }
    }

    /// Those whom it vouches for.
    pub(super) fn roots(&self) -> Roots {
        let mut roots = Roots::default();
        roots.add_der(self.certificate.clone()).expect("a certificate");
        roots
    }

    /// The same as whom a client of ours trusts.
    pub(super) fn trust(&self) -> Trust {
        Trust::Roots(self.roots())
    }

    fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(self.certificate.clone().into()).expect("a certificate");
        store
    }

    /// A stranger's client that trusts it, and has this certificate.
    pub(super) fn client(&self, terms: Terms, own: Option<&Issued>) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::new(provider(terms)));
        let builder = builder.with_protocol_versions(&[version(terms)]).expect("it is spoken");
        let builder = builder.with_root_certificates(self.store());
        match own {
            None => builder.with_no_client_auth(),
            Some(own) => builder.with_client_auth_cert(own.certificates(), own.key()).expect("a pair"),
        }
    }

    /// A stranger's server whose clients must have a certificate of it.
    pub(super) fn server(&self, terms: Terms, own: &Issued) -> ServerConfig {
        let provider = Arc::new(provider(terms));
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(self.store()), provider.clone());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_protocol_versions(&[version(terms)]).expect("it is spoken");
        let builder = builder.with_client_cert_verifier(verifier.build().expect("somebody is trusted"));
        own.serve(builder)
    }
}

impl Issued {
    /// As an identity of ours.
    pub(super) fn identity(&self) -> Identity {
        Identity::from_der(self.chain.clone(), self.key.clone()).expect("a pair")
    }

    /// The same without what stands above it.
    pub(super) fn alone(self) -> Self {
        Self { chain: self.chain[..1].to_vec(), ..self }
    }

    /// The same with the key of another one, which does not fit.
    pub(super) fn with_key_of(self, other: &Self) -> Self {
        Self { key: other.key.clone(), ..self }
    }

    /// A stranger's server that has it and asks its clients for none.
    pub(super) fn server(&self, terms: Terms) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(Arc::new(provider(terms)));
        let builder = builder.with_protocol_versions(&[version(terms)]).expect("it is spoken");
        self.serve(builder.with_no_client_auth())
    }

    fn serve(
        &self,
        builder: rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>,
    ) -> ServerConfig {
        let mut config = builder.with_single_cert(self.certificates(), self.key()).expect("a pair");
        config.send_tls13_tickets = 0;
        config
    }

    fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.chain.iter().cloned().map(CertificateDer::from).collect()
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.clone()).expect("a key")
    }
}
