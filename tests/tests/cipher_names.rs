//! Names of cipher suites, as OpenSSL tells them.

use std::process::Command;

use standpipe_core::tls::{ChoiceError, Cipher};
use standpipe_tests::skip;

/// Every suite that OpenSSL knows: its registered name, and OpenSSL's own.
fn all() -> Option<Vec<(String, String)>> {
    let listed = Command::new("openssl").args(["ciphers", "-stdname", "ALL:COMPLEMENTOFALL"]).output();
    let Ok(listed) = listed else {
        skip("the names of cipher suites: there is no openssl to compare with");
        return None;
    };
    let text = String::from_utf8(listed.stdout).expect("text");
    let names = |line: &str| {
        let (registered, rest) = line.split_once(" - ").expect("two names");
        (registered.trim().to_owned(), rest.split_whitespace().next().expect("a name").to_owned())
    };
    Some(text.lines().map(names).collect())
}

/// SSL-93.
#[test]
fn whatever_openssl_names_is_spoken_or_refused_with_a_reason() {
    let Some(all) = all() else { return };
    let mut spoken = 0;
    for (registered, own) in &all {
        match (registered.parse::<Cipher>(), own.parse::<Cipher>()) {
            (Ok(one), Ok(other)) => {
                assert_eq!((one, one.name(), one.openssl_name()), (other, registered.clone(), own.clone()));
                spoken += 1;
            }
            (Err(ChoiceError::Dropped { why: one, .. }), Err(ChoiceError::Dropped { why: other, .. })) => {
                assert_eq!(one, other, "{registered} {own}");
            }
            other => panic!("{registered} {own}: {other:?}"),
        }
    }
    assert!(spoken == 9 && all.len() > 20, "{spoken} of {}", all.len());
}
