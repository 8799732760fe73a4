//! This machine's name, and hosts with all of their names (gethostname(2), gethostbyaddr_r(3), gethostbyname2_r(3)).

use std::ffi::{CStr, CString, OsString, c_char, c_int, c_void};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::ffi::OsStringExt;

use libc::{hostent, size_t, socklen_t};
use standpipe_core::socket::{Family, HostFault, Lookup, Operation, SocketError, fully_qualified};

use super::error;
use super::lookup::{get_addr_info, octets};
use crate::fd::check;

/// How many bytes the answer of a resolver may have. glibc's own limit for one is below.
const MOST: usize = 1 << 20;

// The re-entrant forms, which Linux' C libraries have and libc does not declare.
unsafe extern "C" {
    fn gethostbyaddr_r(
        address: *const c_void,
        len: socklen_t,
        family: c_int,
        host: *mut hostent,
        buffer: *mut c_char,
        len: size_t,
        result: *mut *mut hostent,
        error: *mut c_int,
    ) -> c_int;

    fn gethostbyname2_r(
        name: *const c_char,
        family: c_int,
        host: *mut hostent,
        buffer: *mut c_char,
        len: size_t,
        result: *mut *mut hostent,
        error: *mut c_int,
    ) -> c_int;
}

/// A host, as a resolver or the file `/etc/hosts` knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// Its primary name.
    pub name: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Its addresses, of the family that was asked for.
    pub addresses: Vec<IpAddr>,
}

/// The name of this machine (SOC-40).
///
/// # Errors
/// Whatever the system says.
///
/// ```
/// assert!(!standpipe_sys::socket::host_name()?.is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn host_name() -> io::Result<OsString> {
    // Linux' limit is 64 (gethostname(2)); the NUL is there in any case.
    let mut name = vec![0_u8; 256];
    // SAFETY: the buffer is ours, and one byte longer than is said.
    check(unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) })?;
    name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
    Ok(OsString::from_vec(name))
}

/// The host with this address, with all of its names (SOC-44). Blocks while it is looked up.
///
/// # Errors
/// [`SocketError::Host`].
pub fn get_host_by_addr(ip: IpAddr) -> Result<Host, SocketError> {
    let (family, bytes) = octets(ip);
    look_up(|host, buffer, result, error| {
        let (address, len) = (bytes.as_ptr().cast(), bytes.len() as socklen_t);
        // SAFETY: the address is ours and as long as is said; `look_up` passes room that is its own.
        unsafe {
            gethostbyaddr_r(
                address,
                len,
                family.0.into(),
                host,
                buffer.as_mut_ptr(),
                buffer.len(),
                result,
                error,
            )
        }
    })
}

/// The host with this name, with all of its names and its addresses of this family (SOC-43). Blocks while it is looked up.
///
/// # Errors
/// [`SocketError::Host`].
///
/// ```
/// use standpipe_core::socket::Family;
///
/// let host = standpipe_sys::socket::get_host_by_name("localhost", Family::INET)?;
/// assert!(host.addresses.iter().all(|ip| ip.is_loopback()));
/// # Ok::<(), standpipe_core::socket::SocketError>(())
/// ```
pub fn get_host_by_name(name: &str, family: Family) -> Result<Host, SocketError> {
    let name = CString::new(name).map_err(|_| HostFault::NotFound)?;
    look_up(|host, buffer, result, error| {
        // SAFETY: the name ends with a NUL; `look_up` passes room that is its own.
        unsafe {
            gethostbyname2_r(
                name.as_ptr(),
                family.0.into(),
                host,
                buffer.as_mut_ptr(),
                buffer.len(),
                result,
                error,
            )
        }
    })
}

/// The fully qualified name of a host, or of this machine where none is given (SOC-41): the first name with a dot in it of
/// those that looking back from its address tells, else the name as it is.
///
/// # Errors
/// Of the name of this machine only; a host that cannot be looked up keeps its name.
///
/// ```
/// assert_eq!(standpipe_sys::socket::fqdn(Some("no-such-host.invalid"))?, "no-such-host.invalid");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn fqdn(host: Option<&str>) -> io::Result<String> {
    let name = match host {
        Some(host) => host.to_owned(),
        None => host_name()?.to_string_lossy().into_owned(),
    };
    let found = get_addr_info(&Lookup { host: Some(&name), ..Lookup::default() }).unwrap_or_default();
    let ip = found.first().and_then(|found| found.address.ip());
    let Some(Ok(known)) = ip.map(get_host_by_addr) else { return Ok(name) };
    let aliases: Vec<&str> = known.aliases.iter().map(String::as_str).collect();
    Ok(fully_qualified(&known.name, &aliases).to_owned())
}

/// Asks with more and more room, until the answer fits.
fn look_up(
    ask: impl Fn(*mut hostent, &mut [c_char], *mut *mut hostent, *mut c_int) -> c_int,
) -> Result<Host, SocketError> {
    let mut room = 1024;
    loop {
        let mut buffer = vec![0 as c_char; room];
        // SAFETY: an all-zero hostent is a valid value of that plain C struct.
        let mut host = unsafe { std::mem::zeroed::<hostent>() };
        let (mut result, mut code) = (std::ptr::null_mut(), 0);
        let returned = ask(&raw mut host, &mut buffer, &raw mut result, &raw mut code);
        if returned == libc::ERANGE && room < MOST {
            room *= 2;
            continue;
        }
        if !result.is_null() {
            // SAFETY: the resolver has filled the host, whose pointers lead into the buffer, which is still there.
            return Ok(unsafe { read(&host) });
        }
        // NETDB_INTERNAL: the reason is an errno.
        return Err(match (code, returned) {
            (-1, errno) => error::system(Operation::Name, &io::Error::from_raw_os_error(errno)),
            (0, _) => HostFault::NotFound.into(),
            (code, _) => HostFault::from_code(code).into(),
        });
    }
}

/// # Safety
/// The host's pointers are null or lead to what the resolver has written: texts that end with a NUL, lists that end with a null
/// pointer, addresses as long as the host says.
unsafe fn read(host: &hostent) -> Host {
    // SAFETY: by the caller's promise.
    let text = |text: *mut c_char| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    let address = |address: *mut c_char| {
        // SAFETY: by the caller's promise.
        let bytes = unsafe { std::slice::from_raw_parts(address.cast::<u8>(), host.h_length as usize) };
        let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).into()).ok();
        v4.or_else(|| <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).into()).ok())
    };
    Host {
        name: if host.h_name.is_null() { String::new() } else { text(host.h_name) },
        // SAFETY: by the caller's promise.
        aliases: unsafe { list(host.h_aliases) }.map(text).collect(),
        // SAFETY: by the caller's promise.
        addresses: unsafe { list(host.h_addr_list) }.filter_map(address).collect(),
    }
}

/// # Safety
/// The list is null, or ends with a null pointer.
unsafe fn list(list: *mut *mut c_char) -> impl Iterator<Item = *mut c_char> {
    let count = if list.is_null() { 0 } else { usize::MAX };
    // SAFETY: no entry behind the null pointer, at which it stops, is read.
    (0..count).map(move |index| unsafe { *list.add(index) }).take_while(|entry| !entry.is_null())
}
