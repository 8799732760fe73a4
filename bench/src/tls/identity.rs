//! Who the servers are, and what is spoken: [`Identity`], [`PROVIDER`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;

/// The one cipher suite that is offered, so that all peers do the same work: its registered name, which OpenSSL uses as
/// well.
pub(super) const SUITE: &str = "TLS_AES_128_GCM_SHA256";

/// AWS-LC as in standpipe, with this suite alone, and with P-256 beside X25519 for those who know nothing else.
pub(super) static PROVIDER: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256],
    kx_groups: vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1],
    ..aws_lc_rs::default_provider()
});

/// The same from ring.
pub(super) static RING: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    cipher_suites: vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256],
    kx_groups: vec![ring::kx_group::X25519, ring::kx_group::SECP256R1],
    ..ring::default_provider()
});

/// What handshakes are like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Handshakes {
    Full,
    /// With two tickets from each server, as it is rustls' own habit and standpipe's.
    Resumed,
}

impl Handshakes {
    pub(super) const ALL: [Self; 2] = [Self::Full, Self::Resumed];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Resumed => "resumed",
        }
    }

    /// What a helper was told.
    pub(super) fn told(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|handshakes| handshakes.word() == word)
    }

    pub(super) fn client(self, config: Arc<ClientConfig>) -> Arc<ClientConfig> {
        let mut config = Arc::unwrap_or_clone(config);
        if self == Self::Resumed {
            config.resumption = Resumption::default();
        }
        Arc::new(config)
    }

    pub(super) fn server(self, config: Arc<ServerConfig>) -> Arc<ServerConfig> {
        let mut config = Arc::unwrap_or_clone(config);
        if self == Self::Resumed {
            config.send_tls13_tickets = 2;
        }
        Arc::new(config)
    }
}

/// The name that the certificate bears.
pub(super) const HOST: &str = "localhost";

/// A self-signed certificate with a P-256 key, in files that every server can read.
#[derive(Debug)]
pub(super) struct Identity {
    folder: PathBuf,
    _made: Option<TempDir>,
}

impl Identity {
    /// A new one, gone when it is dropped.
    pub(super) fn make() -> Self {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate can be made");
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let folder = TempDir::with_prefix("standpipe-bench-").expect("a folder can be made");
        let identity = Self { folder: folder.path().to_owned(), _made: Some(folder) };
        let both = format!("{chain}{key}");
        for (path, text) in [(identity.chain(), chain), (identity.key(), key), (identity.both(), both)] {
            fs::write(path, text).expect("the folder can be written to");
        }
        identity
    }

    /// One that another process has made.
    pub(super) fn at(folder: &str) -> Self {
        Self { folder: folder.into(), _made: None }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn chain(&self) -> PathBuf {
        self.folder.join("chain.pem")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// Certificate and key in one file.
    pub(super) fn both(&self) -> PathBuf {
        self.folder.join("both.pem")
    }

    /// A client that trusts it and offers TLS 1.3 with the one suite alone.
    pub(super) fn client(&self) -> Arc<ClientConfig> {
        self.client_with(&PROVIDER)
    }

    /// The same with these ciphers.
    pub(super) fn client_with(&self, provider: &CryptoProvider) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).expect("the certificate can be trusted");
        let builder = ClientConfig::builder_with_provider(provider.clone().into());
        let builder =
            builder.with_protocol_versions(&[&rustls::version::TLS13]).expect("the suite is TLS 1.3's");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = Resumption::disabled();
        Arc::new(config)
    }

    /// A server with it that speaks the one suite alone, and that sends no tickets, as standpipe sends none.
    pub(super) fn server(&self) -> Arc<ServerConfig> {
        self.server_with(&PROVIDER)
    }

    /// The same with these ciphers.
    pub(super) fn server_with(&self, provider: &CryptoProvider) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::from_pem_file(self.key()).expect("the key can be read");
        let builder = ServerConfig::builder_with_provider(provider.clone().into());
        let builder =
            builder.with_protocol_versions(&[&rustls::version::TLS13]).expect("the suite is TLS 1.3's");
        let config = builder.with_no_client_auth().with_single_cert(vec![self.certificate()], key);
        let mut config = config.expect("the key is the certificate's");
        config.send_tls13_tickets = 0;
        Arc::new(config)
    }

    fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.chain()).expect("the certificate can be read")
    }
}

/// The server's name, as a client checks it.
pub(super) fn server_name() -> ServerName<'static> {
    ServerName::try_from(HOST).expect("it is a name")
}
