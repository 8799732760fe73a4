//! One of our sessions, and rustls' own buffered connection as its peer.

use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{
    ClientConfig, ClientConnection, Connection, Error, RootCertStore, ServerConfig, ServerConnection,
    SupportedProtocolVersion,
};
use standpipe_core::tls::{
    Clients, Context, ContextOptions, Identity, Provider, Roots, Session, Trust, WallClock,
};
use standpipe_core::{LENT_SIZE, Layer, Lend};

/// Every version, the new one first.
pub(crate) const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// Every provider that is built in.
const PROVIDERS: &[Provider] = &[
    #[cfg(feature = "ring")]
    Provider::Ring,
    #[cfg(feature = "aws-lc-rs")]
    Provider::AwsLcRs,
];

/// Runs a test with every provider and version.
pub(crate) fn each(
    versions: &[&'static SupportedProtocolVersion],
    test: impl Fn(Provider, &'static SupportedProtocolVersion),
) {
    for provider in PROVIDERS {
        versions.iter().for_each(|version| test(*provider, version));
    }
}

/// What stands behind a provider.
pub(crate) fn crypto(provider: Provider) -> CryptoProvider {
    match provider {
        #[cfg(feature = "ring")]
        Provider::Ring => rustls::crypto::ring::default_provider(),
        #[cfg(feature = "aws-lc-rs")]
        Provider::AwsLcRs => rustls::crypto::aws_lc_rs::default_provider(),
        Provider::Custom(provider) => provider.clone(),
        _ => unreachable!("all are here"),
    }
}

struct Made {
    certificate: CertificateDer<'static>,
    pem: String,
    key: String,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
        Made {
            certificate: made.cert.der().clone(),
            pem: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    })
}

impl Made {
    fn identity(&self) -> Identity {
        Identity::from_pem(self.pem.as_bytes(), self.key.as_bytes()).unwrap()
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap()
    }

    fn roots(&self) -> Roots {
        let mut roots = Roots::default();
        roots.add_der(self.certificate.to_vec()).unwrap();
        roots
    }
}

struct Clock;

impl WallClock for Clock {
    fn unix_seconds(&self) -> Option<u64> {
        Some(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
    }
}

fn options(provider: Provider) -> ContextOptions {
    let alpn = vec![b"x".to_vec()];
    ContextOptions { alpn, ..ContextOptions::new(provider, Arc::new(Clock)) }
}

/// Our client, and a server.
pub(crate) fn client(provider: Provider, version: &'static SupportedProtocolVersion) -> (Ours, Peer) {
    client_of(provider, version, None, 1)
}

/// Our client, and a server whose every message comes in records of 32 bytes, and whose chain has so many certificates.
pub(crate) fn server_in_pieces(
    provider: Provider,
    version: &'static SupportedProtocolVersion,
    certificates: usize,
) -> (Ours, Peer) {
    client_of(provider, version, Some(32 + 5), certificates)
}

fn client_of(
    provider: Provider,
    version: &'static SupportedProtocolVersion,
    max_fragment_size: Option<usize>,
    certificates: usize,
) -> (Ours, Peer) {
    let context = Context::client(Trust::Roots(made().roots()), None, options(provider)).unwrap();
    let mut ours = Ours::new(Session::client(&context, "localhost").unwrap());
    ours.session.start();
    let builder = ServerConfig::builder_with_provider(Arc::new(crypto(provider)));
    let builder = builder.with_protocol_versions(&[version]).unwrap().with_no_client_auth();
    let chain = vec![made().certificate.clone(); certificates];
    let mut config = builder.with_single_cert(chain, made().key()).unwrap();
    config.max_fragment_size = max_fragment_size;
    config.send_tls13_tickets = if max_fragment_size.is_some() { 4 } else { 0 };
    (ours, Peer(ServerConnection::new(Arc::new(config)).unwrap().into()))
}

/// Our server, and a client.
pub(crate) fn server(provider: Provider, version: &'static SupportedProtocolVersion) -> (Ours, Peer) {
    server_of(provider, version, None, false)
}

/// Our server, which wants certificates of an issuer that nobody has, and a client with another or with none.
pub(crate) fn choosy_server(
    provider: Provider,
    version: &'static SupportedProtocolVersion,
    has_one: bool,
) -> (Ours, Peer) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut issuer = rcgen::CertificateParams::new(["elsewhere".to_string()]).unwrap();
    issuer.distinguished_name.push(rcgen::DnType::CommonName, "somebody else");
    let mut roots = Roots::default();
    roots.add_der(issuer.self_signed(&key).unwrap().der().to_vec()).unwrap();
    server_of(provider, version, Some(roots), has_one)
}

fn server_of(
    provider: Provider,
    version: &'static SupportedProtocolVersion,
    clients: Option<Roots>,
    has_one: bool,
) -> (Ours, Peer) {
    let context =
        Context::server(made().identity(), clients.map(Clients::required), options(provider)).unwrap();
    let ours = Ours::new(Session::server(&context).unwrap());
    let mut roots = RootCertStore::empty();
    roots.add(made().certificate.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto(provider)));
    let builder = builder.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    let config = match has_one {
        true => builder.with_client_auth_cert(vec![made().certificate.clone()], made().key()).unwrap(),
        false => builder.with_no_client_auth(),
    };
    let name = "localhost".try_into().unwrap();
    (ours, Peer(ClientConnection::new(Arc::new(config), name).unwrap().into()))
}

