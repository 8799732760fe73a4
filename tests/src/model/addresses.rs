//! [`SocketAddress`] and the functions of internet addresses: bytes and text come back as they were, nothing panics, and
//! the lax parser reads what a naive one reads.

use std::net::{IpAddr, Ipv6Addr};

use standpipe_core::socket::{
    Address, DeviceAddress, Family, HardwareAddress, Inet6Address, Interface, Lookup, Services,
    SocketAddress, UnixAddress, host_address, inet_aton, inet_ntop, inet_pton,
};

/// What texts of addresses are made of.
const PIECES: [&str; 48] = [
    "0",
    "1",
    "7",
    "8",
    "255",
    "256",
    "65535",
    "65536",
    "4294967296",
    "ffff",
    "a",
    "g",
    "0x",
    "0X1",
    "010",
    "-",
    "+",
    ".",
    ".",
    ".",
    ":",
    ":",
    "::",
    "%",
    "[",
    "]:",
    "?flowinfo=",
    "unix:",
    "@",
    "\\x40",
    "\\\\",
    "\0",
    ",",
    ",",
    "netlink:",
    "packet:",
    "tipc:seq,",
    "tipc:name,",
    "tipc:id,",
    "l2cap:",
    "rfcomm:",
    "hci:",
    "sco:",
    "family:",
    "fd:",
    " ",
    "é",
    "00:1A:7D:DA:71:13",
];

/// Checks any bytes: as an address, as the text of one, as pieces of such a text, and as the bytes of an internet
/// address.
pub fn check(bytes: &[u8]) {
    check_bytes(bytes);
    check_families(bytes);
    check_text(&String::from_utf8_lossy(bytes));
    let pieces = bytes.iter().map(|byte| PIECES[usize::from(*byte) % PIECES.len()]);
    check_text(&pieces.collect::<String>());
    check_ntop(bytes);
}

/// The first byte chooses a family, so that each is reached easily.
fn check_families(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let families = [Family::INET, Family::INET6, Family::UNIX, Family::NETLINK, Family::PACKET];
    let more = [Family::TIPC, Family::BLUETOOTH, Family(99)];
    let all = [&families[..], &more].concat();
    let family = all[usize::from(*choice) % all.len()];
    check_bytes(&[&family.0.to_ne_bytes(), rest].concat());
}

fn check_bytes(bytes: &[u8]) {
    let Ok(address) = SocketAddress::from_bytes(bytes) else { return };
    assert_eq!(address.family().0.to_ne_bytes(), bytes[..2]);
    let again = address.to_bytes();
    assert!(again.len() <= SocketAddress::MAX_LEN);
    assert_eq!(SocketAddress::from_bytes(&again).as_ref(), Ok(&address));
    let text = address.to_string();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    // What only the kernel can make has no text that a user may write.
    let beyond = match &address {
        SocketAddress::Inet6(address) => address.flowinfo() > Inet6Address::MAX_FLOW,
        SocketAddress::Unix(address) => address.as_path().is_some_and(|path| path.len() == UnixAddress::ROOM),
        _ => false,
    };
    assert!(beyond || text.parse().as_ref() == Ok(&address), "{text} is {address:?}");
}

fn check_text(text: &str) {
    assert_eq!(inet_aton(text).ok().map(u32::from), aton(text.as_bytes()), "{text:?}");
    if let Ok(address) = text.parse::<SocketAddress>() {
        let written = address.to_string();
        assert_eq!(written.parse().as_ref(), Ok(&address), "{text:?}");
        assert_eq!(written.parse::<SocketAddress>().expect("as before").to_string(), written);
    }
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse().as_ref(), Ok(&address), "{text:?}");
    }
    for kind in ["unix:", "unix:@", "packet:1,2,3,4,", "sco:", "family:9,", "[::1]:1?flowinfo=", "tipc:id,"] {
        let _ =
            format!("{kind}{text}").parse::<SocketAddress>().map(|address| check_bytes(&address.to_bytes()));
    }
    for family in [Family::INET, Family::INET6, Family::UNIX] {
        let ip = inet_pton(family, text);
        assert!(ip.is_err() || host_address(text, family).ok() == ip.ok());
    }
    check_lookup(text);
    let _ = (text.parse::<DeviceAddress>(), text.parse::<HardwareAddress>(), text.parse::<Interface>());
}

/// A number is its own answer, and whatever is none is left to a resolver.
fn check_lookup(text: &str) {
    let lookup = Lookup { host: Some(text), service: Some(text), ..Lookup::default() };
    let numbers = [Family::INET, Family::INET6].map(|family| inet_pton(family, text).ok());
    match (lookup.hosts(), numbers.into_iter().flatten().next()) {
        (Ok(Some(hosts)), Some(ip)) => assert_eq!(hosts, [(ip, 0).into()]),
        (Ok(Some(hosts)), None) => assert!(hosts.len() == 1 && hosts[0].is_ipv6() && text.contains('%')),
        (Ok(None), number) => assert!(number.is_none() && !text.is_empty()),
        (Err(error), _) => assert!(text.is_empty(), "{error}"),
    }
    let port = Lookup { service: Some(text), ..Lookup::default() };
    let known = port.complete(&[], &Services::default()).is_ok();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    assert_eq!(known, digits && text.parse::<u16>().is_ok(), "{text:?}");
}

fn check_ntop(bytes: &[u8]) {
    if let Ok(octets) = <[u8; 16]>::try_from(&bytes[..bytes.len().min(16)]) {
        let text = inet_ntop(Family::INET6, &octets).expect("sixteen bytes");
        assert_eq!(inet_pton(Family::INET6, &text), Ok(IpAddr::V6(Ipv6Addr::from(octets))), "{text}");
        assert_eq!(text, text.to_lowercase());
    }
}

/// By the letter of the manual page: number by number, each by the rules of strtoul(3) with base 0.
fn aton(mut text: &[u8]) -> Option<u32> {
    let mut parts: Vec<u64> = Vec::new();
    loop {
        if !text.first()?.is_ascii_digit() {
            return None;
        }
        let (value, rest) = strtoul(text);
        parts.push(value.filter(|value| *value <= 0xffff_ffff)?);
        text = rest;
        if text.first() != Some(&b'.') {
            break;
        }
        text = &text[1..];
    }
    if !text.first().is_none_or(|byte| b" \t\n\x0b\x0c\r".contains(byte)) || parts.len() > 4 {
        return None;
    }
    let (last, first) = parts.split_last()?;
    let (mut address, mut left) = (0, 1_u64 << 32);
    for part in first {
        left >>= 8;
        address += Some(*part).filter(|part| *part < 256)? * left;
    }
    u32::try_from(address + Some(*last).filter(|last| *last < left)?).ok()
}

/// A number that is too large is none.
fn strtoul(text: &[u8]) -> (Option<u64>, &[u8]) {
    let hex = text.len() > 2 && text[0] == b'0' && text[1] | 32 == b'x' && text[2].is_ascii_hexdigit();
    let (radix, digits) = match text {
        _ if hex => (16, &text[2..]),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let end = digits.iter().position(|byte| char::from(*byte).to_digit(radix).is_none());
    let (digits, rest) = digits.split_at(end.unwrap_or(digits.len()));
    let digits = std::str::from_utf8(digits).expect("digits are ASCII");
    (u64::from_str_radix(digits, radix).ok(), rest)
}
