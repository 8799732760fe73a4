//! [`pem`]: a text is read as one reads it line by line, and what was written is read again.

use standpipe_core::tls::pem::{self, FOOTER, HEADER, PemError};

/// What such texts are made of.
const PIECES: [&str; 24] = [
    HEADER,
    FOOTER,
    "\n",
    "\n",
    "\r\n",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----BEGIN ",
    "-----END ",
    "-----",
    "CERTIFICATE",
    "text",
    "A",
    "MAA=",
    "MA==",
    "z",
    "+/09",
    "=",
    " ",
    "\t",
    "-",
    "\0",
    "#",
    "\u{e4}",
];

/// What is between the lines of a certificate.
const BASE64: [&str; 8] = ["MAA=", "MA==", "MB==", "MAB=", "AAAA", "\n", "z", "="];

/// Checks any text, one of pieces that the bytes choose, the same as whole lines and as what is in a certificate, and the
/// text of these bytes as DER.
pub fn check(bytes: &[u8]) {
    check_text(bytes);
    let pieces: Vec<&str> = bytes.iter().map(|byte| PIECES[usize::from(*byte) % PIECES.len()]).collect();
    check_text(pieces.concat().as_bytes());
    check_text(pieces.join("\n").as_bytes());
    let base64: String = bytes.iter().take(4).map(|byte| BASE64[usize::from(*byte) % BASE64.len()]).collect();
    check_text(format!("{HEADER}\n{base64}\n{FOOTER}").as_bytes());
    if !bytes.is_empty() {
        let text = pem::encode(bytes);
        assert_eq!(pem::decode(text.as_bytes()).as_deref(), Ok(bytes));
        assert!(text.lines().all(|line| line.len() <= 64) && text.ends_with('\n'));
    }
}

fn check_text(text: &[u8]) {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let found = pem::decode_all(text);
    assert_eq!(found.as_ref().ok(), certificates(&lines).filter(|all| !all.is_empty()).as_ref());
    if let Err(error) = found {
        assert!(place(error).is_none_or(|line| (1..=lines.len()).contains(&line)), "{error}");
    }
}

fn place(error: PemError) -> Option<usize> {
    match error {
        PemError::Boundary { line } | PemError::Unended { line } | PemError::Length { line } => Some(line),
        PemError::Character { line, .. } => Some(line),
        _ => None,
    }
}

/// Those in the lines; `None` where a block is not as it should be.
fn certificates(lines: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let is_boundary = |line: &&[u8]| line.starts_with(b"-----BEGIN ") || line.starts_with(b"-----END ");
    let Some(begin) = lines.iter().position(is_boundary) else { return Some(vec![]) };
    let label = lines[begin].strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")?;
    let rest = &lines[begin + 1..];
    let end = rest.iter().position(is_boundary)?;
    if rest[end] != [b"-----END ", label, b"-----"].concat() {
        return None;
    }
    let mut all = Vec::new();
    if label == b"CERTIFICATE" {
        all.push(bytes(&rest[..end].concat()).filter(|der| !der.is_empty())?);
    }
    all.extend(certificates(&rest[end + 1..])?);
    Some(all)
}

/// What base64 stands for, by way of its bits in writing.
fn bytes(base64: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text: String =
        base64.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().map(char::from).collect();
    let characters = text.trim_end_matches('=');
    let padding = text.len() - characters.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let places: Option<Vec<usize>> = characters.chars().map(|c| ALPHABET.find(c)).collect();
    let bits: String = places?.iter().map(|place| format!("{place:06b}")).collect();
    let (whole, spare) = bits.split_at(bits.len() - 2 * padding);
    let octets = whole.as_bytes().chunks(8).map(|octet| std::str::from_utf8(octet).expect("digits"));
    spare
        .bytes()
        .all(|bit| bit == b'0')
        .then(|| octets.map(|octet| u8::from_str_radix(octet, 2).expect("eight of them")).collect())
}
