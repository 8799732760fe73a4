//! Certificates that are exchanged without a restart.

use std::sync::{Arc, RwLock};

use rcgen::KeyPair;
use standpipe_core::Layer;
use standpipe_core::tls::{Choose, Context, Current, Identity, Session, TlsError, Trust};

use super::made::{Authority, Met, options, params};

/// A server's certificate, and a context that has it.
fn server(root: &Authority) -> (Vec<u8>, Context) {
    let (der, key) = root.issue(params(&["localhost"]));
    let identity = Identity::from_der(vec![der.clone()], key).expect("a pair");
    (der, Context::server(identity, None, options()).expect("a server's context"))
}

fn shown(met: &Met) -> Vec<u8> {
    met.client.negotiated().expect("the handshake is over").peer_certificates[0].clone()
}

#[test]
fn a_session_has_the_context_that_was_current_when_its_client_spoke() {
    let root = Authority::root("root");
    let ((old, first), (new, second)) = (server(&root), server(&root));
    let current = Arc::new(RwLock::new(Current::new(first.clone())));
    let shared = current.clone();
    let choose: Choose = Arc::new(move |_| Some(shared.read().unwrap().context().clone()));
    let client = root.client();
    let meet = || {
        let client = Session::client(&client, "localhost").expect("a name");
        Met::between(client, Session::server_choosing(&first, choose.clone()).expect("a server's context"))
    };
    let before = meet();
    assert!(shown(&before) == old);
    let silent = Session::server_choosing(&first, choose.clone()).expect("a server's context");

    current.write().unwrap().replace(Ok(second)).expect("a server's context");
    assert!(shown(&meet()) == new);
    before.agreed(); // and goes on
    let late = Session::client(&client, "localhost").expect("a name");
    assert!(shown(&Met::between(late, silent)) == new, "it had not spoken yet");
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let root = Authority::root("root");
    let (old, context) = server(&root);
    let mut current = Current::new(context);
    let (der, _) = root.issue(params(&["localhost"]));
    let other = KeyPair::generate().expect("a key").serialize_der();
    let mismatched = Identity::from_der(vec![der], other).expect("a certificate and a key");
    let mismatch = rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch);

    let refused = current.replace(Context::server(mismatched, None, options()));
    assert_eq!(refused.err(), Some(TlsError::Identity(mismatch)));
    let refused =
        current.replace(Identity::from_pem(b"", b"").and_then(|own| Context::server(own, None, options())));
    assert_eq!(refused.err(), Some(TlsError::Unreadable("certificate")));
    let refused = current.replace(Context::client(Trust::Anybody, None, options()));
    assert_eq!(refused.err(), Some(TlsError::WrongSide));

    assert_eq!(current.generation(), 0);
    assert!(shown(&Met::new(&root.client(), current.context())) == old);
    let (new, context) = server(&root);
    assert!(shown(&Met::new(&root.client(), &current.replace(Ok(context)).expect("it fits"))) == old);
    assert_eq!(current.generation(), 1);
    assert!(shown(&Met::new(&root.client(), current.context())) == new);
}
