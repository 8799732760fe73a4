//! What a certificate says.

use alloc::string::String;
use core::fmt::Write;

use x509_cert::Certificate;
use x509_cert::der::Decode;

/// Whom it is for, in the words of RFC 4514, control characters escaped; `None` where it cannot be read.
pub(super) fn subject(der: &[u8]) -> Option<String> {
    let certificate = Certificate::from_der(der).ok()?;
    let mut told = String::new();
    write!(told, "{}", certificate.tbs_certificate().subject()).ok()?;
    Some(told)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::subject;

    #[test]
    fn the_subject_is_told_in_the_words_of_rfc_4514() {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, "Pipes, Inc.");
        params.distinguished_name.push(DnType::CommonName, "alice\n");
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let told = subject(made.der()).unwrap();
        assert!(told.contains("CN=alice\\0a") && told.contains("O=Pipes\\, Inc."), "{told}");
        assert_eq!(subject(b"no certificate"), None);
    }
}
