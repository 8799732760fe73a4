//! PEM (SSL-36 to SSL-38).

use standpipe_core::tls::pem::{self, FOOTER, HEADER, PemError};
use standpipe_tests::python::Python;

/// Prints the two lines, then the text of each argument, which is DER in hexadecimal, and what that text is read as.
const SCRIPT: &str = "\
import binascii, ssl, sys
hexed = lambda data: binascii.hexlify(data if isinstance(data, bytes) else data.encode('ascii')).decode('ascii')
print(hexed(ssl.PEM_HEADER))
print(hexed(ssl.PEM_FOOTER))
for der in sys.argv[1:]:
    text = ssl.DER_cert_to_PEM_cert(binascii.unhexlify(der))
    print(hexed(text))
    print(hexed(ssl.PEM_cert_to_DER_cert(text)))
";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of every length up to some lines, with all bytes in them.
fn ders() -> Vec<Vec<u8>> {
    (1..200).map(|length: u8| (0..length).map(|place| place.wrapping_mul(37) ^ length).collect()).collect()
}

/// SSL-36, SSL-38.
#[test]
fn the_text_of_a_certificate_is_the_same() {
    for python in Python::with_module("ssl") {
        let arguments: Vec<String> = ders().iter().map(|der| hex(der)).collect();
        let arguments = ["-c", SCRIPT].into_iter().chain(arguments.iter().map(String::as_str));
        let told = python.run(&arguments.collect::<Vec<_>>());
        assert_eq!(told[..2], [HEADER, FOOTER].map(|line| hex(line.as_bytes())));
        for (told, der) in told[2..].chunks(2).zip(ders()) {
            assert_eq!(told, [hex(pem::encode(&der).as_bytes()), hex(&der)], "Python {}", python.version);
            assert_eq!(pem::decode(pem::encode(&der).as_bytes()), Ok(der));
        }
        assert_eq!(told.len(), 2 + 2 * ders().len());
    }
}

/// SSL-37: the original takes no white space in front, but skips whatever else is no base64.
#[test]
fn other_texts_are_read_more_strictly_or_said_to_be_several() {
    let text = pem::encode(b"any bytes");
    assert_eq!(pem::decode(format!(" \n{text}").as_bytes()), Ok(b"any bytes".to_vec()));
    assert!(matches!(
        pem::decode(text.replace('\n', "\n?").as_bytes()),
        Err(PemError::Character { line: 2, .. })
    ));
    assert_eq!(pem::decode([&*text, &text].concat().as_bytes()), Err(PemError::Several { line: 4 }));
    let script = format!(
        "
import ssl
print(ssl.PEM_cert_to_DER_cert({:?}).decode('ascii'))
try: ssl.PEM_cert_to_DER_cert(' ' + {text:?}); print('read')
except ValueError: print('refused')
",
        text.replace("\nYW", "\n?Y?W")
    );
    for python in Python::with_module("ssl") {
        assert_eq!(python.lines(&script), ["any bytes", "refused"], "Python {}", python.version);
    }
}
