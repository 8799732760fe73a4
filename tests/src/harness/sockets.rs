//! Sockets as scenarios see them, on backends that have them: [`Sockets`].

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use standpipe_core::socket::{
    Address, BufferedReader, BufferedWriter, Family, Found, Lines, ListenOptions, Lookup, OptionValue,
    SendAllError, SocketAddress, SocketError, SocketOption, TimeoutMode,
};
use standpipe_sys::socket::error::{ConnectionError, FileError};
use standpipe_sys::socket::{ActivationError, Beside, Endpoint, Host, Message, OptionCallError};

/// What a backend offers for sockets. What needs no driver, such as the number of a service, is not in it.
pub trait Sockets: Sync {
    /// A new socket of this family and type.
    ///
    /// # Errors
    /// The kernel has no such socket, or does not allow it.
    fn open(&self, family: Family, kind: i32, protocol: i32) -> Result<Box<dyn Socket>, SocketError>;

    /// Two sockets that are connected to each other.
    ///
    /// # Errors
    /// As [`open`](Self::open); the family has no pairs.
    fn pair(&self, family: Family, kind: i32) -> Result<[Box<dyn Socket>; 2], SocketError>;

    /// A socket that was made elsewhere.
    ///
    /// # Errors
    /// It is none.
    fn adopt(&self, fd: OwnedFd) -> Result<Box<dyn Socket>, SocketError>;

    /// The sockets that were handed over to this process, with their names.
    ///
    /// # Errors
    /// They were not handed over as they should, or were taken before.
    fn activated(&self) -> Result<Vec<Named>, ActivationError>;

    /// A connection to whichever address of a host answers first, from this address of ours where one is given. The limit
    /// is for all attempts together, and is the mode of the connection afterwards.
    ///
    /// # Errors
    /// The host is unknown; no address has answered.
    fn create_connection(
        &self,
        host: &str,
        port: u16,
        timeout: Option<Duration>,
        source: Option<SocketAddr>,
    ) -> Result<Box<dyn Socket>, ConnectionError>;

    /// Listens at an address, with these limits.
    ///
    /// # Errors
    /// The address is taken, or cannot be had.
    fn listen(&self, address: &Address, options: ListenOptions) -> io::Result<Box<dyn Listener>>;

    /// The addresses of a host.
    ///
    /// # Errors
    /// There are none.
    fn addresses(&self, lookup: &Lookup<'_>) -> Result<Vec<Found>, SocketError>;

    /// The names of the host and the service at an address.
    ///
    /// # Errors
    /// There is none, where one is asked for.
    fn names(&self, address: &SocketAddress, flags: i32) -> Result<(String, String), SocketError>;

    /// The host with this name.
    ///
    /// # Errors
    /// There is none.
    fn host_by_name(&self, name: &str, family: Family) -> Result<Host, SocketError>;

    /// The host with this address.
    ///
    /// # Errors
    /// There is none.
    fn host_by_address(&self, ip: IpAddr) -> Result<Host, SocketError>;
}

/// A socket with the name that it was handed over by.
pub type Named = (String, Box<dyn Socket>);

/// A socket of any family and type. Each call that may wait is under one deadline, by the mode of this handle; it closes when
/// it is dropped.
pub trait Socket: AsFd + Send + Sync {
    /// Says whether calls wait, and for how long. At first they wait without limit.
    fn set_timeout(&mut self, mode: TimeoutMode);

    /// Gives it an address.
    ///
    /// # Errors
    /// The address is taken, is none of this machine, or is not allowed.
    fn bind(&mut self, address: &SocketAddress) -> Result<(), SocketError>;

    /// Begins to listen, with so many connections that wait to be accepted.
    ///
    /// # Errors
    /// Its type has no connections.
    fn listen(&mut self, backlog: i32) -> Result<(), SocketError>;

    /// The next connection, and who connected.
    ///
    /// # Errors
    /// Nothing listens here; the descriptor limit; the deadline.
    fn accept(&self) -> Result<(Box<dyn Socket>, Option<SocketAddress>), SocketError>;

    /// Connects; a datagram socket has a peer from then on.
    ///
    /// # Errors
    /// Nobody listens there; the deadline.
    fn connect(&mut self, address: &SocketAddress) -> Result<(), SocketError>;

