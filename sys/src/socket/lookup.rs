//! Addresses for names and names for addresses, where somebody has to be asked (getaddrinfo(3), getnameinfo(3)). All else is
//! core's: numbers, services, types, flags.

use std::ffi::{CStr, CString};
use std::net::SocketAddr;

use libc::{c_char, c_int, socklen_t};
use standpipe_core::socket::constants::{
    AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_PASSIVE, NI_NAMEREQD, NI_NUMERICHOST, SOCK_STREAM,
};
use standpipe_core::socket::{
    Family, Found, Lookup, NameError, Operation, Protocols, ResolveFault, Services, SocketAddress,
    SocketError, name_info,
};

use super::error;

/// The answers to a question for addresses (SOC-38). Blocks while a name is looked up; numbers and no host never block.
///
/// # Errors
/// [`SocketError::Resolve`]; [`SocketError::System`] where the resolver has failed by an error of the system.
///
/// ```
/// use standpipe_core::socket::{Lookup, constants::SOCK_STREAM};
/// use standpipe_sys::socket::get_addr_info;
///
/// let lookup = Lookup { host: Some("localhost"), service: Some("80"), socket_type: SOCK_STREAM, ..Lookup::default() };
/// let found = get_addr_info(&lookup)?;
/// assert!(found.iter().all(|found| found.address.ip().is_some_and(|ip| ip.is_loopback())));
/// # Ok::<(), standpipe_core::socket::SocketError>(())
/// ```
pub fn get_addr_info(lookup: &Lookup<'_>) -> Result<Vec<Found>, SocketError> {
    let (hosts, name) = match (lookup.hosts()?, lookup.host) {
        (Some(hosts), _) => (hosts, None),
        (None, host) => ask(lookup, host.unwrap_or_default())?,
    };
    let mut found = match lookup.complete(&hosts, &Services::built_in()) {
        Err(ResolveFault::Service) => lookup.complete(&hosts, &file_services())?,
        other => other?,
    };
    if let (Some(name), Some(first)) = (name, found.first_mut()) {
        first.canonical_name = Some(name);
    }
    Ok(found)
}

/// The hosts behind a name, and what it is called first.
fn ask(lookup: &Lookup<'_>, host: &str) -> Result<(Vec<SocketAddr>, Option<String>), SocketError> {
    let host = CString::new(host).map_err(|_| ResolveFault::NoName)?;
    // SAFETY: an all-zero addrinfo is a valid value of that plain C struct.
    let mut hints = unsafe { std::mem::zeroed::<libc::addrinfo>() };
    hints.ai_family = lookup.family.0.into();
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = lookup.flags & !(AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE);
    let mut list = std::ptr::null_mut();
    // SAFETY: the name ends with a NUL, the hints are of the right type, and the list is freed below.
    let code = unsafe { libc::getaddrinfo(host.as_ptr(), std::ptr::null(), &raw const hints, &raw mut list) };
    resolved(code)?;
    let list = List(list);
    let name = (lookup.flags & AI_CANONNAME != 0).then(|| list.canonical_name()).flatten();
    Ok((list.hosts(), name))
}

/// What getaddrinfo has given.
struct List(*mut libc::addrinfo);

impl List {
    fn entries(&self) -> impl Iterator<Item = &libc::addrinfo> {
        // SAFETY: each entry is null or valid as long as the list is, which is borrowed.
        std::iter::successors(unsafe { self.0.as_ref() }, |entry| unsafe { entry.ai_next.as_ref() })
    }

    fn hosts(&self) -> Vec<SocketAddr> {
        let address = |entry: &libc::addrinfo| {
            // SAFETY: the address of an entry has as many bytes as it says.
            let bytes =
                unsafe { std::slice::from_raw_parts(entry.ai_addr.cast::<u8>(), entry.ai_addrlen as usize) };
            match SocketAddress::from_bytes(bytes).ok()? {
                SocketAddress::Inet(address) => Some(address.into()),
                SocketAddress::Inet6(address) => Some(SocketAddr::V6(address.into())),
                _ => None,
            }
        };
        self.entries().filter(|entry| !entry.ai_addr.is_null()).filter_map(address).collect()
    }

