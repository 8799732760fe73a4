//! Sockets that were handed over, as sockets: [`activated`].

use std::os::fd::AsRawFd;

use super::error::io_error;
use super::{ActivationError, Socket, take_listen_fds};

/// The sockets that were handed over to this process, with their names (sd_listen_fds(3)), as [`take_listen_fds`] takes them.
///
/// # Errors
/// [`ActivationError`].
pub fn activated() -> Result<Vec<(String, Socket)>, ActivationError> {
    let owned = |(name, fd): (String, std::os::fd::OwnedFd)| {
        let number = fd.as_raw_fd();
        match Socket::from_fd(fd) {
            Ok(socket) => Ok((name, socket)),
            Err(error) => Err(ActivationError::Descriptor { number, name, source: io_error(error) }),
        }
    };
    take_listen_fds()?.into_iter().map(owned).collect()
}
