//! The calls on a socket of any family and type, each thin: none of them waits but [`connect_within`], and what is made is
//! close-on-exec from its birth. Their error is what the kernel said; [`error`](super::error) has core's words for it.
//!
//! ```
//! use standpipe_core::socket::{Family, constants::SOCK_DGRAM};
//! use standpipe_sys::socket::call;
//! use std::os::fd::AsFd;
//!
//! let socket = call::open(Family::INET, SOCK_DGRAM, 0)?;
//! call::bind(socket.as_fd(), &"127.0.0.1:0".parse()?)?;
//! assert_ne!(call::local(socket.as_fd())?.port(), Some(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use libc::{sockaddr, socklen_t};
use socket2::SockRef;
use standpipe_core::socket::constants::{SOCK_CLOEXEC, SOCK_NONBLOCK};
use standpipe_core::socket::{Family, SocketAddress};

use crate::fd::{check, set_nonblocking};
use crate::poll;

/// Of a type, its number without the flags that may stand beside it.
const fn plain(kind: i32) -> i32 {
    kind & !(SOCK_CLOEXEC | SOCK_NONBLOCK)
}

/// A new socket (socket(2), SOC-36). Its description waits, as a child that is given it expects; `SOCK_NONBLOCK` is left out
/// of its type.
///
/// # Errors
/// `EAFNOSUPPORT`, `EPROTONOSUPPORT` or `EINVAL` where the kernel has no such socket; `EPERM` or `EACCES` for a raw one without
/// the right to it; the descriptor limit.
pub fn open(family: Family, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    // SAFETY: takes three numbers.
    let fd = check(unsafe { libc::socket(family.0.into(), plain(kind) | SOCK_CLOEXEC, protocol) })?;
    // SAFETY: the kernel has just given it to us, and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Two sockets that are connected to each other (socketpair(2), SOC-47).
///
/// # Errors
/// As [`open`]; `EOPNOTSUPP` for a family that has no pairs.
pub fn pair(family: Family, kind: i32, protocol: i32) -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    let kind = plain(kind) | SOCK_CLOEXEC;
    // SAFETY: `ends` has room for the two numbers that socketpair writes.
    check(unsafe { libc::socketpair(family.0.into(), kind, protocol, ends.as_mut_ptr()) })?;
    // SAFETY: the kernel has just given us these two, and nobody else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Says whether its description waits, where a call has no flag of its own for that. All who share it are concerned.
///
/// # Errors
/// `EBADF`.
pub fn set_waiting(fd: BorrowedFd<'_>, waits: bool) -> io::Result<()> {
    SockRef::from(&fd).set_nonblocking(!waits)
}

/// Gives it an address (bind(2)).
///
/// # Errors
/// `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, and what the file system says of a path.
pub fn bind(fd: BorrowedFd<'_>, address: &SocketAddress) -> io::Result<()> {
    let bytes = address.to_bytes();
    // SAFETY: the pointer and the length are of one vector, which the kernel only reads.
    check(unsafe { libc::bind(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len() as socklen_t) }).map(drop)
}

/// Listens, with so many connections that wait to be accepted (listen(2)); the kernel lowers it to its own limit.
///
/// # Errors
/// `EOPNOTSUPP` for a type that has no connections; `EADDRINUSE`.
pub fn listen(fd: BorrowedFd<'_>, backlog: i32) -> io::Result<()> {
    SockRef::from(&fd).listen(backlog)
}

/// The next connection, and who connected (accept4(2)). Since no flag of that call says that it must not wait, the description
/// of the listener is made non-blocking, and stays so; what is accepted waits, whatever the listener does (SOC-T6).
///
/// # Errors
/// `EAGAIN` where there is none; `ECONNABORTED`; `EINVAL` where nothing listens, or was shut down; the descriptor limit.
pub fn accept(fd: BorrowedFd<'_>) -> io::Result<(OwnedFd, Option<SocketAddress>)> {
    set_nonblocking(fd)?;
    let mut accepted = None;
    let address = tell(|address, len| {
        // SAFETY: `address` has as many writable bytes as `len` says.
        let number = check(unsafe { libc::accept4(fd.as_raw_fd(), address, len, SOCK_CLOEXEC) })?;
        // SAFETY: the kernel has just given it to us, and nobody else owns it.
        accepted = Some(unsafe { OwnedFd::from_raw_fd(number) });
        Ok(())
    });
    let address = address.map_err(|error| match error.kind() {
        // Of a Unix listener the kernel says so to a call that waits alone; to any other it seems ready for ever.
        io::ErrorKind::WouldBlock if poll::has_ended(fd) => io::Error::from_raw_os_error(libc::EINVAL),
        _ => error,
    })?;
    accepted.map(|fd| (fd, address)).ok_or_else(|| io::ErrorKind::WouldBlock.into())
}

/// Begins to connect (connect(2)), or looks after an attempt that was begun. Whether that is done; if not it goes on, and [`connected`] tells how far it has come. The
/// description does not wait for the length of the call.
///
/// # Errors
/// `ECONNREFUSED` and its like; `EISCONN`; `EAGAIN` of a Unix socket whose listener has
/// too many waiting, which no readiness tells of: [`connect_within`] waits for that.
pub fn connect(fd: BorrowedFd<'_>, address: &SocketAddress) -> io::Result<bool> {
    let socket = SockRef::from(&fd);
    let waits = !socket.nonblocking()?;
    if waits {
        socket.set_nonblocking(true)?;
    }
    let result = connect_as_it_is(fd, address);
    if waits {
        socket.set_nonblocking(false)?;
    }
    match result {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EALREADY)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Connects a Unix socket, and waits so long for its listener to have room, or without limit (`SO_SNDTIMEO`, which is put
/// back afterwards). The kernel alone can wait for that.
///
/// # Errors
/// As [`connect`]; `EAGAIN` when the time is over; `EINTR`.
pub fn connect_within(
    fd: BorrowedFd<'_>,
    address: &SocketAddress,
    at_most: Option<Duration>,
) -> io::Result<()> {
    let socket = SockRef::from(&fd);
    let (before, waits) = (socket.write_timeout()?, !socket.nonblocking()?);
    // Zero would be no limit.
    socket.set_write_timeout(at_most.map(|wait| wait.max(Duration::from_micros(1))))?;
    if !waits {
        socket.set_nonblocking(false)?;
    }
    let result = connect_as_it_is(fd, address);
    if !waits {
        socket.set_nonblocking(true)?;
    }
    socket.set_write_timeout(before)?;
    result
}

fn connect_as_it_is(fd: BorrowedFd<'_>, address: &SocketAddress) -> io::Result<()> {
    let bytes = address.to_bytes();
    // SAFETY: the pointer and the length are of one vector, which the kernel only reads.
    check(unsafe { libc::connect(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len() as socklen_t) }).map(drop)
}

/// Whether the attempt that is under way has come to a connection.
///
/// # Errors
/// Why it has failed.
pub fn connected(fd: BorrowedFd<'_>) -> io::Result<bool> {
    super::connect::finish(fd)
}

/// Gives up an attempt that is under way, which the kernel would go on with (SOC-T17), or takes the peer away from a datagram
/// socket: connect(2) to no family at all.
///
/// # Errors
/// Whatever the kernel says; a Unix socket has no such thing.
pub fn disconnect(fd: BorrowedFd<'_>) -> io::Result<()> {
    let none = SocketAddress::Other { family: Family::UNSPEC, data: vec![0; 14] };
    connect_as_it_is(fd, &none)
}

/// Ends one direction, or both (shutdown(2)).
///
/// # Errors
/// `ENOTCONN`.
pub fn shutdown(fd: BorrowedFd<'_>, how: Shutdown) -> io::Result<()> {
    SockRef::from(&fd).shutdown(how)
}

/// Its own address (getsockname(2)).
///
/// # Errors
/// `ENOTSOCK`.
pub fn local(fd: BorrowedFd<'_>) -> io::Result<SocketAddress> {
    // SAFETY: `tell` passes as many writable bytes as it says.
    let address =
        tell(|address, len| check(unsafe { libc::getsockname(fd.as_raw_fd(), address, len) }).map(drop))?;
    address.ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// The address of its peer (getpeername(2)).
///
/// # Errors
/// `ENOTCONN`.
pub fn peer(fd: BorrowedFd<'_>) -> io::Result<SocketAddress> {
    // SAFETY: `tell` passes as many writable bytes as it says.
    let address =
        tell(|address, len| check(unsafe { libc::getpeername(fd.as_raw_fd(), address, len) }).map(drop))?;
    address.ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

/// The address that a call writes, where it writes any.
fn tell(
    call: impl FnOnce(*mut sockaddr, *mut socklen_t) -> io::Result<()>,
) -> io::Result<Option<SocketAddress>> {
    let mut bytes = [0_u8; SocketAddress::MAX_LEN];
    let mut len = bytes.len() as socklen_t;
    call(bytes.as_mut_ptr().cast(), &raw mut len)?;
    Ok(address_in(&bytes, len as usize))
}

/// The address in the first `len` of these bytes; the kernel may say more than it had room to write.
pub(super) fn address_in(bytes: &[u8], len: usize) -> Option<SocketAddress> {
    SocketAddress::from_bytes(&bytes[..len.min(bytes.len())]).ok()
}
