//! Which version two sides speak.

use standpipe_core::TlsReason;
use standpipe_core::tls::{Context, ContextOptions, TlsError, Trust, Version};

use super::made::{Authority, Met, options};

use Version::{Tls12, Tls13};

const RANGES: [(Version, Version); 3] = [(Tls12, Tls12), (Tls12, Tls13), (Tls13, Tls13)];

fn within((oldest, newest): (Version, Version)) -> ContextOptions {
    ContextOptions { oldest, newest, ..options() }
}

/// SSL-45, SSL-48.
#[test]
fn two_sides_speak_the_newest_that_both_do() {
    let root = Authority::root("root");
    for ours in RANGES {
        let client = Context::client(Trust::Roots(root.roots()), None, within(ours)).expect("a range");
        for theirs in RANGES {
            let server =
                Context::server(root.identity(&["localhost"]), None, within(theirs)).expect("a range");
            let met = Met::new(&client, &server);
            let newest = ours.1.min(theirs.1);
            if newest < ours.0.max(theirs.0) {
                assert_eq!(met.faults()[1], Some(TlsReason::Incompatible), "{ours:?} {theirs:?}");
            } else {
                assert_eq!(met.agreed().version, newest.name(), "{ours:?} {theirs:?}");
            }
        }
    }
}

/// SSL-18.
#[test]
fn what_is_not_told_otherwise_speaks_the_newest() {
    let root = Authority::root("root");
    let server = Context::server(root.identity(&["localhost"]), None, options()).expect("a server's context");
    assert_eq!(Met::new(&root.client(), &server).agreed().version, Version::NEWEST.name());
}

/// SSL-48.
#[test]
fn a_range_without_versions_is_refused() {
    let root = Authority::root("root");
    let expected = TlsError::Versions { oldest: Tls13, newest: Tls12 };
    let server = Context::server(root.identity(&["localhost"]), None, within((Tls13, Tls12)));
    let client = Context::client(Trust::Anybody, None, within((Tls13, Tls12)));
    assert_eq!((server.err(), client.err()), (Some(expected.clone()), Some(expected)));
}
