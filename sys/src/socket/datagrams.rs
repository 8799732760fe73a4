//! Datagrams without waiting: [`Inbox`], [`Outbox`].

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::socket::constants::{SOCK_DGRAM, SOCK_RAW};
use standpipe_core::socket::{Received, SocketAddress};
use standpipe_core::{Bytes, Done, Fault, Lend};

use super::{Beside, call, receive, send, socket_type};
use crate::{ThreadPool, fault};

/// So many bytes are received at once, the last datagram apart.
const AT_ONCE: usize = 64 << 10;

/// The receiving and the sending end of a socket for datagrams, each with a descriptor of its own.
///
/// # Errors
/// `InvalidInput` where it is none; the descriptor limit.
pub fn datagrams(socket: OwnedFd) -> io::Result<(Inbox, Outbox)> {
    let kind = socket_type(socket.as_fd())?;
    if kind != SOCK_DGRAM && kind != SOCK_RAW {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no socket for datagrams"));
    }
    let is_unix = matches!(call::local(socket.as_fd())?, SocketAddress::Unix(_));
    let tells_room = !is_unix || call::peer(socket.as_fd()).is_ok();
    let second = socket.try_clone()?;
    let inbox = Inbox { fd: Arc::new(socket), kind, arrived: VecDeque::new(), failed: None };
    Ok((inbox, Outbox { fd: Arc::new(second), tells_room, queue: VecDeque::new(), failed: None }))
}

/// What was received of a socket for datagrams, and not taken yet.
#[derive(Debug)]
pub struct Inbox {
    fd: Arc<OwnedFd>,
    kind: i32,
    arrived: VecDeque<Arrived>,
    /// What was told behind datagrams.
    failed: Option<Fault>,
}

/// A datagram that was received.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Who has sent it; `None` where a Unix socket without a name has.
    pub from: Option<SocketAddress>,
    /// Its bytes, as many as had room.
    pub bytes: Bytes,
    /// How many it had.
    pub whole: usize,
}

impl Inbox {
    /// Its descriptor.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// The next datagram.
    pub fn take(&mut self) -> Option<Arrived> {
        self.arrived.pop_front()
    }

    /// Receives up to so many without waiting, which are then to be taken.
    pub(crate) fn try_receive(&mut self, at_most: u16) -> Done {
        if let Some(fault) = self.failed.take() {
            return Done::Failed(fault);
        }
        let (mut buffer, mut heads, mut bytes) = (ThreadPool.take(), Vec::new(), Vec::new());
        let received = self.receive(at_most, &mut buffer, &mut heads, &mut bytes);
        ThreadPool.give(buffer);
        let (mut bytes, count) = (Bytes::from(bytes), heads.len());
        let arrived =
            heads.into_iter().map(|(from, len, whole)| Arrived { from, bytes: bytes.split_to(len), whole });
        self.arrived.extend(arrived);
        match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && count == 0 => Done::Blocked,
            Err(error) if count == 0 => Done::Failed(fault::of(&error)),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                self.failed = Some(fault::of(&error));
                Done::Ok(i32::try_from(count).unwrap_or(i32::MAX))
            }
            _ => Done::Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        }
    }

    /// Receives one after the other: their heads, and their bytes behind one another.
    fn receive(
        &self,
        at_most: u16,
        buffer: &mut [u8],
        heads: &mut Vec<(Option<SocketAddress>, usize, usize)>,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        while heads.len() < usize::from(at_most) && bytes.len() < AT_ONCE {
            let message = receive(self.fd.as_fd(), self.kind, &mut [IoSliceMut::new(buffer)], 0, 0)?;
            let Received::Datagram { len, whole, .. } = message.received else {
                return Err(io::Error::from_raw_os_error(libc::ESHUTDOWN));
            };
            bytes.extend_from_slice(&buffer[..len]);
            heads.push((message.from, len, whole));
        }
        Ok(())
    }
}

/// What is to be sent by a socket for datagrams.
#[derive(Debug)]
pub struct Outbox {
    fd: Arc<OwnedFd>,
    /// That it is writable says that there is room for the next: not so of a Unix socket that sends to any other, whose room
    /// is each receiver's.
    tells_room: bool,
    queue: VecDeque<(Option<SocketAddress>, Bytes)>,
    /// What was told of a datagram before.
    failed: Option<Fault>,
}

impl Outbox {
    /// Its descriptor.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// Another one to be sent, to this address or to the peer that the socket is connected to.
    pub fn push(&mut self, to: Option<SocketAddress>, bytes: Bytes) {
        self.queue.push_back((to, bytes));
    }

    /// What the kernel has told of one that was sent before, such as that nobody is there (icmp(7)).
    pub fn failure(&mut self) -> Option<Fault> {
        self.failed.take()
    }

    /// Sends up to so many without waiting. One that cannot be sent is gone, unless resources were missing.
    pub(crate) fn try_send(&mut self, at_most: u16) -> Done {
        for count in 0..at_most {
            let Some(error) = self.send_first().err() else { continue };
            let fault = fault::of(&error);
            return match error.kind() {
                _ if count > 0 => Done::Ok(count.into()),
                io::ErrorKind::WouldBlock if self.tells_room => Done::Blocked,
                io::ErrorKind::WouldBlock => Done::Failed(fault),
                _ => {
                    if fault.kind() != standpipe_core::FaultKind::OutOfResources {
                        self.queue.pop_front();
                    }
                    Done::Failed(fault)
                }
            };
        }
        Done::Ok(at_most.into())
    }

    /// An error may be of a datagram before, and is told only once then.
    fn send_first(&mut self) -> io::Result<()> {
        let Some((to, bytes)) = self.queue.front() else { return Ok(()) };
        let beside = Beside { to: to.as_ref(), ..Beside::default() };
        let once = || send(self.fd.as_fd(), &[IoSlice::new(bytes)], &beside);
        match once() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                once()?;
                self.failed = Some(fault::of(&error));
            }
            result => drop(result?),
        }
        self.queue.pop_front();
        Ok(())
    }
}
