//! Messages: bytes with addresses, descriptors and other control messages beside them (sendmsg(2), recvmsg(2)).

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use standpipe_core::socket::constants::{
    MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC, SOCK_DGRAM, SOCK_RAW, SOCK_RDM,
    SOCK_STREAM,
};
use standpipe_core::socket::{AncillaryError, ControlMessage, ControlMessages, Received, SocketAddress};

use super::call::address_in;
use crate::fd::check_size;
use crate::poll;

/// What goes beside the bytes of a message.
#[derive(Clone, Debug, Default)]
pub struct Beside<'a> {
    /// Where to; `None` for the peer that the socket is connected to.
    pub to: Option<&'a SocketAddress>,
    /// Descriptors that the receiver gets copies of (`SCM_RIGHTS`, unix(7)), at most 253. At least one byte must go with
    /// them on a stream.
    pub descriptors: &'a [BorrowedFd<'a>],
    /// Other control messages, as they are.
    pub control: &'a [ControlMessage],
    /// `MSG_*`; the two for not waiting and for no signal are always there.
    pub flags: i32,
}

impl Beside<'_> {
    fn control_bytes(&self) -> Vec<u8> {
        let rights = self.descriptors.iter().map(AsRawFd::as_raw_fd).collect::<Vec<_>>();
        let rights = (!rights.is_empty()).then_some(ControlMessage::Rights(rights));
        let messages: Vec<_> = self.control.iter().cloned().chain(rights).collect();
        ControlMessage::encode(&messages)
    }
}

/// What came beside the bytes of a message.
#[derive(Debug)]
#[non_exhaustive]
pub struct Message {
    /// How many bytes came, or that none will.
    pub received: Received,
    /// From where; `None` from a stream, and from an unnamed Unix socket.
    pub from: Option<SocketAddress>,
    /// The descriptors that came, close-on-exec from their birth. Those that are not taken are closed.
    pub descriptors: Vec<OwnedFd>,
    /// The other control messages.
    pub control: Vec<ControlMessage>,
    /// Why those are not all.
    pub error: Option<AncillaryError>,
    /// `MSG_*` as the kernel gave them back.
    pub flags: i32,
}

impl Message {
    const fn without_bytes(received: Received) -> Self {
        Self { received, from: None, descriptors: Vec::new(), control: Vec::new(), error: None, flags: 0 }
    }

    /// Whether a control message, with its descriptors, had no room and is lost.
    pub const fn is_control_cut(&self) -> bool {
        self.flags & MSG_CTRUNC != 0
    }
}

/// Sends once, without waiting and without SIGPIPE. How many bytes went.
///
/// # Errors
/// `EAGAIN` where it would have to wait; `EPIPE` and `ECONNRESET` where the peer is gone; `EMSGSIZE` for a datagram that is too
/// big; `EDESTADDRREQ` without a peer; `EINVAL` and `ETOOMANYREFS` for descriptors that cannot go.
///
/// ```
/// use std::io::{IoSlice, IoSliceMut};
/// use std::os::fd::AsFd;
/// use standpipe_core::socket::{Family, Received, constants::SOCK_STREAM};
/// use standpipe_sys::socket::{Beside, call, receive, send};
///
/// let (left, right) = call::pair(Family::UNIX, SOCK_STREAM, 0)?;
/// let beside = Beside { descriptors: &[left.as_fd()], ..Beside::default() };
/// assert_eq!(send(left.as_fd(), &[IoSlice::new(b"hello")], &beside)?, 5);
/// let mut buffer = [0; 16];
/// let message = receive(right.as_fd(), SOCK_STREAM, &mut [IoSliceMut::new(&mut buffer)], 64, 0)?;
/// assert_eq!((message.received, message.descriptors.len()), (Received::Bytes(5), 1));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn send(fd: BorrowedFd<'_>, bytes: &[IoSlice<'_>], beside: &Beside<'_>) -> io::Result<usize> {
    let address = beside.to.map(SocketAddress::to_bytes).unwrap_or_default();
    let control = beside.control_bytes();
    // SAFETY: an all-zero msghdr is a valid value of that plain C struct.
    let mut message = unsafe { std::mem::zeroed::<libc::msghdr>() };
    if !address.is_empty() {
        message.msg_name = address.as_ptr().cast_mut().cast();
        message.msg_namelen = address.len() as libc::socklen_t;
    }
    if !control.is_empty() {
        message.msg_control = control.as_ptr().cast_mut().cast();
        message.msg_controllen = control.len() as _;
    }
    message.msg_iov = bytes.as_ptr().cast_mut().cast();
    message.msg_iovlen = bytes.len() as _;
    let flags = beside.flags | MSG_DONTWAIT | MSG_NOSIGNAL;
    // SAFETY: everything that the message points to outlives the call, which does not write there; an IoSlice has the layout
    // of an iovec.
    check_size(|| unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const message, flags) })
}

