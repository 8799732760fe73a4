//! Whose keys and ciphers are used: [`Provider`].

use alloc::vec::Vec;

use rustls::crypto::{CryptoProvider, SupportedKxGroup};

use super::{Cipher, Group};

/// Whose keys and ciphers are used. There is no default: nothing is chosen silently.
///
/// ```
#[doc = include_str!("made.in")]
/// let trust = Trust::Anybody;
/// assert!(Context::client(trust, None, ContextOptions { provider: PROVIDER, ..options() }).is_ok());
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Provider {
    /// AWS-LC.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
    /// ring.
    #[cfg(feature = "ring")]
    Ring,
    /// The caller's own, such as a build that is certified; it must be of the same rustls as ours. Two of these are
    /// equal when they are the same one.
    Custom(&'static CryptoProvider),
}

impl Provider {
    /// The cipher suites that it has, the preferred one first. All of them are authenticated and have fresh keys.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// assert!(PROVIDER.ciphers().contains(&"TLS_AES_128_GCM_SHA256".parse()?));
    /// # Ok::<(), ChoiceError>(())
    /// ```
    pub fn ciphers(self) -> Vec<Cipher> {
        self.keys_and_ciphers().cipher_suites.iter().map(Cipher::from).collect()
    }

    /// The groups that it has for exchanging keys, those among them that are not offered unless they are chosen.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// assert!(PROVIDER.groups().contains(&"x25519".parse()?));
    /// # Ok::<(), ChoiceError>(())
    /// ```
    pub fn groups(self) -> Vec<Group> {
        self.all_groups().iter().map(|group| Group(group.name())).collect()
    }

    pub(super) fn all_groups(self) -> &'static [&'static dyn SupportedKxGroup] {
        match self {
            Self::Custom(provider) => &provider.kx_groups,
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => rustls::crypto::aws_lc_rs::ALL_KX_GROUPS,
            #[cfg(feature = "ring")]
            Self::Ring => rustls::crypto::ring::ALL_KX_GROUPS,
        }
    }

    pub(super) fn keys_and_ciphers(self) -> CryptoProvider {
        match self {
            Self::Custom(provider) => provider.clone(),
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => rustls::crypto::aws_lc_rs::default_provider(),
            #[cfg(feature = "ring")]
            Self::Ring => rustls::crypto::ring::default_provider(),
        }
    }
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(one), Self::Custom(other)) => core::ptr::eq(*one, *other),
            _ => core::mem::discriminant(self) == core::mem::discriminant(other),
        }
    }
}

impl Eq for Provider {}

impl core::fmt::Debug for Provider {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => "AwsLcRs",
            #[cfg(feature = "ring")]
            Self::Ring => "Ring",
            Self::Custom(_) => "Custom",
        })
    }
}
