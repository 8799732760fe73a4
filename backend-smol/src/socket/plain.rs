//! A socket of any family and type: [`Socket`].

use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use standpipe_core::Side;
use standpipe_core::socket::constants::SOCK_STREAM;
use standpipe_core::socket::{Family, Operation, Received, SendAllError, SocketAddress, SocketError};
use standpipe_sys::socket::ActivationError;
use standpipe_sys::socket::error::{send_all_error, system};

use super::Outgoing;
use super::waiting::{Waiting, Watch};
use crate::Stream;

/// A socket of any family and type (SOC-36). The [module](super) shows a connection; this is a datagram:
///
/// ```
/// use standpipe_smol::socket::{Family, Received, Socket, constants::SOCK_DGRAM};
///
/// let mut receiver = Socket::new(Family::INET6, SOCK_DGRAM, 0)?;
/// receiver.bind(&"[::1]:0".parse()?)?;
/// let sender = Socket::new(Family::INET6, SOCK_DGRAM, 0)?;
/// let mut buffer = [0; 4];
/// let (received, from) = smol::block_on(async {
///     sender.send_to(b"more than fits", &receiver.local()?).await?;
///     receiver.recv_from(&mut buffer).await
/// })?;
/// assert_eq!(received, Received::Datagram { len: 4, whole: 14, control_cut: false });
/// assert_eq!((&buffer, from.and_then(|from| from.port())), (b"more", sender.local()?.port()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Receiving and sending take `&self`, since the kernel serves both directions at once: any number of tasks may share a socket.
/// It closes when it is dropped; a copy ([`try_clone`](Self::try_clone)) is a descriptor of its own, and the connection ends with
/// the last of them, or by [`shutdown`](standpipe_sys::socket::Socket::shutdown) for all.
///
/// It dereferences to [`standpipe_sys::socket::Socket`], which has everything that does not wait: addresses, options, and the
/// mode of the calls that do.
#[derive(Debug)]
pub struct Socket {
    /// Dropped before the descriptor can be closed.
    pub(super) watch: Watch,
    plain: standpipe_sys::socket::Socket,
}

/// Two sockets of a family that are connected to each other (socketpair(2), SOC-47), of type `SOCK_STREAM`, `SOCK_DGRAM` or
/// `SOCK_SEQPACKET`.
///
/// # Errors
/// As [`Socket::new`]; `EOPNOTSUPP` for a family other than Unix and TIPC.
///
/// ```
/// use standpipe_smol::socket::{Family, constants::SOCK_SEQPACKET, socket_pair};
///
/// let (left, right) = socket_pair(Family::UNIX, SOCK_SEQPACKET, 0)?;
/// smol::block_on(async {
///     left.send(b"one").await?;
///     left.send(b"two").await?;
///     let mut buffer = [0; 16];
///     assert_eq!(right.recv(&mut buffer).await?.len(), 3); // packets keep their bounds
///     Ok::<(), standpipe_smol::socket::SocketError>(())
/// })?;
/// # Ok::<(), standpipe_smol::socket::SocketError>(())
/// ```
pub fn socket_pair(family: Family, kind: i32, protocol: i32) -> Result<(Socket, Socket), SocketError> {
    let (left, right) = standpipe_sys::socket::Socket::pair(family, kind, protocol)?;
    Ok((left.into(), right.into()))
}

/// The sockets that were handed over to this process, as systemd does, with their names (sd_listen_fds(3)); none where there
/// are none. They are taken once, and close in children from then on.
///
/// The environment stays as it is. Who wants the variables gone calls
/// [`remove_listen_variables`](standpipe_sys::socket::remove_listen_variables) before any thread starts.
///
/// # Errors
/// [`ActivationError`]: a variable is malformed, a descriptor is no socket, or they were taken before.
///
/// ```
/// for (name, socket) in standpipe_smol::socket::activated()? {
///     println!("{name} listens at {:?}", socket.local());
/// }
/// # Ok::<(), standpipe_smol::socket::ActivationError>(())
/// ```
pub fn activated() -> Result<Vec<(String, Socket)>, ActivationError> {
    let named = |(name, socket)| (name, Socket::from(socket));
    Ok(standpipe_sys::socket::activated()?.into_iter().map(named).collect())
}

impl Socket {
    /// A new socket of this family and type, such as `SOCK_STREAM`; protocol 0 is the usual one (socket(2)).
    ///
    /// # Errors
    /// [`SocketError::System`]: the kernel has no such socket, a raw one needs a right that is not there, or the descriptor
    /// limit.
    pub fn new(family: Family, kind: i32, protocol: i32) -> Result<Self, SocketError> {
        standpipe_sys::socket::Socket::new(family, kind, protocol).map(Self::from)
    }

    /// Takes over a descriptor. None of its flags is changed but the one that closes it in children.
    ///
    /// # Errors
    /// `ENOTSOCK` where it is none.
    pub fn from_fd(fd: impl Into<OwnedFd>) -> Result<Self, SocketError> {
        standpipe_sys::socket::Socket::from_fd(fd).map(Self::from)
    }

    /// A copy of the descriptor with this number, which was inherited (`fd:N`, SOC-46); the other stays open, and whoever has
    /// it has the same socket.
    ///
    /// # Errors
    /// `EBADF` where it is not open, `ENOTSOCK` where it is no socket.
    pub fn inherited(number: i32) -> Result<Self, SocketError> {
        standpipe_sys::socket::Socket::inherited(number).map(Self::from)
    }

