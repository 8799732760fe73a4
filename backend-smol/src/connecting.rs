//! Making connections: [`connect`], [`connect_to`], [`secure`].

use std::io;
use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::socket::Address;
use standpipe_core::{Handshake, Layer};
use standpipe_sys::Ends;
use standpipe_sys::socket::{self, Candidate, Purpose};

use crate::{Stream, Waiter};

/// Connects to an address, racing what its name stands for (RFC 8305), within core's default of 30 s. The look-up runs on
/// a thread of smol's pool for blocking calls.
///
/// Dropping the future gives every attempt up; a look-up that has begun ends on its own and is forgotten.
///
/// # Errors
/// The name cannot be looked up, why the last candidate failed, or the time-out.
pub async fn connect(address: &Address) -> io::Result<Stream> {
    let address = address.clone();
    let candidates = smol::unblock(move || socket::resolve(&address, Purpose::Connect));
    let candidates = candidates.await.map_err(io::Error::other)?;
    connect_to(candidates, RelayOptions::default().connect).await.and_then(Stream::new)
}

/// Connects to the first of the candidates that answers, for a machine to use; [`Stream::new`] is for everybody else.
///
/// Dropping the future gives every attempt up.
///
/// # Errors
/// Why the last candidate failed, or the time-out.
pub async fn connect_to(
    candidates: Vec<Candidate>,
    timeout: Option<Duration>,
) -> io::Result<standpipe_sys::Stream> {
    let (mut connect, mut ends) = socket::connecting(candidates);
    let mut waiter = Waiter::default();
    connect.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut connect, &mut ends).await?;
    ends.into_connected(&connect)
}

/// Agrees upon a layer, such as TLS, with the other side of a connection.
///
/// Dropping the future closes the connection.
///
/// # Errors
/// Why nothing was agreed upon, or the time-out.
pub async fn secure(
    stream: standpipe_sys::Stream,
    layer: Box<dyn Layer>,
    timeout: Option<Duration>,
) -> io::Result<(standpipe_sys::Stream, Box<dyn Layer>)> {
    let mut handshake = Handshake::new(layer);
    let mut ends = Ends::default().with(Handshake::SOCKET, stream);
    let mut waiter = Waiter::default();
    handshake.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut handshake, &mut ends).await?;
    ends.into_secured(handshake)
}
