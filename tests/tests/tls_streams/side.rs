//! One side of a connection as the tests see it, whatever backend drives it, and rustls itself as a stranger.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_core::SecuredOptions;
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Roots, Session, Trust};
use standpipe_sys::Stream;
use standpipe_sys::tls::SystemClock;
pub(crate) use standpipe_tests::bounded;

/// A certificate for `localhost`, and contexts that go with it.
pub(crate) struct Made {
    der: Vec<u8>,
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

fn options() -> ContextOptions {
    ContextOptions::new(Provider::Ring, Arc::new(SystemClock))
}

/// What every side can do, and what it may be cut into.
pub(crate) trait Side: Read + Write + Send {
    fn close_write(&mut self) -> io::Result<()>;
    fn close(self: Box<Self>) -> io::Result<()>;
    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn Half>)>;
}

/// The half that is written to.
pub(crate) trait Half: Write + Send {
    fn close_write(&mut self) -> io::Result<()>;
}

impl Side for standpipe_blocking::TlsStream {
    fn close_write(&mut self) -> io::Result<()> {
        Self::close_write(self)
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        Self::close(*self)
    }

    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn Half>)> {
        let (reader, writer) = Self::split(*self)?;
        Ok((Box::new(reader), Box::new(writer)))
    }
}

impl Half for standpipe_blocking::TlsWriter {
    fn close_write(&mut self) -> io::Result<()> {
        Self::close_write(self)
    }
}

/// A stream of futures, each run to its end where it is called.
pub(crate) struct Awaited<S>(pub(crate) S);

impl<S: smol::io::AsyncRead + Unpin> Read for Awaited<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        smol::block_on(self.0.read(into))
    }
}

impl<S: smol::io::AsyncWrite + Unpin> Write for Awaited<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        smol::block_on(self.0.write(data))
    }

    fn flush(&mut self) -> io::Result<()> {
        smol::block_on(self.0.flush())
    }
}

impl Side for Awaited<standpipe_smol::TlsStream> {
    fn close_write(&mut self) -> io::Result<()> {
        smol::block_on(self.0.close())
    }

    fn close(self: Box<Self>) -> io::Result<()> {
        smol::block_on(self.0.finish())
    }

    fn split(self: Box<Self>) -> io::Result<(Box<dyn Read + Send>, Box<dyn Half>)> {
        let (reader, writer) = smol::block_on(self.0.split())?;
        Ok((Box::new(Awaited(reader)), Box::new(Awaited(writer))))
    }
}

impl Half for Awaited<standpipe_smol::TlsWriter> {
    fn close_write(&mut self) -> io::Result<()> {
        smol::block_on(self.0.close())
    }
}

/// Makes our side of a TCP connection.
pub(crate) type Make = fn(TcpStream, Session, SecuredOptions) -> Box<dyn Side>;

pub(crate) const BACKENDS: [Make; 2] = [
    |stream, session, options| {
        let stream = Stream::socket(OwnedFd::from(stream));
        Box::new(standpipe_blocking::TlsStream::new(stream.into(), Box::new(session), options))
    },
    |stream, session, options| {
        let stream = Stream::socket(OwnedFd::from(stream));
        let stream = standpipe_smol::Stream::new(stream).expect("a socket can be watched");
        Box::new(Awaited(standpipe_smol::TlsStream::new(stream, Box::new(session), options)))
    },
];

/// A TCP connection: who connected, who accepted.
pub(crate) fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let client = TcpStream::connect(listener.local_addr().expect("it has one")).expect("it listens");
    (client, listener.accept().expect("a connection waits").0)
}

pub(crate) fn client(make: Make, stream: TcpStream) -> Box<dyn Side> {
    let session = Session::client(&MADE.client, "localhost").expect("a client's context");
    make(stream, session, SecuredOptions::default())
}

pub(crate) fn server(make: Make, stream: TcpStream) -> Box<dyn Side> {
    let session = Session::server(&MADE.server).expect("a server's context");
    make(stream, session, SecuredOptions::default())
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

/// Says close_notify by rustls, and then ends the connection in this direction.
pub(crate) fn say_end(stranger: &mut StreamOwned<ClientConnection, TcpStream>) {
    stranger.conn.send_close_notify();
    stranger.flush().expect("it is taken");
    stranger.sock.shutdown(Shutdown::Write).expect("it is open");
}

pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 7 % 251) as u8).collect()
}
