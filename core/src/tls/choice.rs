//! What may be chosen among a provider's ciphers and groups, by name: [`Cipher`], [`Group`].

mod cipher;
mod dropped;
mod group;

use alloc::string::String;

pub use cipher::Cipher;
pub use group::Group;

/// Why a cipher suite or a key exchange group that was named is not to be had.
///
/// ```
/// use standpipe_core::tls::{ChoiceError, Cipher};
///
/// let error = "ECDHE-RSA-RC4-SHA".parse::<Cipher>().unwrap_err();
/// assert!(matches!(error, ChoiceError::Dropped { .. }));
/// assert_eq!(error.to_string(), "'ECDHE-RSA-RC4-SHA' is not spoken: RFC 7465 forbids RC4");
///
/// assert!(matches!("HIGH:!aNULL".parse::<Cipher>(), Err(ChoiceError::Language(_))));
/// assert!(matches!("ROT13".parse::<Cipher>(), Err(ChoiceError::Unknown(_))));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// It is known, and not to be used any more.
    #[error("'{name}' is not spoken: {why}")]
    Dropped {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It is no name but a sentence of OpenSSL's language of cipher lists.
    #[error(
        "'{0}' describes cipher suites instead of naming one: take names, one at a time, such as Provider::ciphers tells"
    )]
    Language(String),
    /// There is none of this name.
    #[error("nothing has the name '{0}': Provider::ciphers and Provider::groups tell what there is")]
    Unknown(String),
}
