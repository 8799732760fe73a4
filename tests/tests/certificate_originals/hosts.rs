//! Whether a certificate is for a name (SSL-28 to SSL-33): where the rules of the original agree, and where they do not.

use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use standpipe_core::tls::{Certificate, NameError};
use standpipe_tests::python::Python;

/// Common name, alternative names, the name that is asked for.
type Case = (&'static str, &'static [&'static str], &'static str);

/// Both say yes.
const YES: &[Case] = &[
    ("", &["example.org"], "example.org"),
    ("", &["example.org"], "EXAMPLE.org"),
    ("", &["Example.ORG"], "example.org"),
    ("", &["other.org", "example.org"], "example.org"),
    ("", &["*.example.org"], "www.example.org"),
    ("", &["*.EXAMPLE.org"], "www.example.org"),
    ("", &["*.example.org"], "xn--bcher-kva.example.org"),
    ("", &["*.xn--bcher-kva.example"], "www.xn--bcher-kva.example"),
    ("", &["host_name.example.org"], "host_name.example.org"),
    ("", &["localhost"], "localhost"),
];

/// Both say no.
const NO: &[Case] = &[
    ("", &[], "example.org"),
    ("other.org", &[], "example.org"),
    ("example.org", &["other.org"], "example.org"),
    ("", &["example.org"], "www.example.org"),
    ("", &["example.org"], "example.or"),
    ("", &["example.org\0.evil.test"], "example.org"),
    ("", &["example.org\n"], "example.org"),
    ("", &["*.example.org"], "example.org"),
    ("", &["*.example.org"], "a.b.example.org"),
    ("", &["a.*.org"], "a.b.org"),
    ("", &["xn--b*.example"], "xn--bcher-kva.example"),
    ("", &["x*.example"], "xn--bcher-kva.example"),
    ("", &[".example.org"], "www.example.org"),
];

/// The original says yes, and ours no.
const LAX: &[Case] = &[
    ("example.org", &[], "example.org"), // SSL-29
    ("example.org", &["=192.0.2.1"], "example.org"),
    ("", &["192.0.2.1"], "192.0.2.1"),
    ("", &["f*.org"], "foo.org"), // SSL-31
    ("", &["f*.example.org"], "f.example.org"),
    ("", &["*.org"], "example.org"),
    ("", &["*"], "localhost"),
    ("", &["XN--b*.a.example"], "XN--bcher-kva.a.example"), // SSL-33
];

/// Ours says yes, and the original no.
const STRICT: &[Case] = &[
    ("", &["=192.0.2.1"], "192.0.2.1"), // SSL-29; an address behind =
    ("", &["=2001:db8::1"], "2001:DB8:0::1"),
    ("", &["example.org"], "example.org."),                    // SSL-30
    ("", &["a*b*.example.org", "example.org"], "example.org"), // SSL-32
];

/// Prints whether the certificate is for the name: its arguments are the name, the common name, and the others.
const SCRIPT: &str = "\
import ssl, sys
host, common, names = sys.argv[1], sys.argv[2], [name.replace('%0', '\\0') for name in sys.argv[3:]]
names = tuple(('IP Address', name[1:]) if name[:1] == '=' else ('DNS', name) for name in names)
cert = {'subject': ((('commonName', common),),) if common else (), 'subjectAltName': names, 'version': 3}
try: print(ssl.match_hostname(cert, host) is None)
except ssl.CertificateError: print(False)
";

fn made((common, names, _): &Case) -> Certificate {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    if !common.is_empty() {
        params.distinguished_name.push(DnType::CommonName, *common);
    }
    let name = |name: &&str| match name.strip_prefix('=') {
        Some(address) => SanType::IpAddress(address.parse().expect("an address")),
        None => SanType::DnsName((*name).try_into().expect("ASCII")),
    };
    params.subject_alt_names = names.iter().map(name).collect();
    let made = params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate");
    Certificate::from_der(made.der()).expect("it can be read")
}

/// Ours says this, and the original of Python 2.7 says that.
fn agree(cases: &[Case], ours: bool, original: bool) {
    let pythons = Python::with_module("ssl");
    for case @ (common, names, wanted) in cases {
        let verdict = made(case).matches_name(wanted);
        assert_eq!(verdict.is_ok(), ours, "{case:?}");
        assert!(ours || matches!(verdict, Err(NameError::Other { .. })), "{verdict:?}");
        // Python 3 has rules between the two.
        for python in pythons.iter().filter(|python| python.version == 2) {
            let names: Vec<String> = names.iter().map(|name| name.replace('\0', "%0")).collect();
            let names = names.iter().map(String::as_str);
            let arguments: Vec<&str> = ["-c", SCRIPT, wanted, common].into_iter().chain(names).collect();
            let told = if original { "True" } else { "False" };
            assert_eq!(python.run(&arguments), [told], "{case:?}");
        }
    }
}

/// SSL-28, SSL-30.
#[test]
fn most_names_are_told_alike() {
    agree(YES, true, true);
    agree(NO, false, false);
}

/// SSL-29, SSL-31, SSL-33.
#[test]
fn what_the_original_takes_too_easily_is_refused() {
    agree(LAX, false, true);
}

/// SSL-29, SSL-30, SSL-32.
#[test]
fn what_the_original_misses_is_taken() {
    agree(STRICT, true, false);
}

/// What is no name at all is told apart, and so is a certificate that no server may have.
#[test]
fn other_reasons_are_told_apart() {
    let certificate = made(&("", &["example.org"], ""));
    for name in ["", "exam ple.org", "*.example.org", "b\u{fc}cher.example", "fe80::1%lo", "a..b", "1.2.3"] {
        assert_eq!(certificate.matches_name(name), Err(NameError::NoName(name.into())));
    }
    let first = include_bytes!("../../../fuzz/corpus/certificate/first-version");
    let first = Certificate::from_der(first).expect("it can be read");
    assert_eq!(first.matches_name("example.org"), Err(NameError::Unusable));
}
