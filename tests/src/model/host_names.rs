//! Which names a certificate is for: one of ASCII letters and stars is, or is not, as one reads the rules aloud.

use std::sync::OnceLock;

use rcgen::{CertificateParams, KeyPair, SanType};
use standpipe_core::tls::{AlternativeName, Certificate, NameError};

/// What such names are made of; the last one ends a name.
const PIECES: [&str; 11] = ["a", "B", "www", "xn--a", "org", "*", ".", ".", ".", "a.org", ","];

/// Checks a name that is asked for against those of a certificate: the bytes choose the pieces of all of them; then one of
/// some labels against names that are like it.
pub fn check(bytes: &[u8]) {
    let pieces = bytes.iter().map(|byte| PIECES[usize::from(*byte) % PIECES.len()]);
    let text: String = pieces.collect();
    let mut names = text.split(',').map(str::to_string);
    let wanted = names.next().unwrap_or_default();
    check_names(&wanted, &names.take(4).collect::<Vec<_>>());

    let Some((count, rest)) = bytes.split_first() else { return };
    let (labels, changes) = rest.split_at(rest.len().min(1 + usize::from(*count) % 4));
    let labels: Vec<&str> = labels.iter().map(|byte| PIECES[usize::from(*byte) % 5]).collect();
    let wanted = labels.join(".");
    let like: Vec<String> = changes.iter().take(4).map(|change| changed(*change, &wanted)).collect();
    check_names(&wanted, &like);
    check_names(&format!("{wanted}."), &like);
}

/// A name that is like this one.
fn changed(how: u8, name: &str) -> String {
    let (first, others) = name.split_once('.').unwrap_or((name, ""));
    match how % 12 {
        0 => name.to_string(),
        1 => name.to_uppercase(),
        2 => format!("*.{others}"),
        3 => format!("*.{name}"),
        4 => format!("{first}*.{others}"),
        5 => format!("*{first}.{others}"),
        6 => format!("*.*.{others}"),
        7 => format!("{first}.{name}"),
        8 => format!("{name}."),
        9 => others.to_string(),
        10 => name.replace("org", "*"),
        _ => format!("*.{}", others.split_once('.').unwrap_or_default().1),
    }
}

fn check_names(wanted: &str, presented: &[String]) {
    let certificate = certificate(presented);
    let shown: Vec<AlternativeName> = certificate.alternative_names().to_vec();
    assert_eq!(shown.len(), presented.len());
    let expected = match host(wanted) {
        None => Err(NameError::NoName(wanted.into())),
        Some(host) if presented.iter().any(|name| is_for(name, &host)) => Ok(()),
        Some(_) => Err(NameError::Other { wanted: wanted.into(), has: shown }),
    };
    assert_eq!(certificate.matches_name(wanted), expected, "{wanted} against {presented:?}");
}

/// A certificate for these.
fn certificate(names: &[String]) -> Certificate {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    let names = names.iter().map(|name| SanType::DnsName(name.as_str().try_into().expect("ASCII")));
    let mut params = CertificateParams::default();
    params.subject_alt_names = names.collect();
    let made = params.self_signed(KEY.get_or_init(|| KeyPair::generate().expect("a key")));
    Certificate::from_der(made.expect("a certificate").der()).expect("it can be read")
}

/// The labels of a name that may be asked for.
fn host(name: &str) -> Option<Vec<String>> {
    labels(name.strip_suffix('.').unwrap_or(name)).filter(|labels| labels.iter().all(|label| label != "*"))
}

/// The labels of a name, in small letters; a star may stand for the first one, and is nothing else.
fn labels(name: &str) -> Option<Vec<String>> {
    let labels: Vec<String> = name.split('.').map(str::to_lowercase).collect();
    let is_valid = |(place, label): (usize, &String)| {
        let is_star = label == "*" && place == 0 && labels.len() > 2;
        !label.is_empty() && (is_star || !label.contains('*'))
    };
    (name.len() < 254
        && labels.iter().enumerate().all(is_valid)
        && labels.iter().all(|label| label.len() < 64))
    .then_some(labels)
}

fn is_for(presented: &str, host: &[String]) -> bool {
    let Some(presented) = labels(presented) else { return false };
    presented.len() == host.len()
        && (presented[0] == "*" || presented[0] == host[0])
        && presented[1..] == host[1..]
}