/// Receives once, without waiting, from a socket of this type: into these buffers, with so many bytes of room for control
/// messages. A datagram that is cut is told with its whole length. Where nothing is asked of a stream the kernel is not either,
/// since that may wait.
///
/// # Errors
/// `EAGAIN` where it would have to wait; `ECONNRESET`, and `ECONNREFUSED` of a datagram that was sent before; `ENOTCONN`.
pub fn receive(
    fd: BorrowedFd<'_>,
    kind: i32,
    buffers: &mut [IoSliceMut<'_>],
    control_room: usize,
    flags: i32,
) -> io::Result<Message> {
    let asked = buffers.iter().map(|buffer| buffer.len()).sum();
    // On a stream the flag would throw bytes away.
    let whole = if matches!(kind, SOCK_DGRAM | SOCK_RAW | SOCK_RDM) { MSG_TRUNC } else { 0 };
    if asked == 0 && whole == 0 {
        return Ok(Message::without_bytes(Received::of(kind, 0, 0, 0)));
    }
    let mut address = [0_u8; SocketAddress::MAX_LEN];
    // Aligned as the headers of control messages are.
    let mut control = vec![0_usize; control_room.div_ceil(size_of::<usize>())];
    // SAFETY: an all-zero msghdr is a valid value of that plain C struct.
    let mut message = unsafe { std::mem::zeroed::<libc::msghdr>() };
    message.msg_name = address.as_mut_ptr().cast();
    message.msg_iov = buffers.as_mut_ptr().cast();
    message.msg_iovlen = buffers.len() as _;
    if !control.is_empty() {
        message.msg_control = control.as_mut_ptr().cast();
    }
    let flags = flags | whole | MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
    let returned = check_size(|| {
        message.msg_namelen = address.len() as libc::socklen_t;
        message.msg_controllen = control_room as _;
        // SAFETY: everything that the message points to is ours, outlives the call and is as long as it says; an IoSliceMut
        // has the layout of an iovec.
        unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, flags) }
    });
    let returned = match returned {
        // The kernel says so to a call that waits alone; to any other the socket seems ready for ever.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock && whole != 0 && poll::has_ended(fd) => {
            return Ok(Message::without_bytes(Received::Eof));
        }
        returned => returned?,
    };
    let filled: Vec<u8> = control.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let (descriptors, control, error) = take(&filled[..(message.msg_controllen as usize).min(filled.len())]);
    Ok(Message {
        received: Received::of(kind, asked, returned, message.msg_flags),
        // A Unix stream has its peer's address beside the bytes as well.
        from: address_in(&address, message.msg_namelen as usize).filter(|_| kind != SOCK_STREAM),
        descriptors,
        control,
        error,
        flags: message.msg_flags,
    })
}

/// The control messages that the kernel has just written, their descriptors owned.
fn take(bytes: &[u8]) -> (Vec<OwnedFd>, Vec<ControlMessage>, Option<AncillaryError>) {
    let ControlMessages { messages, error } = ControlMessages::decode(bytes);
    let (mut descriptors, mut others) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            ControlMessage::Rights(numbers) => descriptors.extend(numbers.into_iter().map(|number| {
                // SAFETY: the kernel has just opened it for us, and nobody else knows it.
                unsafe { OwnedFd::from_raw_fd(number) }
            })),
            other => others.push(other),
        }
    }
    (descriptors, others, error)
}
