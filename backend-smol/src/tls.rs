//! TLS on connections and listeners: what a [`Context`] makes of them.

use std::io;

use standpipe_core::SecuredOptions;
pub use standpipe_core::tls::{
    ChoiceError, Choose, Cipher, ClientHello, Clients, Context, ContextOptions, Current, Group, Identities,
    Identity, KeyLog, Provider, Purpose, Revocation, RevocationDepth, Roots, Session, SessionCache,
    SessionStats, SessionStore, TlsError, Trust, Version, VersionError, WallClock,
};
use standpipe_sys::socket::Endpoint;
pub use standpipe_sys::tls::{SharedSessions, SystemClock};

use crate::{Listener, Stream, TlsStream};

impl Stream {
    /// Makes this the client's side of a TLS connection. The server must be the one with this name (or IP address); that
    /// is checked before anything can be sent.
    ///
    /// # Errors
    /// The context is a server's, or the name is no name.
    pub fn tls(self, context: &Context, name: &str) -> Result<TlsStream, TlsError> {
        let session = Session::client(context, name)?;
        Ok(TlsStream::new(self, Box::new(session), SecuredOptions::default()))
    }

    /// Makes this the server's side of a TLS connection.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn tls_server(self, context: &Context) -> Result<TlsStream, TlsError> {
        let session = Session::server(context)?;
        Ok(TlsStream::new(self, Box::new(session), SecuredOptions::default()))
    }
}

impl Listener {
    /// Secures whatever is accepted.
    pub fn tls(self, context: Context) -> TlsListener {
        TlsListener { listener: self, context }
    }
}

/// A listener whose connections are secured. They are yielded before their handshake, so that a silent client delays
/// nobody else.
#[derive(Debug)]
pub struct TlsListener {
    listener: Listener,
    context: Context,
}

impl TlsListener {
    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        self.listener.local()
    }

    /// Waits for the next connection. Its handshake is left to whoever serves it. Dropping the future loses none.
    ///
    /// # Errors
    /// The descriptor limit; or the context is a client's.
    pub async fn accept(&self) -> io::Result<(TlsStream, Endpoint)> {
        let (stream, peer) = self.listener.accept().await?;
        let stream = stream.tls_server(&self.context).map_err(io::Error::other)?;
        Ok((stream, peer))
    }
}
