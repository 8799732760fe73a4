//! Who the suite's secured servers are, and whom its clients trust.

use std::sync::{Arc, LazyLock};

use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Session, Trust, WallClock};

/// The name that the suite's certificate bears.
pub const NAME: &str = "localhost";

/// A certificate and its key, both as DER.
#[derive(Debug)]
pub struct Certificate {
    /// The certificate.
    pub certificate: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
}

/// What sessions are made of.
struct Contexts {
    server: Context,
    trusting: Context,
    distrusting: Context,
}

/// A time within the certificate's dates.
struct Noon;

impl WallClock for Noon {
    fn unix_seconds(&self) -> Option<u64> {
        Some(1_800_014_400)
    }
}

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("a certificate can be made");
    Certificate { certificate: made.cert.der().to_vec(), key: made.signing_key.serialize_der() }
});

static CONTEXTS: LazyLock<Contexts> = LazyLock::new(|| {
    let Certificate { certificate, key } = certificate();
    let identity = Identity::from_der(vec![certificate.clone()], key.clone()).expect("it is a key");
    let mut roots = Roots::default();
    roots.add_der(certificate.clone()).expect("it can be trusted");
    let client = |roots| Context::client(Trust::Roots(roots), None, options()).expect("a usable context");
    Contexts {
        server: Context::server(identity, None, options()).expect("a usable certificate"),
        trusting: client(roots),
        distrusting: client(Roots::default()),
    }
});

fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(Noon))
}

/// The certificate of every secured server, made once in a process.
pub fn certificate() -> &'static Certificate {
    &CERTIFICATE
}

/// A new connection's session on the server's side.
pub fn server_session() -> Session {
    Session::server(&CONTEXTS.server).expect("a server's context")
}

/// A new connection's session on the client's side, which trusts the suite's certificate or none.
pub fn client_session(trusting: bool) -> Session {
    let context = if trusting { &CONTEXTS.trusting } else { &CONTEXTS.distrusting };
    Session::client(context, NAME).expect("a client's context")
}