    /// The same socket by a descriptor of its own, with the same mode (SOC-61).
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn try_clone(&self) -> Result<Self, SocketError> {
        self.plain.try_clone().map(Self::from)
    }

    /// Receives into the buffer: what has come, or one datagram (SOC-67, SOC-68). An end, an empty datagram and no room are
    /// told apart.
    ///
    /// # Errors
    /// [`SocketError`]: the connection failed, or the mode's limit.
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<Received, SocketError> {
        self.recv_with(buffer, 0).await
    }

    /// Receives with flags, such as `MSG_PEEK` or `MSG_OOB`. `MSG_WAITALL` has no effect, since no call waits in the kernel:
    /// [`SocketReader::read`](super::SocketReader::read) gives exactly so many bytes.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn recv_with(&self, buffer: &mut [u8], flags: i32) -> Result<Received, SocketError> {
        let message = self.recv_msg(&mut [std::io::IoSliceMut::new(buffer)], 0, flags).await?;
        Ok(message.received)
    }

    /// Receives, and tells from where it came (SOC-69): `None` on a stream, and from a Unix socket that is not bound.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn recv_from(
        &self,
        buffer: &mut [u8],
    ) -> Result<(Received, Option<SocketAddress>), SocketError> {
        let message = self.recv_msg(&mut [std::io::IoSliceMut::new(buffer)], 0, 0).await?;
        Ok((message.received, message.from))
    }

    /// Sends what there is room for, or one datagram (SOC-70). How many bytes went.
    ///
    /// # Errors
    /// [`SocketError`]: the peer is gone, or the mode's limit.
    pub async fn send(&self, bytes: &[u8]) -> Result<usize, SocketError> {
        self.send_with(bytes, 0).await
    }

    /// Sends with flags, such as `MSG_OOB` or `MSG_MORE`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_with(&self, bytes: &[u8], flags: i32) -> Result<usize, SocketError> {
        self.send_msg(&[std::io::IoSlice::new(bytes)], &Outgoing { flags, ..Outgoing::default() }).await
    }

    /// Sends a datagram to an address (SOC-72).
    ///
    /// # Errors
    /// As [`send`](Self::send); `EMSGSIZE` where it is too big; `EISCONN` on a connection.
    pub async fn send_to(&self, bytes: &[u8], address: &SocketAddress) -> Result<usize, SocketError> {
        let to = Outgoing { to: Some(address), ..Outgoing::default() };
        self.send_msg(&[std::io::IoSlice::new(bytes)], &to).await
    }

    /// Sends everything, under one deadline (SOC-71). On an error it says how many bytes went; the rest is
    /// `&bytes[error.sent..]`. A future that is dropped has sent a beginning, and nobody is told how long a one: where that
    /// matters, a limit is set on the socket, or [`send`](Self::send) is asked piece by piece.
    ///
    /// # Errors
    /// [`SendAllError`].
    ///
    /// ```
    /// use standpipe_smol::socket::{Family, SendAllReason, TimeoutMode, constants::SOCK_STREAM, socket_pair};
    ///
    /// let (mut left, _right) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
    /// left.set_timeout(TimeoutMode::NonBlocking);
    /// let error = smol::block_on(left.send_all(&vec![0; 1 << 24])).unwrap_err();
    /// assert_eq!(error.reason, SendAllReason::WouldBlock);
    /// assert!(error.sent > 0 && error.sent < 1 << 24);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send_all(&self, bytes: &[u8]) -> Result<(), SendAllError> {
        let waiting = Waiting::begin(self, Operation::Send);
        let mut sent = 0;
        while sent < bytes.len() {
            let piece = [std::io::IoSlice::new(&bytes[sent..])];
            let went = waiting.attempt(Side::Write, sent, || self.try_send(&piece, &Outgoing::default()));
            sent += went.await.map_err(|error| send_all_error(error, sent))?;
        }
        Ok(())
    }

    fn into_plain(self) -> standpipe_sys::socket::Socket {
        // The reactor lets go of the descriptor before it goes elsewhere.
        drop(self.watch);
        self.plain
    }

    fn into_fd(self) -> OwnedFd {
        self.into_plain().into_fd()
    }
}

impl From<standpipe_sys::socket::Socket> for Socket {
    fn from(plain: standpipe_sys::socket::Socket) -> Self {
        Self { watch: Watch::default(), plain }
    }
}

impl Deref for Socket {
    type Target = standpipe_sys::socket::Socket;

    fn deref(&self) -> &Self::Target {
        &self.plain
    }
}

impl DerefMut for Socket {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.plain
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.plain.as_fd()
    }
}

standpipe_sys::convert_socket!(Socket);

/// A connection to be read and written in futures-io's habits. Gives the socket back where it is no stream, or cannot be
/// watched.
impl TryFrom<Socket> for Stream {
    type Error = Socket;

    fn try_from(socket: Socket) -> Result<Self, Socket> {
        if socket.kind() != SOCK_STREAM || socket.listens() {
            return Err(socket);
        }
        let Ok(copy) = socket.try_clone() else { return Err(socket) };
        let stream = standpipe_sys::Stream::socket(copy.into_fd());
        Self::new(stream).map_err(|_| socket)
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
