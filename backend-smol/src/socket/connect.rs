//! Making and taking connections.

use std::os::fd::AsFd;

use standpipe_core::Side;
use standpipe_core::socket::{Family, Operation, SocketAddress, SocketError};
use standpipe_sys::socket::call;

use super::Socket;
use super::waiting::Waiting;

impl Socket {
    /// Connects (SOC-59). A datagram socket has a peer from then on. A name has no place here: it is looked up first
    /// (SOC-T12). With a limit, an attempt that took too long is given up. After any failure the socket can be connected anew.
    ///
    /// Where a Unix listener has too many waiting, of which no readiness tells, it is tried again after 1 ms, and then more and
    /// more seldom, down to every 64 ms. Where the future is dropped, an attempt that has begun goes on, and the same call tells
    /// later what came of it.
    ///
    /// # Errors
    /// [`SocketError`]. In [`TimeoutMode::NonBlocking`](super::TimeoutMode::NonBlocking) an attempt that goes on is
    /// [`SocketError::WouldBlock`], and the same call tells later what came of it.
    pub async fn connect(&mut self, address: &SocketAddress) -> Result<(), SocketError> {
        let waiting = Waiting::begin(self, Operation::Connect);
        if address.family() == Family::UNIX {
            return waiting.attempt_in_vain(|| self.try_connect(address)).await;
        }
        let result = waiting.attempt(Side::Write, 0, || self.try_connect(address)).await;
        if matches!(result, Err(SocketError::TimedOut { .. })) {
            // The kernel would go on with it (SOC-T17). Where that fails, there is nothing to give up.
            let _ = call::disconnect(self.as_fd());
        }
        result
    }

    /// The next connection, and who connected (SOC-56); `None` where that has no address. Its mode is to wait without limit,
    /// whatever this one's is. Dropping the future loses none.
    ///
    /// # Errors
    /// [`SocketError`]: nothing listens here, the descriptor limit, or the mode's limit. A connection that was given up before
    /// it was accepted is passed over.
    pub async fn accept(&self) -> Result<(Self, Option<SocketAddress>), SocketError> {
        let waiting = Waiting::begin(self, Operation::Accept);
        let (socket, peer) = waiting.attempt(Side::Read, 0, || self.try_accept()).await?;
        Ok((socket.into(), peer))
    }
}
