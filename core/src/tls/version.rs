//! Which versions are spoken: [`Version`].

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use rustls::SupportedProtocolVersion;

/// A version of TLS that is spoken. There are two; whatever is older is broken, and refused by [`VersionError`].
///
/// Follows SSL-45, SSL-46 and SSL-48.
///
/// ```
/// use standpipe_core::tls::Version;
///
/// assert!(Version::Tls12 < Version::Tls13 && Version::default() == Version::Tls12);
/// assert_eq!("TLSv1.3".parse(), Ok(Version::Tls13));
/// assert_eq!("PROTOCOL_TLSv1_2".parse(), Ok(Version::Tls12)); // as Python has it
/// assert_eq!(Version::Tls13.to_string(), "TLSv1.3");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Version {
    /// TLS 1.2 (RFC 5246).
    #[default]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

/// Why a version that was named is not spoken.
///
/// ```
/// use standpipe_core::tls::{Version, VersionError};
///
/// let error = "SSLv3".parse::<Version>().unwrap_err();
/// assert!(matches!(error, VersionError::Broken { .. }));
/// assert_eq!(error.to_string(), "SSLv3 is not spoken, since RFC 7568 forbids it (POODLE): use TLSv1.2 or TLSv1.3");
///
/// assert!(matches!("SSLv23".parse::<Version>(), Err(VersionError::Range(_))));
/// assert!(matches!("TLSv2".parse::<Version>(), Err(VersionError::Unknown(_))));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// It is known, and broken.
    #[error("{name} is not spoken, since {why}: use TLSv1.2 or TLSv1.3")]
    Broken {
        /// The version.
        name: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It is OpenSSL's word for all versions.
    #[error("'{0}' is no version but all of them, which is the default: leave the bounds as they are")]
    Range(String),
    /// There is none of this name.
    #[error("there is no version '{0}': use TLSv1.2 or TLSv1.3")]
    Unknown(String),
}

/// What is known and refused, and why.
const BROKEN: [(&str, &str); 4] = [
    ("SSLv2", "RFC 6176 forbids it (DROWN)"),
    ("SSLv3", "RFC 7568 forbids it (POODLE)"),
    ("TLSv1", "RFC 8996 forbids it (BEAST, SHA-1)"),
    ("TLSv1.1", "RFC 8996 forbids it (SHA-1)"),
];

static NEWEST_FIRST: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

impl Version {
    /// The newest one.
    ///
    /// ```
    /// use standpipe_core::tls::Version;
    ///
    /// assert!(Version::NEWEST > Version::default());
    /// ```
    pub const NEWEST: Self = Self::Tls13;

    /// As OpenSSL, [`Negotiated::version`](crate::Negotiated::version) and Python's `version()` have it.
    ///
    /// ```
    /// use standpipe_core::tls::Version;
    ///
    /// assert_eq!([Version::Tls12, Version::Tls13].map(Version::name), ["TLSv1.2", "TLSv1.3"]);
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }

    /// All from the oldest to the newest one; none where these are the wrong way round.
    pub(super) fn range(oldest: Self, newest: Self) -> &'static [&'static SupportedProtocolVersion] {
        match (oldest, newest) {
            (Self::Tls12, Self::Tls13) => &NEWEST_FIRST,
            (Self::Tls13, Self::Tls13) => &NEWEST_FIRST[..1],
            (Self::Tls12, Self::Tls12) => &NEWEST_FIRST[1..],
            (Self::Tls13, Self::Tls12) => &[],
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// Reads OpenSSL's name, or that of Python's constant.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let name = text.strip_prefix("PROTOCOL_").unwrap_or(text).replace('_', ".");
        let broken =
            BROKEN.iter().find(|(broken, _)| name == *broken || name == "TLSv1.0" && *broken == "TLSv1");
        match (name.as_str(), broken) {
            ("TLSv1.2", _) => Ok(Self::Tls12),
            ("TLSv1.3", _) => Ok(Self::Tls13),
            (_, Some((name, why))) => Err(VersionError::Broken { name, why }),
            ("SSLv23" | "TLS", _) => Err(VersionError::Range(text.into())),
            _ => Err(VersionError::Unknown(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{BROKEN, Version, VersionError};

    #[test]
    fn every_version_is_read_as_it_is_told() {
        for version in [Version::Tls12, Version::Tls13] {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
    }

    #[test]
    fn what_is_broken_is_refused_under_each_of_its_names() {
        for (broken, _) in BROKEN {
            let python = alloc::format!("PROTOCOL_{}", broken.replace('.', "_"));
            for name in [broken, &python] {
                let error = name.parse::<Version>();
                assert!(matches!(error, Err(VersionError::Broken { name, .. }) if name == broken), "{name}");
            }
        }
        assert!(matches!("TLSv1.0".parse::<Version>(), Err(VersionError::Broken { name: "TLSv1", .. })));
    }

    #[test]
    fn a_range_has_what_lies_between_its_ends() {
        let len = |oldest, newest| Version::range(oldest, newest).len();
        assert_eq!(len(Version::Tls12, Version::Tls13), 2);
        assert_eq!(len(Version::Tls13, Version::Tls12), 0);
        for version in [Version::Tls12, Version::Tls13] {
            assert_eq!(len(version, version), 1);
        }
    }
}
