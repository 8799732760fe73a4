//! One group in which keys are exchanged: [`Group`].

use core::fmt;
use core::str::FromStr;

use rustls::NamedGroup;

use super::ChoiceError;

/// A group in which keys are exchanged: an elliptic curve, or one together with a scheme that withstands quantum
/// computers. It is read from its registered name, from NIST's or OpenSSL's, in any case; [`Provider::groups`] tells those that
/// there are.
///
/// Follows SSL-98.
///
/// ```
#[doc = include_str!("../made.in")]
/// let groups = vec!["X25519".parse()?, "prime256v1".parse()?]; // set_ecdh_curve("prime256v1")
/// assert!(groups.iter().all(|group| PROVIDER.groups().contains(group)));
/// Context::client(Trust::Anybody, None, ContextOptions { groups, ..options() })?;
///
/// let error = "ffdhe2048".parse::<Group>().unwrap_err();
/// assert!(matches!(error, ChoiceError::Dropped { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Provider::groups`]: crate::tls::Provider::groups
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group(pub(in crate::tls) NamedGroup);

/// The registered name first.
const NAMES: [(NamedGroup, &[&str]); 9] = [
    (NamedGroup::X25519, &["x25519"]),
    (NamedGroup::secp256r1, &["secp256r1", "prime256v1", "P-256"]),
    (NamedGroup::secp384r1, &["secp384r1", "P-384"]),
    (NamedGroup::secp521r1, &["secp521r1", "P-521"]),
    (NamedGroup::X25519MLKEM768, &["X25519MLKEM768"]),
    (NamedGroup::secp256r1MLKEM768, &["SecP256r1MLKEM768"]),
    (NamedGroup::MLKEM512, &["MLKEM512"]),
    (NamedGroup::MLKEM768, &["MLKEM768"]),
    (NamedGroup::MLKEM1024, &["MLKEM1024"]),
];

/// How the names of those begin that nobody should use, or nobody has, and what is wrong with them.
const DROPPED: [(&str, &str); 8] = [
    ("ffdhe", "finite fields are slow, and were often weak (Logjam, Raccoon): use x25519"),
    ("sect", "curves over binary fields are given up (RFC 8422): use x25519"),
    ("secp1", "it is too small: use secp256r1"),
    ("prime192", "it is too small: use secp256r1"),
    ("secp224", "it is too small: use secp256r1"),
    ("secp256k1", "it is given up (RFC 8422): use secp256r1"),
    ("brainpool", "it is given up (RFC 8422): use secp256r1"),
    ("x448", "no provider that is built in has it: use x25519"),
];

impl Group {
    /// As the registry of IANA has it.
    ///
    /// ```
    /// use standpipe_core::tls::Group;
    ///
    /// assert_eq!("P-384".parse::<Group>().unwrap().name(), "secp384r1");
    /// ```
    pub fn name(self) -> &'static str {
        let known = NAMES.iter().find(|(group, _)| *group == self.0);
        known.map_or("another", |(_, names)| names[0])
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Group {
    type Err = ChoiceError;

    fn from_str(name: &str) -> Result<Self, ChoiceError> {
        let is_named = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if let Some((group, _)) = NAMES.iter().find(|(_, names)| is_named(names)) {
            return Ok(Self(*group));
        }
        let lower = name.to_ascii_lowercase();
        match DROPPED.iter().find(|(begin, _)| lower.starts_with(begin)) {
            Some((_, why)) => Err(ChoiceError::Dropped { name: name.into(), why }),
            None => Err(ChoiceError::Unknown(name.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_in_any_case() {
        for (group, names) in NAMES {
            for name in names {
                for name in [name.to_ascii_lowercase(), name.to_ascii_uppercase(), (*name).into()] {
                    assert_eq!(name.parse(), Ok(Group(group)), "{name}");
                }
            }
            assert_eq!(Group(group).name(), names[0]);
        }
    }

    #[test]
    fn what_nobody_should_use_is_told_as_that() {
        for name in
            ["secp192k1", "brainpoolP256r1", "sect571r1", "secp160r1", "secp256k1", "FFDHE4096", "X448"]
        {
            assert!(matches!(name.parse::<Group>(), Err(ChoiceError::Dropped { .. })), "{name}");
        }
        for name in ["", "secp", "P-1"] {
            assert_eq!(name.parse::<Group>(), Err(ChoiceError::Unknown(name.into())));
        }
    }
}
