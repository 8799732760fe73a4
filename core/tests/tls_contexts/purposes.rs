//! Contexts with nothing but defaults.

use std::sync::Arc;

use standpipe_core::TlsReason;
use standpipe_core::tls::{Context, Purpose, Roots, TlsError, Version};

use super::made::{At, Authority, Met, NOON, PROVIDER};

fn context(purpose: Purpose) -> Result<Context, TlsError> {
    Context::for_purpose(purpose, PROVIDER, Arc::new(At(NOON)))
}

/// SSL-19, SSL-56.
#[test]
fn what_is_made_for_a_purpose_checks_certificate_and_name() {
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let client = context(Purpose::ServerAuth(root.roots())).expect("a client's context");
    let server = |by: &Authority| {
        context(Purpose::ClientAuth(by.identity(&["localhost"]))).expect("a server's context")
    };
    let agreed = Met::new(&client, &server(&root)).agreed();
    assert_eq!(agreed.version, Version::NEWEST.name());
    assert!(agreed.peer_certificates.is_empty(), "no client is asked");

    let untrusted = Met::new(&client, &server(&stranger));
    assert_eq!(untrusted.faults()[0], Some(TlsReason::UnknownIssuer));
    let misnamed = Met::by_name(&client, &server(&root), "elsewhere");
    assert_eq!(misnamed.faults()[0], Some(TlsReason::WrongName));
}

/// SSL-19: no store that is silently empty.
#[test]
fn who_trusts_nobody_is_told_at_once() {
    assert_eq!(context(Purpose::ServerAuth(Roots::default())).err(), Some(TlsError::NoRoots));
}
