//! rustls' unbuffered connection with as little as possible around it: [`Bare`].

use std::io;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

/// One side of a TLS connection between two buffers.
pub(super) struct Bare<C> {
    pub(super) connection: Box<C>,
    input: Vec<u8>,
    filled: usize,
    output: Vec<u8>,
    start: usize,
    end: usize,
    /// The handshake is over on this side.
    pub(super) may_send: bool,
    /// The peer has said its end.
    pub(super) is_closed: bool,
}

/// What is to be done once data may be sent.
#[derive(Clone, Copy)]
pub(super) enum Job<'a> {
    Nothing,
    Seal(&'a [u8]),
    Close,
}

impl<C: Unbuffered> Bare<C> {
    /// With buffers of so many bytes, which must hold all that is sealed at once.
    pub(super) fn new(connection: C, size: usize) -> Self {
        Self {
            connection: Box::new(connection),
            input: vec![0; size],
            filled: 0,
            output: vec![0; size],
            start: 0,
            end: 0,
            may_send: false,
            is_closed: false,
        }
    }

    /// The connection, and the ciphertext that it was not shown yet or has not seen the end of.
    pub(super) fn into_parts(mut self) -> (C, Vec<u8>) {
        self.input.truncate(self.filled);
        (*self.connection, self.input)
    }

    /// Where ciphertext is read to.
    pub(super) fn window(&mut self) -> &mut [u8] {
        &mut self.input[self.filled..]
    }

    pub(super) fn filled(&mut self, n: usize) {
        self.filled += n;
    }

    /// Ciphertext that is to be written.
    pub(super) fn pending(&self) -> &[u8] {
        &self.output[self.start..self.end]
    }

    pub(super) fn written(&mut self, n: usize) {
        self.start += n;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Opens all whole records into the sink, and does the job if it may.
    pub(super) fn turn(&mut self, mut job: Job<'_>, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut taken = 0;
        let mut is_last = false;
        while !is_last {
            let input = &mut self.input[taken..self.filled];
            let UnbufferedStatus { mut discard, state } = self.connection.process(input);
            match state.map_err(io::Error::other)? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(io::Error::other)?;
                        discard += record.discard;
                        sink(record.payload);
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    self.end += data.encode(&mut self.output[self.end..]).map_err(io::Error::other)?;
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::PeerClosed => self.is_closed = true,
                ConnectionState::WriteTraffic(mut traffic) => {
                    self.may_send = true;
                    let room = &mut self.output[self.end..];
                    let placed = match std::mem::replace(&mut job, Job::Nothing) {
                        Job::Nothing => Ok(0),
                        Job::Seal(data) => traffic.encrypt(data, room),
                        Job::Close => traffic.queue_close_notify(room),
                    };
                    self.end += placed.map_err(io::Error::other)?;
                    is_last = true;
                }
                _ => is_last = true,
            }
            taken += discard;
        }
        self.input.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        Ok(())
    }
}

/// The two connection types, which have a method of one name and no trait for it.
pub(super) trait Unbuffered {
    type Data;

    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Unbuffered for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
}

impl Unbuffered for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(&'c mut self, input: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(input)
    }
}
