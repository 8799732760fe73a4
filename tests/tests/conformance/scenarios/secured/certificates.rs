//! Certificates of servers and of clients: whose are taken, and what becomes of the others.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use standpipe_core::tls::{Clients, Context, Session, Trust};
use standpipe_core::{Alert, TlsReason};
use standpipe_tests::harness::{NAME, Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::authority::{Authority, Issued, named};
use super::case::{Case, MANY, secured};
use super::meeting::Met;
use super::sides::{Role, beside, context, options, ours, reason, server_config};
use super::stranger::Stranger;
use super::wire::Wire;

pub(super) const CASES: &[Case] = &[
    secured("a_server_that_nobody_trusted_vouches_for_is_refused", unknown_issuer).under(MANY),
    secured("an_expired_certificate_is_refused", expired),
    secured("a_certificate_that_is_not_valid_yet_is_refused", not_yet_valid),
    secured("the_certificate_of_another_name_is_refused", wrong_name),
    secured("a_certificate_for_clients_alone_makes_no_server", for_clients),
    secured("after_a_failed_check_nothing_can_be_sent", nothing_sent).under(MANY),
    secured("an_address_is_a_name_of_its_own_kind", address),
    secured("a_wildcard_stands_for_one_label", wildcard),
    secured("a_chain_leads_to_who_is_trusted", chain),
    secured("a_chain_with_a_gap_leads_nowhere", gap),
    secured("a_certificate_that_is_no_authority_vouches_for_nobody", no_authority),
    secured("a_pinned_server_is_taken_whatever_it_says", pinned),
    secured("a_server_that_is_not_the_pinned_one_is_refused", wrong_pin),
    secured("who_trusts_anybody_talks_to_anybody", anybody),
    secured("a_required_certificate_is_shown_and_told", required_shown),
    secured("a_client_without_a_required_certificate_is_refused", required_missing),
    secured("a_client_whom_nobody_vouches_for_is_refused", required_untrusted),
    secured("a_certificate_that_may_be_missing_may_be_missing", optional_missing),
    secured("a_certificate_that_may_be_missing_is_told_where_it_is_not", optional_shown),
    secured("a_certificate_that_may_be_missing_must_be_good", optional_untrusted),
    secured("an_expired_client_is_refused", expired_client),
    secured("we_show_our_certificate_where_we_are_asked", asked),
    secured("we_are_refused_without_a_certificate_where_one_is_required", refused_without),
    secured("the_peers_certificate_and_its_binding_are_told", binding),
];

/// Our client, which trusts as is said, meets the server with this name and certificate.
fn visit(on: &dyn Securing, terms: Terms, trust: Trust, name: &str, server: &Issued) -> Met {
    let context = Context::client(trust, None, options(terms)).expect("a usable context");
    let session = Session::client(&context, name).expect("a client's");
    Met::new(on, Box::new(session), |socket| Stranger::server(socket, server.server(terms)))
}

/// Our server, which asks its clients as is said, meets one with this certificate.
fn receive(on: &dyn Securing, terms: Terms, clients: fn(&Authority) -> Clients, of: Client) -> Met {
    let authority = Authority::new();
    let server = authority.issue(&named(NAME));
    let own = match of {
        Client::Nobody => None,
        Client::Ours => Some(authority.issue(&named("client.example"))),
        Client::Others => Some(Authority::new().issue(&named("client.example"))),
        Client::Expired => Some(authority.issue(&past(named("client.example")))),
    };
    let context = Context::server(server.identity(), Some(clients(&authority)), options(terms));
    Met::client(on, &context.expect("a usable context"), authority.client(terms, own.as_ref()))
}

/// Who a client is.
enum Client {
    Nobody,
    Ours,
    Others,
    Expired,
}

fn required(authority: &Authority) -> Clients {
    Clients::required(authority.roots())
}

fn optional(authority: &Authority) -> Clients {
    Clients::optional(authority.roots())
}

/// The same, of a time that is over.
fn past(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    params
}

fn unknown_issuer(on: &dyn Securing, terms: Terms) -> Verdict {
    let server = Authority::new().issue(&named(NAME));
    let met = visit(on, terms, Authority::new().trust(), NAME, &server);
    assert_eq!(met.refused(), (TlsReason::UnknownIssuer, Alert::UNKNOWN_CA));
    Ok(Log::new())
}

fn expired(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let met = visit(on, terms, authority.trust(), NAME, &authority.issue(&past(named(NAME))));
    assert_eq!(met.refused(), (TlsReason::Expired, Alert::CERTIFICATE_EXPIRED));
    Ok(Log::new())
}

fn not_yet_valid(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let mut params = named(NAME);
    params.not_before = date_time_ymd(4000, 1, 1);
    let met = visit(on, terms, authority.trust(), NAME, &authority.issue(&params));
    assert_eq!(met.refused(), (TlsReason::NotValidYet, Alert::CERTIFICATE_EXPIRED));
    Ok(Log::new())
}

/// SSL-10, SSL-101.
fn wrong_name(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let met = visit(on, terms, authority.trust(), "elsewhere.example", &authority.issue(&named(NAME)));
    assert_eq!(met.refused(), (TlsReason::WrongName, Alert::BAD_CERTIFICATE));
    Ok(Log::new())
}

fn for_clients(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let mut params = named(NAME);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let met = visit(on, terms, authority.trust(), NAME, &authority.issue(&params));
    assert_eq!(met.refused().0, TlsReason::BadCertificate);
    Ok(Log::new())
}

/// SSL-13, SSL-58, SSL trap 1: neither over TLS nor in plain text.
fn nothing_sent(on: &dyn Securing, terms: Terms) -> Verdict {
    let (socket, other, wire) = Wire::new();
    let context = context(Role::Client, options(terms));
    let session = Session::client(&context, "elsewhere.example").expect("a name");
    let mut ours = ours(on, socket, Box::new(session));
    let mut stranger = Stranger::server(other, server_config(terms));
    let (theirs, ()) = beside(
        || stranger.read_all(),
        || {
            let why = reason(ours.write(b"secret"));
            assert_eq!(why, TlsReason::WrongName);
            assert_eq!(reason(ours.write(b"secret")), why);
            assert_eq!(reason(ours.close_write()), why);
            assert!(ours.close().is_err());
        },
    );
    theirs.expect_err("it was refused");
    // The hello, what middleboxes want, and the alert; a sealed byte is longer than that.
    let after_hello: usize = wire.sent().iter().skip(1).map(|(_, len)| len).sum();
    assert!(after_hello < 32, "{:?}", wire.sent());
    Ok(Log::new())
}

/// SSL-29: and never for a name that looks like it.
fn address(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let mut params = named(NAME);
    params.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
    let server = authority.issue(&params);
    visit(on, terms, authority.trust(), "127.0.0.1", &server).agreed();
    let other = visit(on, terms, authority.trust(), "127.0.0.2", &server);
    assert_eq!(other.refused().0, TlsReason::WrongName);
    let named = visit(on, terms, authority.trust(), NAME, &server);
    assert_eq!(named.refused().0, TlsReason::WrongName);
    Ok(Log::new())
}

/// SSL-31.
fn wildcard(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let server = authority.issue(&named("*.example.org"));
    visit(on, terms, authority.trust(), "www.example.org", &server).agreed();
    for name in ["example.org", "a.b.example.org"] {
        let met = visit(on, terms, authority.trust(), name, &server);
        assert_eq!(met.refused().0, TlsReason::WrongName, "{name}");
    }
    Ok(Log::new())
}

fn chain(on: &dyn Securing, terms: Terms) -> Verdict {
    let root = Authority::new();
    let server = root.below().issue(&named(NAME));
    let (ours, _) = visit(on, terms, root.trust(), NAME, &server).agreed();
    assert_eq!(ours.negotiated().expect("it is over").peer_certificates, server.chain);
    Ok(Log::new())
}

fn gap(on: &dyn Securing, terms: Terms) -> Verdict {
    let root = Authority::new();
    let server = root.below().issue(&named(NAME)).alone();
    let met = visit(on, terms, root.trust(), NAME, &server);
    assert_eq!(met.refused(), (TlsReason::UnknownIssuer, Alert::UNKNOWN_CA));
    Ok(Log::new())
}

/// Whoever has a certificate could make others.
fn no_authority(on: &dyn Securing, terms: Terms) -> Verdict {
    let root = Authority::new();
    let server = root.pretender(&named("other.example")).issue(&named(NAME));
    let met = visit(on, terms, root.trust(), NAME, &server);
    assert!(matches!(met.refused().0, TlsReason::BadCertificate | TlsReason::UnknownIssuer));
    Ok(Log::new())
}

/// SSL-109.
fn pinned(on: &dyn Securing, terms: Terms) -> Verdict {
    let server = Authority::new().issue(&past(named("whoever.example")));
    let pin = server.identity().fingerprint(terms.provider).expect("it has the hash");
    visit(on, terms, Trust::Pin(pin), NAME, &server).agreed();
    Ok(Log::new())
}

fn wrong_pin(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let (server, other) = (authority.issue(&named(NAME)), authority.issue(&named(NAME)));
    let pin = other.identity().fingerprint(terms.provider).expect("it has the hash");
    let met = visit(on, terms, Trust::Pin(pin), NAME, &server);
    assert_eq!(met.refused().0, TlsReason::WrongPin);
    Ok(Log::new())
}

/// SSL-22.
fn anybody(on: &dyn Securing, terms: Terms) -> Verdict {
    let server = Authority::new().issue(&past(named("whoever.example")));
    visit(on, terms, Trust::Anybody, NAME, &server).agreed();
    Ok(Log::new())
}

/// SSL-43.
fn required_shown(on: &dyn Securing, terms: Terms) -> Verdict {
    let (ours, _) = receive(on, terms, required, Client::Ours).agreed();
    let shown = ours.negotiated().expect("it is over").peer_certificate();
    let shown = shown.expect("it was shown").expect("it can be read");
    assert_eq!(shown.matches_name("client.example"), Ok(()));
    Ok(Log::new())
}

fn required_missing(on: &dyn Securing, terms: Terms) -> Verdict {
    let met = receive(on, terms, required, Client::Nobody);
    assert_eq!(met.refused(), (TlsReason::NoCertificate, Alert::CERTIFICATE_REQUIRED));
    Ok(Log::new())
}

fn required_untrusted(on: &dyn Securing, terms: Terms) -> Verdict {
    let met = receive(on, terms, required, Client::Others);
    assert_eq!(met.refused(), (TlsReason::UnknownIssuer, Alert::UNKNOWN_CA));
    Ok(Log::new())
}

fn optional_missing(on: &dyn Securing, terms: Terms) -> Verdict {
    let (ours, _) = receive(on, terms, optional, Client::Nobody).agreed();
    assert!(ours.negotiated().expect("it is over").peer_certificates.is_empty());
    Ok(Log::new())
}

fn optional_shown(on: &dyn Securing, terms: Terms) -> Verdict {
    let (ours, _) = receive(on, terms, optional, Client::Ours).agreed();
    assert_eq!(ours.negotiated().expect("it is over").peer_certificates.len(), 1);
    Ok(Log::new())
}

fn optional_untrusted(on: &dyn Securing, terms: Terms) -> Verdict {
    let met = receive(on, terms, optional, Client::Others);
    assert_eq!(met.refused(), (TlsReason::UnknownIssuer, Alert::UNKNOWN_CA));
    Ok(Log::new())
}

fn expired_client(on: &dyn Securing, terms: Terms) -> Verdict {
    let met = receive(on, terms, required, Client::Expired);
    assert_eq!(met.refused(), (TlsReason::Expired, Alert::CERTIFICATE_EXPIRED));
    Ok(Log::new())
}

fn asked(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let (server, own) = (authority.issue(&named(NAME)), authority.issue(&named("client.example")));
    let context = Context::client(authority.trust(), Some(own.identity()), options(terms));
    let met = Met::server(on, &context.expect("a usable context"), authority.server(terms, &server));
    let (_, stranger) = met.agreed();
    let shown = stranger.connection.peer_certificates().expect("it was shown");
    assert_eq!(shown[0].to_vec(), own.chain[0]);
    Ok(Log::new())
}

/// In TLS 1.3 our handshake is over by then, so that a read tells it.
fn refused_without(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let server = authority.issue(&named(NAME));
    let context = Context::client(authority.trust(), None, options(terms)).expect("a usable context");
    let met = Met::server(on, &context, authority.server(terms, &server));
    assert_eq!(met.refused_us(), Alert::CERTIFICATE_REQUIRED);
    Ok(Log::new())
}

/// SSL-64, SSL-79.
fn binding(on: &dyn Securing, terms: Terms) -> Verdict {
    let authority = Authority::new();
    let server = authority.issue(&named(NAME));
    let (ours, _) = visit(on, terms, authority.trust(), NAME, &server).agreed();
    let shown = ours.negotiated().expect("it is over").peer_certificate();
    let shown = shown.expect("it was shown").expect("it can be read");
    assert_eq!(shown.matches_name(NAME), Ok(()));
    let pin = server.identity().fingerprint(terms.provider).expect("it has the hash");
    assert_eq!(shown.tls_server_end_point().expect("ECDSA with SHA-256"), pin);
    Ok(Log::new())
}
