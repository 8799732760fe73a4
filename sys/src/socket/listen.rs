//! Listening sockets.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockRef, Socket, Type};
use standpipe_core::socket::Address;

use super::{Acceptor, Candidate, Endpoint, Purpose, resolve};
use crate::fd;

/// Connections that the kernel keeps for us until they are accepted; it lowers the number to its own limit.
pub(super) const BACKLOG: i32 = 4096;

/// A socket that listens.
#[derive(Debug)]
pub struct Bound {
    pub(super) acceptor: Acceptor,
    pub(super) local: Endpoint,
    /// A TCP socket that nobody else has.
    pub(super) is_own_tcp: bool,
}

impl Bound {
    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        &self.local
    }

    /// The end to accept from.
    pub fn into_acceptor(self) -> Acceptor {
        self.acceptor
    }
}

/// Listens at an address: of several candidates at the first that works.
///
/// A Unix path that a dead server left behind is taken over; one that is served is in use. The path goes when the
/// acceptor does.
///
/// # Errors
/// Whatever the look-up, socket(2), bind(2) and listen(2) say; `EADDRINUSE` when the address is taken.
pub fn bind(address: &Address) -> io::Result<Bound> {
    match address {
        Address::Descriptor(number) => adopt(fd::inherited(*number)?),
        Address::Unix(path) => unix(Path::new(path), address),
        _ => {
            let candidates = resolve(address, Purpose::Listen).map_err(io::Error::other)?;
            let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
            for candidate in &candidates {
                match open(candidate) {
                    Ok(socket) => return Ok(Bound { is_own_tcp: true, ..bound(socket, None) }),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

fn open(candidate: &Candidate) -> io::Result<Socket> {
    let socket = Socket::new(candidate.domain(), Type::STREAM.nonblocking().cloexec(), None)?;
    if candidate.domain() != Domain::UNIX {
        socket.set_reuse_address(true)?;
    }
    if candidate.domain() == Domain::IPV6 {
        socket.set_only_v6(candidate.address.as_socket_ipv6().is_none_or(|v6| !v6.ip().is_unspecified()))?;
    }
    socket.bind(&candidate.address)?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

fn bound(socket: Socket, path: Option<PathBuf>) -> Bound {
    let fd: OwnedFd = socket.into();
    let local = Endpoint::local(fd.as_fd());
    Bound { acceptor: Acceptor::new(fd, path), local, is_own_tcp: false }
}

fn adopt(fd: OwnedFd) -> io::Result<Bound> {
    if !SockRef::from(&fd).is_listener()? {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the descriptor is no listening socket"));
    }
    fd::set_nonblocking(fd.as_fd())?;
    Ok(bound(fd.into(), None))
}

fn unix(path: &Path, address: &Address) -> io::Result<Bound> {
    let candidates = resolve(address, Purpose::Listen).map_err(io::Error::other)?;
    let candidate = candidates.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let opened = match open(candidate) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_behind(path, candidate) => {
            std::fs::remove_file(path)?;
            open(candidate)
        }
        other => other,
    };
    opened.map(|socket| bound(socket, Some(path.into())))
}

/// Whether a socket file is there that nobody listens on. To connect to a file of another kind is refused as well.
fn is_left_behind(path: &Path, candidate: &Candidate) -> bool {
    if !std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket()) {
        return false;
    }
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    Socket::new(Domain::UNIX, Type::STREAM.nonblocking().cloexec(), None)
        .and_then(|socket| socket.connect(&candidate.address))
        .is_err_and(refused)
}
