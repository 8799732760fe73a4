//! Ends that do not leave, come before the data, or make the other side spin; answers that nobody sends. rustls itself is
//! the one who is used carelessly.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use standpipe_blocking::{Stream, TlsStream};
use standpipe_core::{TlsFault, TlsReason};
use standpipe_tests::bounded;
use standpipe_tests::peer::Certificate;

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let client = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
    (client, listener.accept().expect("a connection waits").0)
}

fn ours(stream: TcpStream, certificate: &Certificate) -> TlsStream {
    Stream::from(stream).tls_server(&certificate.server()).expect("a server's")
}

/// rustls' own client.
fn client(certificate: &Certificate) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate.chain()).expect("a certificate")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    ClientConnection::new(Arc::new(config), "localhost".try_into().expect("a name")).expect("a client")
}

/// rustls' own server.
fn server(certificate: &Certificate) -> ServerConnection {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let key = PrivateKeyDer::from_pem_file(certificate.key()).expect("a key");
    let chain = vec![CertificateDer::from_pem_file(certificate.chain()).expect("a certificate")];
    let config = config.expect("versions").with_no_client_auth().with_single_cert(chain, key);
    ServerConnection::new(Arc::new(config.expect("an identity"))).expect("a server")
}

/// A write was taken and the end was said; but the socket was full, and nobody came back to it. With ours
/// `tls_streams::endings::what_is_written_before_a_close_arrives_whole` shows the same peer getting all of it.
#[test]
fn who_writes_once_and_leaves_sends_neither_everything_nor_its_end() {
    bounded(|| {
        const LEN: usize = 16 << 20;
        let certificate = Certificate::new();
        let (one, mut other) = connection();
        let context = certificate.client();
        let reader = thread::spawn(move || {
            let mut reader = Stream::from(one).tls(&context, "localhost").expect("a client's");
            reader.handshake().expect("it is trusted");
            let mut came = Vec::new();
            let end = reader.read_to_end(&mut came).expect_err("its end is missing");
            (came.len(), end.kind())
        });
        let mut careless = server(&certificate);
        while careless.is_handshaking() {
            careless.complete_io(&mut other).expect("a handshake");
        }
        careless.set_buffer_limit(None);
        careless.writer().write_all(&vec![0; LEN]).expect("it is taken, whatever its size");
        careless.send_close_notify();
        other.set_nonblocking(true).expect("a socket");
        let stopped = loop {
            if let Err(error) = careless.write_tls(&mut other) {
                break error.kind();
            }
        };
        assert_eq!(stopped, ErrorKind::WouldBlock);
        drop((careless, other));
        let (came, end) = reader.join().expect("no panic");
        assert!(came < LEN, "{came}");
        assert!(matches!(end, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{end:?}");
    });
}

/// It waits for the next data, which an idle side never has. With ours
/// `tls_streams::halves::a_reader_answers_a_key_update_by_itself` shows the answer leaving.
#[test]
fn rustls_keeps_the_answer_to_a_key_update() {
    let certificate = Certificate::new();
    let (mut asking, mut idle) = (client(&certificate), server(&certificate));
    while asking.is_handshaking() || idle.is_handshaking() || idle.wants_write() {
        pass(&mut asking, &mut idle);
        pass(&mut idle, &mut asking);
    }
    asking.refresh_traffic_keys().expect("TLS 1.3");
    pass(&mut asking, &mut idle);
    assert!(!idle.wants_write(), "it would answer by itself");
    idle.writer().write_all(b"x").expect("it is taken");
    assert!(idle.wants_write());
}

/// Carries what one side has to say to the other.
fn pass<One, Other>(from: &mut rustls::ConnectionCommon<One>, to: &mut rustls::ConnectionCommon<Other>)
where
    One: rustls::SideData,
    Other: rustls::SideData,
{
    let mut said = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut said).expect("memory takes everything");
    }
    let mut said = &said[..];
    while !said.is_empty() {
        to.read_tls(&mut said).expect("it is memory");
        to.process_new_packets().expect("it is good");
    }
}

/// A warning that is close_notify, where a message of the handshake belongs (CVE-2024-32650).
#[test]
fn an_end_in_mid_handshake_is_one() {
    bounded(|| {
        let certificate = Certificate::new();
        let (mut one, other) = connection();
        let mut hello = Vec::new();
        client(&certificate).write_tls(&mut hello).expect("memory takes everything");
        hello.extend_from_slice(&[21, 3, 3, 0, 2, 1, 0]);
        one.write_all(&hello).expect("it is read");
        let end = ours(other, &certificate).handshake().expect_err("it has ended");
        let fault = end.get_ref().and_then(|inner| inner.downcast_ref::<TlsFault>());
        let told = fault.map(|fault| (fault.reason(), fault.alert()));
        assert_eq!(told, Some((TlsReason::Refused, Some(0))), "{end:?}");
    });
}

/// It is neither data nor a failure: the peer has vouched for what came before.
#[test]
fn what_comes_behind_close_notify_is_never_data() {
    bounded(|| {
        let certificate = Certificate::new();
        let (mut one, other) = connection();
        let context = certificate.server();
        let server = thread::spawn(move || {
            let mut ours = Stream::from(other).tls_server(&context).expect("a server's");
            let mut came = Vec::new();
            ours.read_to_end(&mut came).map(|_| came)
        });
        let mut peer = client(&certificate);
        while peer.is_handshaking() {
            peer.complete_io(&mut one).expect("a handshake");
        }
        peer.writer().write_all(b"all of it").expect("it is taken");
        peer.send_close_notify();
        let mut said = Vec::new();
        while peer.wants_write() {
            peer.write_tls(&mut said).expect("memory takes everything");
        }
        said.extend_from_slice(&[b'x'; 100_000]);
        one.write_all(&said).expect("it is read");
        assert_eq!(server.join().expect("no panic").expect("a clean end"), b"all of it");
    });
}
