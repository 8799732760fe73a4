//! From and into the standard library's types, and its traits.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use standpipe_core::socket::constants::{SO_ACCEPTCONN, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET};
use standpipe_core::socket::{Family, Operation, OptionValue, SocketError, SocketOption};
use standpipe_sys::socket::error::{io_error, system};

use super::Socket;
use crate::Stream;

impl Socket {
    fn is(&self, families: &[Family], kind: i32, listens: bool) -> bool {
        self.kind() == kind
            && self.listens() == listens
            && self.family().is_ok_and(|it| families.contains(&it))
    }

    fn listens(&self) -> bool {
        let option = SocketOption::by_number(SOL_SOCKET, SO_ACCEPTCONN);
        option.is_some_and(|option| self.option(option) == Ok(OptionValue::Bool(true)))
    }
}

const INTERNET: &[Family] = &[Family::INET, Family::INET6];
const UNIX: &[Family] = &[Family::UNIX];

macro_rules! convert {
    ($($theirs:ty: $families:ident $kind:ident $listens:literal)*) => {
        $(
            impl From<$theirs> for Socket {
                fn from(theirs: $theirs) -> Self {
                    Self::of(theirs.into(), $kind)
                }
            }

            /// Gives the socket back where it is of another family or type.
            impl TryFrom<Socket> for $theirs {
                type Error = Socket;

                fn try_from(socket: Socket) -> Result<Self, Socket> {
                    if !socket.is($families, $kind, $listens) {
                        return Err(socket);
                    }
                    Ok(socket.into_fd().into())
                }
            }
        )*
    };
}

convert! {
    TcpStream: INTERNET SOCK_STREAM false
    TcpListener: INTERNET SOCK_STREAM true
    UdpSocket: INTERNET SOCK_DGRAM false
    UnixStream: UNIX SOCK_STREAM false
    UnixListener: UNIX SOCK_STREAM true
    UnixDatagram: UNIX SOCK_DGRAM false
}

impl From<Socket> for OwnedFd {
    fn from(socket: Socket) -> Self {
        socket.into_fd()
    }
}

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
