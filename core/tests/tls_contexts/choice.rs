//! Which ciphers and groups two sides use.

use standpipe_core::TlsReason;
use standpipe_core::tls::{Cipher, Context, ContextOptions, Group, TlsError, Trust, Version};

use super::made::{Authority, Met, PROVIDER, options};

fn ciphers(names: &str) -> Vec<Cipher> {
    names.split(':').map(|name| name.parse().expect("the name of a suite")).collect()
}

fn groups(names: &str) -> Vec<Group> {
    names.split(':').map(|name| name.parse().expect("the name of a group")).collect()
}

fn met(client: ContextOptions, server: ContextOptions) -> Met {
    let root = Authority::root("root");
    let client = Context::client(Trust::Roots(root.roots()), None, client).expect("a client's context");
    let server = Context::server(root.identity(&["localhost"]), None, server).expect("a server's context");
    Met::new(&client, &server)
}

fn by_ciphers(client: &str, server: &str) -> Met {
    let choosing = |names| ContextOptions { ciphers: ciphers(names), ..options() };
    met(choosing(client), choosing(server))
}

fn by_groups(client: &str, server: &str) -> Met {
    let choosing = |names| ContextOptions { groups: groups(names), ..options() };
    met(choosing(client), choosing(server))
}

/// SSL-74, SSL-93.
#[test]
fn whichever_cipher_is_chosen_is_used() {
    let mut tried = 0;
    for cipher in PROVIDER.ciphers() {
        assert_eq!(cipher.name().parse(), Ok(cipher));
        assert_eq!(cipher.openssl_name().parse(), Ok(cipher));
        if cipher.name().contains("_ECDHE_RSA_") {
            continue; // the certificates here have keys on elliptic curves
        }
        let agreed = met(ContextOptions { ciphers: vec![cipher], ..options() }, options()).agreed();
        assert_eq!((agreed.cipher, agreed.version), (cipher.name(), cipher.version().name()));
        tried += 1;
    }
    assert_eq!(tried, 6);
}

/// SSL-49, SSL-93.
#[test]
fn a_server_that_chooses_goes_by_its_own_order() {
    let (one, two) = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");
    let both = [[one, two].join(":"), [two, one].join(":")];
    assert_eq!(by_ciphers(&both[0], &both[1]).agreed().cipher, two);
    assert_eq!(by_ciphers(&both[1], &both[0]).agreed().cipher, one);
    let asked = ContextOptions { ciphers: ciphers(&both[1]), ..options() };
    assert_eq!(met(asked, options()).agreed().cipher, two, "without a choice it is the client's");
}

/// SSL-93.
#[test]
fn no_cipher_in_common_is_told() {
    let met = by_ciphers("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384");
    assert_eq!(met.faults(), [Some(TlsReason::Refused), Some(TlsReason::Incompatible)]);
}

/// SSL-93: the choice is TLS 1.3's as well.
#[test]
fn a_version_without_a_cipher_is_not_spoken() {
    let old = "ECDHE-ECDSA-AES128-GCM-SHA256";
    let only_old = ContextOptions { ciphers: ciphers(old), ..options() };
    assert_eq!(met(options(), only_old).agreed().version, Version::Tls12.name());

    let none = ContextOptions { ciphers: ciphers(old), oldest: Version::Tls13, ..options() };
    let context = Context::client(Trust::Anybody, None, none);
    assert_eq!(context.err(), Some(TlsError::NoCipher));
}

/// SSL-98.
#[test]
fn keys_are_exchanged_in_a_group_that_was_chosen() {
    for group in ["x25519", "secp256r1", "secp384r1"] {
        by_groups(group, group).agreed();
        by_groups("x25519:secp256r1:secp384r1", group).agreed();
    }
    let met = by_groups("x25519", "secp384r1");
    assert_eq!(met.faults(), [Some(TlsReason::Refused), Some(TlsReason::Incompatible)]);
}

#[cfg(feature = "ring")]
#[test]
fn what_the_provider_lacks_is_told_by_name() {
    let groups = groups("x25519:X25519MLKEM768");
    let options = ContextOptions { groups, provider: standpipe_core::tls::Provider::Ring, ..options() };
    let context = Context::client(Trust::Anybody, None, options);
    assert_eq!(context.err(), Some(TlsError::Missing("X25519MLKEM768".into())));
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn a_group_that_is_not_offered_by_default_can_be_chosen() {
    let provider = standpipe_core::tls::Provider::AwsLcRs;
    let options = || ContextOptions { groups: groups("MLKEM1024"), provider, ..options() };
    assert_eq!(met(options(), options()).agreed().version, Version::Tls13.name());
}
