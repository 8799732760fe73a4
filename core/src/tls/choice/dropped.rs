//! What is wrong with a cipher suite that nobody should use any more.

use super::ChoiceError;

const UNENCRYPTED: &str = "it does not encrypt";
const ANONYMOUS: &str = "nobody is authenticated, so whoever is in between can read and change everything";
const EXPORT: &str = "its keys were made weak for export (FREAK, Logjam)";
const RC4: &str = "RFC 7465 forbids RC4";
const SMALL_BLOCKS: &str = "its blocks of 64 bits begin to repeat (Sweet32)";
const MD5: &str = "MD5 is broken";
const NO_CERTIFICATES: &str = "it authenticates by something else than certificates";
const FINITE_FIELD: &str =
    "its key exchange is over finite fields (Logjam, Raccoon): use one that begins with ECDHE";
const SAME_KEYS: &str = "its keys are not fresh, so a stolen key opens all that was recorded (ROBOT): use one that begins with ECDHE";
const LATE_CHECK: &str = "it checks only what it has decrypted (Lucky 13): use GCM or ChaCha20-Poly1305";
const RARE: &str = "no provider that is built in has it";

/// The parts of names that say enough, the worst ones first.
const PARTS: &[(&str, &[&str])] = &[
    (UNENCRYPTED, &["NULL", "ENULL"]),
    (ANONYMOUS, &["ANON", "ADH", "AECDH", "ANULL"]),
    (EXPORT, &["EXPORT", "EXPORT1024", "EXP", "EXP1024"]),
    (RC4, &["RC4"]),
    (SMALL_BLOCKS, &["3DES", "DES", "DES40", "CBC3", "RC2", "IDEA", "GOST89", "FORTEZZA"]),
    (MD5, &["MD5"]),
    (NO_CERTIFICATES, &["PSK", "SRP", "KRB5", "GOSTR341001", "GOSTR341094", "GOST2001", "GOST94", "ECMQV"]),
    (FINITE_FIELD, &["DHE", "EDH", "DSS"]),
    (SAME_KEYS, &["DH", "ECDH"]),
    (RARE, &["CAMELLIA", "CAMELLIA128", "CAMELLIA256", "ARIA", "ARIA128", "ARIA256", "SEED", "CCM", "CCM8"]),
];

/// Ciphers with which OpenSSL begins the names of suites that send keys under the certificate's own.
const WITHOUT_EXCHANGE: [&str; 6] = ["AES128", "AES256", "CAMELLIA128", "CAMELLIA256", "ARIA128", "ARIA256"];

/// Words of OpenSSL's language that are no names.
const WORDS: [&str; 12] = [
    "ALL",
    "DEFAULT",
    "HIGH",
    "MEDIUM",
    "LOW",
    "COMPLEMENTOFALL",
    "COMPLEMENTOFDEFAULT",
    "SUITEB128",
    "SUITEB192",
    "AESGCM",
    "ECDHE",
    "EECDH",
];

/// Why no suite of this name is spoken.
pub(super) fn cipher(name: &str) -> ChoiceError {
    let upper = name.to_ascii_uppercase();
    if WORDS.contains(&upper.as_str()) || upper.contains([':', ',', ' ', '!', '+', '@']) {
        return ChoiceError::Language(name.into());
    }
    match why(&upper) {
        Some(why) => ChoiceError::Dropped { name: name.into(), why },
        None => ChoiceError::Unknown(name.into()),
    }
}

fn why(upper: &str) -> Option<&'static str> {
    let parts = || upper.split(['-', '_']);
    let has = |wanted: &[&str]| parts().any(|part| wanted.contains(&part));
    let first = parts().next().unwrap_or_default();
    let sends_keys = WITHOUT_EXCHANGE.contains(&first) || upper.starts_with("TLS_RSA_WITH_");
    let is_named = |(_, wanted): &&(&str, &[&str])| has(wanted);
    let worst = PARTS.iter().find(is_named).map(|(why, _)| *why);
    match worst {
        Some(RARE) | None if sends_keys => Some(SAME_KEYS),
        None if has(&["ECDHE"]) && has(&["CBC", "SHA", "SHA256", "SHA384"]) => Some(LATE_CHECK),
        worst => worst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str) -> Option<&'static str> {
        match cipher(name) {
            ChoiceError::Dropped { why, .. } => Some(why),
            _ => None,
        }
    }

    #[test]
    fn the_worst_is_told_of_a_suite_under_either_name() {
        for (iana, openssl, why) in [
            ("TLS_RSA_WITH_NULL_MD5", "NULL-MD5", UNENCRYPTED),
            ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "ADH-AES128-SHA", ANONYMOUS),
            ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", "EXP-RC4-MD5", EXPORT),
            ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA", RC4),
            ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", SMALL_BLOCKS),
            ("TLS_PSK_WITH_AES_128_GCM_SHA256", "PSK-AES128-GCM-SHA256", NO_CERTIFICATES),
            ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", FINITE_FIELD),
            ("TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", SAME_KEYS),
            ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", LATE_CHECK),
            ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM", RARE),
        ] {
            assert_eq!([told(iana), told(openssl)], [Some(why); 2], "{iana}");
        }
    }

    #[test]
    fn words_of_the_language_are_no_names() {
        for words in ["HIGH", "kECDHE+AES", "!aNULL", "A:B", "@STRENGTH", "default"] {
            assert!(matches!(cipher(words), ChoiceError::Language(_)), "{words}");
        }
        for weak in ["aNULL", "eNULL", "RC4", "3DES", "MD5", "EXPORT", "PSK"] {
            assert!(told(weak).is_some(), "{weak}");
        }
        for nothing in ["", "ROT13", "TLS_", "SHA"] {
            assert!(matches!(cipher(nothing), ChoiceError::Unknown(_)), "{nothing}");
        }
    }
}
