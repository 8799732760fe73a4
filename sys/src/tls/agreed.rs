//! What both backends' TLS streams tell of what was agreed upon, written once: a macro, since a method that needs no import must
//! be of the type's own crate.

/// What the two sides of a secured stream have agreed upon, and who the peer is, of a type with `negotiated`.
#[doc(hidden)]
#[macro_export]
macro_rules! agreed_methods {
    ($backend:ident, $name:ident) => {
        /// What was agreed upon, each `None` before the handshake is over; [`TlsStream::negotiated`] has all of it.
        ///
        /// ```
        #[doc = concat!("use ", stringify!($backend), "::TlsStream;")]
        ///
        /// /// For a log.
        /// fn told(stream: &TlsStream) -> Option<String> {
        ///     let resumed = if stream.is_resumed() { ", resumed" } else { "" };
        ///     Some(format!("{} with {}{resumed}", stream.version()?, stream.cipher()?))
        /// }
        /// # let _ = told;
        /// ```
        impl $name {
            /// The version, `TLSv1.3` or `TLSv1.2` (SSL-75).
            pub fn version(&self) -> Option<&'static str> {
                self.negotiated().map(|agreed| agreed.version)
            }

            /// The cipher suite by its registered name, which tells its bits (SSL-74).
            pub fn cipher(&self) -> Option<String> {
                self.negotiated().map(|agreed| agreed.cipher)
            }

            /// The application protocol that both sides speak (SSL-77).
            pub fn alpn(&self) -> Option<Vec<u8>> {
                self.negotiated()?.alpn
            }

            /// Whether it goes on where an earlier session was, whose certificates were not checked again.
            pub fn is_resumed(&self) -> bool {
                self.negotiated().is_some_and(|agreed| agreed.is_resumed)
            }

            /// What the peer's own certificate says, read anew at each call (SSL-64); `None` where it has shown none, too. Its
            /// [`tls_server_end_point`](::standpipe_core::tls::Certificate::tls_server_end_point) is the channel's binding, to a client (SSL-79).
            ///
            /// # Errors
            /// As [`Certificate::from_der`](::standpipe_core::tls::Certificate::from_der).
            pub fn peer_certificate(
                &self,
            ) -> Option<Result<::standpipe_core::tls::Certificate, ::standpipe_core::tls::CertificateError>>
            {
                self.negotiated()?.peer_certificate()
            }
        }
    };
}
