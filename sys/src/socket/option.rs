//! Options of sockets: core's values through getsockopt(2) and setsockopt(2).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use standpipe_core::socket::constants::{SO_TYPE, SOL_SOCKET};
use standpipe_core::socket::{Operation, OptionError, OptionValue, SocketError, SocketOption};

use super::error;
use crate::fd::check;

/// How many bytes an option may have: more than the longest, `TCP_INFO`.
const ROOM: usize = 1024;

/// Why an option cannot be read or set.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionCallError {
    /// The value and the option do not go together; the kernel was not asked.
    #[error(transparent)]
    Value(#[from] OptionError),
    /// The kernel refused.
    #[error("{name}: {source}")]
    System {
        /// The option.
        name: &'static str,
        /// What it said.
        source: SocketError,
    },
}

/// The value of an option (getsockopt(2), SOC-64).
///
/// # Errors
/// [`OptionCallError`].
///
/// ```
/// use std::os::fd::AsFd;
/// use standpipe_core::socket::{Family, OptionValue, SocketOption, constants::SOCK_STREAM};
/// use standpipe_sys::socket::{call, option, set_option};
///
/// let socket = call::open(Family::INET, SOCK_STREAM, 0)?;
/// let keepalive = SocketOption::by_name("SO_KEEPALIVE")?;
/// set_option(socket.as_fd(), keepalive, &OptionValue::Bool(true))?;
/// assert_eq!(option(socket.as_fd(), keepalive)?, OptionValue::Bool(true));
/// assert!(set_option(socket.as_fd(), keepalive, &OptionValue::Int(1)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn option(fd: BorrowedFd<'_>, option: &SocketOption) -> Result<OptionValue, OptionCallError> {
    let mut bytes = [0; ROOM];
    let len = read(fd, option.level, option.number, &mut bytes)
        .map_err(|error| refused(option, Operation::ReadOption, &error))?;
    Ok(option.decode(&bytes[..len])?)
}

/// Sets an option (setsockopt(2), SOC-65).
///
/// # Errors
/// [`OptionCallError`].
pub fn set_option(
    fd: BorrowedFd<'_>,
    option: &SocketOption,
    value: &OptionValue,
) -> Result<(), OptionCallError> {
    let bytes = option.encode(value)?;
    let len = bytes.len() as libc::socklen_t;
    // SAFETY: the pointer and the length are of one vector, which the kernel only reads.
    check(unsafe {
        libc::setsockopt(fd.as_raw_fd(), option.level, option.number, bytes.as_ptr().cast(), len)
    })
    .map(drop)
    .map_err(|error| refused(option, Operation::SetOption, &error))
}

/// The type of a socket, such as `SOCK_STREAM`.
///
/// # Errors
/// `ENOTSOCK` for a descriptor of something else.
pub fn socket_type(fd: BorrowedFd<'_>) -> io::Result<i32> {
    let mut bytes = [0; 4];
    read(fd, SOL_SOCKET, SO_TYPE, &mut bytes)?;
    Ok(i32::from_ne_bytes(bytes))
}

fn read(fd: BorrowedFd<'_>, level: i32, number: i32, bytes: &mut [u8]) -> io::Result<usize> {
    let mut len = bytes.len() as libc::socklen_t;
    // SAFETY: the pointer and the length are of one slice, which is held exclusively.
    check(unsafe {
        libc::getsockopt(fd.as_raw_fd(), level, number, bytes.as_mut_ptr().cast(), &raw mut len)
    })?;
    Ok((len as usize).min(bytes.len()))
}

fn refused(option: &SocketOption, operation: Operation, error: &io::Error) -> OptionCallError {
    OptionCallError::System { name: option.name, source: error::system(operation, error) }
}
