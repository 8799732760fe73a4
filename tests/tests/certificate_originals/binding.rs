//! The binding `tls-server-end-point` (SSL-79), of certificates that OpenSSL has signed in many ways.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256, Sha384, Sha512};
use standpipe_core::tls::{BindingError, Certificate};

/// What a hash makes of bytes.
type Hash = fn(&[u8]) -> Vec<u8>;

fn certificate(name: &str) -> Certificate {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/certificate");
    Certificate::from_der(&fs::read(folder.join(name)).expect("a seed")).expect("a certificate")
}

#[test]
fn the_hash_is_that_of_the_signature() {
    let hashes: [Hash; 3] = [
        |der| Sha256::digest(der).to_vec(),
        |der| Sha384::digest(der).to_vec(),
        |der| Sha512::digest(der).to_vec(),
    ];
    let names = [
        &["names", "ecdsa-sha1", "rsa-md5", "rsa-sha1", "rsa-sha256", "pss-sha1", "pss-sha256"][..],
        &["ecdsa-sha384", "rsa-sha384", "pss-sha384"],
        &["ecdsa-sha512", "rsa-sha512", "pss-sha512"],
    ];
    for (hash, names) in hashes.into_iter().zip(names) {
        for name in names {
            let certificate = certificate(name);
            assert_eq!(certificate.tls_server_end_point(), Ok(hash(certificate.der())), "{name}");
        }
    }
}

#[test]
fn where_there_is_no_such_hash_there_is_no_binding() {
    for (name, algorithm) in
        [("ed25519", "1.3.101.112"), ("ed448", "1.3.101.113"), ("pss-two-hashes", "1.2.840.113549.1.1.10")]
    {
        let error = BindingError::Undefined(algorithm.into());
        assert_eq!(certificate(name).tls_server_end_point(), Err(error), "{name}");
    }
    for (name, algorithm) in
        [("ecdsa-sha224", "1.2.840.10045.4.3.1"), ("ecdsa-sha3", "2.16.840.1.101.3.4.3.10")]
    {
        let error = BindingError::Unsupported(algorithm.into());
        assert_eq!(certificate(name).tls_server_end_point(), Err(error), "{name}");
    }
}
