//! From a secured connection back to a bare one: [`TlsStream::unwrap`].

use std::io;
use std::time::Duration;

use standpipe_core::{Machine, Secured, Unwrap};
use standpipe_sys::fault;

use super::{Driven, TlsStream};
use crate::Stream;

/// The most data that is collected while a layer is taken off.
const MOST: usize = 1 << 20;

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
        let layer = machine.into_layer().map_err(|_| nothing_to_take_off())?;
        let mut unwrap = Unwrap::new(layer);
        unwrap.set_deadline(Some(waiter.now() + limit));
        let (mut ends, mut waiter, mut secured) = (ends, waiter.successor(), Vec::new());
        while !unwrap.is_done() {
            waiter.run(&mut unwrap, &mut ends)?;
            while let Some(data) = unwrap.next_event() {
                secured.extend_from_slice(data);
            }
            if secured.len() > MOST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, TOO_MUCH));
            }
        }
        let left_over = unwrap.finish().map_err(|error| fault::end_error(error.into()))?;
        let stream = ends.into_stream(Secured::SOCKET).ok_or_else(nothing_to_take_off)?;
        Ok(Unwrapped { stream: stream.into(), secured, left_over })
    }
}

const TOO_MUCH: &str = "more than 1 MiB came while TLS was taken off: read to the peer's end first";

fn nothing_to_take_off() -> io::Error {
    let why = "TLS can only be taken off after the handshake, before either side's end of the connection";
    io::Error::new(io::ErrorKind::NotConnected, why)
}
