//! [`Certificate`]: whatever comes is read or refused, and what was read can be told.

use std::fmt::Write;

use standpipe_core::tls::{
    AlternativeName, Certificate, CertificateError, CertificateTime, DistinguishedName, KeyUse,
};

/// Certificates with something of each kind in them.
const WHOLE: [&[u8]; 5] = [
    include_bytes!("../../../fuzz/corpus/certificate/names"),
    include_bytes!("../../../fuzz/corpus/certificate/hostile-names"),
    include_bytes!("../../../fuzz/corpus/certificate/places"),
    include_bytes!("../../../fuzz/corpus/certificate/attributes"),
    include_bytes!("../../../fuzz/corpus/certificate/all-uses"),
];

/// Checks these bytes as a certificate and as a date, and a whole certificate of which they change a few bytes.
pub fn check(bytes: &[u8]) {
    check_der(bytes);
    check_time(&String::from_utf8_lossy(bytes));
    let Some((which, changes)) = bytes.split_first() else { return };
    let mut der = WHOLE[usize::from(*which) % WHOLE.len()].to_vec();
    for change in changes.chunks_exact(3).take(3) {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % der.len();
        der[place] = change[2];
        check_der(&der);
    }
}

fn check_der(der: &[u8]) {
    let certificate = match Certificate::from_der(der) {
        Ok(certificate) => certificate,
        Err(CertificateError::Malformed { at, .. }) => return assert!(at <= der.len()),
        Err(_) => return,
    };
    assert_eq!(certificate.der(), der);
    assert!((1..=3).contains(&certificate.version()));
    let digits = certificate.serial_number().trim_start_matches('-');
    assert!(
        digits.len() >= 2
            && digits.len().is_multiple_of(2)
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    );
    for time in [certificate.not_before(), certificate.not_after()] {
        assert_eq!(time.to_string().parse(), Ok(time));
    }
    check_name(certificate.issuer());
    check_name(certificate.subject());
    for name in certificate.alternative_names() {
        check_line(name);
        if let AlternativeName::Directory(name) = name {
            check_name(name);
        }
    }
    let places =
        [certificate.ocsp_responders(), certificate.issuer_certificates(), certificate.revocation_lists()];
    places.into_iter().flatten().for_each(check_line);
    let _ = certificate.may(KeyUse::DecipherOnly);
    let binding = certificate.tls_server_end_point();
    assert!(binding.is_err() || binding.is_ok_and(|hash| [32, 48, 64].contains(&hash.len())));
    let _ = certificate.matches_name("example.org");
    // One byte more or less, and it is none.
    assert!(Certificate::from_der(&[der, &[0]].concat()).is_err());
    assert!(Certificate::from_der(&der[..der.len() - 1]).is_err());
}

fn check_name(name: &DistinguishedName) {
    check_line(name);
    assert_eq!(name.is_empty(), name.attributes().count() == 0);
    for attribute in name.attributes() {
        assert_eq!(attribute.short_name().is_some(), attribute.long_name().is_some());
        assert!(attribute.identifier().contains('.'));
        assert!(attribute.der().len() >= 2);
    }
}

/// What it shows as is safe for a line of a log.
fn check_line(shown: impl std::fmt::Display) {
    let mut line = String::new();
    write!(line, "{shown}").expect("a string takes everything");
    assert!(!line.contains(char::is_control), "{line:?}");
}

fn check_time(text: &str) {
    let Ok(time) = text.parse::<CertificateTime>() else { return };
    let same = time.to_string();
    assert!(same.eq_ignore_ascii_case(text) || same.replace("  ", " 0").eq_ignore_ascii_case(text), "{text}");
    assert_eq!(CertificateTime::from_unix_seconds(time.unix_seconds()), Some(time));
}
