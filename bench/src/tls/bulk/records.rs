//! Records by hand, with rustls' ciphers and its handshake: what is left when no record is copied after it is sealed, nor before or
//! after it is opened. It answers no key update and joins no message, so it is no peer, but what no one gets below.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::crypto::cipher::{InboundOpaqueMessage, OutboundChunks, OutboundPlainMessage};
use rustls::crypto::cipher::{MessageDecrypter, MessageEncrypter, Tls13AeadAlgorithm};
use rustls::server::UnbufferedServerConnection;
use rustls::{ConnectionTrafficSecrets, ContentType, ExtractedSecrets, ProtocolVersion};

use super::Terms;
use super::bare::{read, write};
use super::peers::until_the_end;
use crate::pattern::{Check, piece};
use crate::tls::bare::{Bare, Job};
use crate::tls::identity::server_name;

/// The most plaintext of a record.
const FRAGMENT: usize = 16 << 10;
/// What stands in front of a record.
const HEADER: usize = 5;
const CLOSE_NOTIFY: &[u8] = &[1, 0];

pub(super) fn send(mut socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let mut config = Arc::unwrap_or_clone(terms.client());
    config.enable_secret_extraction = true;
    let connection = UnbufferedClientConnection::new(config.into(), server_name());
    let mut tls = Bare::new(connection.map_err(io::Error::other)?, 2 * terms.at_once);
    tls.turn(Job::Nothing, &mut |_| {})?;
    write(&mut tls, &mut socket)?;
    while !tls.may_send {
        read(&mut tls, &mut socket, &mut |_| {})?;
    }
    let (connection, _) = tls.into_parts();
    let (secrets, _) = connection.dangerous_into_kernel_connection().map_err(io::Error::other)?;
    let mut sealing = Sealing::new(terms, secrets)?;
    let mut sent = 0;
    while sent < terms.total {
        let next = piece(sent, terms.at_once.min(terms.total - sent));
        sealing.send(&mut socket, next)?;
        sent += next.len();
    }
    socket.write_all(&sealing.record(ContentType::Alert, CLOSE_NOTIFY)?)?;
    until_the_end(&mut socket)
}

pub(super) fn receive(mut socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let mut config = Arc::unwrap_or_clone(terms.server());
    config.enable_secret_extraction = true;
    let connection = UnbufferedServerConnection::new(config.into()).map_err(io::Error::other)?;
    let mut tls = Bare::new(connection, 2 * terms.at_once);
    let mut check = Check::default();
    while !tls.may_send {
        read(&mut tls, &mut socket, &mut |plain| check.take(plain))?;
    }
    let (connection, begun) = tls.into_parts();
    let (secrets, _) = connection.dangerous_into_kernel_connection().map_err(io::Error::other)?;
    let mut opening = Opening::new(terms, secrets, &begun)?;
    while opening.open(&mut check)? {
        let n = socket.read(&mut opening.buffer[opening.filled..])?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        opening.filled += n;
    }
    check.verdict(terms.total)
}

struct Sealing {
    encrypter: Box<dyn MessageEncrypter>,
    sequence: u64,
}

impl Sealing {
    fn new(terms: &Terms, secrets: ExtractedSecrets) -> io::Result<Self> {
        let (sequence, ConnectionTrafficSecrets::Aes128Gcm { key, iv }) = secrets.tx else {
            return Err(io::Error::other("it is another suite"));
        };
        Ok(Self { encrypter: cipher(terms)?.encrypter(key, iv), sequence })
    }

    fn record(&mut self, typ: ContentType, payload: &[u8]) -> io::Result<Vec<u8>> {
        let payload = OutboundChunks::Single(payload);
        let message = OutboundPlainMessage { typ, version: ProtocolVersion::TLSv1_2, payload };
        let sealed = self.encrypter.encrypt(message, self.sequence).map_err(io::Error::other)?;
        self.sequence += 1;
        Ok(sealed.encode())
    }

    /// All records by one write.
    fn send(&mut self, socket: &mut TcpStream, data: &[u8]) -> io::Result<()> {
        let records = data.chunks(FRAGMENT).map(|data| self.record(ContentType::ApplicationData, data));
        let records = records.collect::<io::Result<Vec<_>>>()?;
        let mut slices: Vec<_> = records.iter().map(|record| IoSlice::new(record)).collect();
        let mut slices = &mut slices[..];
        while !slices.is_empty() {
            let n = socket.write_vectored(slices)?;
            IoSlice::advance_slices(&mut slices, n);
        }
        Ok(())
    }
}

struct Opening {
    decrypter: Box<dyn MessageDecrypter>,
    sequence: u64,
    buffer: Vec<u8>,
    filled: usize,
}

impl Opening {
    /// So much was read already.
    fn new(terms: &Terms, secrets: ExtractedSecrets, begun: &[u8]) -> io::Result<Self> {
        let (sequence, ConnectionTrafficSecrets::Aes128Gcm { key, iv }) = secrets.rx else {
            return Err(io::Error::other("it is another suite"));
        };
        let mut buffer = vec![0; 2 * terms.at_once];
        buffer[..begun.len()].copy_from_slice(begun);
        Ok(Self { decrypter: cipher(terms)?.decrypter(key, iv), sequence, buffer, filled: begun.len() })
    }

    /// Opens all whole records where they lie; `false` once the peer has said its end.
    fn open(&mut self, check: &mut Check) -> io::Result<bool> {
        let mut start = 0;
        while let Some(len) = record_len(&self.buffer[start..self.filled]) {
            let record = &mut self.buffer[start + HEADER..start + len];
            let version = ProtocolVersion::TLSv1_2;
            let message = InboundOpaqueMessage::new(ContentType::ApplicationData, version, record);
            let opened = self.decrypter.decrypt(message, self.sequence).map_err(io::Error::other)?;
            self.sequence += 1;
            match opened.typ {
                ContentType::ApplicationData => check.take(opened.payload),
                _ if opened.payload == CLOSE_NOTIFY => return Ok(false),
                typ => return Err(io::Error::other(format!("a record of the type {typ:?} has come"))),
            }
            start += len;
        }
        self.buffer.copy_within(start..self.filled, 0);
        self.filled -= start;
        Ok(true)
    }
}

/// The length of the record that lies here as a whole.
fn record_len(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER>()?;
    let len = HEADER + usize::from(u16::from_be_bytes([header[3], header[4]]));
    (len <= bytes.len()).then_some(len)
}

fn cipher(terms: &Terms) -> io::Result<&'static dyn Tls13AeadAlgorithm> {
    let suite = terms.provider.cipher_suites.first().and_then(|suite| suite.tls13());
    suite.map(|suite| suite.aead_alg).ok_or_else(|| io::Error::other("there is no suite of TLS 1.3"))
}
