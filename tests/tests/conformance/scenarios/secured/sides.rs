//! Our side of a connection and a stranger's, of which either may be the client.

use std::fmt::Debug;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Session, Trust, Version};
use standpipe_core::{Layer, SecuredOptions, TlsFault, TlsReason};
use standpipe_sys::tls::SystemClock;
use standpipe_tests::harness::{Certificate, NAME, SecuredStream, Securing, Terms, Transport, certificate};

use super::stranger::Stranger;

/// Which side of a connection is ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Client,
    Server,
}

/// Both of them.
pub(super) const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Only to catch a hang.
pub(super) const LONG: Duration = Duration::from_secs(60);
/// A deadline that is meant to pass.
pub(super) const SHORT: Duration = Duration::from_millis(50);

/// What both contexts are told where nothing else matters.
pub(super) fn options(terms: Terms) -> ContextOptions {
    let clock = Arc::new(SystemClock);
    ContextOptions {
        oldest: terms.version,
        newest: terms.version,
        ..ContextOptions::new(terms.provider, clock)
    }
}

/// The suite's certificate and its key.
pub(super) fn identity() -> Identity {
    let Certificate { certificate, key } = certificate();
    Identity::from_der(vec![certificate.clone()], key.clone()).expect("a pair")
}

/// Whoever has the suite's certificate.
pub(super) fn trust() -> Trust {
    let mut roots = Roots::default();
    roots.add_der(certificate().certificate.clone()).expect("a certificate");
    Trust::Roots(roots)
}

/// A context of ours.
pub(super) fn context(role: Role, options: ContextOptions) -> Context {
    match role {
        Role::Client => Context::client(trust(), None, options),
        Role::Server => Context::server(identity(), None, options),
    }
    .expect("a usable context")
}

/// A session of this context, with the suite's server.
pub(super) fn session(role: Role, context: &Context) -> Session {
    match role {
        Role::Client => Session::client(context, NAME),
        Role::Server => Session::server(context),
    }
    .expect("a context of this side")
}

/// The layer on our side where nothing else matters.
pub(super) fn layer(terms: Terms, role: Role) -> Box<dyn Layer> {
    Box::new(session(role, &context(role, options(terms))))
}

/// A provider as a stranger has it.
pub(super) fn provider(terms: Terms) -> CryptoProvider {
    match terms.provider {
        Provider::AwsLcRs => rustls::crypto::aws_lc_rs::default_provider(),
        _ => rustls::crypto::ring::default_provider(),
    }
}

/// A version as a stranger has it.
pub(super) fn version(terms: Terms) -> &'static SupportedProtocolVersion {
    match terms.version {
        Version::Tls12 => &rustls::version::TLS12,
        _ => &rustls::version::TLS13,
    }
}

/// A stranger's client, which trusts the suite's certificate.
pub(super) fn client_config(terms: Terms) -> ClientConfig {
    client_config_by(provider(terms), terms)
}

/// The same by a provider of its own.
pub(super) fn client_config_by(provider: CryptoProvider, terms: Terms) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate().certificate.clone().into()).expect("a certificate");
    let builder = ClientConfig::builder_with_provider(Arc::new(provider));
    let builder = builder.with_protocol_versions(&[version(terms)]).expect("it is spoken");
    builder.with_root_certificates(roots).with_no_client_auth()
}

/// A stranger's server, which has the suite's certificate and hands out no tickets.
pub(super) fn server_config(terms: Terms) -> ServerConfig {
    server_config_by(provider(terms), terms)
}

/// The same by a provider of its own.
pub(super) fn server_config_by(provider: CryptoProvider, terms: Terms) -> ServerConfig {
    let Certificate { certificate, key } = certificate();
    let key = PrivateKeyDer::try_from(key.clone()).expect("a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(provider));
    let builder = builder.with_protocol_versions(&[version(terms)]).expect("it is spoken");
    let builder = builder.with_no_client_auth();
    let mut config = builder.with_single_cert(vec![certificate.clone().into()], key).expect("a pair");
    config.send_tls13_tickets = 0;
    config
}

/// The stranger on the other side of ours.
pub(super) fn stranger<S: io::Read + io::Write>(terms: Terms, ours: Role, socket: S) -> Stranger<S> {
    match ours {
        Role::Client => Stranger::server(socket, server_config(terms)),
        Role::Server => Stranger::client(socket, client_config(terms)),
    }
}

/// A TCP connection: our end, and a stranger's, which waits for so long that it hangs.
pub(super) fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let ours = TcpStream::connect(listener.local_addr().expect("it has one")).expect("it listens");
    (ours, bounded(listener.accept().expect("a connection waits").0))
}

/// Bounds the waits of a stranger.
pub(super) fn bounded(socket: TcpStream) -> TcpStream {
    socket.set_read_timeout(Some(LONG)).expect("a time");
    socket.set_write_timeout(Some(LONG)).expect("a time");
    socket
}

/// Our side with this layer.
pub(super) fn ours(on: &dyn Securing, socket: TcpStream, layer: Box<dyn Layer>) -> Box<dyn SecuredStream> {
    within(on, socket, layer, SecuredOptions::default())
}

/// Our side with this layer, within these limits.
pub(super) fn within(
    on: &dyn Securing,
    socket: TcpStream,
    layer: Box<dyn Layer>,
    options: SecuredOptions,
) -> Box<dyn SecuredStream> {
    on.secure(Transport::Socket(socket.into()), layer, options)
}

/// Our side of a connection and a stranger, before the handshake.
pub(super) fn met(on: &dyn Securing, terms: Terms, role: Role) -> (Box<dyn SecuredStream>, Stranger) {
    let (socket, other) = connection();
    (ours(on, socket, layer(terms, role)), stranger(terms, role, other))
}

/// The same after the handshake.
pub(super) fn agreed(on: &dyn Securing, terms: Terms, role: Role) -> (Box<dyn SecuredStream>, Stranger) {
    let (ours, stranger) = met(on, terms, role);
    agree(ours, stranger)
}

/// Both sides after their handshake.
pub(super) fn agree(
    mut ours: Box<dyn SecuredStream>,
    mut stranger: Stranger,
) -> (Box<dyn SecuredStream>, Stranger) {
    let (theirs, own) = beside(|| stranger.handshake(), || ours.handshake());
    theirs.expect("the stranger agrees");
    own.expect("we agree");
    (ours, stranger)
}

/// What the other side does in a thread of its own, while ours does its part.
pub(super) fn beside<P: Send, O>(other: impl FnOnce() -> P + Send, ours: impl FnOnce() -> O) -> (P, O) {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let came_to = ours();
        (other.join().expect("no panic"), came_to)
    })
}

/// Why TLS has failed on our side.
#[track_caller]
pub(super) fn fault<T: Debug>(result: io::Result<T>) -> TlsFault {
    let error = result.expect_err("it has failed");
    let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsFault>());
    assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
    *fault.unwrap_or_else(|| panic!("no fault of TLS: {error}"))
}

/// The reason of it.
#[track_caller]
pub(super) fn reason<T: Debug>(result: io::Result<T>) -> TlsReason {
    fault(result).reason()
}

/// The kind of an error that is none of TLS.
#[track_caller]
pub(super) fn kind<T: Debug>(result: io::Result<T>) -> io::ErrorKind {
    result.expect_err("it has failed").kind()
}
