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

standpipe_sys::agreed_methods!(standpipe_smol, TlsStream);

impl Stream {
    /// Makes this the client's side of a TLS connection. The server must be the one with this name (or IP address); that
    /// is checked before anything can be sent.
    ///
    /// What the stream has [read ahead](Stream::read_ahead) is shown to TLS as the server's first bytes, which makes the
    /// handshake fail unless they are: on a connection that has begun in plain text, as STARTTLS does, what somebody has put in
    /// behind the last answer is never taken for secured (RFC 3207, 4.2). Throw away as well what was told in plain text before.
    ///
    /// ```
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
    /// use smol::io::{self, AsyncBufReadExt, AsyncWriteExt};
    /// use standpipe_smol::tls::Context;
    /// use standpipe_smol::{Stream, TlsStream};
    ///
    /// async fn start_tls(mut plain: Stream, context: &Context) -> io::Result<TlsStream> {
    ///     plain.write_all(b"STARTTLS\r\n").await?;
    ///     let mut answer = String::new();
    ///     plain.read_line(&mut answer).await?;
    ///     if !answer.starts_with("220 ") {
    ///         return Err(io::Error::other(answer));
    ///     }
    ///     let mut secured = plain.tls(context, "mail.example").map_err(io::Error::other)?;
    ///     secured.handshake().await?;
    ///     Ok(secured)
    /// }
    /// # let _ = start_tls;
    /// # }
    /// ```
    ///
    /// # Errors
    /// The context is a server's, or the name is no name.
    pub fn tls(self, context: &Context, name: &str) -> Result<TlsStream, TlsError> {
        self.begin_tls(context, name, &[])
    }

    /// Makes this the server's side of a TLS connection. What the stream has read ahead are the client's first bytes.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn tls_server(self, context: &Context) -> Result<TlsStream, TlsError> {
        self.begin_tls_server(context, &[])
    }

    /// As [`Stream::tls`], where something else than the stream has read ahead, such as
    /// [`BufReader::buffer`](futures_lite::io::BufReader::buffer).
    ///
    /// # Errors
    /// As [`Stream::tls`].
    pub fn begin_tls(self, context: &Context, name: &str, read_ahead: &[u8]) -> Result<TlsStream, TlsError> {
        Ok(self.secured(Session::client(context, name)?, SecuredOptions::default(), read_ahead))
    }

    /// As [`Stream::tls_server`], where something else than the stream has read ahead.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn begin_tls_server(self, context: &Context, read_ahead: &[u8]) -> Result<TlsStream, TlsError> {
        Ok(self.secured(Session::server(context)?, SecuredOptions::default(), read_ahead))
    }

    fn secured(self, session: Session, options: SecuredOptions, read_ahead: &[u8]) -> TlsStream {
        // Kept, so that `TlsStream::unwrap` loses nothing.
        let session = Box::new(session.keeping_left_over());
        TlsStream::begun(self, session, options, read_ahead)
    }
}
