//! Making and taking connections.

use std::io;
use std::os::fd::AsFd;

use standpipe_core::Side;
use standpipe_core::socket::{Family, Operation, SocketAddress, SocketError};
use standpipe_sys::socket::call;
use standpipe_sys::socket::error::system;

use super::Socket;
use super::waiting::Waiting;

impl Socket {
    /// Connects (SOC-59). A datagram socket has a peer from then on. A name has no place here: it is looked up first
    /// (SOC-T12). With a limit, an attempt that took too long is given up. After any failure the socket can be connected anew.
    ///
    /// # Errors
    /// [`SocketError`]. In [`TimeoutMode::NonBlocking`](super::TimeoutMode::NonBlocking) an attempt that goes on is
    /// [`SocketError::WouldBlock`], and the same call tells later what came of it.
    pub fn connect(&mut self, address: &SocketAddress) -> Result<(), SocketError> {
        let waiting = Waiting::begin(self.as_fd(), Operation::Connect, self.timeout());
        if address.family() == Family::UNIX && self.timeout().waits() {
            return self.connect_unix(&waiting, address);
        }
        let result = waiting.attempt(Side::Write, 0, || self.try_connect(address));
        if matches!(result, Err(SocketError::TimedOut { .. })) {
            // The kernel would go on with it (SOC-T17). Where that fails, there is nothing to give up.
            let _ = call::disconnect(self.as_fd());
        }
        result
    }

    /// The kernel waits for a listener that has too many waiting, since nobody else can.
    fn connect_unix(&self, waiting: &Waiting<'_>, address: &SocketAddress) -> Result<(), SocketError> {
        loop {
            let left = waiting.left(0)?;
            match call::connect_within(self.as_fd(), address, left) {
                // It ends a little early: what is left is waited for as well.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| system(Operation::Connect, &error)),
            }
        }
    }

    /// The next connection, and who connected (SOC-56); `None` where that has no address. Its mode is to wait without limit,
    /// whatever this one's is.
    ///
    /// # Errors
    /// [`SocketError`]: nothing listens here, the descriptor limit, or the mode's limit. A connection that was given up before
    /// it was accepted is passed over.
    pub fn accept(&self) -> Result<(Self, Option<SocketAddress>), SocketError> {
        let waiting = Waiting::begin(self.as_fd(), Operation::Accept, self.timeout());
        let (socket, peer) = waiting.attempt(Side::Read, 0, || self.try_accept())?;
        Ok((socket.into(), peer))
    }
}
