//! Certificates as values.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, IsCa, KeyPair, KeyUsagePurpose};
use standpipe_core::tls::{
    AlternativeName, Certificate, CertificateError, Context, ContextOptions, Identity, KeyUse, Provider,
    Roots, Session, Trust, WallClock,
};
use standpipe_core::{Layer, Pool};

#[cfg(feature = "ring")]
const PROVIDER: Provider = Provider::Ring;
#[cfg(not(feature = "ring"))]
const PROVIDER: Provider = Provider::AwsLcRs;

const ALTERNATIVE_NAMES: &[u64] = &[2, 5, 29, 17];

struct Now;

impl WallClock for Now {
    fn unix_seconds(&self) -> Option<u64> {
        Some(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
    }
}

/// The DER of a certificate that is changed from the default.
fn made(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::new(["example.org".to_string()]).unwrap();
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

/// The same with this as its alternative names.
fn named(content: &[u8]) -> Vec<u8> {
    made(|params| {
        params.subject_alt_names.clear();
        let names = CustomExtension::from_oid_content(ALTERNATIVE_NAMES, content.to_vec());
        params.custom_extensions.push(names);
    })
}

/// Where `part` stands for the first time.
fn place(whole: &[u8], part: &[u8]) -> usize {
    whole.windows(part.len()).position(|window| window == part).expect("it is there")
}

fn carry(from: &mut Session, to: &mut Session, pool: &mut Pool) -> bool {
    if !from.wants_write() || !to.wants_read() {
        return false;
    }
    let window = to.window(pool);
    let n = from.pending().len().min(window.len());
    window[..n].copy_from_slice(&from.pending()[..n]);
    to.handle_read(n);
    from.handle_written(n);
    true
}

/// SSL-64.
#[test]
fn what_the_peer_has_shown_can_be_read() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    let identity = Identity::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der());
    let mut roots = Roots::default();
    roots.add_der(made.cert.der().to_vec()).unwrap();
    let options = || ContextOptions::new(PROVIDER, Arc::new(Now));
    let server = Context::server(identity.unwrap(), None, options()).unwrap();
    let client = Context::client(Trust::Roots(roots), None, options()).unwrap();
    let (mut server, mut client) =
        (Session::server(&server).unwrap(), Session::client(&client, "localhost").unwrap());
    let mut pool = Pool::default();
    client.start();
    while carry(&mut client, &mut server, &mut pool) | carry(&mut server, &mut client, &mut pool) {}

    let agreed = client.negotiated().expect("the handshake is over");
    let shown = agreed.peer_certificate().expect("a server has one").expect("it can be read");
    assert_eq!(shown, Certificate::from_der(made.cert.der()).unwrap());
    assert_eq!(Some(shown.subject().to_string()), agreed.peer_subject);
    assert_eq!(server.negotiated().expect("it is over there as well").peer_certificate(), None);
}

/// SSL-66: the name that passed for `example.org` where a NUL ended names.
#[test]
fn a_name_with_a_nul_in_it_is_no_text() {
    let certificate = Certificate::from_der(&named(b"0\x12\x82\x10example.org\0.net")).unwrap();
    let [AlternativeName::Dns(name)] = certificate.alternative_names() else { panic!("{certificate:?}") };
    assert_eq!((name.as_str(), name.as_bytes()), (None, &b"example.org\0.net"[..]));
    assert_eq!(certificate.alternative_names()[0].to_string(), r"DNS:example.org\x00.net");
}

#[test]
fn an_extension_is_there_once() {
    let twice = made(|params| {
        params.custom_extensions.push(CustomExtension::from_oid_content(ALTERNATIVE_NAMES, b"0\0".to_vec()));
    });
    assert_eq!(Certificate::from_der(&twice), Err(CertificateError::Repeated("subjectAltName")));
}

#[test]
fn an_error_names_the_part_and_its_place() {
    let fault = |der: &[u8]| match Certificate::from_der(der) {
        Err(CertificateError::Malformed { part, at }) => (part, at),
        other => panic!("{other:?}"),
    };
    for content in
        [&b"0\x01"[..], b"0\x03\x82\x02a", b"0\x02\xa2\0", b"0\x02\x88\0", b"0\x02\x0c\0", b"0\0\0"]
    {
        let der = named(content);
        let (part, at) = fault(&der);
        let names = place(&der, content);
        assert_eq!(part, "subjectAltName", "{content:?}");
        assert!((names..=names + content.len()).contains(&at), "{content:?}: {at}, {names}");
    }
    let der = made(|_| {});
    for (from, to, part) in [
        (&b"750101000000Z"[..], &b"750132000000Z"[..], "validity"),
        (b"750101000000Z", b"750101000060Z", "validity"),
        (b"750101000000Z", b"75010100000+Z", "validity"),
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", "version"),
        (b"\x06\x03U\x04\x03", b"\x06\x03U\x04\x83", "issuer"),
        (b"\x06\x08*\x86H\xce=\x04\x03\x02", b"\x06\x08*\x86H\xce=\x04\x03\x03", "signatureAlgorithm"),
        (b"\x06\x03U\x1d\x11", b"\x05\x03U\x1d\x11", "extensions"),
    ] {
        let place = place(&der, from);
        let mut changed = der.clone();
        changed[place..place + to.len()].copy_from_slice(to);
        let (told, at) = fault(&changed);
        assert_eq!(told, part);
        assert!(part == "signatureAlgorithm" || (place..=place + to.len()).contains(&at), "{part}: {at}");
    }
    for cut in 0..der.len() {
        assert_eq!(fault(&der[..cut]).0, "certificate", "{cut}");
    }
    assert_eq!(fault(&[&der[..], b"\0"].concat()), ("certificate", der.len()));
}

#[test]
fn what_a_key_may_be_used_for_is_told() {
    let own = Certificate::from_der(&made(|_| {})).unwrap();
    assert!(!own.is_authority() && own.may(KeyUse::CertificateSigning));
    let authority = made(|params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(3));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DecipherOnly];
    });
    let authority = Certificate::from_der(&authority).unwrap();
    assert!(authority.is_authority());
    for (key_use, may) in [
        (KeyUse::DigitalSignature, false),
        (KeyUse::KeyAgreement, false),
        (KeyUse::CertificateSigning, true),
        (KeyUse::ListSigning, false),
        (KeyUse::EncipherOnly, false),
        (KeyUse::DecipherOnly, true),
    ] {
        assert_eq!(authority.may(key_use), may, "{key_use:?}");
    }
}
