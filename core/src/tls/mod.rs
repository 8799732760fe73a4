//! TLS as a pure session on rustls: no clock, no file, no socket.

mod buffers;
mod certificate;
mod choice;
mod clients;
mod context;
mod current;
mod engine;
mod fault;
mod greeting;
mod hello;
mod identities;
mod identity;
pub mod pem;
mod provider;
mod resumption;
mod revocation;
mod roots;
mod session;
mod time;
mod trust;
mod version;

pub use certificate::{
    AlternativeName, BindingError, Certificate, CertificateError, CertificateText, DistinguishedName, KeyUse,
    NameAttribute, NameError,
};
pub use choice::{ChoiceError, Cipher, Group};
pub use clients::Clients;
pub use context::{Context, ContextOptions, KeyLog, Purpose, TlsError, WallClock};
pub use current::Current;
pub use greeting::{Greeted, Greeting};
pub use hello::ClientHello;
pub use identities::Identities;
pub use identity::Identity;
pub use provider::Provider;
pub use resumption::{SessionCache, SessionStats, SessionStore};
pub use revocation::{Revocation, RevocationDepth};
pub use roots::Roots;
pub use session::{Choose, Session};
pub use time::{CertificateTime, CertificateTimeError};
pub use trust::Trust;
pub use version::{Version, VersionError};
