//! Sockets for datagrams in an [`EventLoop`].

use std::io;
use std::os::fd::OwnedFd;

use standpipe_core::dispatch::Key;
use standpipe_core::socket::DatagramOptions;

use super::{EventLoop, Wait};
use crate::dispatch::datagrams::{Post, Postman};
use crate::dispatch::{DatagramHandler, DatagramSocket, LoopEvent};

impl<'a, W: Wait> EventLoop<'a, W> {
    /// Takes in a socket for datagrams, such as the standard library's for UDP or of the Unix family, bound or connected as it is.
    ///
    /// # Errors
    /// `InvalidInput` where it is no such socket; the descriptor limit.
    ///
    /// ```
    /// use std::io;
    /// use std::net::UdpSocket;
    /// use standpipe_core::dispatch::Key;
    /// use standpipe_core::socket::DatagramOptions;
    /// use standpipe_sys::dispatch::{Datagram, DatagramHandler, DatagramSocket, EventLoop, Wait};
    ///
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
    ///
    /// fn serve<W: Wait>(event_loop: &mut EventLoop<'_, W>) -> io::Result<Key> {
    ///     event_loop.insert_datagrams(UdpSocket::bind("127.0.0.1:0")?, DatagramOptions::default(), Echo)
    /// }
    /// ```
    pub fn insert_datagrams(
        &mut self,
        socket: impl Into<OwnedFd>,
        options: DatagramOptions,
        handler: impl DatagramHandler + 'a,
    ) -> io::Result<Key> {
        let key = self.adopt(Postman::new(socket.into(), options, handler)?)?;
        let _ = self.datagrams(key);
        Ok(key)
    }

    /// A socket for datagrams, to send by it; it has a turn before the loop waits. `None` when it is gone.
    pub fn datagrams(&mut self, key: Key) -> Option<DatagramSocket<'_>> {
        let now = self.now();
        let post = self.resident::<Post>(key)?;
        (post.key, post.now) = (key, now);
        Some(DatagramSocket(post))
    }

    /// Tells its owner.
    pub(in crate::dispatch) fn report(&mut self, event: LoopEvent) {
        (self.log)(event);
    }
}
