//! The sockets of the backends as the suite sees them, by one text: what waits in one is awaited in the other.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use standpipe_core::socket::{
    Address, BufferedReader, BufferedWriter, Family, Found, Lines, ListenOptions, Lookup, OptionValue,
    SendAllError, SocketAddress, SocketError, SocketOption, TimeoutMode,
};
use standpipe_sys::socket::error::{ConnectionError, FileError};
use standpipe_sys::socket::{ActivationError, Beside, Endpoint, Host, Message, OptionCallError};
use standpipe_tests::harness::{Admitted, Listener, Named, Reader, Socket, Sockets, Writer};

use crate::streams::Awaited;

/// The backend of plain threads.
pub(crate) struct Blocking;

/// The backend of futures, each future run to its end where it is called.
pub(crate) struct Smol;

/// One of a backend's own things.
struct Own<T>(T);

fn boxed<S>(socket: S) -> Box<dyn Socket>
where
    Own<S>: Socket + 'static,
{
    Box::new(Own(socket))
}

/// A backend, by its crate, how its answers are waited for, and what makes a stream of its streams.
macro_rules! sockets {
    ($name:ident, $backend:ident, $wait:path, $stream:path) => {
        impl Sockets for $name {
            fn open(&self, family: Family, kind: i32, protocol: i32) -> Result<Box<dyn Socket>, SocketError> {
                $backend::socket::Socket::new(family, kind, protocol).map(boxed)
            }

            fn pair(&self, family: Family, kind: i32) -> Result<[Box<dyn Socket>; 2], SocketError> {
                let (left, right) = $backend::socket::socket_pair(family, kind, 0)?;
                Ok([boxed(left), boxed(right)])
            }

            fn adopt(&self, fd: OwnedFd) -> Result<Box<dyn Socket>, SocketError> {
                $backend::socket::Socket::from_fd(fd).map(boxed)
            }

            fn activated(&self) -> Result<Vec<Named>, ActivationError> {
                let named = |(name, socket)| (name, boxed(socket));
                Ok($backend::socket::activated()?.into_iter().map(named).collect())
            }

            fn create_connection(
                &self,
                host: &str,
                port: u16,
                timeout: Option<Duration>,
                source: Option<SocketAddr>,
            ) -> Result<Box<dyn Socket>, ConnectionError> {
                $wait($backend::socket::create_connection(host, port, timeout, source)).map(boxed)
            }

            fn listen(&self, address: &Address, options: ListenOptions) -> io::Result<Box<dyn Listener>> {
                Ok(Box::new(Own($backend::Listener::bind_with(address, options)?)))
            }

            fn addresses(&self, lookup: &Lookup<'_>) -> Result<Vec<Found>, SocketError> {
                $wait($backend::socket::get_addr_info(lookup))
            }

            fn names(&self, address: &SocketAddress, flags: i32) -> Result<(String, String), SocketError> {
                $wait($backend::socket::get_name_info(address, flags))
            }

            fn host_by_name(&self, name: &str, family: Family) -> Result<Host, SocketError> {
                $wait($backend::socket::get_host_by_name(name, family))
            }

            fn host_by_address(&self, ip: IpAddr) -> Result<Host, SocketError> {
                $wait($backend::socket::get_host_by_addr(ip))
            }
        }

        impl AsFd for Own<$backend::socket::Socket> {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.0.as_fd()
            }
        }

        impl Socket for Own<$backend::socket::Socket> {
            fn set_timeout(&mut self, mode: TimeoutMode) {
                self.0.set_timeout(mode);
            }

            fn bind(&mut self, address: &SocketAddress) -> Result<(), SocketError> {
                self.0.bind(address)
            }

            fn listen(&mut self, backlog: i32) -> Result<(), SocketError> {
                self.0.listen(backlog)
            }

            fn accept(&self) -> Result<(Box<dyn Socket>, Option<SocketAddress>), SocketError> {
                $wait(self.0.accept()).map(|(socket, from)| (boxed(socket), from))
            }

            fn connect(&mut self, address: &SocketAddress) -> Result<(), SocketError> {
                $wait(self.0.connect(address))
            }

            fn receive(
                &self,
                into: &mut [IoSliceMut<'_>],
                room: usize,
                flags: i32,
            ) -> Result<Message, SocketError> {
                $wait(self.0.recv_msg(into, room, flags))
            }

            fn send(&self, bytes: &[IoSlice<'_>], beside: &Beside<'_>) -> Result<usize, SocketError> {
                $wait(self.0.send_msg(bytes, beside))
            }

            fn send_all(&self, bytes: &[u8]) -> Result<(), SendAllError> {
                $wait(self.0.send_all(bytes))
            }

            fn shutdown(&self, how: Shutdown) -> Result<(), SocketError> {
                self.0.shutdown(how)
            }

            fn local(&self) -> Result<SocketAddress, SocketError> {
                self.0.local()
            }

            fn peer(&self) -> Result<SocketAddress, SocketError> {
                self.0.peer()
            }

            fn option(&self, which: &SocketOption) -> Result<OptionValue, OptionCallError> {
                self.0.option(which)
            }

            fn set_option(
                &mut self,
                which: &SocketOption,
                value: &OptionValue,
            ) -> Result<(), OptionCallError> {
                self.0.set_option(which, value)
            }

            fn copy(&self) -> Result<Box<dyn Socket>, SocketError> {
                self.0.try_clone().map(boxed)
            }

            fn reader(&self, machine: BufferedReader) -> Box<dyn Reader + '_> {
                Box::new(Own($backend::socket::SocketReader::new(&self.0, machine)))
            }

            fn writer(&self, machine: BufferedWriter) -> Box<dyn Writer + '_> {
                Box::new(Own($backend::socket::SocketWriter::new(&self.0, machine)))
            }
        }

        impl Reader for Own<$backend::socket::SocketReader<&$backend::socket::Socket>> {
            fn read(&mut self, size: Option<usize>) -> Result<Vec<u8>, FileError> {
                match size {
                    Some(size) => $wait(self.0.read(size)),
                    None => $wait(self.0.read_to_end()),
                }
            }

            fn readline(&mut self, size: Option<usize>) -> Result<Option<Vec<u8>>, FileError> {
                $wait(self.0.readline(size))
            }

            fn readlines(&mut self, lines: &mut Lines) -> Result<(), FileError> {
                $wait(self.0.readlines(lines))
            }

            fn into_buffered(self: Box<Self>) -> Vec<u8> {
                self.0.into_buffered()
            }
        }

        impl Writer for Own<$backend::socket::SocketWriter<&$backend::socket::Socket>> {
            fn write(&mut self, bytes: &[u8]) -> Result<usize, FileError> {
                $wait(self.0.write(bytes))
            }

            fn flush(&mut self) -> Result<(), FileError> {
                $wait(self.0.flush())
            }

            fn close(&mut self) -> Result<(), FileError> {
                $wait(self.0.close())
            }

            fn unsent(&self) -> &[u8] {
                self.0.unsent()
            }
        }

        impl Listener for Own<$backend::Listener> {
            fn local(&self) -> Endpoint {
                self.0.local().clone()
            }

            fn admit(&self) -> io::Result<Admitted> {
                let admitted = $wait(self.0.admit())?;
                Ok(Admitted {
                    stream: Box::new($stream(admitted.stream)),
                    peer: admitted.peer,
                    slot: Box::new(admitted.slot),
                })
            }
        }
    };
}

sockets!(Blocking, standpipe_blocking, std::convert::identity, std::convert::identity);
sockets!(Smol, standpipe_smol, smol::block_on, Awaited);
