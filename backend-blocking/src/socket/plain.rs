//! A socket of any family and type: [`Socket`].

use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use standpipe_core::Side;
use standpipe_core::socket::{Family, Operation, Received, SendAllError, SocketAddress, SocketError};
use standpipe_sys::socket::error::send_all_error;

use super::waiting::Waiting;

/// A socket of any family and type (SOC-36). The [module](super) shows a connection; this is a datagram:
///
/// ```
/// use standpipe_blocking::socket::{Family, Received, Socket, constants::SOCK_DGRAM};
///
/// let mut receiver = Socket::new(Family::INET6, SOCK_DGRAM, 0)?;
/// receiver.bind(&"[::1]:0".parse()?)?;
/// let sender = Socket::new(Family::INET6, SOCK_DGRAM, 0)?;
/// sender.send_to(b"more than fits", &receiver.local()?)?;
///
/// let mut buffer = [0; 4];
/// let (received, from) = receiver.recv_from(&mut buffer)?;
/// assert_eq!(received, Received::Datagram { len: 4, whole: 14, control_cut: false });
/// assert_eq!((&buffer, from.and_then(|from| from.port())), (b"more", sender.local()?.port()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Receiving and sending take `&self`, since the kernel serves both directions at once: two threads may share a socket. It
/// closes when it is dropped; a copy ([`try_clone`](Self::try_clone)) is a descriptor of its own, and the connection ends with
/// the last of them, or by [`shutdown`](standpipe_sys::socket::Socket::shutdown) for all.
///
/// It dereferences to [`standpipe_sys::socket::Socket`], which has everything that does not wait: addresses, options, and the
/// mode of the calls that do.
///
/// ```
/// use std::time::Duration;
/// use standpipe_blocking::socket::{Family, Operation, SocketError, TimeoutMode, constants::SOCK_STREAM, socket_pair};
///
/// let (mut left, _right) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
/// let (operation, done) = (Operation::Receive, 0);
/// left.set_timeout(TimeoutMode::NonBlocking);
/// assert_eq!(left.recv(&mut [0]), Err(SocketError::WouldBlock { operation, done }));
/// left.set_timeout(TimeoutMode::Timed(Duration::from_millis(1)));
/// assert_eq!(left.recv(&mut [0]), Err(SocketError::TimedOut { operation, done }));
/// # Ok::<(), SocketError>(())
/// ```
///
/// ```
/// use standpipe_blocking::socket::{Family, OptionValue, Socket, SocketOption, constants::SOCK_STREAM};
///
/// let mut socket = Socket::new(Family::INET, SOCK_STREAM, 0)?;
/// let reuse = SocketOption::by_name("SO_REUSEADDR")?;
/// socket.set_option(reuse, &OptionValue::Bool(true))?;
/// assert_eq!(socket.option(reuse)?, OptionValue::Bool(true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Socket(standpipe_sys::socket::Socket);

/// Two sockets of a family that are connected to each other (socketpair(2), SOC-47), of type `SOCK_STREAM`, `SOCK_DGRAM` or
/// `SOCK_SEQPACKET`. Each may be given to a child by [`Command::fd`](crate::Command::fd).
///
/// # Errors
/// As [`Socket::new`]; `EOPNOTSUPP` for a family other than Unix and TIPC.
///
/// ```
/// use standpipe_blocking::socket::{Family, constants::SOCK_SEQPACKET, socket_pair};
///
/// let (left, right) = socket_pair(Family::UNIX, SOCK_SEQPACKET, 0)?;
/// left.send(b"one")?;
/// left.send(b"two")?;
/// let mut buffer = [0; 16];
/// assert_eq!(right.recv(&mut buffer)?.len(), 3); // packets keep their bounds
/// # Ok::<(), standpipe_blocking::socket::SocketError>(())
/// ```
pub fn socket_pair(family: Family, kind: i32, protocol: i32) -> Result<(Socket, Socket), SocketError> {
    let (left, right) = standpipe_sys::socket::Socket::pair(family, kind, protocol)?;
    Ok((left.into(), right.into()))
}

impl Socket {
    /// A new socket of this family and type, such as `SOCK_STREAM`; protocol 0 is the usual one (socket(2)).
    ///
    /// # Errors
    /// [`SocketError::System`]: the kernel has no such socket, a raw one needs a right that is not there, or the descriptor
    /// limit.
    pub fn new(family: Family, kind: i32, protocol: i32) -> Result<Self, SocketError> {
        standpipe_sys::socket::Socket::new(family, kind, protocol).map(Self)
    }

    /// Takes over a descriptor. None of its flags is changed but the one that closes it in children.
    ///
    /// # Errors
    /// `ENOTSOCK` where it is none.
    pub fn from_fd(fd: impl Into<OwnedFd>) -> Result<Self, SocketError> {
        standpipe_sys::socket::Socket::from_fd(fd).map(Self)
    }

