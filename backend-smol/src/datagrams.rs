//! Datagrams as futures: [`DatagramSocket`].

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use standpipe_core::socket::constants::SOCK_DGRAM;
use standpipe_core::socket::{DatagramEvent, Datagrams, Received, SocketAddress};
use standpipe_core::{Bytes, Fault, Side};
use standpipe_sys::socket::{Arrived, call, datagrams};
use standpipe_sys::{Ends, fault};

use crate::Waiter;
use crate::turn::Turn;
use crate::wakers::Wakers;

/// A socket for datagrams, UDP or Unix, over core's [`Datagrams`]. One task may receive while another one sends.
///
/// A datagram is taken to be sent by the poll that returns, once the one before has left; it leaves then, as far as it goes
/// without waiting, and otherwise with the next call, or by [`DatagramSocket::flush`]. So a future that is dropped has sent its
/// datagram once, or not at all where it had not returned; and none that was received is lost, since they wait for the next
/// call. What has not left when the socket is dropped is lost.
///
/// A task that is always ready yields after 128 datagrams, or 256 KiB of them.
///
/// ```
/// use standpipe_core::socket::Received;
/// use standpipe_smol::{DatagramSocket, standpipe_core};
///
/// smol::block_on(async {
///     let receiver = DatagramSocket::bind(&"127.0.0.1:0".parse()?)?;
///     let sender = DatagramSocket::connect(&receiver.local()?, None)?;
///     sender.send(b"more than fits").await?;
///     let mut buffer = [0; 4];
///     let (received, from) = receiver.recv_from(&mut buffer).await?;
///     assert_eq!(received, Received::Datagram { len: 4, whole: 14, control_cut: false });
///     assert_eq!((&buffer, from), (b"more", Some(sender.local()?)));
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DatagramSocket {
    /// Held for one poll; dropped before the descriptor can be closed.
    post: Mutex<Post>,
    fd: Arc<OwnedFd>,
}

#[derive(Debug)]
struct Post {
    waiter: Waiter,
    ends: Ends,
    machine: Datagrams,
    wakers: Wakers,
    turns: [Turn; 2],
    /// What has failed on each side, for whoever uses it.
    failed: [Option<Fault>; 2],
}

impl DatagramSocket {
    /// A socket with this address. A Unix path stays when the socket goes.
    ///
    /// # Errors
    /// `AddrInUse`, `AddrNotAvailable`, `PermissionDenied`; the descriptor limit.
    pub fn bind(address: &SocketAddress) -> io::Result<Self> {
        let fd = call::open(address.family(), SOCK_DGRAM, 0)?;
        call::bind(fd.as_fd(), address)?;
        Self::of(fd)
    }

    /// A socket that sends to this peer and receives from it alone, from this address of ours where one is given.
    ///
    /// # Errors
    /// As [`DatagramSocket::bind`]; there is no way to the peer, or of a Unix socket no peer.
    pub fn connect(peer: &SocketAddress, from: Option<&SocketAddress>) -> io::Result<Self> {
        let fd = call::open(peer.family(), SOCK_DGRAM, 0)?;
        from.map_or(Ok(()), |address| call::bind(fd.as_fd(), address))?;
        call::connect(fd.as_fd(), peer)?;
        Self::of(fd)
    }

