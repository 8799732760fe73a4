//! Looking up an address and a name, as far as nobody has to be asked: [`Lookup`] and [`name_info`].

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use super::constants::*;
use super::{Family, ResolveFault, Services, SocketAddress};

/// A question for addresses (getaddrinfo(3), SOC-38), with every decision about it but the look-up of a name itself.
///
/// [`hosts`](Self::hosts) answers for numbers and for no host at all, and says where a resolver has to be asked; the
/// driver asks it (SOC-T12). [`complete`](Self::complete) makes the answer from what either has found. Hosts are read
/// strictly (SOC-T15), and a port that does not fit is an error (SOC-T14).
///
/// ```
/// use standpipe_core::socket::constants::{AI_PASSIVE, SOCK_STREAM};
/// use standpipe_core::socket::{Lookup, ResolveFault, Services};
///
/// let services = Services::built_in();
/// let lookup = Lookup { host: Some("::1"), service: Some("http"), ..Lookup::default() };
/// let hosts = lookup.hosts()?.expect("a number needs no look-up");
/// let found = lookup.complete(&hosts, &services)?;
/// assert_eq!((found[0].socket_type, found[0].address.to_string()), (SOCK_STREAM, "[::1]:80".into()));
///
/// let any = Lookup { service: Some("80"), flags: AI_PASSIVE, ..Lookup::default() };
/// assert_eq!(any.hosts()?.map(|hosts| hosts.len()), Some(2));
/// let name = Lookup { host: Some("localhost"), ..Lookup::default() };
/// assert_eq!(name.hosts()?, None); // a resolver has to be asked
/// assert_eq!(Lookup::default().hosts(), Err(ResolveFault::NoName));
/// # Ok::<(), ResolveFault>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lookup<'a> {
    /// A number or a name; `None` for this machine, or for every interface with [`AI_PASSIVE`].
    pub host: Option<&'a str>,
    /// A port or the name of a service; `None` for port 0.
    pub service: Option<&'a str>,
    /// The family that is wanted; [`Family::UNSPEC`] for any.
    pub family: Family,
    /// The type of socket that is wanted, such as [`SOCK_STREAM`]; 0 for any.
    pub socket_type: i32,
    /// The protocol that is wanted; 0 for any.
    pub protocol: i32,
    /// `AI_*`. [`AI_ALL`] and [`AI_ADDRCONFIG`] are for the resolver, where one is asked.
    pub flags: i32,
}

impl Default for Lookup<'_> {
    fn default() -> Self {
        Self { host: None, service: None, family: Family::UNSPEC, socket_type: 0, protocol: 0, flags: 0 }
    }
}

/// One answer to a [`Lookup`].
///
/// ```
/// use standpipe_core::socket::constants::AI_CANONNAME;
/// use standpipe_core::socket::{Found, Lookup, Services};
///
/// let lookup = Lookup { host: Some("192.0.2.1"), flags: AI_CANONNAME, ..Lookup::default() };
/// let hosts = lookup.hosts()?.unwrap_or_default();
/// let found: Vec<Found> = lookup.complete(&hosts, &Services::default())?;
/// assert_eq!(found[0].canonical_name.as_deref(), Some("192.0.2.1"));
/// # Ok::<(), standpipe_core::socket::ResolveFault>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The type of socket.
    pub socket_type: i32,
    /// The protocol.
    pub protocol: i32,
    /// With [`AI_CANONNAME`] in the first answer: the host as it was asked for. Where a resolver was asked, its driver puts
    /// the host's own name here.
    pub canonical_name: Option<String>,
    /// The address.
    pub address: SocketAddress,
}

/// Types of sockets with their protocols, and by what name services know those.
const KINDS: [(i32, i32, Option<&str>); 3] =
    [(SOCK_STREAM, IPPROTO_TCP, Some("tcp")), (SOCK_DGRAM, IPPROTO_UDP, Some("udp")), (SOCK_RAW, 0, None)];

const KNOWN_FLAGS: i32 =
    AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV;

