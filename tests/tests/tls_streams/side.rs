//! Both sides of a connection: our contexts, and rustls itself as a stranger.

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Trust};
use standpipe_sys::tls::SystemClock;
pub(crate) use standpipe_tests::bounded;

/// A certificate for `localhost`, and contexts that go with it.
pub(crate) struct Made {
    pub(crate) der: Vec<u8>,
    key: Vec<u8>,
    pub(crate) client: Context,
    pub(crate) server: Context,
}

pub(crate) static MADE: LazyLock<Made> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
    let (der, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
    let mut roots = Roots::default();
    roots.add_der(der.clone()).expect("a certificate");
    let identity = Identity::from_der(vec![der.clone()], key.clone()).expect("a key");
    let client = Context::client(Trust::Roots(roots), None, options()).expect("a client's context");
    let server = Context::server(identity, None, options()).expect("a server's context");
    Made { der, key, client, server }
});

/// A client that trusts whoever it may be.
pub(crate) fn anybody() -> Context {
    Context::client(Trust::Anybody, None, options()).expect("a client's")
}

pub(crate) fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
}

/// A TCP connection: who connected, who accepted.
pub(crate) fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let client = TcpStream::connect(listener.local_addr().expect("it has one")).expect("it listens");
    (client, listener.accept().expect("a connection waits").0)
}

/// rustls' own client.
pub(crate) fn stranger(stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(MADE.der.clone())).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).expect("a client"), stream)
}

/// rustls' own server.
pub(crate) fn strange_server(stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let key = PrivateKeyDer::try_from(MADE.key.clone()).expect("a key");
    let chain = vec![CertificateDer::from(MADE.der.clone())];
    let config =
        config.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("an identity");
    StreamOwned::new(ServerConnection::new(Arc::new(config)).expect("a server"), stream)
}

pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 7 % 251) as u8).collect()
}
