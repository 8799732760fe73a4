//! From an address as text to addresses that the kernel takes.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use socket2::{Domain, SockAddr};
use standpipe_core::socket::Address;

/// One address that the kernel takes.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub(crate) address: SockAddr,
    pub(crate) source: Option<SockAddr>,
}

impl Candidate {
    /// Whether it is an IPv4 address.
    pub fn is_ipv4(&self) -> bool {
        self.domain() == Domain::IPV4
    }

    /// Whether it is an IPv6 address.
    pub fn is_ipv6(&self) -> bool {
        self.domain() == Domain::IPV6
    }

    /// To be connected to from the first of these that is of the same kind; `None` where none is.
    #[must_use]
    pub fn from_any_of(self, sources: &[Self]) -> Option<Self> {
        let source = sources.iter().find(|source| source.domain() == self.domain())?;
        Some(Self { source: Some(source.address.clone()), ..self })
    }

    /// Whether it is connected to from a port that was chosen.
    pub(crate) fn has_fixed_source(&self) -> bool {
        let source = self.source.as_ref().and_then(SockAddr::as_socket);
        source.is_some_and(|source| source.port() != 0)
    }

    pub(crate) fn domain(&self) -> Domain {
        self.address.domain()
    }
}

impl From<SocketAddr> for Candidate {
    fn from(address: SocketAddr) -> Self {
        Self { address: address.into(), source: None }
    }
}

/// What an address is looked up for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To listen: no host means every interface.
    Listen,
    /// To connect: no host means this machine.
    Connect,
}

/// Why an address could not be looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// No such name, or the resolver failed.
    #[error("cannot look up '{host}': {source}")]
    Name {
        /// The host.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The name has no address.
    #[error("'{0}' has no address")]
    NoAddress(String),
    /// The Unix path is too long for a socket address (108 bytes).
    #[error("'{path}' is no path for a socket: {source}")]
    Path {
        /// The path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A descriptor or the standard streams, which are not looked up.
    #[error("'{0}' is open already and cannot be looked up")]
    Open(Address),
}

/// Looks an address up. Blocks while a name is resolved (getaddrinfo(3)); numbers and paths never block.
///
/// # Errors
/// [`ResolveError`].
pub fn resolve(address: &Address, purpose: Purpose) -> Result<Vec<Candidate>, ResolveError> {
    match address {
        Address::Tcp { host: Some(host), port } => names(host, *port),
        Address::Tcp { host: None, port } => Ok(no_host(*port, purpose)),
        Address::Unix(path) => match SockAddr::unix(path) {
            Ok(address) => Ok(vec![Candidate { address, source: None }]),
            Err(source) => Err(ResolveError::Path { path: path.clone(), source }),
        },
        other => Err(ResolveError::Open(other.clone())),
    }
}

fn names(host: &str, port: u16) -> Result<Vec<Candidate>, ResolveError> {
    let found = (host, port).to_socket_addrs();
    let found = found.map_err(|source| ResolveError::Name { host: host.into(), source })?;
    let candidates: Vec<_> = found.map(Candidate::from).collect();
    if candidates.is_empty() { Err(ResolveError::NoAddress(host.into())) } else { Ok(candidates) }
}

/// To listen, the IPv6 wildcard comes first, since it takes IPv4 as well.
fn no_host(port: u16, purpose: Purpose) -> Vec<Candidate> {
    let hosts: [std::net::IpAddr; 2] = match purpose {
        Purpose::Listen => [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()],
        Purpose::Connect => [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()],
    };
    hosts.into_iter().map(|host| SocketAddr::new(host, port).into()).collect()
}
