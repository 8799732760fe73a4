//! A certificate for this machine, for programs and for us: [`Certificate`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, DnType, KeyPair};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Trust};
use standpipe_sys::tls::SystemClock;
use tempfile::TempDir;

/// A certificate for this machine and its key: as files, which go with it, and as contexts of ours.
#[derive(Debug)]
pub struct Certificate {
    folder: TempDir,
    chain: PathBuf,
    key: PathBuf,
}

/// How many were made.
static MADE: AtomicUsize = AtomicUsize::new(0);

impl Certificate {
    /// One for `localhost` and 127.0.0.1.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        Self::bearing(&["localhost", "127.0.0.1"])
    }

    /// One that bears these names.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn bearing(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut wanted = CertificateParams::new(names).expect("these are names");
        // Named apart, or one would be taken for the other's issuer.
        let number = MADE.fetch_add(1, Ordering::Relaxed).to_string();
        wanted.distinguished_name.push(DnType::CommonName, number);
        let key = KeyPair::generate().expect("a key can be made");
        let made = wanted.self_signed(&key).expect("a certificate can be made");
        let folder = TempDir::new().expect("a folder can be made");
        let chain = written(folder.path(), "chain.pem", &made.pem());
        let key = written(folder.path(), "key.pem", &key.serialize_pem());
        Self { folder, chain, key }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file of the certificate.
    ///
    /// # Panics
    /// When the path is no text.
    pub fn chain(&self) -> &str {
        self.chain.to_str().expect("paths of tests are text")
    }

    /// The file of the key.
    ///
    /// # Panics
    /// As [`Certificate::chain`].
    pub fn key(&self) -> &str {
        self.key.to_str().expect("paths of tests are text")
    }

    /// Servers that show it.
    ///
    /// # Panics
    /// When the files are not there.
    pub fn server(&self) -> Context {
        let identity = Identity::from_pem(&read(&self.chain), &read(&self.key)).expect("a pair");
        Context::server(identity, None, options()).expect("a server's context")
    }

    /// Clients that trust it and nobody else.
    ///
    /// # Panics
    /// As [`Certificate::server`].
    pub fn client(&self) -> Context {
        let mut roots = Roots::default();
        roots.add_pem(&read(&self.chain)).expect("a certificate");
        Context::client(Trust::Roots(roots), None, options()).expect("a client's context")
    }
}

impl Default for Certificate {
    fn default() -> Self {
        Self::new()
    }
}

fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file can be written");
    path
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("it was written")
}
