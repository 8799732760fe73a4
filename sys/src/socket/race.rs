//! A connection to a host by its name, but for the wait: [`Race`].

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use standpipe_core::End;
use standpipe_core::socket::constants::SOCK_STREAM;
use standpipe_core::socket::{
    Connect, Lookup, Operation, SocketAddress, SocketError, TimeoutMode, interleave,
};

use super::error::{ConnectionError, system};
use super::{Candidate, Socket, call, connecting, get_addr_info};
use crate::Ends;

/// A race for a connection to one of the addresses of a host, families taking turns (RFC 8305, SOC-37).
#[derive(Debug)]
pub struct Race {
    addresses: Vec<SocketAddr>,
    connect: Connect,
    ends: Ends,
}

impl Race {
    /// Looks the host up, which takes as long as the resolver does. It is connected to from this address of ours, where one is
    /// given.
    ///
    /// # Errors
    /// The host is unknown.
    pub fn prepare(host: &str, port: u16, source: Option<SocketAddr>) -> Result<Self, ConnectionError> {
        let service = port.to_string();
        let lookup = Lookup {
            host: Some(host),
            service: Some(&service),
            socket_type: SOCK_STREAM,
            ..Lookup::default()
        };
        let addresses = get_addr_info(&lookup)?.into_iter().filter_map(|found| standard(&found.address));
        let fits = |address: &SocketAddr| source.is_none_or(|source| source.is_ipv4() == address.is_ipv4());
        let addresses = interleave(addresses.filter(fits).collect(), 1, SocketAddr::is_ipv4);
        let sources = source.map(Candidate::from);
        let candidates = addresses.iter().filter_map(|address| match &sources {
            Some(source) => Candidate::from(*address).from_any_of(std::slice::from_ref(source)),
            None => Some(Candidate::from(*address)),
        });
        let (connect, ends) = connecting(candidates.collect());
        Ok(Self { addresses, connect, ends })
    }

    /// The machine, to be run to its end, and its ends.
    pub const fn parts(&mut self) -> (&mut Connect, &mut Ends) {
        (&mut self.connect, &mut self.ends)
    }

    /// The connection that was made, with this limit as its mode.
    ///
    /// # Errors
    /// [`ConnectionError`], which has the reason of each address.
    pub fn finish(self, timeout: Option<Duration>) -> Result<Socket, ConnectionError> {
        let Self { addresses, connect, ends } = self;
        if !matches!(connect.result(), Some(Ok(_))) {
            let address = |index: u16| addresses.get(usize::from(index)).copied().map(SocketAddress::from);
            let errors = connect.errors().iter();
            let reasons = errors.filter_map(|(index, fault)| Some((address(*index)?, *fault))).collect();
            let timed_out = matches!(connect.result(), Some(Err(End::TimedOut(_))));
            return Err(ConnectionError::Failed { reasons, timed_out });
        }
        let stream = ends.into_connected(&connect).map_err(|error| failed(&error))?;
        let mut socket =
            Socket::from_fd(stream.as_fd().try_clone_to_owned().map_err(|error| failed(&error))?)?;
        call::set_waiting(socket.as_fd(), true).map_err(|error| failed(&error))?;
        socket.set_timeout(timeout.map_or(TimeoutMode::Blocking, TimeoutMode::Timed));
        Ok(socket)
    }
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
