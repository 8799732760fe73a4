//! The other side of a connection: rustls' own, driven by hand.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection, Error, ServerConfig, ServerConnection};
use standpipe_tests::harness::NAME;

/// rustls over whatever carries its records.
pub(super) struct Stranger<S = TcpStream> {
    pub(super) connection: Connection,
    pub(super) socket: S,
}

impl<S: Read + Write> Stranger<S> {
    /// A client of the suite's server.
    pub(super) fn client(socket: S, config: ClientConfig) -> Self {
        Self::client_of(NAME, socket, config)
    }

    /// A client of the server with this name.
    pub(super) fn client_of(name: &str, socket: S, config: ClientConfig) -> Self {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a usable context");
        Self { connection: connection.into(), socket }
    }

    /// A server.
    pub(super) fn server(socket: S, config: ServerConfig) -> Self {
        let connection = ServerConnection::new(Arc::new(config)).expect("a usable context");
        Self { connection: connection.into(), socket }
    }

    /// Performs the handshake, if that was not done yet.
    pub(super) fn handshake(&mut self) -> io::Result<()> {
        while self.connection.is_handshaking() {
            self.send_records()?;
            if self.connection.is_handshaking() && self.receive_records()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        self.send_records()
    }

    /// Reads to the clean end.
    pub(super) fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        self.read_to_end(&mut all)?;
        Ok(all)
    }

    /// Reads so much.
    pub(super) fn read_some(&mut self, len: usize) -> Vec<u8> {
        let mut some = vec![0; len];
        self.read_exact(&mut some).expect("it comes");
        some
    }

    /// Says close_notify, and leaves the transport open.
    pub(super) fn close_notify(&mut self) {
        self.connection.send_close_notify();
        self.send_records().expect("it is taken");
    }

    /// The records that this data makes, which are for the caller to send.
    pub(super) fn sealed(&mut self, data: &[u8]) -> Vec<u8> {
        self.connection.writer().write_all(data).expect("there is room");
        self.records()
    }

    /// The records that wait to be sent.
    pub(super) fn records(&mut self) -> Vec<u8> {
        let mut records = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut records).expect("a vector takes all");
        }
        records
    }

    /// Receives what there is: how many bytes, which is 0 at the transport's end.
    pub(super) fn receive_records(&mut self) -> io::Result<usize> {
        let received = uninterrupted(|| self.connection.read_tls(&mut self.socket))?;
        if let Err(error) = self.connection.process_new_packets() {
            // The alert leaves where somebody still takes it.
            let _ = self.send_records();
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        Ok(received)
    }

    /// Sends what waits to be sent.
    pub(super) fn send_records(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            uninterrupted(|| self.connection.write_tls(&mut self.socket))?;
        }
        Ok(())
    }
}

impl Stranger {
    /// Says close_notify, and then ends the connection in this direction.
    pub(super) fn end(&mut self) {
        self.close_notify();
        self.end_transport();
    }

    /// Ends the connection in this direction, without a word.
    pub(super) fn end_transport(&self) {
        self.socket.shutdown(Shutdown::Write).expect("it is open");
    }
}

impl<S: Read + Write> Read for Stranger<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.handshake()?;
        loop {
            match self.connection.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            self.receive_records()?;
            self.send_records()?;
        }
    }
}

impl<S: Read + Write> Write for Stranger<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.handshake()?;
        let taken = self.connection.writer().write(data)?;
        self.send_records()?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send_records()
    }
}

/// Goes on after a signal: a call that has a time limit is not begun again by the system (signal(7)).
fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The alert by which we have refused a stranger.
#[track_caller]
pub(super) fn alert(error: &io::Error) -> u8 {
    match rustls_error(error) {
        Error::AlertReceived(alert) => (*alert).into(),
        other => panic!("no alert: {other}"),
    }
}

/// Why a stranger has refused us.
#[track_caller]
pub(super) fn rustls_error(error: &io::Error) -> &Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    inner.unwrap_or_else(|| panic!("an error of the transport: {error}"))
}
