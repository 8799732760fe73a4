//! Certificates and keys as files have them, and who is trusted by them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Session, TlsError, Trust};
use standpipe_core::{Layer, Pool, TlsReason};
use standpipe_sys::tls::SystemClock;

/// An authority that issues certificates, and its own certificate.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn params(name: &str, is_authority: bool) -> CertificateParams {
    let names = if is_authority { vec![] } else { vec![name.to_string()] };
    let mut params = CertificateParams::new(names).expect("a name");
    params.distinguished_name.push(DnType::CommonName, name);
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

impl Authority {
    fn root(name: &str) -> Self {
        let (params, key) = (params(name, true), KeyPair::generate().expect("a key"));
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn below(&self, name: &str) -> Self {
        let (params, key) = (params(name, true), KeyPair::generate().expect("a key"));
        let pem = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for `localhost` and its key.
    fn issue(&self) -> (String, String) {
        self.issue_for(params("localhost", false))
    }

    fn issue_for(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let made = params.signed_by(&key, &self.issuer).expect("a certificate");
        (made.pem(), key.serialize_pem())
    }
}

fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
}

fn identity(chain: &str, key: &str) -> Identity {
    Identity::from_pem(chain.as_bytes(), key.as_bytes()).expect("a chain and a key")
}

fn trusting(pem: &str) -> Roots {
    let mut roots = Roots::default();
    roots.add_pem(pem.as_bytes()).expect("certificates");
    roots
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

/// A client that trusts these, after its handshake with a server that is this one.
fn met(roots: Roots, identity: Identity) -> (Session, Pool) {
    met_as("localhost", roots, identity)
}

fn met_as(name: &str, roots: Roots, identity: Identity) -> (Session, Pool) {
    let server = Context::server(identity, None, options()).expect("a server's context");
    let client = Context::client(Trust::Roots(roots), None, options()).expect("a client's context");
    let mut server = Session::server(&server).expect("a server's");
    let mut client = Session::client(&client, name).expect("a name");
    let mut pool = Pool::default();
    client.start();
    while carry(&mut client, &mut server, &mut pool) | carry(&mut server, &mut client, &mut pool) {}
    (client, pool)
}

fn verdict(roots: Roots, identity: Identity) -> Option<TlsReason> {
    met(roots, identity).0.fault().map(|fault| fault.reason())
}

/// SSL-20.
#[test]
fn every_suite_is_authenticated_and_has_fresh_keys() {
    for suite in rustls::crypto::ring::default_provider().cipher_suites {
        let name = format!("{:?}", suite.suite());
        assert!(name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_"), "{name}");
        assert!(name.contains("_GCM_") || name.contains("_CHACHA20_POLY1305_"), "{name}");
    }
}

/// SSL-29.
#[test]
fn alternative_names_count_and_a_common_name_never() {
    let root = Authority::root("root");
    let mut named = params("localhost", false);
    named.subject_alt_names = vec![SanType::IpAddress(Ipv4Addr::LOCALHOST.into())];
    let (own, key) = root.issue_for(named);
    let fault = |name| met_as(name, trusting(&root.pem), identity(&own, &key)).0.fault();
    assert_eq!(fault("127.0.0.1"), None);
    for other in ["localhost", "127.0.0.2"] {
        assert_eq!(fault(other).map(|fault| fault.reason()), Some(TlsReason::WrongName), "{other}");
    }
}

/// SSL-106.
#[test]
fn an_identity_is_its_own_certificate_then_its_issuers() {
    let root = Authority::root("root");
    let between = root.below("between");
    let (own, key) = between.issue();
    let chain = [own.as_str(), &between.pem].concat();
    assert_eq!(verdict(trusting(&root.pem), identity(&chain, &key)), None);
    assert_eq!(verdict(trusting(&root.pem), identity(&own, &key)), Some(TlsReason::UnknownIssuer));
}

/// SSL-107.
#[test]
fn roots_may_be_one_file() {
    let [one, other, stranger] = ["one", "other", "stranger"].map(Authority::root);
    let file = format!("# ours\n{}\n# theirs\n{}", one.pem, other.pem);
    for (authority, expected) in [(&one, None), (&other, None), (&stranger, Some(TlsReason::UnknownIssuer))] {
        let (own, key) = authority.issue();
        assert_eq!(verdict(trusting(&file), identity(&own, &key)), expected);
    }
}

/// SSL-108.
#[test]
fn a_key_and_its_certificate_may_be_one_file() {
    let root = Authority::root("root");
    let (own, key) = root.issue();
    for file in [[key.as_str(), &own].concat(), [own.as_str(), &key].concat()] {
        assert_eq!(verdict(trusting(&root.pem), identity(&file, &file)), None);
    }
}

/// SSL-T12.
#[test]
fn pem_and_der_are_told_apart() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
    let (pem, der) = (made.cert.pem().into_bytes(), made.cert.der().to_vec());
    let mut roots = Roots::default();
    assert!(matches!(roots.add_der(pem.clone()), Err(TlsError::Root(_))));
    assert_eq!(roots.add_pem(&der), Err(TlsError::Unreadable("certificate")));
    assert_eq!((roots.add_pem(&pem), roots.add_der(der)), (Ok(()), Ok(())));
}

/// SSL-T16.
#[test]
fn an_empty_write_is_nothing() {
    let root = Authority::root("root");
    let (own, key) = root.issue();
    let (mut client, mut pool) = met(trusting(&root.pem), identity(&own, &key));
    assert!(client.may_send());
    assert_eq!((client.seal(b"", &mut pool), client.wants_write()), (0, false));
    assert_eq!((client.seal(b"x", &mut pool), client.wants_write()), (1, true));
}
