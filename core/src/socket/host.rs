//! Hosts without a look-up: [`host_address`] and [`fully_qualified`].

use alloc::string::String;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Family, InetError, inet_pton};

/// Why a host has no address without a look-up.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// It is a name, and looking it up is a step of its own, which may block (SOC-T12).
    #[error("'{0}' is a name: look it up first")]
    Name(String),
    /// Broadcasting is IPv4's.
    #[error("there is no '<broadcast>' in {0}: ask for AF_INET")]
    Broadcast(Family),
    /// The family is not of the internet.
    #[error("{0} addresses have no host: ask for AF_INET or AF_INET6")]
    Family(Family),
}

/// The address that a host stands for by itself (SOC-01, SOC-02): a number, strictly read; nothing for every interface;
/// `<broadcast>` for the limited broadcast address. Never blocks, and never asks anybody.
///
/// # Errors
/// [`HostError`].
///
/// ```
/// use standpipe_core::socket::{Family, HostError, host_address};
///
/// assert_eq!(host_address("", Family::INET6)?.to_string(), "::");
/// assert_eq!(host_address("<broadcast>", Family::INET)?.to_string(), "255.255.255.255");
/// assert_eq!(host_address("192.0.2.1", Family::INET)?.to_string(), "192.0.2.1");
/// let name = host_address("localhost", Family::INET);
/// assert_eq!(name, Err(HostError::Name("localhost".into())));
/// # Ok::<(), HostError>(())
/// ```
pub fn host_address(host: &str, family: Family) -> Result<IpAddr, HostError> {
    match (host, family) {
        ("", Family::INET) => Ok(Ipv4Addr::UNSPECIFIED.into()),
        ("", Family::INET6) => Ok(Ipv6Addr::UNSPECIFIED.into()),
        ("<broadcast>", Family::INET) => Ok(Ipv4Addr::BROADCAST.into()),
        ("<broadcast>", Family::INET6) => Err(HostError::Broadcast(family)),
        _ => inet_pton(family, host).map_err(|error| match error {
            InetError::Family(family) => HostError::Family(family),
            _ => HostError::Name(host.into()),
        }),
    }
}

/// Of what a reverse look-up has told, the name that is fully qualified (SOC-41): the first with a dot in it, else the
/// primary one.
///
/// ```
/// use standpipe_core::socket::fully_qualified;
///
/// assert_eq!(fully_qualified("www", &["web", "www.example.org"]), "www.example.org");
/// assert_eq!(fully_qualified("www", &["web"]), "www");
/// ```
pub fn fully_qualified<'a>(primary: &'a str, aliases: &[&'a str]) -> &'a str {
    let mut names = core::iter::once(primary).chain(aliases.iter().copied());
    names.find(|name| name.contains('.')).unwrap_or(primary)
}
