//! [`Services`] and [`Protocols`]: a text is read as a search through its lines reads it.

use standpipe_core::socket::{Protocols, Services, SocketOption, constants};

/// What such texts are made of.
const PIECES: [&str; 24] = [
    "\n",
    " ",
    "\t",
    "#",
    "/",
    "\x0b",
    "http",
    "www",
    "tcp",
    "udp",
    "80",
    "6",
    "0",
    "1",
    "65535",
    "65536",
    "+",
    "-1",
    "80/tcp",
    "80/udp",
    "6/tcp",
    "\u{a0}",
    "\r\n",
    "SO_LINGER",
];

/// Checks any text, and one of pieces that the bytes choose.
pub fn check(bytes: &[u8]) {
    check_text(&String::from_utf8_lossy(bytes));
    let pieces = bytes.iter().map(|byte| PIECES[usize::from(*byte) % PIECES.len()]);
    check_text(&pieces.collect::<String>());
}

/// Checks a text, and each of its words as a name.
fn check_text(text: &str) {
    let (services, protocols) = (Services::parse(text), Protocols::parse(text));
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| words(line).collect()).collect();
    let filled = lines.iter().filter(|line| !line.is_empty()).count();
    assert_eq!(services.len() + services.malformed().len(), filled);
    assert_eq!(protocols.len() + protocols.malformed().len(), filled);
    assert_eq!(services.iter().count(), services.len());
    assert_eq!(protocols.iter().count(), protocols.len());
    for name in lines.iter().flatten().chain(&["tcp", "http"]) {
        for over in [None, Some("tcp"), Some("udp")] {
            let found = services.by_name(name, over).ok().map(|service| (&*service.name, service.port));
            assert_eq!(found, service(&lines, over, |line, _| is_named(line, name)), "{name}/{over:?}");
        }
        let found = protocols.by_name(name).ok().map(|protocol| (&*protocol.name, protocol.number));
        assert_eq!(found, protocol(&lines, |line, _| is_named(line, name)), "{name}");
        assert!(SocketOption::by_name(name).is_err() || !name.is_empty());
        assert!(
            constants::lookup(name).is_none() || name.contains('_') || name.eq_ignore_ascii_case("somaxconn")
        );
    }
    for number in [0, 1, 6, 80] {
        let found = services.by_port(number, None).ok().map(|service| (&*service.name, service.port));
        assert_eq!(found, service(&lines, None, |_, port| port == number));
        let found = protocols.by_number(number).ok().map(|protocol| (&*protocol.name, protocol.number));
        assert_eq!(found, protocol(&lines, |_, known| known == number));
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split('#')
        .next()
        .unwrap_or_default()
        .split([' ', '\t', '\r', '\x0b', '\x0c'])
        .filter(|word| !word.is_empty())
}

fn is_named(line: &[&str], name: &str) -> bool {
    line[0] == name || line[2..].contains(&name)
}

fn digits(word: &str) -> Option<u16> {
    word.chars().all(|c| c.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

fn service<'a>(
    lines: &[Vec<&'a str>],
    over: Option<&str>,
    fits: impl Fn(&[&str], u16) -> bool,
) -> Option<(&'a str, u16)> {
    lines.iter().find_map(|line| {
        let (port, protocol) = line.get(1)?.split_once('/')?;
        let port = digits(port).filter(|_| !protocol.is_empty())?;
        (fits(line, port) && over.is_none_or(|over| over == protocol)).then_some((line[0], port))
    })
}

fn protocol<'a>(lines: &[Vec<&'a str>], fits: impl Fn(&[&str], u16) -> bool) -> Option<(&'a str, u16)> {
    lines.iter().find_map(|line| {
        let number = digits(line.get(1)?)?;
        fits(line, number).then_some((line[0], number))
    })
}