    /// A copy of the descriptor with this number, which was inherited (`fd:N`, SOC-46); the other stays open, and whoever has
    /// it has the same socket.
    ///
    /// # Errors
    /// `EBADF` where it is not open, `ENOTSOCK` where it is no socket.
    ///
    /// ```
    /// use standpipe_blocking::socket::Socket;
    ///
    /// let error = Socket::inherited(987).unwrap_err();
    /// assert_eq!(error.to_string(), "making a socket: bad file descriptor (os error 9)");
    /// ```
    pub fn inherited(number: i32) -> Result<Self, SocketError> {
        standpipe_sys::socket::Socket::inherited(number).map(Self)
    }

    /// The same socket by a descriptor of its own, with the same mode (SOC-61).
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn try_clone(&self) -> Result<Self, SocketError> {
        self.0.try_clone().map(Self)
    }

    /// Receives into the buffer: what has come, or one datagram (SOC-67, SOC-68). An end, an empty datagram and no room are
    /// told apart.
    ///
    /// # Errors
    /// [`SocketError`]: the connection failed, or the mode's limit.
    pub fn recv(&self, buffer: &mut [u8]) -> Result<Received, SocketError> {
        self.recv_with(buffer, 0)
    }

    /// Receives with flags, such as `MSG_PEEK` or `MSG_OOB`. `MSG_WAITALL` has no effect, since no call waits in the kernel:
    /// [`SocketReader::read`](super::SocketReader::read) gives exactly so many bytes.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_with(&self, buffer: &mut [u8], flags: i32) -> Result<Received, SocketError> {
        let message = self.receive(&mut [std::io::IoSliceMut::new(buffer)], 0, flags)?;
        Ok(message.received)
    }

    /// Receives, and tells from where it came (SOC-69): `None` on a stream, and from a Unix socket that is not bound.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn recv_from(&self, buffer: &mut [u8]) -> Result<(Received, Option<SocketAddress>), SocketError> {
        let message = self.receive(&mut [std::io::IoSliceMut::new(buffer)], 0, 0)?;
        Ok((message.received, message.from))
    }

    /// Sends what there is room for, or one datagram (SOC-70). How many bytes went.
    ///
    /// # Errors
    /// [`SocketError`]: the peer is gone, or the mode's limit.
    pub fn send(&self, bytes: &[u8]) -> Result<usize, SocketError> {
        self.send_with(bytes, 0)
    }

    /// Sends with flags, such as `MSG_OOB` or `MSG_MORE`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_with(&self, bytes: &[u8], flags: i32) -> Result<usize, SocketError> {
        self.send_msg(&[std::io::IoSlice::new(bytes)], &super::Outgoing { flags, ..Default::default() })
    }

    /// Sends a datagram to an address (SOC-72).
    ///
    /// # Errors
    /// As [`send`](Self::send); `EMSGSIZE` where it is too big; `EISCONN` on a connection.
    pub fn send_to(&self, bytes: &[u8], address: &SocketAddress) -> Result<usize, SocketError> {
        let to = super::Outgoing { to: Some(address), ..Default::default() };
        self.send_msg(&[std::io::IoSlice::new(bytes)], &to)
    }

    /// Sends everything, under one deadline (SOC-71). On an error it says how many bytes went; the rest is
    /// `&bytes[error.sent..]`.
    ///
    /// # Errors
    /// [`SendAllError`].
    ///
    /// ```
    /// use standpipe_blocking::socket::{Family, SendAllReason, TimeoutMode, constants::SOCK_STREAM, socket_pair};
    ///
    /// let (mut left, _right) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
    /// left.set_timeout(TimeoutMode::NonBlocking);
    /// let error = left.send_all(&vec![0; 1 << 24]).unwrap_err();
    /// assert_eq!(error.reason, SendAllReason::WouldBlock);
    /// assert!(error.sent > 0 && error.sent < 1 << 24);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_all(&self, bytes: &[u8]) -> Result<(), SendAllError> {
        let waiting = Waiting::begin(self.as_fd(), Operation::Send, self.timeout());
        let mut sent = 0;
        while sent < bytes.len() {
            let piece = [std::io::IoSlice::new(&bytes[sent..])];
            let went =
                waiting.attempt(Side::Write, sent, || self.try_send(&piece, &super::Outgoing::default()));
            sent += went.map_err(|error| send_all_error(error, sent))?;
        }
        Ok(())
    }

    pub(super) fn into_fd(self) -> OwnedFd {
        self.0.into_fd()
    }
}

impl From<standpipe_sys::socket::Socket> for Socket {
    fn from(socket: standpipe_sys::socket::Socket) -> Self {
        Self(socket)
    }
}

impl Deref for Socket {
    type Target = standpipe_sys::socket::Socket;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Socket {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
