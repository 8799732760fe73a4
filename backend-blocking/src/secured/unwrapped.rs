//! From a secured connection back to a bare one: [`TlsStream::unwrap`].

use std::io;
use std::time::Duration;

use standpipe_sys::secured::{Bare, Unwrapping};

use super::{Driven, TlsStream};
use crate::Stream;

/// A connection that has no layer any more, made by [`TlsStream::unwrap`]. What has come by then is told apart: only
/// `secured` came from whom the layer vouches for.
#[derive(Debug)]
pub struct Unwrapped {
    /// The connection, in plain text from here on.
    pub stream: Stream,
    /// Data that had come by the layer, and that nobody had read.
    pub secured: Vec<u8>,
    /// Plain text that has come behind the layer already. It goes before what is read from the stream.
    pub left_over: Vec<u8>,
}

impl TlsStream {
    /// Takes the layer off, after which plain text goes both ways on the same connection (SSL-80): what was written leaves,
    /// then close_notify, and the peer's is awaited, for the close limit of [`SecuredOptions`](crate::SecuredOptions) or
    /// the [time-out](TlsStream::set_timeout), whichever is shorter.
    ///
    /// Plain text that has come behind the peer's close_notify is kept where the layer was told to keep it
    /// ([`Session::keeping_left_over`](standpipe_core::tls::Session::keeping_left_over)), as that of `Stream::tls` was.
    ///
    /// # Errors
    /// The connection is closed then. `NotConnected`: there is no layer to be taken off in both directions, since the
    /// handshake is not over or one's own end was said. `UnexpectedEof`: the connection ended without close_notify.
    /// `TimedOut`. `InvalidData`: the peer broke the rules, or has sent more than 1 MiB that nobody had read; read to its
    /// end first.
    pub fn unwrap(self) -> io::Result<Unwrapped> {
        let Driven { machine, ends, waiter, timeout } = self.0;
        let limit =
            timeout.map_or(machine.options().close, |wait: Duration| wait.min(machine.options().close));
        let (mut ends, mut waiter) = (ends, waiter.successor());
        let mut unwrapping = Unwrapping::begin(machine, waiter.now(), limit)?;
        while !unwrapping.is_done() {
            waiter.run(unwrapping.machine(), &mut ends)?;
            unwrapping.collect()?;
        }
        let Bare { stream, secured, left_over } = unwrapping.finish(ends)?;
        Ok(Unwrapped { stream: stream.into(), secured, left_over })
    }
}
