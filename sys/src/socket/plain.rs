//! A socket of any family and type, but for what waits: [`Socket`].

use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::Window;
use standpipe_core::socket::constants::{SO_ACCEPTCONN, SO_DOMAIN, SO_PROTOCOL, SOL_SOCKET};
use standpipe_core::socket::{
    BufferedReader, Family, Operation, OptionValue, Received, SocketAddress, SocketError, SocketOption,
    TimeoutMode,
};

use super::error::system;
use super::{Beside, Message, OptionCallError, call, option, receive, send, set_option, socket_type};
use crate::fd;

/// A socket of any family and type (SOC-36), and everything that is done with it without a wait. Backends put their waits
/// around it: connecting, accepting, receiving and sending, under the mode that is set here.
///
/// ```
/// use standpipe_core::socket::{Family, constants::SOCK_DGRAM};
/// use standpipe_sys::socket::Socket;
///
/// let mut socket = Socket::new(Family::INET6, SOCK_DGRAM, 0)?;
/// socket.bind(&"[::1]:0".parse()?)?;
/// assert_ne!(socket.local()?.port(), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It closes when it is dropped; a copy ([`try_clone`](Self::try_clone)) is a descriptor of its own, and the connection ends with
/// the last of them, or by [`shutdown`](Self::shutdown) for all.
#[derive(Debug)]
pub struct Socket {
    fd: Arc<OwnedFd>,
    /// Which type it is, since the outcome of a receive depends on it.
    kind: i32,
    timeout: TimeoutMode,
}

/// How many bytes one read takes at most. Its room is filled with zeros before, so all of what was asked for would cost its
/// square where it comes in pieces.
const MOST: usize = 1 << 16;

impl Socket {
    /// A new socket of this family and type, such as `SOCK_STREAM`; protocol 0 is the usual one (socket(2)).
    ///
    /// # Errors
    /// [`SocketError::System`]: the kernel has no such socket, a raw one needs a right that is not there, or the descriptor
    /// limit.
    pub fn new(family: Family, kind: i32, protocol: i32) -> Result<Self, SocketError> {
        Self::from_fd(call::open(family, kind, protocol).map_err(|error| system(Operation::Open, &error))?)
    }

    /// Takes over a descriptor. None of its flags is changed but the one that closes it in children.
    ///
    /// # Errors
    /// `ENOTSOCK` where it is none.
    pub fn from_fd(fd: impl Into<OwnedFd>) -> Result<Self, SocketError> {
        let fd = fd.into();
        let kind = socket_type(fd.as_fd()).map_err(|error| system(Operation::Open, &error))?;
        fd::set_close_on_exec(fd.as_fd()).map_err(|error| system(Operation::Open, &error))?;
        Ok(Self::of(fd, kind))
    }

    /// A copy of the descriptor with this number, which was inherited (`fd:N`, SOC-46); the other stays open, and whoever has
    /// it has the same socket.
    ///
    /// # Errors
    /// `EBADF` where it is not open, `ENOTSOCK` where it is no socket.
    pub fn inherited(number: i32) -> Result<Self, SocketError> {
        Self::from_fd(fd::inherited(number).map_err(|error| system(Operation::Open, &error))?)
    }

    /// Takes over a descriptor whose type is known.
    pub fn of(fd: OwnedFd, kind: i32) -> Self {
        Self { fd: Arc::new(fd), kind, timeout: TimeoutMode::Blocking }
    }

    /// Two sockets of a family that are connected to each other (socketpair(2), SOC-47).
    ///
    /// # Errors
    /// As [`Socket::new`]; `EOPNOTSUPP` for a family other than Unix and TIPC.
    pub fn pair(family: Family, kind: i32, protocol: i32) -> Result<(Self, Self), SocketError> {
        let (left, right) =
            call::pair(family, kind, protocol).map_err(|error| system(Operation::Open, &error))?;
        Ok((Self::from_fd(left)?, Self::from_fd(right)?))
    }

    /// The same socket by a descriptor of its own, with the same mode (SOC-61).
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn try_clone(&self) -> Result<Self, SocketError> {
        let fd = self.fd.try_clone().map_err(|error| system(Operation::Open, &error))?;
        Ok(Self { fd: Arc::new(fd), ..*self })
    }

    /// Whether the calls of this handle wait, and for how long (SOC-76). Default: without limit.
    pub const fn timeout(&self) -> TimeoutMode {
        self.timeout
    }

    /// Says whether the calls of this handle wait, and for how long. Nothing of the descriptor is changed (SOC-T7).
    pub const fn set_timeout(&mut self, mode: TimeoutMode) {
        self.timeout = mode;
    }

    /// Gives it an address (SOC-57). `SO_REUSEADDR` is not set unasked; a Unix path stays when the socket goes.
    /// [`bind`](super::bind) does both.
    ///
    /// # Errors
    /// `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, and what the file system says of a path.
    pub fn bind(&mut self, address: &SocketAddress) -> Result<(), SocketError> {
        call::bind(self.as_fd(), address).map_err(|error| system(Operation::Bind, &error))
    }

    /// Begins to listen, with so many connections that wait to be accepted (SOC-66); the kernel lowers it to its own limit.
    ///
    /// # Errors
    /// `EOPNOTSUPP` for a type without connections; `EADDRINUSE`.
    pub fn listen(&mut self, backlog: i32) -> Result<(), SocketError> {
        call::listen(self.as_fd(), backlog).map_err(|error| system(Operation::Listen, &error))
    }

