//! Why a TLS connection has failed: [`TlsFault`]. Known without TLS itself, since ends name it.

use crate::Alert;

/// Why a TLS connection has failed.
///
/// ```
/// use standpipe_core::{TlsFault, TlsReason};
///
/// /// Whether it is the peer's certificate that is to blame.
/// fn is_certificates(fault: &TlsFault) -> bool {
///     matches!(fault.reason(), TlsReason::Expired | TlsReason::WrongName | TlsReason::UnknownIssuer)
/// }
/// assert!(is_certificates(&TlsFault::new(TlsReason::Expired, None)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum TlsReason {
    /// The peer does not speak TLS at all: a plain-text client, or garbage.
    NotTls,
    /// The peer speaks it wrongly.
    Misbehaved,
    /// A record could not be decrypted: it was changed on its way.
    Decrypt,
    /// A record or a message is larger than allowed.
    TooLarge,
    /// The two sides have no version, cipher or key exchange in common.
    Incompatible,
    /// The two sides have no application protocol in common.
    NoProtocol,
    /// The peer has no certificate although one is wanted.
    NoCertificate,
    /// The peer's certificate has expired.
    Expired,
    /// The peer's certificate is not valid yet.
    NotValidYet,
    /// The peer's certificate is for another name.
    WrongName,
    /// Nobody who is trusted has issued the peer's certificate.
    UnknownIssuer,
    /// The peer's certificate is not the pinned one.
    WrongPin,
    /// The peer's certificate is revoked.
    Revoked,
    /// Whether the peer's certificate is revoked is not known: no list of its issuer says so, or only an outdated one.
    RevocationUnknown,
    /// The peer's certificate is unusable in another way.
    BadCertificate,
    /// The peer has refused us, by an alert.
    Refused,
    /// Something failed on this side.
    Own,
}

/// Why a TLS connection has failed, and the alert where the peer sent one. Errors are sticky: the session stays failed,
/// and the alert that tells the peer still leaves.
///
/// ```
/// use standpipe_core::{TlsFault, TlsReason};
///
/// let fault = TlsFault::new(TlsReason::Refused, Some(48));
/// assert_eq!((fault.reason(), fault.alert()), (TlsReason::Refused, Some(48)));
/// assert_eq!(fault.to_string(), "the peer refused the connection: alert 48 (unknown_ca)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TlsFault {
    reason: TlsReason,
    alert: Option<u8>,
}

impl TlsFault {
    /// Why.
    pub fn reason(&self) -> TlsReason {
        self.reason
    }

    /// The number of the alert that the peer sent; [`Alert`] has its name.
    pub fn alert(&self) -> Option<u8> {
        self.alert
    }

    /// A failure for this reason, told by the alert with this number where the peer sent one.
    pub const fn new(reason: TlsReason, alert: Option<u8>) -> Self {
        Self { reason, alert }
    }
}

impl TlsReason {
    const fn text(self) -> &'static str {
        match self {
            Self::NotTls => "the peer does not speak TLS",
            Self::Misbehaved => "the peer does not keep to TLS",
            Self::Decrypt => "a record from the peer cannot be decrypted",
            Self::TooLarge => "a record or message from the peer is larger than allowed",
            Self::Incompatible => "no version, cipher or key exchange in common with the peer",
            Self::NoProtocol => "no application protocol in common with the peer",
            Self::NoCertificate => "the peer has no certificate",
            Self::Expired => "the peer's certificate has expired",
            Self::NotValidYet => "the peer's certificate is not valid yet",
            Self::WrongName => "the peer's certificate is for another name",
            Self::UnknownIssuer => "the peer's certificate was issued by nobody who is trusted",
            Self::WrongPin => "the peer's certificate is not the pinned one",
            Self::Revoked => "the peer's certificate is revoked",
            Self::RevocationUnknown => "whether the peer's certificate is revoked is not known",
            Self::BadCertificate => "the peer's certificate cannot be used",
            Self::Refused => "the peer refused the connection",
            Self::Own => "TLS failed on this side",
        }
    }
}

impl core::fmt::Display for TlsFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.reason.text())?;
        match self.alert {
            Some(alert) => write!(f, ": alert {}", Alert::from(alert)),
            None => Ok(()),
        }
    }
}

impl core::error::Error for TlsFault {}
