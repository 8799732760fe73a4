//! The only file that names rustls' connection types: [`Engine`].
//!
//! rustls 0.23's unbuffered connection wants to be shown, at every call, all that it has not discarded, and every state it
//! yields must be dealt with before it is dropped. Both are seen to here, in [`crank`].

use alloc::boxed::Box;
use alloc::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, UnbufferedStatus,
    WriteTraffic,
};
use rustls::{ClientConfig, CommonState, Error, HandshakeKind, ProtocolVersion, ServerConfig};

use super::buffers::{Input, Output, Parts};
use super::{Cipher, certificate};
use crate::{Lend, Negotiated};

/// One side of a TLS connection.
pub(super) enum Engine {
    Client(Box<UnbufferedClientConnection>),
    Server(Box<UnbufferedServerConnection>),
}

/// What one round with the engine has shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Data may be sent: as far as this side is concerned, the handshake is over.
    pub(super) may_send: bool,
    /// The peer has sent close_notify; told once.
    pub(super) peer_closed: bool,
    /// How many bytes of data were sealed.
    pub(super) sealed: usize,
    /// What the engine would have kept for later was asked for.
    answered: bool,
}

/// What the engine is to do once it may send.
#[derive(Clone, Copy, Debug)]
pub(super) enum Job<'a> {
    /// Nothing but open what has come.
    Open,
    /// The same, and answer it at once.
    Answer,
    /// Seal as much of these as the output has room for.
    Seal(&'a [u8]),
    /// Say that nothing follows.
    CloseNotify,
}

/// The most plaintext of a record (RFC 8446, 5.1).
const MOST: usize = 16 << 10;
/// The plaintext of a record that others follow: so much less that all records of TLS 1.3 begin at multiples of 16 behind the
/// first, as the memory does that rustls copies them from. Elsewhere one of them may lie where a copy is slow ([`PIECE`]).
const FRAGMENT: usize = MOST - 6;
/// What is copied at once: less than what memcpy leaves to the processor's string instruction, which takes 18 times as long
/// on AMD's where the target lies up to 15 bytes behind the source within a page (glibc's bug 30994).
const PIECE: usize = 1 << 10;
/// What sealing adds to a record, a key update that may travel in front of it included.
const OVERHEAD: usize = 64;
/// Below so little room nothing is sealed, or tails would become tiny records.
const LEAST_ROOM: usize = 1 << 10;

impl Engine {
    pub(super) fn client(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        UnbufferedClientConnection::new(config, name).map(|connection| Self::Client(Box::new(connection)))
    }

    pub(super) fn server(config: Arc<ServerConfig>) -> Result<Self, Error> {
        UnbufferedServerConnection::new(config).map(|connection| Self::Server(Box::new(connection)))
    }

    /// Opens every whole record of the input into its plaintext, places what the engine itself has to say into the
    /// output, and does the job if it may.
    pub(super) fn run(&mut self, input: &mut Input, out: Out<'_>, job: Job<'_>) -> Result<Seen, Error> {
        let job = match job {
            // Key updates, the only thing to be answered late, came with TLS 1.3.
            Job::Answer if self.state().protocol_version() != Some(ProtocolVersion::TLSv1_3) => Job::Open,
            job => job,
        };
        match self {
            Self::Client(connection) => drive(&mut **connection, input, out, job),
            Self::Server(connection) => drive(&mut **connection, input, out, job),
        }
    }

    /// Places the alert that a failed round has left, and what stands in front of it. The engine must not be used again: it
    /// would read the same bytes again, and assert that it has not failed before.
    pub(super) fn place_alert(&mut self, input: &mut Input, mut out: Out<'_>) {
        let mut places = true;
        while places && self.state().wants_write() {
            places = match self {
                Self::Client(connection) => place_next(&mut **connection, input, &mut out),
                Self::Server(connection) => place_next(&mut **connection, input, &mut out),
            };
        }
    }

    fn state(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    /// What was negotiated, as soon as it is known.
    pub(super) fn negotiated(&self) -> Option<Negotiated> {
        let state = self.state();
        let version = match state.protocol_version()? {
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            _ => "TLSv1.3",
        };
        let certificates = state.peer_certificates().unwrap_or_default();
        Some(Negotiated {
            version,
            is_resumed: state.handshake_kind() == Some(HandshakeKind::Resumed),
            server_name: None,
            peer_subject: certificates.first().and_then(|own| certificate::subject(own)),
            cipher: Cipher::from(&state.negotiated_cipher_suite()?).name(),
            alpn: state.alpn_protocol().map(<[u8]>::to_vec),
            peer_certificates: certificates.iter().map(|certificate| certificate.to_vec()).collect(),
        })
    }
}

/// Where sealed bytes go, and who lends the room for them.
pub(super) struct Out<'a> {
    pub(super) output: &'a mut Output,
    pub(super) lend: &'a mut dyn Lend,
}

/// The two connection types, which have a method of one name and no trait for it.
trait Connection {
    type Data;

