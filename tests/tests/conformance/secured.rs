//! TLS by rustls' own buffered connections, so that the other side of the wire is none of our code.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};

use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, Error, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use standpipe_tests::client::Seen;
use standpipe_tests::harness::{Certificate, NAME, certificate};

/// A client's side of TLS, whose one thread reads while another one writes.
pub(crate) struct Secured {
    connection: Mutex<ClientConnection>,
    /// Held until what was taken out of the connection is written, so that records keep their order.
    writing: Mutex<()>,
}

static CLIENTS: LazyLock<[Arc<ClientConfig>; 2]> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add(certificate().certificate.clone().into()).expect("it can be trusted");
    [RootCertStore::empty(), roots].map(|roots| {
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("ring speaks them");
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    })
});

static SERVER: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let Certificate { certificate, key } = certificate();
    let key = PrivateKeyDer::try_from(key.clone()).expect("it is a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("ring speaks them");
    let builder = builder.with_no_client_auth();
    Arc::new(builder.with_single_cert(vec![certificate.clone().into()], key).expect("they belong together"))
});

impl Secured {
    /// Trusts the suite's certificate, or none.
    pub(crate) fn new(trusting: bool) -> Self {
        let name = ServerName::try_from(NAME).expect("a name");
        let connection = ClientConnection::new(CLIENTS[usize::from(trusting)].clone(), name);
        Self { connection: Mutex::new(connection.expect("a usable context")), writing: Mutex::default() }
    }

    /// Whether the handshake is over.
    pub(crate) fn is_agreed(&self) -> bool {
        !self.connection.lock().expect("no panic").is_handshaking()
    }

    /// Takes bytes of the transport, and adds the plaintext to what was received. How TLS has ended by them.
    pub(crate) fn came(&self, mut bytes: &[u8], received: &mut Vec<u8>) -> Option<Seen> {
        let mut connection = self.connection.lock().expect("no panic");
        while !bytes.is_empty() {
            connection.read_tls(&mut bytes).expect("a slice can be read");
            let processed = connection.process_new_packets();
            // An end is told by the transport, and nothing is missing before it.
            let _ = connection.reader().read_to_end(received);
            match processed {
                Ok(_) => {}
                Err(Error::AlertReceived(alert)) => return Some(Seen::Alert(alert.into())),
                Err(_) => return Some(Seen::Refused),
            }
        }
        None
    }

    /// How TLS has ended when the transport does.
    pub(crate) fn end(&self) -> Seen {
        let mut connection = self.connection.lock().expect("no panic");
        match connection.process_new_packets() {
            Ok(state) if state.peer_has_closed() => Seen::CloseNotify,
            _ => Seen::Truncated,
        }
    }

    /// Sends the bytes.
    pub(crate) fn send(&self, stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
        self.perform(stream, |connection| connection.writer().write_all(bytes))
    }

    /// Says that nothing follows.
    pub(crate) fn close_notify(&self, stream: &TcpStream) -> io::Result<()> {
        self.perform(stream, |connection| {
            connection.send_close_notify();
            Ok(())
        })
    }

    /// Writes what TLS itself has to say.
    pub(crate) fn flush(&self, stream: &TcpStream) -> io::Result<()> {
        if !self.connection.lock().expect("no panic").wants_write() {
            return Ok(());
        }
        self.perform(stream, |_| Ok(()))
    }

    fn perform(
        &self,
        mut stream: &TcpStream,
        act: impl FnOnce(&mut ClientConnection) -> io::Result<()>,
    ) -> io::Result<()> {
        let _order = self.writing.lock().expect("no panic");
        let mut records = Vec::new();
        let mut connection = self.connection.lock().expect("no panic");
        act(&mut connection)?;
        while connection.wants_write() {
            connection.write_tls(&mut records)?;
        }
        drop(connection);
        stream.write_all(&records)
    }
}

/// Sends back what comes, and the end.
pub(crate) fn send_back(stream: &TcpStream) -> io::Result<()> {
    let connection = ServerConnection::new(SERVER.clone()).map_err(io::Error::other)?;
    let mut secured = StreamOwned::new(connection, stream);
    let mut chunk = vec![0; 16 << 10];
    loop {
        match secured.read(&mut chunk)? {
            0 => break,
            n => secured.write_all(&chunk[..n])?,
        }
    }
    secured.conn.send_close_notify();
    secured.flush()?;
    stream.shutdown(Shutdown::Write)
}
