//! TLS as a pure session on rustls: no clock, no file, no socket.

mod buffers;
mod certificate;
mod context;
mod engine;
mod fault;
mod greeting;
mod hello;
pub mod pem;
mod session;
mod time;
mod trust;

pub use certificate::{
    AlternativeName, Certificate, CertificateError, CertificateText, DistinguishedName, KeyUse, NameAttribute,
};
pub use context::{Context, ContextOptions, Identity, KeyLog, Provider, Roots, TlsError, Version, WallClock};
pub use greeting::{Greeted, Greeting};
pub use hello::ClientHello;
pub use session::{Choose, Session};
pub use time::{CertificateTime, CertificateTimeError};
pub use trust::Trust;
