//! From a secured connection back to a bare one: [`TlsStream::unwrap`].

use std::io;

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
    /// then close_notify, and the peer's is awaited, for the close limit of [`SecuredOptions`](crate::SecuredOptions).
    /// Dropping the future closes the connection.
    ///
    /// Plain text that has come behind the peer's close_notify is kept where the layer was told to keep it
    /// ([`Session::keeping_left_over`](standpipe_core::tls::Session::keeping_left_over)), as that of `Stream::tls` was.
    ///
    /// # Errors
    /// The connection is closed then. `NotConnected`: there is no layer to be taken off in both directions, since the
    /// handshake is not over or one's own end was said. `UnexpectedEof`: the connection ended without close_notify.
    /// `TimedOut`. `InvalidData`: the peer broke the rules, or has sent more than 1 MiB that nobody had read; read to its
    /// end first.
    pub async fn unwrap(self) -> io::Result<Unwrapped> {
        let Driven { machine, mut ends, waiter: before, .. } = self.0;
        let mut waiter = before.successor();
        // The reactor takes a descriptor once at a time.
        drop(before);
        let limit = machine.options().close;
        let mut unwrapping = Unwrapping::begin(machine, waiter.now(), limit)?;
        while !unwrapping.is_done() {
            waiter.run(unwrapping.machine(), &mut ends).await?;
            unwrapping.collect()?;
        }
        drop(waiter);
        let Bare { stream, secured, left_over } = unwrapping.finish(ends)?;
        Ok(Unwrapped { stream: Stream::new(stream)?, secured, left_over })
    }
}
