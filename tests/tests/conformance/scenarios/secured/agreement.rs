//! What two sides agree upon: protocols, versions, ciphers, groups, and which of several certificates.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, ClientConfig, ServerConfig};
use standpipe_core::tls::{Context, ContextOptions, Group, Identities, KeyLog, Version};
use standpipe_core::{Alert, TlsReason};
use standpipe_tests::harness::{Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::authority::{Authority, named};
use super::case::{Case, secured};
use super::meeting::Met;
use super::sides::{
    Role, client_config, client_config_by, context, options, provider, server_config, server_config_by,
    session,
};
use super::stranger::Stranger;

pub(super) const CASES: &[Case] = &[
    secured("the_protocol_that_both_speak_is_told", protocol),
    secured("without_a_protocol_in_common_there_is_no_agreement", no_protocol),
    secured("who_names_no_protocol_goes_on_without", protocol_unnamed),
    secured("without_a_version_in_common_there_is_no_agreement", no_version),
    secured("the_cipher_that_was_chosen_is_spoken", cipher),
    secured("without_a_cipher_in_common_there_is_no_agreement", no_cipher),
    secured("keys_are_exchanged_in_the_group_that_was_chosen", group),
    secured("without_a_group_in_common_there_is_no_agreement", no_group),
    secured("the_name_that_is_asked_for_chooses_the_certificate", by_name),
    secured("who_asks_for_no_name_gets_the_first_certificate", by_no_name),
    secured("both_sides_log_the_same_secrets", secrets),
];

/// A context of ours, and what a stranger on the other side is told.
fn with(terms: Terms, role: Role, change: impl FnOnce(&mut ContextOptions)) -> Context {
    let mut options = options(terms);
    change(&mut options);
    context(role, options)
}

fn speaking(terms: Terms, role: Role, protocols: &[&str]) -> Context {
    with(terms, role, |options| options.alpn = names(protocols))
}

fn names(protocols: &[&str]) -> Vec<Vec<u8>> {
    protocols.iter().map(|name| name.as_bytes().to_vec()).collect()
}

fn client_speaking(terms: Terms, protocols: &[&str]) -> ClientConfig {
    let mut config = client_config(terms);
    config.alpn_protocols = names(protocols);
    config
}

fn server_speaking(terms: Terms, protocols: &[&str]) -> ServerConfig {
    let mut config = server_config(terms);
    config.alpn_protocols = names(protocols);
    config
}

/// SSL-77.
fn protocol(on: &dyn Securing, terms: Terms) -> Verdict {
    let ours = ["h2", "http/1.1"];
    let server = speaking(terms, Role::Server, &ours);
    let client = speaking(terms, Role::Client, &ours);
    for met in [
        Met::client(on, &server, client_speaking(terms, &["gopher", "http/1.1"])),
        Met::server(on, &client, server_speaking(terms, &["gopher", "http/1.1"])),
    ] {
        let (ours, stranger) = met.agreed();
        assert_eq!(ours.negotiated().expect("it is over").alpn.as_deref(), Some(&b"http/1.1"[..]));
        assert_eq!(stranger.connection.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
    Ok(Log::new())
}

/// SSL-94.
fn no_protocol(on: &dyn Securing, terms: Terms) -> Verdict {
    let server = speaking(terms, Role::Server, &["h2"]);
    let refused = Met::client(on, &server, client_speaking(terms, &["gopher"])).refused();
    assert_eq!(refused, (TlsReason::NoProtocol, Alert::NO_APPLICATION_PROTOCOL));
    let client = speaking(terms, Role::Client, &["h2"]);
    let alert = Met::server(on, &client, server_speaking(terms, &["gopher"])).refused_us();
    assert_eq!(alert, Alert::NO_APPLICATION_PROTOCOL);
    Ok(Log::new())
}

fn protocol_unnamed(on: &dyn Securing, terms: Terms) -> Verdict {
    let server = speaking(terms, Role::Server, &["h2"]);
    let client = speaking(terms, Role::Client, &["h2"]);
    for met in
        [Met::client(on, &server, client_config(terms)), Met::server(on, &client, server_config(terms))]
    {
        assert_eq!(met.agreed().0.negotiated().expect("it is over").alpn, None);
    }
    Ok(Log::new())
}

/// SSL-18, SSL-48: told in both roles.
fn no_version(on: &dyn Securing, terms: Terms) -> Verdict {
    let version = match terms.version {
        Version::Tls12 => Version::Tls13,
        _ => Version::Tls12,
    };
    let theirs = Terms { version, ..terms };
    let server = context(Role::Server, options(terms));
    let refused = Met::client(on, &server, client_config(theirs)).refused();
    assert_eq!(refused, (TlsReason::Incompatible, Alert::PROTOCOL_VERSION));
    let client = context(Role::Client, options(terms));
    assert_eq!(Met::server(on, &client, server_config(theirs)).refused_us(), Alert::PROTOCOL_VERSION);
    Ok(Log::new())
}

/// Two suites of each version, by their registered names and by rustls'.
fn suites(terms: Terms) -> [(&'static str, CipherSuite); 2] {
    match terms.version {
        Version::Tls12 => [
            ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
            (
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            ),
        ],
        _ => [
            ("TLS_AES_256_GCM_SHA384", CipherSuite::TLS13_AES_256_GCM_SHA384),
            ("TLS_CHACHA20_POLY1305_SHA256", CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
        ],
    }
}

/// A stranger's provider with this suite alone.
fn only(terms: Terms, suite: CipherSuite) -> CryptoProvider {
    let mut provider = provider(terms);
    provider.cipher_suites.retain(|own| own.suite() == suite);
    provider
}

/// SSL-93.
fn cipher(on: &dyn Securing, terms: Terms) -> Verdict {
    for (name, suite) in suites(terms) {
        let choose =
            |options: &mut ContextOptions| options.ciphers = vec![name.parse().expect("it is spoken")];
        for met in [
            Met::client(on, &with(terms, Role::Server, choose), client_config(terms)),
            Met::server(on, &with(terms, Role::Client, choose), server_config(terms)),
        ] {
            let (ours, stranger) = met.agreed();
            assert_eq!(ours.negotiated().expect("it is over").cipher, name);
            let theirs = stranger.connection.negotiated_cipher_suite().expect("it is over");
            assert_eq!(theirs.suite(), suite);
        }
    }
    Ok(Log::new())
}

fn no_cipher(on: &dyn Securing, terms: Terms) -> Verdict {
    let [(ours, _), (_, theirs)] = suites(terms);
    let choose = |options: &mut ContextOptions| options.ciphers = vec![ours.parse().expect("it is spoken")];
    let server = with(terms, Role::Server, choose);
    let config = client_config_by(only(terms, theirs), terms);
    let refused = Met::client(on, &server, config).refused();
    assert_eq!(refused, (TlsReason::Incompatible, Alert::HANDSHAKE_FAILURE));
    let client = with(terms, Role::Client, choose);
    let config = server_config_by(only(terms, theirs), terms);
    assert_eq!(Met::server(on, &client, config).refused_us(), Alert::HANDSHAKE_FAILURE);
    Ok(Log::new())
}

/// SSL-98: where a client has guessed another one first, it is asked again (RFC 8446, 4.1.4).
fn group(on: &dyn Securing, terms: Terms) -> Verdict {
    for name in ["x25519", "secp384r1"] {
        let group: Group = name.parse().expect("it is known");
        let choose = |options: &mut ContextOptions| options.groups = vec![group];
        for met in [
            Met::client(on, &with(terms, Role::Server, choose), client_config(terms)),
            Met::server(on, &with(terms, Role::Client, choose), server_config(terms)),
        ] {
            let (_, stranger) = met.agreed();
            let spoken = stranger.connection.negotiated_key_exchange_group().expect("it is over");
            assert_eq!(spoken.name().as_str().expect("a name").to_lowercase(), name);
        }
    }
    Ok(Log::new())
}

fn no_group(on: &dyn Securing, terms: Terms) -> Verdict {
    let group: Group = "secp384r1".parse().expect("it is known");
    let choose = |options: &mut ContextOptions| options.groups = vec![group];
    let mut theirs = provider(terms);
    theirs.kx_groups.retain(|own| own.name() == rustls::NamedGroup::X25519);
    let server = with(terms, Role::Server, choose);
    let config = client_config_by(theirs.clone(), terms);
    let refused = Met::client(on, &server, config).refused();
    assert_eq!(refused, (TlsReason::Incompatible, Alert::HANDSHAKE_FAILURE));
    let client = with(terms, Role::Client, choose);
    let config = server_config_by(theirs, terms);
    assert_eq!(Met::server(on, &client, config).refused_us(), Alert::HANDSHAKE_FAILURE);
    Ok(Log::new())
}

/// Our server of two names, the first of which stands for all others, and what a client of it is shown.
fn shown(on: &dyn Securing, terms: Terms, asked_for: &str, sni: bool) -> &'static str {
    let authority = Authority::new();
    let certificates = ["one.example", "two.example"].map(|name| (name, authority.issue(&named(name))));
    let mut identities = Identities::new(certificates[0].1.identity());
    identities.add(certificates[1].1.identity()).expect("it has a name");
    let context = Context::server(identities, None, options(terms)).expect("a usable context");
    let mut config = authority.client(terms, None);
    config.enable_sni = sni;
    let layer = Box::new(session(Role::Server, &context));
    let met = Met::new(on, layer, |socket| Stranger::client_of(asked_for, socket, config));
    let (_, stranger) = met.agreed();
    let shown = stranger.connection.peer_certificates().expect("one is shown")[0].to_vec();
    let found = certificates.iter().find(|(_, issued)| issued.chain[0] == shown);
    found.expect("one of them").0
}

/// SSL-95.
fn by_name(on: &dyn Securing, terms: Terms) -> Verdict {
    for name in ["one.example", "two.example"] {
        assert_eq!(shown(on, terms, name, true), name);
    }
    Ok(Log::new())
}

fn by_no_name(on: &dyn Securing, terms: Terms) -> Verdict {
    assert_eq!(shown(on, terms, "one.example", false), "one.example");
    Ok(Log::new())
}

/// Secrets by what they are, for which of them it was.
#[derive(Default)]
struct Secrets(Mutex<BTreeSet<(String, Vec<u8>)>>);

impl Secrets {
    fn note(&self, label: &str, secret: &[u8]) {
        self.0.lock().expect("no panic").insert((label.into(), secret.to_vec()));
    }

    fn noted(&self) -> BTreeSet<(String, Vec<u8>)> {
        self.0.lock().expect("no panic").clone()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl KeyLog for Secrets {
    fn secret(&self, label: &str, _: &[u8], secret: &[u8]) {
        self.note(label, secret);
    }
}

impl rustls::KeyLog for Secrets {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        self.note(label, secret);
    }
}

fn secrets(on: &dyn Securing, terms: Terms) -> Verdict {
    let (ours, theirs) = (Arc::new(Secrets::default()), Arc::new(Secrets::default()));
    let server = with(terms, Role::Server, |options| options.key_log = Some(ours.clone()));
    let mut config = client_config(terms);
    config.key_log = theirs.clone();
    Met::client(on, &server, config).agreed();
    assert!(!ours.noted().is_empty() && ours.noted() == theirs.noted(), "{:?}", ours.noted());

    let (ours, theirs) = (Arc::new(Secrets::default()), Arc::new(Secrets::default()));
    let client = with(terms, Role::Client, |options| options.key_log = Some(ours.clone()));
    let mut config = server_config(terms);
    config.key_log = theirs.clone();
    Met::server(on, &client, config).agreed();
    assert!(!ours.noted().is_empty() && ours.noted() == theirs.noted(), "{:?}", ours.noted());
    Ok(Log::new())
}
