//! A connection to a host by its name: [`create_connection`].

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use standpipe_core::socket::constants::SOCK_STREAM;
use standpipe_core::socket::{Lookup, Operation, SocketAddress, SocketError, TimeoutMode, interleave};
use standpipe_sys::socket::error::{ConnectionError, system};
use standpipe_sys::socket::{Candidate, call, connecting, get_addr_info};

use super::Socket;
use crate::{Stream, Waiter};

/// Connects to a host by name or number, racing its addresses, families taking turns (RFC 8305, SOC-37), from this address of
/// ours where one is given. The limit is for all attempts together, and is the mode of the connection afterwards; the look-up
/// comes before, and takes as long as the resolver does.
///
/// # Errors
/// [`ConnectionError`], which has the reason of each address.
///
/// ```
/// use std::time::Duration;
/// use standpipe_blocking::Listener;
/// use standpipe_blocking::socket::create_connection;
///
/// let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
/// let port = listener.local().port().unwrap_or_default();
/// let connection = create_connection("localhost", port, Some(Duration::from_secs(50)), None)?;
/// assert_eq!(connection.peer()?.port(), Some(port));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_connection(
    host: &str,
    port: u16,
    timeout: Option<Duration>,
    source: Option<SocketAddr>,
) -> Result<Socket, ConnectionError> {
    let service = port.to_string();
    let lookup =
        Lookup { host: Some(host), service: Some(&service), socket_type: SOCK_STREAM, ..Lookup::default() };
    let addresses = get_addr_info(&lookup)?.into_iter().filter_map(|found| standard(&found.address));
    let fits = |address: &SocketAddr| source.is_none_or(|source| source.is_ipv4() == address.is_ipv4());
    let addresses = interleave(addresses.filter(fits).collect(), 1, SocketAddr::is_ipv4);
    let sources = source.map(Candidate::from);
    let candidates = addresses.iter().filter_map(|address| match &sources {
        Some(source) => Candidate::from(*address).from_any_of(std::slice::from_ref(source)),
        None => Some(Candidate::from(*address)),
    });
    let (mut race, mut ends) = connecting(candidates.collect());
    let mut waiter = Waiter::default();
    race.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut race, &mut ends).map_err(|error| failed(&error))?;
    if !matches!(race.result(), Some(Ok(_))) {
        let address = |index: u16| addresses.get(usize::from(index)).copied().map(SocketAddress::from);
        let errors = race.errors().iter();
        let reasons = errors.filter_map(|(index, fault)| Some((address(*index)?, *fault))).collect();
        let timed_out = matches!(race.result(), Some(Err(standpipe_core::End::TimedOut(_))));
        return Err(ConnectionError::Failed { reasons, timed_out });
    }
    let stream = Stream::from(ends.into_connected(&race).map_err(|error| failed(&error))?);
    let mut socket = Socket::try_from(&stream)?;
    call::set_waiting(socket.as_fd(), true).map_err(|error| failed(&error))?;
    socket.set_timeout(timeout.map_or(TimeoutMode::Blocking, TimeoutMode::Timed));
    Ok(socket)
}

fn failed(error: &std::io::Error) -> SocketError {
    system(Operation::Connect, error)
}

fn standard(address: &SocketAddress) -> Option<SocketAddr> {
    match address {
        SocketAddress::Inet(address) => Some((*address).into()),
        SocketAddress::Inet6(address) => Some(SocketAddr::V6((*address).into())),
        _ => None,
    }
}
