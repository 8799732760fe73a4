//! A server's certificate in one call: [`get_server_certificate`].

use std::io;

use standpipe_core::socket::Address;
use standpipe_core::tls::{Context, pem};

use crate::connect;

/// Connects to a server for nothing but its certificate, as PEM (SSL-35). Whether it is to be trusted is the context's to
/// say: [`Trust::Anybody`](super::Trust::Anybody) takes any, as the original does without `ca_certs`.
///
/// The server is asked for by the host of the address; one without, such as a Unix path, as `localhost`.
///
/// # Errors
/// As [`connect`] and [`TlsStream::handshake`](crate::TlsStream::handshake); `InvalidInput`: the context is a server's, or
/// the host is no name.
pub fn get_server_certificate(address: &Address, context: &Context) -> io::Result<String> {
    let name = match address {
        Address::Tcp { host: Some(host), .. } => host,
        _ => "localhost",
    };
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let mut stream = connect(address)?.tls(context, name).map_err(invalid)?;
    stream.handshake()?;
    let shown = stream.negotiated().and_then(|agreed| agreed.peer_certificates.into_iter().next());
    // What comes of the farewell is of no interest: the certificate is here.
    let _ = stream.close_write();
    shown.map(|der| pem::encode(&der)).ok_or_else(|| io::Error::other("the server has shown no certificate"))
}
