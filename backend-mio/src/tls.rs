//! TLS connections as tasks of a loop.

pub use standpipe_core::tls::{
    ChoiceError, Choose, Cipher, ClientHello, Clients, Context, ContextOptions, Current, Group, Identities,
    Identity, KeyLog, Provider, Purpose, Revocation, RevocationDepth, Roots, Session, SessionCache,
    SessionStats, SessionStore, TlsError, Trust, Version, VersionError, WallClock,
};
use standpipe_core::{Secured, SecuredOptions};
pub use standpipe_sys::tls::{SharedSessions, SystemClock};
use standpipe_sys::{Ends, Stream};

/// The server's side of a TLS connection, as a task. Its handshake is yet to come, under its own deadline, so that a
/// silent client delays nobody else.
///
/// ```
#[doc = include_str!("../examples/tls_echo.rs")]
/// ```
///
/// # Errors
/// The context is a client's.
pub fn server(stream: Stream, context: &Context) -> Result<(Secured, Ends), TlsError> {
    Ok(task(stream, Session::server(context)?))
}

/// The client's side of a TLS connection, as a task. The server must be the one with this name (or IP address); that is
/// checked before anything can be sent.
///
/// # Errors
/// The context is a server's, or the name is no name.
pub fn client(stream: Stream, context: &Context, name: &str) -> Result<(Secured, Ends), TlsError> {
    Ok(task(stream, Session::client(context, name)?))
}

fn task(stream: Stream, session: Session) -> (Secured, Ends) {
    let connection = Secured::new(Box::new(session), SecuredOptions::default());
    (connection, Ends::default().with(Secured::SOCKET, stream))
}
