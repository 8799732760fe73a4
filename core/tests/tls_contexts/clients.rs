//! Which clients a server serves.

use standpipe_core::TlsReason;
use standpipe_core::tls::{Clients, Context, ContextOptions, Identity, Roots, TlsError, Trust, Version};

use super::made::{Authority, Met, options, params};

const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

/// A client with this identity, after its handshake with a server that asks for these.
fn met(root: &Authority, version: Version, own: Option<Identity>, clients: Option<Clients>) -> Met {
    let options = || ContextOptions { oldest: version, newest: version, ..options() };
    let client = Context::client(Trust::Roots(root.roots()), own, options()).expect("a client's context");
    let server =
        Context::server(root.identity(&["localhost"]), clients, options()).expect("a server's context");
    Met::new(&client, &server)
}

/// SSL-43.
#[test]
fn a_certificate_that_may_be_missing_is_told_where_there_is_one() {
    let root = Authority::root("root");
    for version in VERSIONS {
        let optional = || Some(Clients::optional(root.roots()));
        let without = met(&root, version, None, optional()).agreed();
        assert!(without.peer_certificates.is_empty() && without.peer_subject.is_none(), "{version}");

        let (der, key) = root.issue(params(&["alice"]));
        let own = Identity::from_der(vec![der.clone()], key).expect("a pair");
        let with = met(&root, version, Some(own), optional()).agreed();
        assert_eq!(with.peer_certificates, [der], "{version}");
    }
}

/// SSL-43.
#[test]
fn a_bad_certificate_is_not_taken_for_none() {
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    for version in VERSIONS {
        for clients in [Clients::optional(root.roots()), Clients::required(root.roots())] {
            let met = met(&root, version, Some(stranger.identity(&["mallory"])), Some(clients));
            assert_eq!(met.faults(), [Some(TlsReason::Refused), Some(TlsReason::UnknownIssuer)], "{version}");
        }
    }
}

/// SSL-43.
#[test]
fn a_certificate_that_must_be_there_is_missed() {
    let root = Authority::root("root");
    for version in VERSIONS {
        let met = met(&root, version, None, Some(Clients::required(root.roots())));
        assert_eq!(met.faults(), [Some(TlsReason::Refused), Some(TlsReason::NoCertificate)], "{version}");
    }
}

/// SSL-43.
#[test]
fn who_is_not_asked_tells_nothing() {
    let root = Authority::root("root");
    for version in VERSIONS {
        let agreed = met(&root, version, Some(root.identity(&["alice"])), None).agreed();
        assert!(agreed.peer_certificates.is_empty(), "{version}");
    }
}

#[test]
fn who_trusts_nobody_can_ask_nobody() {
    let root = Authority::root("root");
    for clients in [Clients::optional(Roots::default()), Clients::required(Roots::default())] {
        let context = Context::server(root.identity(&["localhost"]), Some(clients), options());
        assert_eq!(context.err(), Some(TlsError::NoRoots));
    }
}
