//! What an alert of TLS says: [`Alert`].

use core::fmt;

/// An alert of TLS by its number, as a peer sends it to say why it ends a connection (RFC 8446, 6). It shows as
/// `48 (unknown_ca)`, one that nobody has registered as its number alone.
///
/// Every number of the registry has a constant, with the name of RFC 8446 and of those before it; the original has 27 of
/// them (SSL-54, SSL-55).
///
/// ```
/// use standpipe_core::Alert;
///
/// assert_eq!((Alert::UNKNOWN_CA.number(), Alert::UNKNOWN_CA.name()), (48, Some("unknown_ca")));
/// assert_eq!(Alert::from(48), Alert::UNKNOWN_CA);
/// assert_eq!(Alert::from(120).to_string(), "120 (no_application_protocol)");
/// assert_eq!((Alert::from(200).name(), Alert::from(200).to_string()), (None, "200".into()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Alert(u8);

macro_rules! alerts {
    ($($constant:ident = $number:literal, $name:literal;)*) => {
        impl Alert {
            $(
                #[doc = concat!("`", $name, "`, ", stringify!($number), ".")]
                pub const $constant: Self = Self($number);
            )*

            /// Its name in the registry; those that nobody sends any more bear that of the time when somebody did.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

alerts! {
    CLOSE_NOTIFY = 0, "close_notify";
    UNEXPECTED_MESSAGE = 10, "unexpected_message";
    BAD_RECORD_MAC = 20, "bad_record_mac";
    DECRYPTION_FAILED = 21, "decryption_failed";
    RECORD_OVERFLOW = 22, "record_overflow";
    DECOMPRESSION_FAILURE = 30, "decompression_failure";
    HANDSHAKE_FAILURE = 40, "handshake_failure";
    NO_CERTIFICATE = 41, "no_certificate";
    BAD_CERTIFICATE = 42, "bad_certificate";
    UNSUPPORTED_CERTIFICATE = 43, "unsupported_certificate";
    CERTIFICATE_REVOKED = 44, "certificate_revoked";
    CERTIFICATE_EXPIRED = 45, "certificate_expired";
    CERTIFICATE_UNKNOWN = 46, "certificate_unknown";
    ILLEGAL_PARAMETER = 47, "illegal_parameter";
    UNKNOWN_CA = 48, "unknown_ca";
    ACCESS_DENIED = 49, "access_denied";
    DECODE_ERROR = 50, "decode_error";
    DECRYPT_ERROR = 51, "decrypt_error";
    TOO_MANY_CIDS_REQUESTED = 52, "too_many_cids_requested";
    EXPORT_RESTRICTION = 60, "export_restriction";
    PROTOCOL_VERSION = 70, "protocol_version";
    INSUFFICIENT_SECURITY = 71, "insufficient_security";
    INTERNAL_ERROR = 80, "internal_error";
    INAPPROPRIATE_FALLBACK = 86, "inappropriate_fallback";
    USER_CANCELED = 90, "user_canceled";
    NO_RENEGOTIATION = 100, "no_renegotiation";
    MISSING_EXTENSION = 109, "missing_extension";
    UNSUPPORTED_EXTENSION = 110, "unsupported_extension";
    CERTIFICATE_UNOBTAINABLE = 111, "certificate_unobtainable";
    UNRECOGNIZED_NAME = 112, "unrecognized_name";
    BAD_CERTIFICATE_STATUS_RESPONSE = 113, "bad_certificate_status_response";
    BAD_CERTIFICATE_HASH_VALUE = 114, "bad_certificate_hash_value";
    UNKNOWN_PSK_IDENTITY = 115, "unknown_psk_identity";
    CERTIFICATE_REQUIRED = 116, "certificate_required";
    GENERAL_ERROR = 117, "general_error";
    NO_APPLICATION_PROTOCOL = 120, "no_application_protocol";
    ECH_REQUIRED = 121, "ech_required";
}

impl Alert {
    /// Its number on the wire.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl From<u8> for Alert {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}