impl Lookup<'_> {
    /// The hosts, at port 0, where nobody has to be asked for them; `None` where the host is a name.
    ///
    /// # Errors
    /// [`ResolveFault::NoName`] without a host and a service, for an empty host, and for a name with [`AI_NUMERICHOST`];
    /// [`ResolveFault::BadFlags`]; [`ResolveFault::Family`]; [`ResolveFault::AddressFamily`] for a number of another one.
    pub fn hosts(&self) -> Result<Option<Vec<SocketAddr>>, ResolveFault> {
        let unnamed = self.has(AI_CANONNAME) && self.host.is_none();
        if self.flags & !KNOWN_FLAGS != 0 || unnamed {
            return Err(ResolveFault::BadFlags);
        }
        if ![Family::UNSPEC, Family::INET, Family::INET6].contains(&self.family) {
            return Err(ResolveFault::Family);
        }
        match self.host {
            None if self.service.is_none() => Err(ResolveFault::NoName),
            None => Ok(Some(self.own())),
            Some(host) => match number(host) {
                Some(address) => self.fit(address).map(|address| Some(Vec::from([address]))),
                None if host.is_empty() || self.has(AI_NUMERICHOST) => Err(ResolveFault::NoName),
                None => Ok(None),
            },
        }
    }

    /// The answers for these hosts, in their order: one for each type of socket that is wanted. Hosts of another family
    /// are left out.
    ///
    /// # Errors
    /// [`ResolveFault::Service`] for a service that is unknown or a port that is none; [`ResolveFault::NoName`] for a
    /// named one with [`AI_NUMERICSERV`]; [`ResolveFault::SocketType`] for a type that does not go with the protocol.
    pub fn complete(&self, hosts: &[SocketAddr], services: &Services) -> Result<Vec<Found>, ResolveFault> {
        let kinds = self.kinds(services)?;
        let mut found = Vec::new();
        for host in hosts.iter().filter_map(|host| self.fit(*host).ok()) {
            for (socket_type, protocol, port) in &kinds {
                let address = SocketAddr::new(host.ip(), *port);
                let canonical = self.host.filter(|_| found.is_empty() && self.has(AI_CANONNAME));
                found.push(Found {
                    socket_type: *socket_type,
                    protocol: *protocol,
                    canonical_name: canonical.map(String::from),
                    address: with_scope(address, host).into(),
                });
            }
        }
        Ok(found)
    }

    const fn has(&self, flag: i32) -> bool {
        self.flags & flag != 0
    }

    /// Of this machine, or every interface. IPv6 first.
    fn own(&self) -> Vec<SocketAddr> {
        let passive: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
        let active: [IpAddr; 2] = [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
        let own = if self.has(AI_PASSIVE) { passive } else { active };
        own.into_iter().map(|ip| SocketAddr::new(ip, 0)).filter(|address| self.is_wanted(address)).collect()
    }

    fn is_wanted(&self, address: &SocketAddr) -> bool {
        match self.family {
            Family::INET => address.is_ipv4(),
            Family::INET6 => address.is_ipv6(),
            _ => true,
        }
    }

    fn fit(&self, address: SocketAddr) -> Result<SocketAddr, ResolveFault> {
        let fitting = match address.ip() {
            _ if self.is_wanted(&address) => return Ok(address),
            IpAddr::V4(ip) => self.has(AI_V4MAPPED).then(|| ip.to_ipv6_mapped().into()),
            IpAddr::V6(ip) => ip.to_ipv4_mapped().map(IpAddr::V4),
        };
        fitting.map(|ip| SocketAddr::new(ip, 0)).ok_or(ResolveFault::AddressFamily)
    }

    /// The types of sockets that are wanted, with protocol and port.
    fn kinds(&self, services: &Services) -> Result<Vec<(i32, i32, u16)>, ResolveFault> {
        let fits = |(kind, protocol, _): &&(i32, i32, Option<&str>)| {
            let any = self.protocol == 0 || *kind == SOCK_RAW || self.protocol == *protocol;
            (self.socket_type == 0 || self.socket_type == *kind) && any
        };
        let hinted = self.socket_type != 0 || self.protocol != 0;
        let most = if hinted { 1 } else { KINDS.len() };
        let mut kinds = Vec::new();
        let mut known = false;
        for (kind, protocol, over) in KINDS.iter().filter(fits).take(most) {
            known = true;
            if hinted && over.is_none() && self.service.is_some() {
                return Err(ResolveFault::Service);
            }
            let protocol = if *kind == SOCK_RAW { self.protocol } else { *protocol };
            kinds.extend(self.port(*over, services)?.map(|port| (*kind, protocol, port)));
        }
        match (kinds.is_empty(), known || self.socket_type == 0) {
            (false, _) => Ok(kinds),
            (true, true) => Err(ResolveFault::Service),
            (true, false) => Err(ResolveFault::SocketType),
        }
    }

    /// The port of the service over a protocol; `None` where it is not known there.
    fn port(&self, over: Option<&str>, services: &Services) -> Result<Option<u16>, ResolveFault> {
        let Some(service) = self.service else { return Ok(Some(0)) };
        if !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_digit()) {
            return service.parse().map(Some).map_err(|_| ResolveFault::Service);
        }
        if self.has(AI_NUMERICSERV) {
            return Err(ResolveFault::NoName);
        }
        Ok(over.and_then(|over| services.by_name(service, Some(over)).ok()).map(|service| service.port))
    }
}

