//! Whom the system trusts: [`system_roots`], [`default_client_context`].

use std::io;
use std::sync::Arc;

use standpipe_core::tls::{Context, Provider, Purpose, Roots};

use super::SystemClock;

/// The certificates that the system trusts to vouch for others (SSL-88): those of its usual place, or of the file and the
/// folders that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. One that cannot be used is left out, as browsers do.
///
/// It reads files, some hundred KiB: once for a context, not once for a connection.
///
/// ```
/// # #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
/// match standpipe_sys::tls::system_roots() {
///     Ok(roots) => assert!(roots.certificates().len() > 0),
///     Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
/// }
/// ```
///
/// # Errors
/// `NotFound`: there is none, or none that can be used; a context without any would trust nobody. What could not be read
/// is in the text.
pub fn system_roots() -> io::Result<Roots> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = Roots::default();
    for certificate in found.certs {
        // Left out where it is of no use.
        let _ = roots.add_der(certificate.to_vec());
    }
    if roots.certificates().len() > 0 {
        return Ok(roots);
    }
    let why = found.errors.iter().map(|error| format!(": {error}")).collect::<String>();
    let text = format!("the system has no trusted certificates{why}");
    Err(io::Error::new(io::ErrorKind::NotFound, text))
}

/// A client's context with the system's roots and the defaults of everything else (SSL-19, SSL-88): certificates and names
/// are always checked.
///
/// ```no_run
/// # #[cfg(feature = "aws-lc-rs")] {
/// use standpipe_core::tls::{Provider, Session};
/// use standpipe_sys::tls::default_client_context;
///
/// let context = default_client_context(Provider::AwsLcRs)?;
/// let session = Session::client(&context, "example.org")?;
/// # let _ = session;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`system_roots`]; or of the kind `Other`, with a [`TlsError`](standpipe_core::tls::TlsError) inside, what the provider cannot do.
pub fn default_client_context(provider: Provider) -> io::Result<Context> {
    let purpose = Purpose::ServerAuth(system_roots()?);
    Context::for_purpose(purpose, provider, Arc::new(SystemClock)).map_err(io::Error::other)
}
