//! Where a connection is to lead: [`Destination`].

use std::net::SocketAddr;

use standpipe_core::socket::constants::SOCK_STREAM;
use standpipe_core::socket::{Address, Lookup, ResolveFault, SocketAddress, SocketError};

use super::{Candidate, Purpose, ResolveError, get_addr_info, resolve};

/// Where a connection is to lead. Of an address that is a number or a path that is known at once, of a name it is still to be
/// asked for.
///
/// ```
/// use standpipe_sys::socket::Destination;
///
/// let number = Destination::of(&"127.0.0.1:7".parse()?)?;
/// assert!(matches!(number, Destination::Known(candidates) if candidates.len() == 1));
/// let name = Destination::of(&"localhost:7".parse()?)?;
/// assert!(matches!(&name, Destination::Named { host, port: 7 } if host == "localhost"));
/// assert!(name.look_up()?.iter().all(|candidate| candidate.is_ipv4() || candidate.is_ipv6()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub enum Destination {
    /// To one of these.
    Known(Vec<Candidate>),
    /// To whatever this name stands for.
    Named {
        /// The host.
        host: String,
        /// Its port.
        port: u16,
    },
}

impl Destination {
    /// Where an address leads. Nobody is asked, and nothing waits.
    ///
    /// # Errors
    /// [`ResolveError::Path`], [`ResolveError::Open`].
    pub fn of(address: &Address) -> Result<Self, ResolveError> {
        match address {
            Address::Tcp { host: Some(host), port } if !is_number(host) => {
                Ok(Self::Named { host: host.clone(), port: *port })
            }
            known => resolve(known, Purpose::Connect).map(Self::Known),
        }
    }

    /// Looks its name up, if it has one. Blocks while somebody is asked (getaddrinfo(3)).
    ///
    /// # Errors
    /// As [`get_addr_info`].
    pub fn look_up(self) -> Result<Vec<Candidate>, SocketError> {
        let (host, port) = match self {
            Self::Known(candidates) => return Ok(candidates),
            Self::Named { host, port } => (host, port.to_string()),
        };
        let lookup =
            Lookup { host: Some(&host), service: Some(&port), socket_type: SOCK_STREAM, ..Lookup::default() };
        let found = get_addr_info(&lookup)?;
        Ok(found.into_iter().filter_map(|found| standard(&found.address)).map(Candidate::from).collect())
    }
}

impl From<Vec<Candidate>> for Destination {
    fn from(candidates: Vec<Candidate>) -> Self {
        Self::Known(candidates)
    }
}

fn is_number(host: &str) -> bool {
    let hosts = Lookup { host: Some(host), ..Lookup::default() }.hosts();
    matches!(hosts, Ok(Some(_)) | Err(ResolveFault::NoName))
}

fn standard(address: &SocketAddress) -> Option<SocketAddr> {
    match address {
        SocketAddress::Inet(address) => Some((*address).into()),
        SocketAddress::Inet6(address) => Some(SocketAddr::V6((*address).into())),
        _ => None,
    }
}
