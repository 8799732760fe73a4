//! What programs override: [`DatagramHandler`].

use std::io;

use standpipe_core::dispatch::TimerKey;
use standpipe_core::socket::SocketAddress;
use standpipe_core::{End, Fault};

use super::DatagramSocket;

/// A datagram that has come.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Its bytes; an empty one has none.
    pub bytes: &'a [u8],
    /// Who has sent it; `None` where a Unix socket without a name has.
    pub from: Option<&'a SocketAddress>,
    /// How many bytes it had when it was sent: more than there are here where it is longer than a lent buffer, which is 128 KiB.
    pub whole: usize,
}

impl Datagram<'_> {
    /// Whether a part of it is lost.
    pub const fn is_cut(&self) -> bool {
        self.whole > self.bytes.len()
    }
}

/// What happens at a socket for datagrams: a dispatcher of asyncore over such a socket, whose `handle_read` was told neither from where
/// nor where one ends. Each method is told once for what has happened; [`handle_close`](Self::handle_close) is the last.
///
/// An error that one returns closes this socket alone, once what was to be sent has left.
///
/// ```
/// use std::io;
/// use standpipe_sys::dispatch::{Datagram, DatagramHandler, DatagramSocket};
///
/// /// Sends back what comes (RFC 862).
/// struct Echo;
///
/// impl DatagramHandler for Echo {
///     fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()> {
///         match datagram.from {
///             Some(from) => socket.send_to(datagram.bytes, from),
///             None => Ok(()),
///         }
///     }
/// }
/// ```
pub trait DatagramHandler {
    /// One has come, which may be empty. Where they come faster than answers leave, those that were not received in time are the kernel's
    /// to drop.
    ///
    /// # Errors
    /// Whatever closes the socket.
    fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()>;

    /// There is room again for datagrams to be sent after there was none.
    ///
    /// # Errors
    /// Whatever closes the socket.
    fn handle_room(&mut self, socket: &mut DatagramSocket<'_>) -> io::Result<()> {
        let _ = socket;
        Ok(())
    }

    /// A timer that was set by [`DatagramSocket::set_timer`] is due.
    ///
    /// # Errors
    /// Whatever closes the socket.
    fn handle_timer(&mut self, socket: &mut DatagramSocket<'_>, timer: TimerKey) -> io::Result<()> {
        let _ = (socket, timer);
        Ok(())
    }

    /// One could not be sent, and is gone, or has reached nobody, as `ECONNREFUSED` says of a socket that is connected; or receiving has
    /// failed. The socket goes on.
    ///
    /// # Errors
    /// Whatever closes the socket.
    fn handle_fault(&mut self, socket: &mut DatagramSocket<'_>, fault: Fault) -> io::Result<()> {
        let _ = (socket, fault);
        Ok(())
    }

    /// The loop was asked to stop. By default what was to be sent leaves, and the socket closes.
    ///
    /// # Errors
    /// Whatever closes the socket.
    fn handle_stop(&mut self, socket: &mut DatagramSocket<'_>) -> io::Result<()> {
        socket.close();
        Ok(())
    }

    /// A handler of this socket has returned this error, and it is about to be closed.
    fn handle_error(&mut self, socket: &mut DatagramSocket<'_>, error: &io::Error) {
        let _ = (socket, error);
    }

    /// It is closed, and this is how it has ended.
    fn handle_close(&mut self, end: End) {
        let _ = end;
    }
}

impl<H: DatagramHandler + ?Sized> DatagramHandler for Box<H> {
    fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()> {
        (**self).handle_datagram(socket, datagram)
    }

    fn handle_room(&mut self, socket: &mut DatagramSocket<'_>) -> io::Result<()> {
        (**self).handle_room(socket)
    }

    fn handle_timer(&mut self, socket: &mut DatagramSocket<'_>, timer: TimerKey) -> io::Result<()> {
        (**self).handle_timer(socket, timer)
    }

    fn handle_fault(&mut self, socket: &mut DatagramSocket<'_>, fault: Fault) -> io::Result<()> {
        (**self).handle_fault(socket, fault)
    }

    fn handle_stop(&mut self, socket: &mut DatagramSocket<'_>) -> io::Result<()> {
        (**self).handle_stop(socket)
    }

    fn handle_error(&mut self, socket: &mut DatagramSocket<'_>, error: &io::Error) {
        (**self).handle_error(socket, error);
    }

    fn handle_close(&mut self, end: End) {
        (**self).handle_close(end);
    }
}