/// Lends buffers and counts those that are out.
#[derive(Default)]
struct Counting(usize);

impl Lend for Counting {
    fn take(&mut self) -> Box<[u8]> {
        self.0 += 1;
        vec![0; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {
        self.0 -= 1;
    }
}

/// Our session, and the plaintext that came out of it.
pub(crate) struct Ours {
    pub(crate) session: Session,
    pub(crate) received: Vec<u8>,
    lend: Counting,
}

impl Ours {
    fn new(session: Session) -> Self {
        Self { session, received: Vec::new(), lend: Counting::default() }
    }

    /// How many buffers it has.
    pub(crate) fn lent(&self) -> usize {
        self.lend.0
    }

    /// Takes bytes of the transport, at most so many at a time, as long as it wants any.
    pub(crate) fn hear(&mut self, mut bytes: &[u8], cut: usize) {
        while !bytes.is_empty() && self.session.wants_read() {
            let window = self.session.window(&mut self.lend);
            let (now, later) = bytes.split_at(bytes.len().min(cut).min(window.len()));
            window[..now.len()].copy_from_slice(now);
            self.session.handle_read(now.len());
            self.received.extend_from_slice(self.session.plain());
            self.session.consume(self.session.plain().len());
            self.session.settle(&mut self.lend);
            bytes = later;
        }
    }

    /// All that it has to say.
    pub(crate) fn say(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        while self.session.wants_write() {
            let n = self.session.pending().len();
            said.extend_from_slice(self.session.pending());
            self.session.handle_written(n);
        }
        self.session.settle(&mut self.lend);
        said
    }

    pub(crate) fn seal(&mut self, data: &[u8]) -> usize {
        self.session.seal(data, &mut self.lend)
    }

    pub(crate) fn close_notify(&mut self) {
        self.session.close_notify(&mut self.lend);
    }

    /// Goes through the handshake.
    pub(crate) fn agree(&mut self, peer: &mut Peer) {
        for _ in 0..4 {
            self.hear(&peer.say(), usize::MAX);
            peer.hear(&self.say()).unwrap();
        }
        assert!(self.session.may_send() && !peer.0.is_handshaking());
    }

    /// Says something and hears something.
    pub(crate) fn exchange(&mut self, peer: &mut Peer) {
        self.received.clear();
        peer.write(b"from the peer");
        self.hear(&peer.say(), usize::MAX);
        assert_eq!((self.session.fault(), &self.received[..]), (None, &b"from the peer"[..]));
        assert_eq!(self.seal(b"from us"), 7);
        assert_eq!(peer.hear(&self.say()).unwrap().data, b"from us");
    }
}

/// rustls' buffered connection.
pub(crate) struct Peer(Connection);

/// What a peer has made of the bytes that came.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) data: Vec<u8>,
    pub(crate) has_ended: bool,
}

impl Peer {
    pub(crate) fn hear(&mut self, mut bytes: &[u8]) -> Result<Heard, Error> {
        let mut heard = Heard { data: Vec::new(), has_ended: false };
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).unwrap();
            let state = self.0.process_new_packets()?;
            let mut data = vec![0; state.plaintext_bytes_to_read()];
            self.0.reader().read_exact(&mut data).unwrap();
            heard.data.extend(data);
            heard.has_ended = state.peer_has_closed();
        }
        Ok(heard)
    }

    pub(crate) fn say(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut said).unwrap();
        }
        said
    }

    pub(crate) fn write(&mut self, data: &[u8]) {
        self.0.writer().write_all(data).unwrap();
    }

    /// Changes the keys, and wants ours changed.
    pub(crate) fn refresh(&mut self) {
        self.0.refresh_traffic_keys().unwrap();
    }

    pub(crate) fn close(&mut self) {
        self.0.send_close_notify();
    }
}
