//! Into a layer and out of it in the midst of a connection: [`feed`], [`show`], [`Unwrapping`].

use std::io;
use std::time::Duration;

use standpipe_core::{Lend, Machine, Moment, Port, Secured, Unwrap, Window};

use crate::{Ends, Stream, fault};

/// The most data that is collected while a layer is taken off.
const MOST: usize = 1 << 20;

/// Shows a connection what was read before it had its layer: the peer's first bytes of the handshake, or what has no
/// business there. More than any handshake begins with ends it.
pub fn feed(connection: &mut Secured, now: Moment, come: &[u8], lend: &mut dyn Lend) {
    connection.handle_now(now);
    let taken = show(connection, Secured::SOCKET, come, lend);
    if taken < come.len() && connection.receiving_end().is_none() {
        connection.abort();
    }
    connection.settle(lend);
}

/// Shows a machine what was read before it had its port, as if it came there now. Yields how much of it the machine wanted.
pub fn show(machine: &mut impl Machine, port: Port, come: &[u8], lend: &mut dyn Lend) -> usize {
    let mut taken = 0;
    while taken < come.len() && machine.wants(port).read {
        let Window::Slice(window) = machine.window(port, lend) else { break };
        let n = window.len().min(come.len() - taken);
        if n == 0 {
            break;
        }
        window[..n].copy_from_slice(&come[taken..taken + n]);
        machine.handle_read(port, n);
        taken += n;
    }
    taken
}

/// A connection whose layer is taken off, and what has come by it meanwhile.
#[derive(Debug)]
pub struct Unwrapping {
    unwrap: Unwrap,
    secured: Vec<u8>,
}

/// A connection that has no layer any more. Only `secured` came from whom the layer vouches for.
#[derive(Debug)]
pub struct Bare {
    /// The connection, in plain text from here on.
    pub stream: Stream,
    /// Data that had come by the layer, and that nobody had read.
    pub secured: Vec<u8>,
    /// Plain text that has come behind the layer already. It goes before what is read from the stream.
    pub left_over: Vec<u8>,
}

impl Unwrapping {
    /// Begins, with this limit for all of it.
    ///
    /// # Errors
    /// `NotConnected`: there is no layer to be taken off in both directions.
    pub fn begin(connection: Secured, now: Moment, limit: Duration) -> io::Result<Self> {
        let layer = connection.into_layer().map_err(|_| nothing_to_take_off())?;
        let mut unwrap = Unwrap::new(layer);
        unwrap.set_deadline(Some(now + limit));
        Ok(Self { unwrap, secured: Vec::new() })
    }

    /// What is to be run over the connection's ends, again and again, each time to its next event.
    pub const fn machine(&mut self) -> &mut Unwrap {
        &mut self.unwrap
    }

    /// Whether it is over.
    pub fn is_done(&self) -> bool {
        self.unwrap.is_done()
    }

    /// Collects what has come; after each run.
    ///
    /// # Errors
    /// `InvalidData`: more than 1 MiB that nobody had read.
    pub fn collect(&mut self) -> io::Result<()> {
        while let Some(data) = self.unwrap.next_event() {
            self.secured.extend_from_slice(data);
        }
        if self.secured.len() > MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TOO_MUCH));
        }
        Ok(())
    }

    /// What has become of it, once it is over.
    ///
    /// # Errors
    /// Why the layer could not be taken off, in the standard library's words.
    ///
    /// # Panics
    /// When it is not over.
    pub fn finish(self, ends: Ends) -> io::Result<Bare> {
        let left_over = self.unwrap.finish().map_err(|error| fault::end_error(error.into()))?;
        let stream = ends.into_stream(Unwrap::SOCKET).ok_or_else(nothing_to_take_off)?;
        Ok(Bare { stream, secured: self.secured, left_over })
    }
}

const TOO_MUCH: &str = "more than 1 MiB came while TLS was taken off: read to the peer's end first";

fn nothing_to_take_off() -> io::Error {
    let why = "TLS can only be taken off after the handshake, before either side's end of the connection";
    io::Error::new(io::ErrorKind::NotConnected, why)
}
