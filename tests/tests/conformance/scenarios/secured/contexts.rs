//! What contexts remember of earlier sessions, and contexts that are exchanged.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::HandshakeKind;
use standpipe_core::tls::{Context, SessionStats, TlsError};
use standpipe_sys::tls::{SharedContext, SharedSessions};
use standpipe_tests::harness::{NAME, Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::authority::{Authority, named};
use super::case::{Case, secured};
use super::meeting::Met;
use super::sides::{Role, client_config, context, options, server_config};
use super::stranger::Stranger;

pub(super) const CASES: &[Case] = &[
    secured("a_client_that_comes_back_is_resumed_by_our_server", server_resumes),
    secured("our_client_that_comes_back_is_resumed", client_resumes),
    secured("where_nothing_is_remembered_nothing_is_resumed", nothing_remembered),
    secured("what_was_forgotten_is_not_resumed", forgotten),
    secured("a_context_is_exchanged_and_the_old_connections_stay", exchanged),
    secured("a_context_that_cannot_be_made_changes_nothing", unusable),
];

/// A context of ours that remembers sessions, and where.
fn remembering(terms: Terms, role: Role) -> (Context, Arc<SharedSessions>) {
    let sessions = Arc::new(SharedSessions::default());
    let mut options = options(terms);
    options.resumption = Some(sessions.clone());
    (context(role, options), sessions)
}

/// Whether both sides say that they have gone on where an earlier session was.
fn is_resumed(met: Met) -> bool {
    let (ours, stranger) = met.agreed();
    let ours = ours.negotiated().expect("it is over").is_resumed;
    assert_eq!(stranger.connection.handshake_kind() == Some(HandshakeKind::Resumed), ours);
    ours
}

/// SSL-100.
fn server_resumes(on: &dyn Securing, terms: Terms) -> Verdict {
    let (server, sessions) = remembering(terms, Role::Server);
    let config = client_config(terms);
    assert!(!is_resumed(Met::client(on, &server, config.clone())));
    assert!(is_resumed(Met::client(on, &server, config)));
    let SessionStats { kept, hits, .. } = sessions.stats();
    assert!(kept > 0 && hits == 1, "{:?}", sessions.stats());
    Ok(Log::new())
}

fn client_resumes(on: &dyn Securing, terms: Terms) -> Verdict {
    let (client, sessions) = remembering(terms, Role::Client);
    let mut config = server_config(terms);
    config.send_tls13_tickets = 2;
    assert!(!is_resumed(Met::server(on, &client, config.clone())));
    assert!(is_resumed(Met::server(on, &client, config)));
    let SessionStats { kept, hits, misses, .. } = sessions.stats();
    assert_eq!((kept, hits, misses), (1, 1, 1), "{:?}", sessions.stats());
    Ok(Log::new())
}

/// By default, on our side; the stranger would.
fn nothing_remembered(on: &dyn Securing, terms: Terms) -> Verdict {
    let server = context(Role::Server, options(terms));
    let config = client_config(terms);
    let client = context(Role::Client, options(terms));
    let mut offering = server_config(terms);
    offering.send_tls13_tickets = 2;
    for _ in 0..2 {
        assert!(!is_resumed(Met::client(on, &server, config.clone())));
        assert!(!is_resumed(Met::server(on, &client, offering.clone())));
    }
    Ok(Log::new())
}

fn forgotten(on: &dyn Securing, terms: Terms) -> Verdict {
    let (server, sessions) = remembering(terms, Role::Server);
    let config = client_config(terms);
    assert!(!is_resumed(Met::client(on, &server, config.clone())));
    sessions.clear();
    assert!(!is_resumed(Met::client(on, &server, config)));
    Ok(Log::new())
}

/// A server of this name whose certificates this authority has issued.
fn server(authority: &Authority, terms: Terms) -> (Context, Vec<u8>) {
    let own = authority.issue(&named(NAME));
    let context = Context::server(own.identity(), None, options(terms)).expect("a usable context");
    (context, own.chain[0].clone())
}

/// A client that meets whatever context is current.
fn come(on: &dyn Securing, terms: Terms, serving: &SharedContext, authority: &Authority) -> Met {
    let session = serving.server_session().expect("a server's");
    let config = authority.client(terms, None);
    Met::new(on, Box::new(session), |socket| Stranger::client(socket, config))
}

fn shown(stranger: &Stranger) -> Vec<u8> {
    stranger.connection.peer_certificates().expect("one is shown")[0].to_vec()
}

/// SSL-81.
fn exchanged(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let ((first, first_der), (second, second_der)) = (server(&authority, terms), server(&authority, terms));
    let serving = SharedContext::new(first);
    let (mut early, mut stranger) = come(on, terms, &serving, &authority).agreed();
    serving.replace(Ok(second)).expect("a server's");
    let (_, late) = come(on, terms, &serving, &authority).agreed();
    assert_eq!((shown(&stranger) == first_der, shown(&late) == second_der), (true, true));
    early.write_all(b"still").expect("it goes on");
    assert_eq!(stranger.read_some(5), b"still");
    stranger.write_all(b"here").expect("it goes on");
    early.read_exact(&mut [0; 4]).expect("it comes");
    Ok(Log::new())
}

fn unusable(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let (first, der) = server(&authority, terms);
    let serving = SharedContext::new(first);
    let (certificate, key) = (authority.issue(&named(NAME)), authority.issue(&named(NAME)));
    let unfit = Context::server(certificate.with_key_of(&key).identity(), None, options(terms));
    assert!(matches!(serving.replace(unfit), Err(TlsError::Identity(_))));
    let client = context(Role::Client, options(terms));
    assert!(matches!(serving.replace(Ok(client)), Err(TlsError::WrongSide)));
    let (_, stranger) = come(on, terms, &serving, &authority).agreed();
    assert_eq!((shown(&stranger) == der, serving.generation()), (true, 0));
    Ok(Log::new())
}