    /// Ends one direction, or both, for every holder of this socket (SOC-73).
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn shutdown(&self, how: Shutdown) -> Result<(), SocketError> {
        call::shutdown(self.as_fd(), how).map_err(|error| system(Operation::Shutdown, &error))
    }

    /// Its own address (SOC-63); of an internet socket that is not bound, no host and port 0.
    ///
    /// # Errors
    /// [`SocketError::System`].
    pub fn local(&self) -> Result<SocketAddress, SocketError> {
        call::local(self.as_fd()).map_err(|error| system(Operation::Name, &error))
    }

    /// The address of its peer (SOC-63).
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn peer(&self) -> Result<SocketAddress, SocketError> {
        call::peer(self.as_fd()).map_err(|error| system(Operation::Name, &error))
    }

    /// The value of an option (SOC-64).
    ///
    /// # Errors
    /// [`OptionCallError`].
    pub fn option(&self, which: &SocketOption) -> Result<OptionValue, OptionCallError> {
        option(self.as_fd(), which)
    }

    /// Sets an option (SOC-65).
    ///
    /// # Errors
    /// [`OptionCallError`].
    pub fn set_option(&mut self, which: &SocketOption, value: &OptionValue) -> Result<(), OptionCallError> {
        set_option(self.as_fd(), which, value)
    }

    /// The family, as the kernel has it (`SO_DOMAIN`, SOC-78).
    ///
    /// # Errors
    /// [`OptionCallError`].
    pub fn family(&self) -> Result<Family, OptionCallError> {
        self.number(SO_DOMAIN).map(|number| Family(number as u16))
    }

    /// The type, such as `SOCK_STREAM` (SOC-78).
    pub const fn kind(&self) -> i32 {
        self.kind
    }

    /// The protocol, as the kernel has it (`SO_PROTOCOL`, SOC-78).
    ///
    /// # Errors
    /// [`OptionCallError`].
    pub fn protocol(&self) -> Result<i32, OptionCallError> {
        self.number(SO_PROTOCOL)
    }

    fn number(&self, number: i32) -> Result<i32, OptionCallError> {
        let known = SocketOption::by_number(SOL_SOCKET, number);
        match known.map(|which| self.option(which)).transpose()? {
            Some(OptionValue::Int(number)) => Ok(number),
            _ => unreachable!("both are numbers in core's table"),
        }
    }

    /// The next connection, and who connected (SOC-56); `None` where that has no address. Its mode is to wait without limit,
    /// whatever this one's is.
    ///
    /// # Errors
    /// `EAGAIN` where there is none; `EINTR` where one was given up before it was accepted, and another one is to be asked for;
    /// `EINVAL` where nothing listens; the descriptor limit.
    pub fn try_accept(&self) -> io::Result<(Self, Option<SocketAddress>)> {
        match call::accept(self.as_fd()) {
            Ok((fd, peer)) => Ok((Self::of(fd, self.kind), peer)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {
                Err(io::ErrorKind::Interrupted.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Begins to connect (SOC-59). Asked again, the kernel says what came of the attempt, and takes note of having said so: the
    /// next one is another.
    ///
    /// # Errors
    /// `EAGAIN` where it goes on; otherwise as [`call::connect`].
    pub fn try_connect(&self, address: &SocketAddress) -> io::Result<()> {
        match call::connect(self.as_fd(), address)? {
            true => Ok(()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Receives once, without waiting (SOC-79).
    ///
    /// # Errors
    /// As [`receive`](super::receive).
    pub fn try_receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        control_room: usize,
        flags: i32,
    ) -> io::Result<Message> {
        receive(self.as_fd(), self.kind, buffers, control_room, flags)
    }

    /// Sends once, without waiting (SOC-79).
    ///
    /// # Errors
    /// As [`send`](super::send).
    pub fn try_send(&self, bytes: &[IoSlice<'_>], beside: &Beside<'_>) -> io::Result<usize> {
        send(self.as_fd(), bytes, beside)
    }

    /// One read into the window of a file over it.
    ///
    /// # Errors
    /// As [`Socket::try_receive`]; nothing is taken then.
    pub fn try_fill(&self, reader: &mut BufferedReader) -> io::Result<()> {
        let Window::Append { into, max } = reader.window() else { return Ok(()) };
        let before = into.len();
        into.resize(before + max.min(MOST), 0);
        let result = self.try_receive(&mut [IoSliceMut::new(&mut into[before..])], 0, 0);
        let came = result.as_ref().map_or(0, |message| message.received.len());
        into.truncate(before + came);
        if result?.received == Received::Eof {
            reader.handle_eof();
        }
        Ok(())
    }

    /// Whether it is of one of these families and of this type, and whether it listens as it should.
    pub fn is(&self, families: &[Family], kind: i32, listens: bool) -> bool {
        self.kind() == kind
            && self.listens() == listens
            && self.family().is_ok_and(|it| families.contains(&it))
    }

    /// Whether it listens.
    pub fn listens(&self) -> bool {
        let option = SocketOption::by_number(SOL_SOCKET, SO_ACCEPTCONN);
        option.is_some_and(|option| self.option(option) == Ok(OptionValue::Bool(true)))
    }

    /// The descriptor, to be registered with a reactor; it must be let go there before the socket is closed.
    pub const fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// Its descriptor, which no reactor has any more.
    ///
    /// # Panics
    /// When one has it.
    pub fn into_fd(self) -> OwnedFd {
        Arc::into_inner(self.fd).expect("whoever has registered it has let it go")
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
