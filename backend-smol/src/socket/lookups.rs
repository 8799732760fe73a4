//! Look-ups, which wait for the resolver on a thread of smol's pool for blocking calls: [`create_connection`],
//! [`get_addr_info`] and the like.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use standpipe_core::socket::{Family, Found, Lookup, Operation, SocketAddress, SocketError};
use standpipe_sys::socket::error::{ConnectionError, system};
use standpipe_sys::socket::{self, Host, Race};

use super::Socket;
use crate::Waiter;

/// Connects to a host by name or number, racing its addresses, families taking turns (RFC 8305, SOC-37), from this address of
/// ours where one is given. The limit is for all attempts together, and is the mode of the connection afterwards; the look-up
/// comes before, and takes as long as the resolver does.
///
/// Dropping the future gives every attempt up; a look-up that has begun ends on its own and is forgotten.
///
/// # Errors
/// [`ConnectionError`], which has the reason of each address.
///
/// ```
/// use std::time::Duration;
/// use standpipe_smol::Listener;
/// use standpipe_smol::socket::create_connection;
///
/// let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
/// let port = listener.local().port().unwrap_or_default();
/// let connection = create_connection("localhost", port, Some(Duration::from_secs(50)), None);
/// assert_eq!(smol::block_on(connection)?.peer()?.port(), Some(port));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn create_connection(
    host: &str,
    port: u16,
    timeout: Option<Duration>,
    source: Option<SocketAddr>,
) -> Result<Socket, ConnectionError> {
    let mut race = match is_answered(&Lookup { host: Some(host), ..Lookup::default() }) {
        true => Race::prepare(host, port, source)?,
        false => {
            let host = host.to_owned();
            smol::unblock(move || Race::prepare(&host, port, source)).await?
        }
    };
    let mut waiter = Waiter::default();
    let (connect, ends) = race.parts();
    connect.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(connect, ends).await.map_err(|error| system(Operation::Connect, &error))?;
    // The reactor lets go of the connection before it goes elsewhere.
    drop(waiter);
    race.finish(timeout).map(Socket::from)
}

/// Whether nobody has to be asked, since the host is a number, or cannot be one.
fn is_answered(lookup: &Lookup<'_>) -> bool {
    lookup.hosts().map_or(true, |hosts| hosts.is_some())
}

/// The addresses of a host and a service (getaddrinfo(3)), as [`standpipe_sys::socket::get_addr_info`]. Numbers are answered at
/// once. Dropping the future forgets a look-up that has begun.
///
/// # Errors
/// There are none.
///
/// ```
/// use standpipe_smol::socket::{Lookup, get_addr_info};
///
/// let found = smol::block_on(get_addr_info(&Lookup { host: Some("127.0.0.1"), ..Lookup::default() }))?;
/// assert!(!found.is_empty());
/// # Ok::<(), standpipe_smol::socket::SocketError>(())
/// ```
pub async fn get_addr_info(lookup: &Lookup<'_>) -> Result<Vec<Found>, SocketError> {
    if is_answered(lookup) {
        return socket::get_addr_info(lookup);
    }
    let (host, service) = (lookup.host.map(String::from), lookup.service.map(String::from));
    let Lookup { family, socket_type, protocol, flags, .. } = *lookup;
    smol::unblock(move || {
        let (host, service) = (host.as_deref(), service.as_deref());
        socket::get_addr_info(&Lookup { host, service, family, socket_type, protocol, flags })
    })
    .await
}

/// The names of the host and the service at an address (getnameinfo(3)), as [`standpipe_sys::socket::get_name_info`]. Dropping
/// the future forgets a look-up that has begun.
///
/// # Errors
/// There is none, where one is asked for.
pub async fn get_name_info(address: &SocketAddress, flags: i32) -> Result<(String, String), SocketError> {
    let address = address.clone();
    smol::unblock(move || socket::get_name_info(&address, flags)).await
}

/// The host with this name (gethostbyname(3)), as [`standpipe_sys::socket::get_host_by_name`]. Dropping the future forgets a
/// look-up that has begun.
///
/// # Errors
/// There is none.
pub async fn get_host_by_name(name: &str, family: Family) -> Result<Host, SocketError> {
    let name = name.to_owned();
    smol::unblock(move || socket::get_host_by_name(&name, family)).await
}

/// The host with this address (gethostbyaddr(3)), as [`standpipe_sys::socket::get_host_by_addr`]. Dropping the future forgets a
/// look-up that has begun.
///
/// # Errors
/// There is none.
pub async fn get_host_by_addr(ip: IpAddr) -> Result<Host, SocketError> {
    smol::unblock(move || socket::get_host_by_addr(ip)).await
}

/// The whole name of a host, or of this one (SOC-41), as [`standpipe_sys::socket::fqdn`]. Dropping the future forgets a look-up
/// that has begun.
///
/// # Errors
/// The system does not tell this host's name.
pub async fn fqdn(host: Option<&str>) -> std::io::Result<String> {
    let host = host.map(String::from);
    smol::unblock(move || socket::fqdn(host.as_deref())).await
}
