//! Which certificate a client is shown.

use std::sync::Arc;

use rcgen::KeyPair;
use rustls::SignatureScheme;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use standpipe_core::Layer;
use standpipe_core::tls::{
    ClientHello, Context, ContextOptions, Identities, Identity, Provider, Session, TlsError, Trust,
};

use super::made::{Authority, Met, crypto, options, params};

/// A server's certificate, and an identity that has it.
fn bearing(root: &Authority, names: &[&str]) -> (Vec<u8>, Identity) {
    let (der, key) = root.issue(params(names));
    let identity = Identity::from_der(vec![der.clone()], key).expect("a pair");
    (der, identity)
}

fn server(identities: Identities) -> Context {
    Context::server(identities, None, options()).expect("a server's context")
}

fn shown_to(client: ContextOptions, server: &Context, name: &str) -> Vec<u8> {
    let client = Context::client(Trust::Anybody, None, client).expect("a client's context");
    shown(&Met::by_name(&client, server, name))
}

fn shown(met: &Met) -> Vec<u8> {
    met.agreed();
    met.client.negotiated().expect("the handshake is over").peer_certificates[0].clone()
}

/// SSL-95.
#[test]
fn a_name_chooses_exactly_then_by_wildcard_then_the_default() {
    let root = Authority::root("root");
    let (default, identity) = bearing(&root, &["localhost", "own.example.com"]);
    let mut identities = Identities::new(identity);
    let (wildcard, identity) = bearing(&root, &["*.example.com"]);
    identities.add(identity).expect("names");
    let (exact, identity) = bearing(&root, &["Mail.example.com", "mail.example.net"]);
    identities.add(identity).expect("names");
    let server = server(identities);
    for (name, expected) in [
        ("mail.example.com", &exact),
        ("MAIL.EXAMPLE.COM", &exact),
        ("mail.example.net", &exact),
        ("www.example.com", &wildcard),
        ("own.example.com", &default),
        ("localhost", &default),
        ("example.com", &default),
        ("a.www.example.com", &default),
        ("www.example.org", &default),
        ("127.0.0.1", &default),
    ] {
        assert!(shown_to(options(), &server, name) == *expected, "{name}");
    }
}

/// The provider, without this way to check signatures.
fn without(scheme: SignatureScheme) -> Provider {
    let own = crypto();
    let WebPkiSupportedAlgorithms { all, mapping } = own.signature_verification_algorithms;
    let mapping: Vec<_> = mapping.iter().filter(|(known, _)| *known != scheme).copied().collect();
    let algorithms = WebPkiSupportedAlgorithms { all, mapping: mapping.leak() };
    let fewer = CryptoProvider { signature_verification_algorithms: algorithms, ..own };
    Provider::Custom(Box::leak(Box::new(fewer)))
}

#[test]
fn of_two_with_one_name_it_is_the_first_that_the_client_can_check() {
    let root = Authority::root("root");
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    let made = params(&["both.example"]).signed_by(&key, &root.issuer).expect("a certificate");
    let edwards = made.der().to_vec();
    let identity = Identity::from_der(vec![edwards.clone()], key.serialize_der()).expect("a pair");
    let mut identities = Identities::new(bearing(&root, &["localhost"]).1);
    identities.add(identity).expect("names");
    let (nist, identity) = bearing(&root, &["both.example"]);
    identities.add(identity).expect("names");
    let server = server(identities);

    assert!(shown_to(options(), &server, "both.example") == edwards);
    let provider = without(SignatureScheme::ED25519);
    assert!(shown_to(ContextOptions { provider, ..options() }, &server, "both.example") == nist);
}

/// SSL-95, SSL-96: a context that was chosen chooses in turn.
#[test]
fn contexts_and_identities_are_both_chosen() {
    let root = Authority::root("root");
    let (one, identity) = bearing(&root, &["one.example"]);
    let first = server(identity.into());
    let (two, identity) = bearing(&root, &["two.example"]);
    let mut identities = Identities::new(identity);
    let (three, identity) = bearing(&root, &["three.example"]);
    identities.add(identity).expect("names");
    let second = server(identities);

    let choose = Arc::new(move |hello: &ClientHello| {
        let is_first = hello.server_name.as_deref() == Some("one.example");
        (!is_first).then(|| second.clone())
    });
    let client = Context::client(Trust::Anybody, None, options()).expect("a client's context");
    for (name, expected) in [("one.example", one), ("two.example", two), ("three.example", three)] {
        let met = Met::between(
            Session::client(&client, name).expect("a name"),
            Session::server_choosing(&first, choose.clone()).expect("a server's context"),
        );
        assert!(shown(&met) == expected, "{name}");
    }
}

/// SSL-86.
#[test]
fn every_pair_must_fit() {
    let root = Authority::root("root");
    let (der, _) = root.issue(params(&["other.example"]));
    let mismatched = || {
        let key = KeyPair::generate().expect("a key").serialize_der();
        Identity::from_der(vec![der.clone()], key).expect("a certificate and a key")
    };
    let mismatch = rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch);
    let expected = Some(TlsError::Identity(mismatch));

    let mut identities = Identities::new(bearing(&root, &["localhost"]).1);
    identities.add(mismatched()).expect("names");
    assert_eq!(Context::server(identities, None, options()).err(), expected);
    assert_eq!(Context::server(mismatched(), None, options()).err(), expected);
    let client = Context::client(Trust::Anybody, Some(mismatched()), options());
    assert_eq!(client.err(), expected);
}

#[test]
fn who_could_never_be_chosen_is_refused() {
    let root = Authority::root("root");
    let mut identities = Identities::new(bearing(&root, &["localhost"]).1);
    for names in [&[][..], &["127.0.0.1"]] {
        assert_eq!(identities.add(bearing(&root, names).1), Err(TlsError::Nameless));
    }
    let unreadable = Identity::from_der(vec![b"no certificate".to_vec()], root.issue(params(&[])).1);
    assert_eq!(identities.add(unreadable.expect("a key")), Err(TlsError::Nameless));
}
