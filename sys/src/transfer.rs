//! Reads and writes that never wait, but for [`receive`], and never raise SIGPIPE.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use standpipe_core::{Outcome, Pending, Window};

use crate::fault;
use crate::fd::check_size;
use crate::sigpipe::without_sigpipe;

/// How many chunks one vectored write takes.
const CHUNKS: usize = 64;

/// Whether the calls are those of a socket, which need no flag on the file description and no signal mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Calls {
    Socket,
    /// The same, where the end of the direction follows what is written.
    LastOfSocket,
    File,
}

impl Calls {
    /// For sending; `None` where that is no socket's.
    const fn flags(self) -> Option<libc::c_int> {
        match self {
            Self::Socket => Some(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL),
            Self::LastOfSocket => Some(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL | libc::MSG_MORE),
            Self::File => None,
        }
    }
}

pub(crate) fn read(fd: BorrowedFd<'_>, calls: Calls, mut window: Window<'_>) -> Outcome {
    let room = make_room(&mut window);
    match window {
        Window::Slice(into) => incoming(room, read_into(fd, calls, into.as_mut_ptr(), room)),
        Window::Append { into, .. } => incoming(room, append(fd, calls, into, room)),
        _ => Outcome::Failed(fault(libc::EOPNOTSUPP)),
    }
}

/// Reads from a socket as its description says: one that blocks waits in the call.
pub(crate) fn receive(fd: BorrowedFd<'_>, into: &mut [u8]) -> Outcome {
    let (memory, room) = (into.as_mut_ptr().cast(), into.len());
    // SAFETY: `into` is live memory of `room` bytes, held exclusively for as long as the call takes.
    incoming(room, check_size(|| unsafe { libc::recv(fd.as_raw_fd(), memory, room, 0) }))
}

pub(crate) fn write(fd: BorrowedFd<'_>, calls: Calls, pending: Pending<'_>, at_most: usize) -> Outcome {
    let written = match pending {
        Pending::Slice(bytes) => {
            let bytes = &bytes[..bytes.len().min(at_most)];
            write_chunks(fd, calls, std::iter::once(bytes))
        }
        Pending::Queue(queue) => write_chunks(
            fd,
            calls,
            queue.chunks().scan(at_most, |left, chunk| {
                let chunk = &chunk[..chunk.len().min(*left)];
                *left -= chunk.len();
                (!chunk.is_empty()).then_some(chunk)
            }),
        ),
        _ => return Outcome::Failed(fault(libc::EOPNOTSUPP)),
    };
    outgoing(written)
}

pub(crate) fn outgoing(written: io::Result<usize>) -> Outcome {
    match written {
        Ok(n) => Outcome::Ready(n),
        Err(error) => refused(&error),
    }
}

pub(crate) fn incoming(room: usize, read: io::Result<usize>) -> Outcome {
    match read {
        Ok(0) if room > 0 => Outcome::Eof,
        Ok(n) => Outcome::Ready(n),
        Err(error) => refused(&error),
    }
}

fn refused(error: &io::Error) -> Outcome {
    match error.kind() {
        io::ErrorKind::WouldBlock => Outcome::Blocked,
        _ => Outcome::Failed(fault::of(error)),
    }
}

fn read_into(fd: BorrowedFd<'_>, calls: Calls, into: *mut u8, len: usize) -> io::Result<usize> {
    let fd = fd.as_raw_fd();
    check_size(|| match calls {
        // SAFETY: the callers pass memory of `len` writable bytes that they hold exclusively.
        Calls::Socket | Calls::LastOfSocket => unsafe {
            libc::recv(fd, into.cast(), len, libc::MSG_DONTWAIT)
        },
        // SAFETY: as above.
        Calls::File => unsafe { libc::read(fd, into.cast(), len) },
    })
}

/// Reads into the first `room` bytes of the spare capacity, which has them.
fn append(fd: BorrowedFd<'_>, calls: Calls, into: &mut Vec<u8>, room: usize) -> io::Result<usize> {
    let spare = &mut into.spare_capacity_mut()[..room];
    let n = read_into(fd, calls, spare.as_mut_ptr().cast(), room)?;
    // SAFETY: the kernel has initialised the first `n` bytes of the spare capacity, and `n <= room`.
    unsafe { into.set_len(into.len() + n) };
    Ok(n)
}

/// How many bytes a read into the window takes at most, which for a vector may be fewer than it may grow by: it is
/// given room as it fills up.
pub(crate) fn make_room(window: &mut Window<'_>) -> usize {
    match window {
        Window::Slice(into) => into.len(),
        Window::Append { into, max } => {
            reserve(into, *max);
            (into.capacity() - into.len()).min(*max)
        }
        _ => 0,
    }
}

/// The least room that a read is offered: what an ordinary pipe holds.
const LEAST: usize = 64 << 10;

/// Makes room by doubling, so that N bytes cost O(N), and not before it is needed.
fn reserve(into: &mut Vec<u8>, max: usize) {
    let spare = into.capacity() - into.len();
    if spare < LEAST.min(max) {
        into.reserve(max.min(into.len().max(LEAST)));
    }
}

fn write_chunks<'a>(
    fd: BorrowedFd<'_>,
    calls: Calls,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> io::Result<usize> {
    let mut chunks = chunks.peekable();
    let first = chunks.next().unwrap_or_default();
    let flags = calls.flags();
    if let Some(flags) = flags
        && chunks.peek().is_none()
    {
        return send_chunk(fd, first, flags);
    }
    let mut vectors = [io::IoSlice::new(first); CHUNKS];
    let mut count = 1;
    for (vector, chunk) in vectors[1..].iter_mut().zip(chunks) {
        *vector = io::IoSlice::new(chunk);
        count += 1;
    }
    let vectors = &vectors[..count];
    match flags {
        Some(flags) => send(fd, vectors, flags),
        None => without_sigpipe(|| {
            // SAFETY: an IoSlice has the layout of an iovec, and all of them borrow live memory.
            check_size(|| unsafe {
                libc::writev(fd.as_raw_fd(), vectors.as_ptr().cast(), count as libc::c_int)
            })
        }),
    }
}

/// What goes to a socket in one piece goes without a table of pieces.
fn send_chunk(fd: BorrowedFd<'_>, chunk: &[u8], flags: libc::c_int) -> io::Result<usize> {
    // SAFETY: `chunk` is live memory of that many bytes, which send only reads.
    check_size(|| unsafe { libc::send(fd.as_raw_fd(), chunk.as_ptr().cast(), chunk.len(), flags) })
}

fn send(fd: BorrowedFd<'_>, vectors: &[io::IoSlice<'_>], flags: libc::c_int) -> io::Result<usize> {
    // SAFETY: an all-zero msghdr is a valid value of that plain C struct.
    let mut message = unsafe { std::mem::zeroed::<libc::msghdr>() };
    message.msg_iov = vectors.as_ptr().cast_mut().cast();
    message.msg_iovlen = vectors.len();
    // SAFETY: `message` points to live iovecs (IoSlice has their layout), which sendmsg only reads.
    check_size(|| unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const message, flags) })
}
