//! TLS on connections and listeners: what a [`Context`] makes of them.

mod greeted;
mod listener;
mod shown;

use standpipe_core::SecuredOptions;
pub use standpipe_core::tls::{
    BindingError, Certificate, CertificateError, ChoiceError, Choose, Cipher, ClientHello, Clients, Context,
    ContextOptions, Current, Group, Identities, Identity, KeyLog, Provider, Purpose, Revocation,
    RevocationDepth, Roots, Session, SessionCache, SessionStats, SessionStore, TlsError, Trust, Version,
    VersionError, WallClock,
};
pub use standpipe_sys::tls::{
    SharedContext, SharedSessions, SystemClock, default_client_context, system_roots,
};

pub use greeted::GreetedStream;
pub use listener::TlsListener;
pub use shown::get_server_certificate;

use crate::{Stream, TlsStream};

standpipe_sys::agreed_methods!(standpipe_blocking, TlsStream);

impl Stream {
    /// Makes this the client's side of a TLS connection. The server must be the one with this name (or IP address); that
    /// is checked before anything can be sent.
    ///
    /// # Errors
    /// The context is a server's, or the name is no name.
    pub fn tls(self, context: &Context, name: &str) -> Result<TlsStream, TlsError> {
        self.begin_tls(context, name, &[])
    }

    /// Makes this the server's side of a TLS connection.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn tls_server(self, context: &Context) -> Result<TlsStream, TlsError> {
        self.begin_tls_server(context, &[])
    }

    /// As [`Stream::tls`], on a connection that has begun in plain text and whose two sides have said that TLS follows, as
    /// STARTTLS does.
    ///
    /// `read_ahead` is what was read and not used before, such as [`BufReader::buffer`](std::io::BufReader::buffer). It is
    /// shown to TLS as the server's first bytes, which makes the handshake fail unless they are: what somebody has put in
    /// behind the last answer in plain text is never taken for secured (RFC 3207, 4.2). Throw away as well what was told in
    /// plain text before.
    ///
    /// ```
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
    /// use std::io::{self, BufRead, BufReader, Write};
    /// use standpipe_blocking::tls::Context;
    /// use standpipe_blocking::{Stream, TlsStream};
    ///
    /// fn start_tls(mut plain: BufReader<Stream>, context: &Context) -> io::Result<TlsStream> {
    ///     plain.get_mut().write_all(b"STARTTLS\r\n")?;
    ///     let mut answer = String::new();
    ///     plain.read_line(&mut answer)?;
    ///     if !answer.starts_with("220 ") {
    ///         return Err(io::Error::other(answer));
    ///     }
    ///     let read_ahead = plain.buffer().to_vec();
    ///     let mut secured = plain
    ///         .into_inner()
    ///         .begin_tls(context, "mail.example", &read_ahead)
    ///         .map_err(io::Error::other)?;
    ///     secured.handshake()?;
    ///     Ok(secured)
    /// }
    /// # let _ = start_tls;
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Stream::tls`].
    pub fn begin_tls(self, context: &Context, name: &str, read_ahead: &[u8]) -> Result<TlsStream, TlsError> {
        Ok(self.secured(Session::client(context, name)?, read_ahead))
    }

    /// As [`Stream::tls_server`], on a connection that has begun in plain text; what was read ahead of it is the client's
    /// first bytes of TLS, or what it must not have sent. See [`Stream::begin_tls`].
    ///
    /// # Errors
    /// The context is a client's.
    pub fn begin_tls_server(self, context: &Context, read_ahead: &[u8]) -> Result<TlsStream, TlsError> {
        Ok(self.secured(Session::server(context)?, read_ahead))
    }

    fn secured(self, session: Session, read_ahead: &[u8]) -> TlsStream {
        // Kept, so that `TlsStream::unwrap` loses nothing.
        let session = Box::new(session.keeping_left_over());
        TlsStream::begun(self, session, SecuredOptions::default(), read_ahead)
    }
}