    fn process<'c, 'i>(&'c mut self, cipher: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Connection for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, cipher: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(cipher)
    }
}

impl Connection for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, cipher: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(cipher)
    }
}

/// Cranks until the engine has nothing more to say.
fn drive<C: Connection>(
    connection: &mut C,
    input: &mut Input,
    mut out: Out<'_>,
    job: Job<'_>,
) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    loop {
        let Parts { plain, cipher } = input.parts();
        let UnbufferedStatus { discard, state } = connection.process(cipher);
        let step = match state {
            Ok(state) => crank(state, plain, &mut out, job, &mut seen),
            Err(error) => Err(error),
        };
        input.opened(step.as_ref().map_or(0, |step| step.opened), discard);
        if step?.is_last {
            return Ok(seen);
        }
    }
}

#[derive(Default)]
struct Step {
    opened: usize,
    is_last: bool,
}

const AGAIN: Step = Step { opened: 0, is_last: false };
const LAST: Step = Step { opened: 0, is_last: true };

/// Deals with one state before it is dropped.
fn crank<D>(
    state: ConnectionState<'_, '_, D>,
    plain: &mut [u8],
    out: &mut Out<'_>,
    job: Job<'_>,
    seen: &mut Seen,
) -> Result<Step, Error> {
    match state {
        ConnectionState::ReadTraffic(mut traffic) => {
            let mut opened = 0;
            while let Some(record) = traffic.next_record() {
                let payload = record?.payload;
                copy(&mut plain[opened..opened + payload.len()], payload);
                opened += payload.len();
            }
            Ok(Step { opened, ..AGAIN })
        }
        ConnectionState::EncodeTlsData(data) => {
            encode(data, out);
            Ok(AGAIN)
        }
        ConnectionState::TransmitTlsData(data) => {
            // The output is a queue of our own, in order, so what was placed is as good as sent.
            data.done();
            Ok(AGAIN)
        }
        ConnectionState::PeerClosed => {
            seen.peer_closed = true;
            Ok(AGAIN)
        }
        ConnectionState::WriteTraffic(mut traffic) => {
            seen.may_send = true;
            match job {
                Job::Open => {}
                Job::Answer if seen.answered => {}
                Job::Answer => {
                    answer(&mut traffic);
                    seen.answered = true;
                    return Ok(AGAIN);
                }
                Job::Seal(data) => seen.sealed = seal(&mut traffic, data, out)?,
                Job::CloseNotify => close_notify(&mut traffic, out)?,
            }
            Ok(LAST)
        }
        _ => Ok(LAST),
    }
}

fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.chunks_mut(PIECE).zip(from.chunks(PIECE)) {
        to.copy_from_slice(from);
    }
}

fn place_next<C: Connection>(connection: &mut C, input: &mut Input, out: &mut Out<'_>) -> bool {
    let Ok(ConnectionState::EncodeTlsData(data)) = connection.process(input.parts().cipher).state else {
        return false;
    };
    encode(data, out);
    true
}

/// The record is lost with its state, so it is placed now, behind whatever waits.
fn encode<D>(mut data: EncodeTlsData<'_, D>, out: &mut Out<'_>) {
    match data.encode(out.output.room(out.lend)) {
        Ok(n) => out.output.answered(n),
        Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) => {
            let _ = data.encode(out.output.spill(required_size));
        }
        Err(EncodeError::AlreadyEncoded) => {}
    }
}

/// Brings out the answer to a key update, which the engine keeps until there is data to be sealed: some that finds no
/// room does, and is not sealed itself.
fn answer<D>(traffic: &mut WriteTraffic<'_, D>) {
    let _no_room = traffic.encrypt(&[0], &mut []);
}

fn seal<D>(traffic: &mut WriteTraffic<'_, D>, data: &[u8], out: &mut Out<'_>) -> Result<usize, Error> {
    let mut sealed = 0;
    while sealed < data.len() {
        let room = out.output.room(out.lend);
        if room.len() < LEAST_ROOM {
            break;
        }
        let left = data.len() - sealed;
        let fragment = if left > MOST { FRAGMENT } else { left }.min(room.len() - OVERHEAD);
        match traffic.encrypt(&data[sealed..sealed + fragment], room) {
            Ok(n) => out.output.sealed(n),
            Err(EncryptError::InsufficientSize(_)) => break,
            Err(EncryptError::EncryptExhausted) => return Err(Error::EncryptError),
        }
        sealed += fragment;
    }
    Ok(sealed)
}

fn close_notify<D>(traffic: &mut WriteTraffic<'_, D>, out: &mut Out<'_>) -> Result<(), Error> {
    match traffic.queue_close_notify(out.output.room(out.lend)) {
        Ok(n) => out.output.sealed(n),
        Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) => {
            let room = out.output.spill(required_size);
            traffic.queue_close_notify(room).map_err(|_| Error::EncryptError)?;
        }
        Err(EncryptError::EncryptExhausted) => return Err(Error::EncryptError),
    }
    Ok(())
}