    /// Receives bytes with what goes beside them, for which there is so much room.
    ///
    /// # Errors
    /// The connection has failed; the deadline.
    fn receive(&self, into: &mut [IoSliceMut<'_>], room: usize, flags: i32) -> Result<Message, SocketError>;

    /// Sends bytes with what goes beside them. How many bytes went.
    ///
    /// # Errors
    /// The peer is gone; the deadline.
    fn send(&self, bytes: &[IoSlice<'_>], beside: &Beside<'_>) -> Result<usize, SocketError>;

    /// Sends everything, under one deadline.
    ///
    /// # Errors
    /// As [`send`](Self::send), with how many bytes went.
    fn send_all(&self, bytes: &[u8]) -> Result<(), SendAllError>;

    /// Ends one direction, or both.
    ///
    /// # Errors
    /// It is not connected.
    fn shutdown(&self, how: Shutdown) -> Result<(), SocketError>;

    /// Its own address.
    ///
    /// # Errors
    /// The kernel does not tell.
    fn local(&self) -> Result<SocketAddress, SocketError>;

    /// The address of its peer.
    ///
    /// # Errors
    /// It has none.
    fn peer(&self) -> Result<SocketAddress, SocketError>;

    /// The value of an option.
    ///
    /// # Errors
    /// Its protocol has no such option.
    fn option(&self, which: &SocketOption) -> Result<OptionValue, OptionCallError>;

    /// Sets an option.
    ///
    /// # Errors
    /// The value does not fit, or is not allowed.
    fn set_option(&mut self, which: &SocketOption, value: &OptionValue) -> Result<(), OptionCallError>;

    /// The same socket by a descriptor of its own, with the same mode.
    ///
    /// # Errors
    /// The descriptor limit.
    fn copy(&self) -> Result<Box<dyn Socket>, SocketError>;

    /// A file over it to read from, which keeps bytes as this machine does.
    fn reader(&self, machine: BufferedReader) -> Box<dyn Reader + '_>;

    /// A file over it to write to, which keeps bytes as this machine does.
    fn writer(&self, machine: BufferedWriter) -> Box<dyn Writer + '_>;
}

/// A file over a socket to read from. A call that fails has taken nothing.
pub trait Reader: Send {
    /// Exactly so many bytes, or what is left at the end; without a size everything up to the end.
    ///
    /// # Errors
    /// The socket has failed; over the limit.
    fn read(&mut self, size: Option<usize>) -> Result<Vec<u8>, FileError>;

    /// A line, or so many bytes of it; `None` after the end.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn readline(&mut self, size: Option<usize>) -> Result<Option<Vec<u8>>, FileError>;

    /// Gathers lines.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn readlines(&mut self, lines: &mut Lines) -> Result<(), FileError>;

    /// What was read and not taken.
    fn into_buffered(self: Box<Self>) -> Vec<u8>;
}

/// A file over a socket to write to. A call that fails leaves exactly what did not go.
pub trait Writer: Send {
    /// Takes bytes, and sends what is due. How many were taken.
    ///
    /// # Errors
    /// The socket has failed; it is closed.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, FileError>;

    /// Sends everything.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn flush(&mut self) -> Result<(), FileError>;

    /// Sends everything, and takes no more.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn close(&mut self) -> Result<(), FileError>;

    /// What was taken and is not sent.
    fn unsent(&self) -> &[u8];
}

/// A listener that keeps to its limits. Any number of threads may take from it.
pub trait Listener: Send + Sync {
    /// Where it listens.
    fn local(&self) -> Endpoint;

    /// Waits for the next connection that the limits allow.
    ///
    /// # Errors
    /// The listening socket is broken.
    fn admit(&self) -> io::Result<Admitted>;
}

/// A connection that counts against the limits of its listener.
pub struct Admitted {
    /// The connection.
    pub stream: Box<dyn Stream>,
    /// Who connected.
    pub peer: Endpoint,
    /// What it counts by, until that is dropped.
    pub slot: Box<dyn Send>,
}

/// A connection that is read from and written to, and no more.
pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

impl std::fmt::Debug for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admitted").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for dyn Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "socket {:?}", self.as_fd())
    }
}
