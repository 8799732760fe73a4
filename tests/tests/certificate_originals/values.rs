//! What a certificate says (SSL-64 to SSL-66), told by the originals' own reader of files.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use standpipe_core::tls::{AlternativeName, Certificate, CertificateText, DistinguishedName, pem};
use standpipe_tests::python::Python;

/// Prints what each file's certificate says, in one line, or `refused`. Texts are in hexadecimal.
const SCRIPT: &str = "\
import binascii, ssl, sys
hexed = lambda text: binascii.hexlify(text if isinstance(text, bytes) else text.encode('utf-8')).decode('ascii')
def name(sets): return ','.join('+'.join(key + ':' + hexed(value) for key, value in one) for one in sets)
def shown(kind, value):
    if isinstance(value, tuple): return kind + '(' + name(value) + ')'
    if kind in ('DNS', 'email', 'URI'): return kind + ':' + hexed(value)
    return kind + ':' + ('<invalid>' if value.startswith('<invalid') else value.strip())
def told(cert):
    uris = [','.join(hexed(uri) for uri in cert.get(key, ())) for key in ('OCSP', 'caIssuers', 'crlDistributionPoints')]
    names = ' '.join(shown(kind, value) for kind, value in cert.get('subjectAltName', ()))
    dates = [cert['notBefore'], cert['notAfter']]
    return [cert['version'], cert['serialNumber'], name(cert['issuer']), name(cert['subject'])] + dates + uris + [names]
for path in sys.argv[1:]:
    try: print('|'.join(str(part) for part in told(ssl._ssl._test_decode_cert(path))))
    except (ssl.SSLError, ValueError): print('refused')
";

/// The certificates of a folder that the fuzzer begins with, made by OpenSSL.
fn seeds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/certificate");
    let mut seeds: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|seed| seed.expect("a seed").path()).collect();
    seeds.sort();
    seeds
}

fn hex(text: &CertificateText) -> String {
    text.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn name(name: &DistinguishedName) -> String {
    let sets = name.sets().map(|set| {
        let all = set.iter().map(|attribute| {
            let key = attribute.long_name().unwrap_or(attribute.identifier());
            format!("{key}:{}", hex(attribute.text().expect("a string")))
        });
        all.collect::<Vec<_>>().join("+")
    });
    sets.collect::<Vec<_>>().join(",")
}

/// A name as the originals have it.
fn shown(alternative: &AlternativeName) -> String {
    match alternative {
        AlternativeName::Dns(text) => format!("DNS:{}", hex(text)),
        AlternativeName::Email(text) => format!("email:{}", hex(text)),
        AlternativeName::Uri(text) => format!("URI:{}", hex(text)),
        AlternativeName::Ip(IpAddr::V4(address)) => format!("IP Address:{address}"),
        AlternativeName::Ip(IpAddr::V6(address)) => {
            format!("IP Address:{}", address.segments().map(|group| format!("{group:X}")).join(":"))
        }
        AlternativeName::Directory(inner) => format!("DirName({})", name(inner)),
        AlternativeName::RegisteredId(_) => alternative.to_string(),
        AlternativeName::Other { .. } => "othername:<unsupported>".into(),
        AlternativeName::Unknown { tag: 3, .. } => "X400Name:<unsupported>".into(),
        AlternativeName::Unknown { tag: 5, .. } => "EdiPartyName:<unsupported>".into(),
        _ => "IP Address:<invalid>".into(),
    }
}

fn told(certificate: &Certificate) -> String {
    let uris = |uris: &[CertificateText]| uris.iter().map(hex).collect::<Vec<_>>().join(",");
    let names: Vec<String> = certificate.alternative_names().iter().map(shown).collect();
    [
        certificate.version().to_string(),
        certificate.serial_number().to_string(),
        name(certificate.issuer()),
        name(certificate.subject()),
        certificate.not_before().to_string(),
        certificate.not_after().to_string(),
        uris(certificate.ocsp_responders()),
        uris(certificate.issuer_certificates()),
        uris(certificate.revocation_lists()),
        names.join(" "),
    ]
    .join("|")
}

/// SSL-65, SSL-66.
#[test]
fn certificates_say_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let seeds: Vec<(String, Certificate)> = seeds()
        .iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_string();
            Some((name, Certificate::from_der(&fs::read(path).ok()?).ok()?))
        })
        .collect();
    assert!(seeds.len() > 30, "{}", seeds.len());
    let files: Vec<String> = seeds
        .iter()
        .map(|(name, certificate)| {
            let file = folder.path().join(name);
            fs::write(&file, pem::encode(certificate.der())).expect("a file");
            file.to_str().expect("text").into()
        })
        .collect();
    for python in Python::with_module("ssl") {
        let arguments: Vec<&str> =
            ["-c", SCRIPT].into_iter().chain(files.iter().map(String::as_str)).collect();
        let lines = python.run(&arguments);
        assert_eq!(lines.len(), seeds.len());
        for (line, (name, certificate)) in lines.iter().zip(&seeds) {
            // Python 3 takes names for UTF-8.
            let is_refused = name == "latin-1-name" && python.version > 2;
            let wanted = if is_refused { "refused".into() } else { told(certificate) };
            assert_eq!(*line, wanted, "Python {}: {name}", python.version);
        }
    }
}
