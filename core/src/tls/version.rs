//! Which versions are spoken: [`Version`].

/// The oldest version that is spoken.
///
/// ```
/// use standpipe_core::tls::Version;
///
/// assert!(Version::Tls12 < Version::Tls13 && Version::default() == Version::Tls12);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[non_exhaustive]
pub enum Version {
    /// TLS 1.2.
    #[default]
    Tls12,
    /// TLS 1.3.
    Tls13,
}