    fn canonical_name(&self) -> Option<String> {
        let name = self.entries().next()?.ai_canonname;
        // SAFETY: null, or a text that ends with a NUL and lives as long as the list.
        (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: getaddrinfo has given it, and this is the only time that it is freed.
        unsafe { libc::freeaddrinfo(self.0) }
    }
}

/// The texts of an internet address, host and service (SOC-39). Blocks while the host's name is looked up, which
/// `NI_NUMERICHOST` spares; a host without one stays a number.
///
/// # Errors
/// As [`get_addr_info`]; [`ResolveFault::NoName`] where there is none and `NI_NAMEREQD` asks for it.
///
/// ```
/// use standpipe_core::socket::constants::{NI_NUMERICHOST, NI_NUMERICSERV};
/// use standpipe_sys::socket::get_name_info;
///
/// let address = "127.0.0.1:80".parse().expect("a good address");
/// assert_eq!(get_name_info(&address, NI_NUMERICHOST)?, ("127.0.0.1".into(), "http".into()));
/// assert_eq!(get_name_info(&address, NI_NUMERICSERV)?.1, "80");
/// # Ok::<(), standpipe_core::socket::SocketError>(())
/// ```
pub fn get_name_info(address: &SocketAddress, flags: i32) -> Result<(String, String), SocketError> {
    let services = Services::built_in();
    if flags & NI_NUMERICHOST != 0 {
        return Ok(name_info(address, &services, flags)?);
    }
    let (_, service) = name_info(address, &services, flags & !NI_NAMEREQD)?;
    let bytes = address.to_bytes();
    let mut host = [0 as c_char; 1025];
    // SAFETY: the address and the buffer are ours and as long as is said; no service is asked for.
    let code = unsafe {
        libc::getnameinfo(
            bytes.as_ptr().cast(),
            bytes.len() as socklen_t,
            host.as_mut_ptr(),
            host.len() as socklen_t,
            std::ptr::null_mut(),
            0,
            flags,
        )
    };
    resolved(code)?;
    // SAFETY: the resolver has written a text that ends with a NUL.
    let host = unsafe { CStr::from_ptr(host.as_ptr()) };
    Ok((host.to_string_lossy().into_owned(), service))
}

fn resolved(code: c_int) -> Result<(), SocketError> {
    match code {
        0 => Ok(()),
        libc::EAI_SYSTEM => Err(error::system(Operation::Name, &std::io::Error::last_os_error())),
        code => Err(ResolveFault::from_code(code).into()),
    }
}

/// The port of a service over a protocol, or any (SOC-45): core's table, then `/etc/services`.
///
/// # Errors
/// [`NameError`].
///
/// ```
/// assert_eq!(standpipe_sys::socket::get_service_by_name("https", Some("tcp")), Ok(443));
/// ```
pub fn get_service_by_name(name: &str, protocol: Option<&str>) -> Result<u16, NameError> {
    let built_in = standpipe_core::socket::getservbyname(name, protocol);
    built_in.or_else(|error| match file_services().by_name(name, protocol) {
        Ok(service) => Ok(service.port),
        Err(_) => Err(error),
    })
}

/// The name of the service at a port (SOC-45): core's table, then `/etc/services`.
///
/// # Errors
/// [`NameError`].
///
/// ```
/// assert_eq!(standpipe_sys::socket::get_service_by_port(22, Some("tcp")), Ok("ssh".into()));
/// ```
pub fn get_service_by_port(port: u16, protocol: Option<&str>) -> Result<String, NameError> {
    let built_in = standpipe_core::socket::getservbyport(port, protocol);
    built_in.map(String::from).or_else(|error| match file_services().by_port(port, protocol) {
        Ok(service) => Ok(service.name.to_string()),
        Err(_) => Err(error),
    })
}

/// The number of a protocol (SOC-45): core's table, then `/etc/protocols`.
///
/// # Errors
/// [`NameError`].
///
/// ```
/// assert_eq!(standpipe_sys::socket::get_protocol_by_name("udp"), Ok(17));
/// ```
pub fn get_protocol_by_name(name: &str) -> Result<u16, NameError> {
    standpipe_core::socket::getprotobyname(name).or_else(|error| {
        match Protocols::parse(&text_of("/etc/protocols")).by_name(name) {
            Ok(protocol) => Ok(protocol.number),
            Err(_) => Err(error),
        }
    })
}

fn file_services() -> Services {
    Services::parse(&text_of("/etc/services"))
}

/// A file that is not there has no names in it.
fn text_of(path: &str) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The family's number for the resolver, and the bytes of an address of it.
pub(super) fn octets(ip: std::net::IpAddr) -> (Family, Vec<u8>) {
    match ip {
        std::net::IpAddr::V4(ip) => (Family::INET, ip.octets().into()),
        std::net::IpAddr::V6(ip) => (Family::INET6, ip.octets().into()),
    }
}
