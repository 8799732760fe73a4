//! The writing side of a file over a socket: [`SocketWriter`].

use std::borrow::Borrow;
use std::io::IoSlice;
use std::os::fd::AsFd;

use standpipe_core::Side;
use standpipe_core::socket::{BufferedWriter, Buffering, Operation};
use standpipe_sys::socket::error::FileError;

use super::waiting::Waiting;
use super::{Outgoing, Socket};

/// What is written to a socket in pieces, sent in bigger ones (SOC-80, SOC-85 to SOC-87), over core's [`BufferedWriter`]. Each
/// call has one deadline by the socket's mode, and an error leaves exactly what did not go.
///
/// A writer that is dropped sends nothing more; [`close`](Self::close) says whether everything went.
///
/// ```
/// use standpipe_blocking::socket::{Family, constants::SOCK_STREAM, socket_pair};
///
/// let (left, right) = socket_pair(Family::UNIX, SOCK_STREAM, 0)?;
/// let mut writer = left.writer();
/// writer.write(b"kept until ")?;
/// assert_eq!(writer.unsent(), b"kept until ");
/// writer.write(b"it is flushed")?;
/// writer.close()?;
/// let mut buffer = [0; 64];
/// assert_eq!(right.recv(&mut buffer)?.len(), 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SocketWriter<S> {
    socket: S,
    writer: BufferedWriter,
}

impl Socket {
    /// A file to write to, which keeps bytes in the usual way. For another one: [`SocketWriter::new`].
    pub fn writer(&self) -> SocketWriter<&Self> {
        SocketWriter::new(self, BufferedWriter::new(Buffering::default()))
    }
}

impl<S: Borrow<Socket>> SocketWriter<S> {
    /// Writes to this socket, keeping bytes as this writer does: its buffering and its limit.
    pub const fn new(socket: S, writer: BufferedWriter) -> Self {
        Self { socket, writer }
    }

    /// The socket.
    pub fn socket(&self) -> &Socket {
        self.socket.borrow()
    }

    /// Takes bytes, and sends what is due. How many were taken: all, or fewer when sending failed before there was room for the
    /// rest. What was taken and not sent is [`unsent`](Self::unsent), and why is told by the next call.
    ///
    /// # Errors
    /// [`FileError`], where nothing was taken.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, FileError> {
        let mut taken = 0;
        let waiting = begin(self.socket.borrow());
        loop {
            let sent = send_due(self.socket.borrow(), &waiting, &mut self.writer);
            if taken == bytes.len() || sent.is_err() && taken > 0 {
                return Ok(taken);
            }
            sent?;
            taken += self.writer.write(&bytes[taken..])?;
        }
    }

    /// Sends everything that was written.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn flush(&mut self) -> Result<(), FileError> {
        self.writer.flush();
        let socket = self.socket.borrow();
        send_due(socket, &begin(socket), &mut self.writer)
    }

    /// Sends everything that was written, and takes no more (SOC-87). The socket stays open; where it fails, the same call goes
    /// on with the rest.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn close(&mut self) -> Result<(), FileError> {
        self.writer.close();
        let socket = self.socket.borrow();
        send_due(socket, &begin(socket), &mut self.writer)
    }

    /// What was written and is not sent.
    pub fn unsent(&self) -> &[u8] {
        self.writer.unsent()
    }
}

fn begin(socket: &Socket) -> Waiting<'_> {
    Waiting::begin(socket.as_fd(), Operation::Send, socket.timeout())
}

fn send_due(socket: &Socket, waiting: &Waiting<'_>, writer: &mut BufferedWriter) -> Result<(), FileError> {
    let mut done = 0;
    while !writer.pending().is_empty() {
        let piece = [IoSlice::new(writer.pending())];
        let sent = waiting.attempt(Side::Write, done, || socket.try_send(&piece, &Outgoing::default()))?;
        writer.handle_written(sent);
        done += sent;
    }
    Ok(())
}
