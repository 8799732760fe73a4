//! What a TLS session costs beside rustls' unbuffered connection, which it is made of.

use std::hint::black_box;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Session, Trust, Version};
use standpipe_core::{Layer, Pool};
use standpipe_sys::tls::SystemClock;

use super::{allocations, bytes_held};

const RECORDS: u64 = 100;
const RECORD: [u8; 16 << 10] = [b'x'; 16 << 10];
const LINE: &[u8] = b"how much is kept of this?\r\n";

/// A certificate for `localhost` and its key, in PEM.
fn identity() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// Two sessions that pass everything on to one another.
struct Sessions {
    client: Box<Session>,
    server: Box<Session>,
    pool: Pool,
}

impl Sessions {
    fn agreed() -> Self {
        let (chain, key) = identity();
        let own = Identity::from_pem(chain.as_bytes(), key.as_bytes()).expect("it can be read");
        let options = || ContextOptions {
            oldest: Version::Tls13,
            ..ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
        };
        let server = Context::server(own, None, options()).expect("a context");
        let client = Context::client(Trust::Anybody, None, options()).expect("a context");
        let mut sessions = Self {
            client: Box::new(Session::client(&client, "localhost").expect("a client's context")),
            server: Box::new(Session::server(&server).expect("a server's context")),
            pool: Pool::default(),
        };
        sessions.client.start();
        while !(sessions.client.may_send() && sessions.server.may_send()) {
            sessions.up();
            sessions.down();
        }
        sessions
    }

    fn up(&mut self) -> usize {
        pass(&mut self.client, &mut self.server, &mut self.pool)
    }

    fn down(&mut self) -> usize {
        pass(&mut self.server, &mut self.client, &mut self.pool)
    }

    fn send(&mut self, data: &[u8]) {
        assert_eq!(self.client.seal(data, &mut self.pool), data.len());
        assert_eq!(self.up(), data.len());
    }
}

/// Passes on what is sealed. Says how much plaintext came of it.
fn pass(from: &mut Session, to: &mut Session, pool: &mut Pool) -> usize {
    let mut plain = 0;
    while from.wants_write() {
        let window = to.window(pool);
        let n = window.len().min(from.pending().len());
        window[..n].copy_from_slice(&from.pending()[..n]);
        from.handle_written(n);
        to.handle_read(n);
        plain += black_box(to.plain()).len();
        to.consume(to.plain().len());
        to.settle(pool);
    }
    from.settle(pool);
    plain
}

/// One side of a connection as rustls has it, between buffers that are large enough.
pub(super) struct Bare<C> {
    connection: Box<C>,
    input: Vec<u8>,
    output: Vec<u8>,
    may_send: bool,
}

impl<C: Unbuffered> Bare<C> {
    fn new(connection: C) -> Self {
        let (input, output) = (Vec::with_capacity(64 << 10), Vec::with_capacity(64 << 10));
        Self { connection: Box::new(connection), input, output, may_send: false }
    }

    /// Opens what has come and seals the data. Says how much plaintext came.
    pub(super) fn turn(&mut self, data: &[u8]) -> usize {
        let (mut taken, mut opened) = (0, 0);
        loop {
            let UnbufferedStatus { mut discard, state } = self.connection.process(&mut self.input[taken..]);
            match state.expect("nobody breaks the rules") {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.expect("nobody breaks the rules");
                        discard += record.discard;
                        opened += black_box(record.payload).len();
                    }
                }
                ConnectionState::EncodeTlsData(mut state) => {
                    let start = self.output.len();
                    self.output.resize(self.output.capacity(), 0);
                    let n = state.encode(&mut self.output[start..]).expect("there is room");
                    self.output.truncate(start + n);
                }
                ConnectionState::TransmitTlsData(state) => state.done(),
                ConnectionState::WriteTraffic(mut traffic) => {
                    self.may_send = true;
                    if !data.is_empty() {
                        let start = self.output.len();
                        self.output.resize(self.output.capacity(), 0);
                        let n = traffic.encrypt(data, &mut self.output[start..]).expect("there is room");
                        self.output.truncate(start + n);
                    }
                    self.input.drain(..taken + discard);
                    return opened;
                }
                _ => {
                    self.input.drain(..taken + discard);
                    return opened;
                }
            }
            taken += discard;
        }
    }

    pub(super) fn give(&mut self, to: &mut Bare<impl Unbuffered>) {
        to.input.extend_from_slice(&self.output);
        self.output.clear();
    }
}

/// The two connection types, which have a method of one name and no trait for it.
pub(super) trait Unbuffered {
    type Data;

    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Unbuffered for UnbufferedClientConnection {
    type Data = rustls::client::ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
}

impl Unbuffered for UnbufferedServerConnection {
    type Data = rustls::server::ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
}

/// Trusts anybody, as the sessions do.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

pub(super) fn by_hand() -> (Bare<UnbufferedClientConnection>, Bare<UnbufferedServerConnection>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (chain, key) = identity();
    let versions = &[&rustls::version::TLS13];
    let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes()).expect("it can be read")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it can be read");
    let server = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions);
    let server = server.expect("a version").with_no_client_auth().with_single_cert(chain, key);
    let mut server = server.expect("a pair");
    server.send_tls13_tickets = 0;
    let client = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions);
    let verifier = Arc::new(Anybody(provider));
    let client = client.expect("a version").dangerous().with_custom_certificate_verifier(verifier);
    let mut client = client.with_no_client_auth();
    client.resumption = rustls::client::Resumption::disabled();
    let name = ServerName::try_from("localhost").expect("a name");
    let mut client = Bare::new(UnbufferedClientConnection::new(client.into(), name).expect("a client"));
    let mut server = Bare::new(UnbufferedServerConnection::new(server.into()).expect("a server"));
    while !(client.may_send && server.may_send) {
        client.turn(&[]);
        client.give(&mut server);
        server.turn(&[]);
        server.give(&mut client);
    }
    (client, server)
}

#[test]
fn a_record_costs_no_more_allocations_than_by_hand() {
    let mut sessions = Sessions::agreed();
    sessions.send(&RECORD);
    let ours = allocations(|| (0..RECORDS).for_each(|_| sessions.send(&RECORD)));

    let (mut client, mut server) = by_hand();
    let mut send = || {
        client.turn(&RECORD);
        client.give(&mut server);
        assert_eq!(server.turn(&[]), RECORD.len());
    };
    send();
    let theirs = allocations(|| (0..RECORDS).for_each(|_| send()));
    assert!(ours <= theirs, "{ours} allocations for {RECORDS} records, and {theirs} by hand");
}

#[test]
fn an_idle_session_keeps_little_more_than_its_state() {
    let mut sessions = Sessions::agreed();
    sessions.send(LINE);
    assert_eq!(sessions.server.seal(LINE, &mut sessions.pool), LINE.len());
    assert_eq!(sessions.down(), LINE.len());
    let before = bytes_held();
    drop(sessions.server);
    let ours = before - bytes_held();

    let (mut client, mut server) = by_hand();
    client.turn(LINE);
    client.give(&mut server);
    assert_eq!(server.turn(&[]), LINE.len());
    server.turn(LINE);
    server.give(&mut client);
    assert_eq!(client.turn(&[]), LINE.len());
    let connection = server.connection;
    let before = bytes_held();
    drop(connection);
    let theirs = before - bytes_held();
    assert!(ours * 100 <= theirs * 115, "{ours} bytes, and {theirs} by hand");
    println!("an idle session keeps {ours} bytes, the bare connection {theirs}");
}
