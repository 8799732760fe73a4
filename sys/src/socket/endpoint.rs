//! One side of a connection, as text and as a child's environment has it.

use std::fmt;
use std::os::fd::BorrowedFd;

use socket2::{SockAddr, SockRef};

/// One side of a connection.
#[derive(Clone, Debug)]
pub struct Endpoint(Option<SockAddr>);

impl Endpoint {
    /// Our own side of a socket; unknown where the kernel does not tell.
    pub fn local(fd: BorrowedFd<'_>) -> Self {
        Self(SockRef::from(&fd).local_addr().ok())
    }

    /// The other side of a socket; unknown where the kernel does not tell.
    pub fn peer(fd: BorrowedFd<'_>) -> Self {
        Self(SockRef::from(&fd).peer_addr().ok())
    }

    pub(crate) fn known(address: SockAddr) -> Self {
        Self(Some(address))
    }

    /// The address without its port: an IP address, or a Unix path. Empty where there is none, as of an unnamed Unix
    /// socket.
    pub fn address(&self) -> String {
        match self.0.as_ref() {
            Some(address) => match (address.as_socket(), address.as_pathname()) {
                (Some(socket), _) => socket.ip().to_canonical().to_string(),
                (None, Some(path)) => path.display().to_string(),
                (None, None) => String::new(),
            },
            None => String::new(),
        }
    }

    /// The port of an internet address.
    pub fn port(&self) -> Option<u16> {
        self.0.as_ref().and_then(SockAddr::as_socket).map(|socket| socket.port())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_ref().and_then(SockAddr::as_socket) {
            Some(socket) => {
                let socket = std::net::SocketAddr::new(socket.ip().to_canonical(), socket.port());
                write!(f, "{socket}")
            }
            None => write!(f, "unix:{}", self.address()),
        }
    }
}
