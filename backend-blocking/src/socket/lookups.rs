//! A connection to a host by its name: [`create_connection`].

use std::net::SocketAddr;
use std::time::Duration;

use standpipe_core::socket::Operation;
use standpipe_sys::socket::Race;
use standpipe_sys::socket::error::{ConnectionError, system};

use super::Socket;
use crate::Waiter;

/// Connects to a host by name or number, racing its addresses, families taking turns (RFC 8305, SOC-37), from this address of
/// ours where one is given. The limit is for all attempts together, and is the mode of the connection afterwards; the look-up
/// comes before, and takes as long as the resolver does.
///
/// # Errors
/// [`ConnectionError`], which has the reason of each address.
///
/// ```
/// use std::time::Duration;
/// use standpipe_blocking::Listener;
/// use standpipe_blocking::socket::create_connection;
///
/// let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
/// let port = listener.local().port().unwrap_or_default();
/// let connection = create_connection("localhost", port, Some(Duration::from_secs(50)), None)?;
/// assert_eq!(connection.peer()?.port(), Some(port));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn create_connection(
    host: &str,
    port: u16,
    timeout: Option<Duration>,
    source: Option<SocketAddr>,
) -> Result<Socket, ConnectionError> {
    let mut race = Race::prepare(host, port, source)?;
    let mut waiter = Waiter::default();
    let (connect, ends) = race.parts();
    connect.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(connect, ends).map_err(|error| system(Operation::Connect, &error))?;
    race.finish(timeout).map(Socket::from)
}