    /// A socket that was made elsewhere, such as the standard library's. None of its flags is changed.
    ///
    /// # Errors
    /// `InvalidInput` where it is none for datagrams; the descriptor limit.
    ///
    /// ```
    /// use std::os::unix::net::UnixDatagram;
    /// use standpipe_smol::DatagramSocket;
    ///
    /// let (left, right) = UnixDatagram::pair()?;
    /// let (left, right) = (DatagramSocket::of(left)?, DatagramSocket::of(right)?);
    /// smol::block_on(async {
    ///     left.send(b"").await?; // an empty one is one as well
    ///     assert_eq!(right.receive().await?.bytes.len(), 0);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of(fd: impl Into<OwnedFd>) -> io::Result<Self> {
        let (inbox, outbox) = datagrams(fd.into())?;
        let fd = inbox.descriptor().clone();
        let ends = Ends::default().with(Datagrams::RECEIVE, inbox).with(Datagrams::SEND, outbox);
        let mut waiter = Waiter::default();
        waiter.register(&ends)?;
        let (machine, wakers) = (Datagrams::default(), Wakers::default());
        let post = Post { waiter, ends, machine, wakers, turns: Default::default(), failed: [None; 2] };
        Ok(Self { post: Mutex::new(post), fd })
    }

    /// Its own address.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn local(&self) -> io::Result<SocketAddress> {
        call::local(self.as_fd())
    }

    /// The address that it sends to.
    ///
    /// # Errors
    /// `NotConnected`.
    pub fn peer(&self) -> io::Result<SocketAddress> {
        call::peer(self.as_fd())
    }

    /// Sends a datagram to an address. How many bytes were taken, which is all of them. Dropping the future sends it once, or not
    /// at all.
    ///
    /// # Errors
    /// It is not sent: it is too big, or there is no way to the address. Or one that was taken before was not, and this one was
    /// not taken.
    pub async fn send_to(&self, bytes: &[u8], to: &SocketAddress) -> io::Result<usize> {
        poll_fn(|context| self.post().poll_send(context, Some(to), bytes)).await
    }

    /// Sends a datagram to the peer, as [`DatagramSocket::send_to`].
    ///
    /// # Errors
    /// As [`DatagramSocket::send_to`]; `EDESTADDRREQ` where there is no peer.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|context| self.post().poll_send(context, None, bytes)).await
    }

    /// Waits until everything that was taken has left. Dropping the future leaves it to the next call.
    ///
    /// # Errors
    /// It was not sent.
    pub async fn flush(&self) -> io::Result<()> {
        poll_fn(|context| self.post().poll_flush(context)).await
    }

    /// Receives a datagram into the buffer, and tells from where it came: `None` of a Unix socket that is not bound. What has no
    /// room is lost, which [`Received::is_cut`] tells. Dropping the future loses none.
    ///
    /// # Errors
    /// What the kernel tells of a peer that one was sent to, such as `ConnectionRefused` (icmp(7)); receiving goes on.
    pub async fn recv_from(&self, into: &mut [u8]) -> io::Result<(Received, Option<SocketAddress>)> {
        let Arrived { from, bytes, whole } = self.receive().await?;
        let len = bytes.len().min(into.len());
        into[..len].copy_from_slice(&bytes[..len]);
        Ok((Received::Datagram { len, whole, control_cut: false }, from))
    }

    /// Receives a datagram into the buffer, as [`DatagramSocket::recv_from`].
    ///
    /// # Errors
    /// As [`DatagramSocket::recv_from`].
    pub async fn recv(&self, into: &mut [u8]) -> io::Result<Received> {
        self.recv_from(into).await.map(|(received, _)| received)
    }

    /// Receives a datagram in a buffer of its own, up to 64 KiB of it. Dropping the future loses none.
    ///
    /// # Errors
    /// As [`DatagramSocket::recv_from`].
    pub async fn receive(&self) -> io::Result<Arrived> {
        poll_fn(|context| self.post().poll_receive(context)).await
    }

    /// A task that panicked has left nothing half-done: a machine is as whole as before its word.
    fn post(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for DatagramSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Post {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Arrived>> {
        ready!(self.turns[Side::Read as usize].poll_go_on(context));
        loop {
            self.machine.set_reading(true);
            if let Some(failed) = self.ends.outbox(Datagrams::SEND).and_then(|outbox| outbox.failure()) {
                return Poll::Ready(Err(fault::error(failed)));
            }
            self.check(Side::Read)?;
            match self.machine.next_event() {
                Some(DatagramEvent::Received) => {
                    let arrived = self.ends.inbox(Datagrams::RECEIVE).and_then(|inbox| inbox.take());
                    let Some(arrived) = arrived else { continue };
                    self.turns[Side::Read as usize].moved(arrived.bytes.len());
                    return Poll::Ready(Ok(arrived));
                }
                Some(event) => self.note(event),
                None => ready!(self.poll_run(Side::Read, context))?,
            }
        }
    }

    /// One at a time, so that an error is of the datagram that it is told of.
    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        to: Option<&SocketAddress>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.turns[Side::Write as usize].poll_go_on(context));
        ready!(self.poll_flush(context))?;
        let Some(outbox) = self.ends.outbox(Datagrams::SEND) else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        self.machine.push(bytes.len()).map_err(io::Error::other)?;
        outbox.push(to.cloned(), Bytes::copy_from_slice(bytes));
        self.turns[Side::Write as usize].moved(bytes.len());
        // As far as it goes without waiting; the rest goes with the next call.
        let _ = self.poll_flush(context)?;
        self.wakers.wake_other(Side::Write);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What has come is left to whoever receives.
        self.machine.set_reading(false);
        loop {
            while let Some(event) = self.machine.next_event() {
                self.note(event);
            }
            self.check(Side::Write)?;
            if self.machine.unsent() == 0 {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_run(Side::Write, context))?;
        }
    }

    /// What has failed is kept for whose side it is.
    const fn note(&mut self, event: DatagramEvent) {
        if let DatagramEvent::Failed(side, failed) = event {
            self.failed[side as usize] = Some(failed);
        }
    }

    fn check(&mut self, side: Side) -> io::Result<()> {
        self.failed[side as usize].take().map_or(Ok(()), |failed| Err(fault::error(failed)))
    }

    fn poll_run(&mut self, side: Side, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut context = Context::from_waker(self.wakers.with(side, context.waker()));
        let told = self.waiter.poll_run(&mut self.machine, &mut self.ends, &mut context);
        if told.is_pending() {
            self.turns[side as usize].begin();
        }
        told
    }
}
