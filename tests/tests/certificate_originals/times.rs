//! Dates (SSL-34, SSL-T15).

use standpipe_core::tls::{CertificateTime, CertificateTimeError};
use standpipe_tests::python::Python;

/// Prints what each argument comes to, or `refused`.
const SCRIPT: &str = "\
import ssl, sys
for text in sys.argv[1:]:
    try: print(ssl.cert_time_to_seconds(text))
    except ValueError: print('refused')
";

fn told(python: &Python, texts: &[String]) -> Vec<Option<i64>> {
    let arguments: Vec<&str> = ["-c", SCRIPT].into_iter().chain(texts.iter().map(String::as_str)).collect();
    let lines = python.run(&arguments);
    lines.iter().map(|line| (line != "refused").then(|| line.parse().expect("a number"))).collect()
}

fn read(text: &str) -> Result<i64, CertificateTimeError> {
    text.parse().map(CertificateTime::unix_seconds)
}

/// SSL-34.
#[test]
fn dates_come_to_the_same_seconds() {
    // Steps of some years, days and seconds, so that each part takes many values.
    let seconds = |step: i64| -62_135_596_800 + step * 157_788_543;
    let times: Vec<i64> = (0..2000).map(seconds).collect();
    let text = |seconds: &i64| CertificateTime::from_unix_seconds(*seconds).expect("a year").to_string();
    let texts: Vec<String> = times.iter().map(text).collect();
    for python in Python::with_module("ssl") {
        let wanted: Vec<Option<i64>> = times.iter().copied().map(Some).collect();
        assert_eq!(told(&python, &texts), wanted, "Python {}", python.version);
    }
    let ours: Vec<i64> = texts.iter().map(|text| read(text).expect("our own text")).collect();
    assert_eq!(ours, times);
}

/// What ours reads, the originals read alike; and what they refuse, ours refuses.
#[test]
fn no_date_is_read_that_the_originals_refuse() {
    let valid = "Jan  5 09:34:43 2018 GMT";
    let changes = ["", " ", "  ", "0", "1", "3", "6", "9", "x", ":", "29", "31", "FEB", "gmt", "UTC", "\n"];
    let mut texts = Vec::new();
    for from in 0..valid.len() {
        for to in from..valid.len().min(from + 4) {
            texts.extend(changes.map(|change| [&valid[..from], change, &valid[to..]].concat()));
        }
    }
    let known = |text: &String| read(text).ok();
    let read_here = texts.iter().filter_map(known).count();
    assert!(read_here > 20 && read_here < texts.len() / 2, "{read_here} of {}", texts.len());
    for python in Python::with_module("ssl") {
        for (text, told) in texts.iter().zip(told(&python, &texts)) {
            assert!(known(text).is_none_or(|ours| told == Some(ours)), "Python {}: {text:?}", python.version);
        }
    }
}

/// SSL-T15.
#[test]
fn dates_that_no_calendar_has_are_refused() {
    let lenient = [
        (
            "Feb 29 00:00:00 2019 GMT",
            "Mar  1 00:00:00 2019 GMT",
            CertificateTimeError::Day { day: 29, last: 28 },
        ),
        (
            "Feb 31 00:00:00 2019 GMT",
            "Mar  3 00:00:00 2019 GMT",
            CertificateTimeError::Day { day: 31, last: 28 },
        ),
        ("Jun 30 23:59:60 2015 GMT", "Jul  1 00:00:00 2015 GMT", CertificateTimeError::Clock),
        ("Jun 30 23:59:61 2015 GMT", "Jul  1 00:00:01 2015 GMT", CertificateTimeError::Clock),
    ];
    for (text, _, error) in lenient {
        assert_eq!(read(text), Err(error), "{text}");
    }
    let texts: Vec<String> = lenient.iter().map(|(text, ..)| text.to_string()).collect();
    let taken_for: Vec<Option<i64>> = lenient.iter().map(|(_, other, _)| read(other).ok()).collect();
    for python in Python::with_module("ssl") {
        assert_eq!(told(&python, &texts), taken_for, "Python {}", python.version);
    }
}
