//! One side of a connection, as text and as a child's environment has it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use socket2::{SockAddr, SockRef};

/// One side of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint(Side);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Side {
    Internet(SocketAddr),
    /// The path is empty for an unnamed socket, as a client's is.
    Unix(PathBuf),
    Unknown,
}

impl Endpoint {
    /// Our own side of a socket; unknown where the kernel does not tell.
    pub fn local(fd: BorrowedFd<'_>) -> Self {
        SockRef::from(&fd).local_addr().map_or(Self(Side::Unknown), |address| Self::known(&address))
    }

    /// The other side of a socket; unknown where the kernel does not tell.
    pub fn peer(fd: BorrowedFd<'_>) -> Self {
        SockRef::from(&fd).peer_addr().map_or(Self(Side::Unknown), |address| Self::known(&address))
    }

    pub(crate) fn known(address: &SockAddr) -> Self {
        match address.as_socket() {
            // What an IPv6 socket has accepted from IPv4 is an IPv4 address to everybody else.
            Some(socket) => Self(Side::Internet(SocketAddr::new(socket.ip().to_canonical(), socket.port()))),
            None => Self(Side::Unix(address.as_pathname().map(PathBuf::from).unwrap_or_default())),
        }
    }

    /// The address without its port: an IP address, or a Unix path. Empty where there is none, as of an unnamed Unix
    /// socket.
    pub fn address(&self) -> String {
        match &self.0 {
            Side::Internet(socket) => socket.ip().to_string(),
            Side::Unix(path) => path.display().to_string(),
            Side::Unknown => String::new(),
        }
    }

    /// The internet address without its port.
    pub fn ip(&self) -> Option<IpAddr> {
        match &self.0 {
            Side::Internet(socket) => Some(socket.ip()),
            _ => None,
        }
    }

    /// The port of an internet address.
    pub fn port(&self) -> Option<u16> {
        match &self.0 {
            Side::Internet(socket) => Some(socket.port()),
            _ => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Side::Internet(socket) => write!(f, "{socket}"),
            Side::Unix(path) => write!(f, "unix:{}", path.display()),
            Side::Unknown => f.write_str("unknown"),
        }
    }
}
