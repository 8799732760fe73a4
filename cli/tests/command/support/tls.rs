//! What the tests of TLS stand on: certificates as files, and servers and clients of this and other makes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::{Server, command, standpipe};

/// A server with a certificate that it has made.
#[track_caller]
pub(crate) fn secure(runtime: &str, work: &[&str]) -> Server {
    Server::start(runtime, &[&["--tls-self-signed"], work].concat())
}

/// `standpipe connect` to a server, with the options before the address.
pub(crate) fn connect(runtime: &str, server: &Server, options: &[&str]) -> Command {
    let address = format!("tls:{}", server.address());
    standpipe(runtime, "connect", &[options, &[&address]].concat())
}

/// A task of `tls.py`.
pub(crate) fn python3(words: &[&str]) -> Command {
    let mut python = command("python3");
    python.arg("-B").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/tls.py")).args(words);
    python
}

/// A certificate for this machine and its key, as files.
pub(crate) struct Certificate {
    folder: TempDir,
    chain: PathBuf,
    key: PathBuf,
}

/// How many certificates were made.
static MADE: AtomicUsize = AtomicUsize::new(0);

impl Certificate {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::until(4096)
    }

    /// Not valid from the beginning of this year on.
    #[track_caller]
    pub(crate) fn until(year: i32) -> Self {
        Self::made(&["localhost", "127.0.0.1"], year)
    }

    /// For another name, or several.
    #[track_caller]
    pub(crate) fn bearing(names: &[&str]) -> Self {
        Self::made(names, 4096)
    }

    #[track_caller]
    fn made(names: &[&str], year: i32) -> Self {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut wanted = rcgen::CertificateParams::new(names).expect("these are names");
        // Named apart, or one would be taken for the other's issuer.
        let number = MADE.fetch_add(1, Ordering::Relaxed).to_string();
        wanted.distinguished_name.push(rcgen::DnType::CommonName, number);
        wanted.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key can be made");
        let made = wanted.self_signed(&key).expect("a certificate can be made");
        let folder = TempDir::new().expect("a folder can be made");
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file can be written");
            path
        };
        let (chain, key) = (write("chain.pem", made.pem()), write("key.pem", key.serialize_pem()));
        Self { folder, chain, key }
    }

    /// Where it lies, and goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn chain(&self) -> &str {
        self.chain.to_str().expect("paths of tests are text")
    }

    pub(crate) fn key(&self) -> &str {
        self.key.to_str().expect("paths of tests are text")
    }

    /// Both files, as options.
    pub(crate) fn options(&self) -> [&str; 4] {
        ["--tls-cert", self.chain(), "--tls-key", self.key()]
    }

    /// Puts the contents of another one's chain in place of this one's.
    #[track_caller]
    pub(crate) fn take_chain(&self, of: &Self) {
        std::fs::copy(of.chain(), self.chain()).expect("it can be copied");
    }

    /// The same with the key.
    #[track_caller]
    pub(crate) fn take_key(&self, of: &Self) {
        std::fs::copy(of.key(), self.key()).expect("it can be copied");
    }

    /// A server with this certificate.
    #[track_caller]
    pub(crate) fn serve(&self, runtime: &str, work: &[&str]) -> Server {
        Server::start(runtime, &[&self.options(), work].concat())
    }
}
