//! From and into the standard library's types, and its traits.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use standpipe_core::socket::constants::SOCK_STREAM;
use standpipe_core::socket::{Operation, SocketError};
use standpipe_sys::socket::error::{io_error, system};

use super::Socket;
use crate::Stream;

standpipe_sys::convert_socket!(Socket);

/// A connection as machines take it. Gives the socket back where it is no stream.
impl TryFrom<Socket> for Stream {
    type Error = Socket;

    fn try_from(socket: Socket) -> Result<Self, Socket> {
        if socket.kind() != SOCK_STREAM || socket.listens() {
            return Err(socket);
        }
        Ok(standpipe_sys::Stream::socket(socket.into_fd()).into())
    }
}

/// The same connection by a descriptor of its own.
impl TryFrom<&Stream> for Socket {
    type Error = SocketError;

    fn try_from(stream: &Stream) -> Result<Self, SocketError> {
        let copy = stream.as_fd().try_clone_to_owned();
        Self::from_fd(copy.map_err(|error| system(Operation::Open, &error))?)
    }
}

/// Reads as [`recv`](Socket::recv); an end is 0, and so is an empty datagram.
impl Read for &Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.recv(buffer).map(|received| received.len()).map_err(io_error)
    }
}

/// Writes as [`send`](Socket::send).
impl Write for &Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes).map_err(io_error)
    }

    /// Nothing is kept back, so there is nothing to flush.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    /// Nothing is kept back, so there is nothing to flush.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