/// A number, strictly read; of IPv6 with a scope behind `%`, which is a number too.
fn number(host: &str) -> Option<SocketAddr> {
    if let Ok(ip) = host.parse() {
        return Some(SocketAddr::new(ip, 0));
    }
    let (ip, scope) = host.split_once('%')?;
    let digits = scope.bytes().all(|byte| byte.is_ascii_digit());
    let scope = scope.parse().ok().filter(|_| digits)?;
    Some(SocketAddrV6::new(ip.parse().ok()?, 0, 0, scope).into())
}

fn with_scope(address: SocketAddr, from: SocketAddr) -> SocketAddr {
    match (address, from) {
        (SocketAddr::V6(mut address), SocketAddr::V6(from)) => {
            address.set_scope_id(from.scope_id());
            SocketAddr::V6(address)
        }
        (address, _) => address,
    }
}

/// The texts of an internet address, host and service (getnameinfo(3), SOC-39), as far as nobody has to be asked: the
/// host is always a number, with its scope, and the service has its name unless [`NI_NUMERICSERV`] is among the flags;
/// with [`NI_DGRAM`] the one it has over UDP. Who wants the host's name asks a resolver.
///
/// # Errors
/// [`ResolveFault::Family`] for an address that is none of the internet; [`ResolveFault::NoName`] with [`NI_NAMEREQD`],
/// since a number is no name.
///
/// ```
/// use standpipe_core::socket::constants::{NI_NAMEREQD, NI_NUMERICSERV};
/// use standpipe_core::socket::{ResolveFault, Services, name_info};
///
/// let services = Services::built_in();
/// let address = "[fe80::1%2]:443".parse().expect("a good text");
/// assert_eq!(name_info(&address, &services, 0)?, ("fe80::1%2".into(), "https".into()));
/// assert_eq!(name_info(&address, &services, NI_NUMERICSERV)?.1, "443");
/// assert_eq!(name_info(&address, &services, NI_NAMEREQD), Err(ResolveFault::NoName));
/// # Ok::<(), ResolveFault>(())
/// ```
pub fn name_info(
    address: &SocketAddress,
    services: &Services,
    flags: i32,
) -> Result<(String, String), ResolveFault> {
    let (host, port) = match address {
        SocketAddress::Inet(address) => (address.ip().to_string(), address.port()),
        SocketAddress::Inet6(address) if address.scope_id() != 0 => {
            (format!("{}%{}", address.ip(), address.scope_id()), address.port())
        }
        SocketAddress::Inet6(address) => (address.ip().to_string(), address.port()),
        _ => return Err(ResolveFault::Family),
    };
    if flags & NI_NAMEREQD != 0 {
        return Err(ResolveFault::NoName);
    }
    let over = if flags & NI_DGRAM != 0 { "udp" } else { "tcp" };
    let service = services.by_port(port, Some(over)).ok().filter(|_| flags & NI_NUMERICSERV == 0);
    Ok((host, service.map_or_else(|| port.to_string(), |service| service.name.to_string())))
}
