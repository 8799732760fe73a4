//! The one client that all servers see: [`Client`].

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::client::UnbufferedClientConnection;
use rustls::{ClientConfig, HandshakeKind};

use super::bare::{Bare, Job};
use super::identity::server_name;
use crate::pattern::{Check, LONGEST, piece};

/// How long a server may stand still.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Room for the longest piece, sealed.
const BUFFER: usize = 2 * LONGEST;

/// A client on rustls' unbuffered connection, which costs the same in every round: its buffered one depends on what the
/// allocator has seen before.
pub(super) struct Client {
    tls: Bare<UnbufferedClientConnection>,
    socket: TcpStream,
}

impl Client {
    /// Connects and shakes hands.
    pub(super) fn connect(port: u16, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let connection = UnbufferedClientConnection::new(config.clone(), server_name());
        let tls = Bare::new(connection.map_err(io::Error::other)?, BUFFER);
        let mut client = Self { tls, socket };
        client.tls.turn(Job::Nothing, &mut |_| {})?;
        while !client.tls.may_send {
            client.flush()?;
            client.receive(&mut |_| {})?;
        }
        client.flush()?;
        Ok(client)
    }

    /// Whether it has gone on where an earlier connection was.
    pub(super) fn is_resumed(&self) -> bool {
        self.tls.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Sends a line and waits until so many bytes have come back, which it returns.
    pub(super) fn ask(&mut self, line: &[u8]) -> io::Result<Vec<u8>> {
        self.send(line)?;
        let mut answer = Vec::new();
        while answer.len() < line.len() {
            self.receive(&mut |bytes| answer.extend_from_slice(bytes))?;
        }
        Ok(answer)
    }

    /// Sends so many bytes of the pattern.
    pub(super) fn send_pattern(&mut self, total: usize) -> io::Result<()> {
        let mut sent = 0;
        while sent < total {
            let next = piece(sent, LONGEST.min(total - sent));
            self.send(next)?;
            sent += next.len();
        }
        Ok(())
    }

    /// Sends so many bytes of the pattern, and receives them back at the same time.
    pub(super) fn exchange(&mut self, total: usize) -> io::Result<()> {
        self.socket.set_nonblocking(true)?;
        let (mut sent, mut check) = (0, Check::default());
        while check.received < total {
            if self.tls.pending().is_empty() && sent < total {
                let next = piece(sent, LONGEST.min(total - sent));
                self.tls.turn(Job::Seal(next), &mut |bytes| check.take(bytes))?;
                sent += next.len();
            }
            self.wait()?;
            again_later(self.write_some())?;
            again_later(self.receive(&mut |bytes| check.take(bytes)))?;
        }
        self.socket.set_nonblocking(false)?;
        check.verdict(total)
    }

    /// Says that nothing follows, and waits for the server's end.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.tls.turn(Job::Close, &mut |_| {})?;
        self.flush()?;
        self.socket.shutdown(Shutdown::Write)?;
        while self.socket.read(self.tls.window())? > 0 {}
        Ok(())
    }

    /// The connection alone, as idle as it was.
    pub(super) fn into_socket(self) -> TcpStream {
        self.socket
    }

    fn send(&mut self, data: &[u8]) -> io::Result<()> {
        self.tls.turn(Job::Seal(data), &mut |_| {})?;
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.tls.pending().is_empty() {
            self.write_some()?;
        }
        Ok(())
    }

    fn write_some(&mut self) -> io::Result<()> {
        if !self.tls.pending().is_empty() {
            let n = self.socket.write(self.tls.pending())?;
            self.tls.written(n);
        }
        Ok(())
    }

    /// Reads once.
    fn receive(&mut self, sink: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let n = self.socket.read(self.tls.window())?;
        if n == 0 || self.tls.is_closed {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.tls.filled(n);
        self.tls.turn(Job::Nothing, sink)
    }

    fn wait(&self) -> io::Result<()> {
        let write = if self.tls.pending().is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        wait_for(&self.socket, PollFlags::IN | write)
    }
}

/// Waits until something can be done, and no longer than is patient.
pub(super) fn wait_for(fd: impl AsFd, what: PollFlags) -> io::Result<()> {
    let patience = Timespec { tv_sec: PATIENCE.as_secs() as i64, tv_nsec: 0 };
    match poll(&mut [PollFd::new(&fd, what)], Some(&patience))? {
        0 => Err(ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

fn again_later(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        result => result,
    }
}

/// An error in words.
pub(super) fn told(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock => format!("no byte moved for {PATIENCE:?}"),
        _ => error.to_string(),
    }
}
