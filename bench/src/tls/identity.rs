//! Who the servers are, and what is spoken: [`Identity`], [`Suite`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CipherSuite, ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;

/// The one cipher suite that is offered, so that all peers do the same work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Suite {
    /// Its registered name, which OpenSSL uses as well.
    pub(super) name: &'static str,
    id: CipherSuite,
}

impl Suite {
    pub(super) const AES_128: Self =
        Self { name: "TLS_AES_128_GCM_SHA256", id: CipherSuite::TLS13_AES_128_GCM_SHA256 };
    pub(super) const AES_256: Self =
        Self { name: "TLS_AES_256_GCM_SHA384", id: CipherSuite::TLS13_AES_256_GCM_SHA384 };

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::AES_128, Self::AES_256].into_iter().find(|suite| suite.name == name)
    }

    /// AWS-LC as in standpipe, with this suite alone, and with P-256 beside X25519 for those who know nothing else.
    fn provider(self) -> Arc<CryptoProvider> {
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites.retain(|suite| suite.suite() == self.id);
        assert_eq!(provider.cipher_suites.len(), 1, "the provider has the suite");
        provider.kx_groups = vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1];
        Arc::new(provider)
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

    /// A client that trusts it and offers TLS 1.3 with this suite alone.
    pub(super) fn client(&self, suite: Suite) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).expect("the certificate can be trusted");
        let builder = ClientConfig::builder_with_provider(suite.provider());
        let builder =
            builder.with_protocol_versions(&[&rustls::version::TLS13]).expect("the suite is TLS 1.3's");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        Arc::new(config)
    }

    /// A server with it that speaks this suite alone, and that sends no tickets, as standpipe sends none.
    pub(super) fn server(&self, suite: Suite) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::from_pem_file(self.key()).expect("the key can be read");
        let builder = ServerConfig::builder_with_provider(suite.provider());
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
