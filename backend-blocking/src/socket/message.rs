//! Messages: bytes with addresses, descriptors and other control messages beside them.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::AsFd;

use standpipe_core::Side;
use standpipe_core::socket::{Operation, SocketError};
use standpipe_sys::socket::{self, Message};

use super::Socket;
use super::waiting::Waiting;

/// What goes beside the bytes of a message.
pub type Outgoing<'a> = socket::Beside<'a>;

impl Socket {
    /// Sends bytes, and beside them an address, descriptors or other control messages (sendmsg(2), SOC-79). How many bytes
    /// went; what goes beside them goes with the first of them.
    ///
    /// # Errors
    /// As [`send`](Socket::send); `EINVAL` for more than 253 descriptors, `ETOOMANYREFS` for too many under way.
    ///
    /// ```
    /// use std::io::{IoSlice, IoSliceMut};
    /// use std::os::fd::AsFd;
    /// use standpipe_blocking::socket::{Family, Outgoing, Socket, constants::SOCK_STREAM, socket_pair};
    ///
    /// let (left, right) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
    /// let (passed, kept) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
    /// let descriptors = [passed.as_fd()];
    /// left.send_msg(&[IoSlice::new(b"here")], &Outgoing { descriptors: &descriptors, ..Outgoing::default() })?;
    ///
    /// let mut buffer = [0; 16];
    /// let mut message = right.recv_msg(&mut [IoSliceMut::new(&mut buffer)], 64, 0)?;
    /// let received = Socket::from_fd(message.descriptors.remove(0))?;
    /// received.send_all(b"through it")?;
    /// assert_eq!(kept.recv(&mut buffer)?.len(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_msg(&self, bytes: &[IoSlice<'_>], beside: &Outgoing<'_>) -> Result<usize, SocketError> {
        let waiting = Waiting::begin(self.as_fd(), Operation::Send, self.timeout());
        waiting.attempt(Side::Write, 0, || self.try_send(bytes, beside))
    }

    /// Receives bytes, and beside them what there is: an address, descriptors, other control messages (recvmsg(2), SOC-79).
    /// `control_room` is in bytes; 64 are enough for a few descriptors, and what has no room is lost, which
    /// [`Message::is_control_cut`] tells.
    ///
    /// # Errors
    /// As [`recv`](Socket::recv).
    pub fn recv_msg(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        control_room: usize,
        flags: i32,
    ) -> Result<Message, SocketError> {
        self.receive(buffers, control_room, flags)
    }

    pub(super) fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        control_room: usize,
        flags: i32,
    ) -> Result<Message, SocketError> {
        let waiting = Waiting::begin(self.as_fd(), Operation::Receive, self.timeout());
        waiting.attempt(Side::Read, 0, || self.try_receive(buffers, control_room, flags))
    }
}
