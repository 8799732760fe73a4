//! The functions of core's socket module beside those of the originals: Python 2.7, and Python 3, which kept them.

mod original;

use std::net::Ipv4Addr;

use original::{Answer, originals};
use standpipe_core::socket::{
    Family, Found, Lookup, Protocols, Services, SocketAddress, constants, getprotobyname, getservbyname,
    htonl, htons, inet_aton, inet_ntoa, inet_ntop, inet_pton, name_info, ntohl, ntohs,
};

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pieces(&mut self, pieces: &[&str], most: usize) -> String {
        let count = 1 + self.throw(most);
        (0..count).map(|_| pieces[self.throw(pieces.len())]).collect()
    }
}

fn texts() -> Vec<String> {
    let mut dice = Dice(1);
    let v4 = [
        "0",
        "1",
        "8",
        "9",
        "255",
        "256",
        "65536",
        "4294967295",
        "4294967296",
        "0x",
        "0xff",
        "010",
        ".",
        ".",
        ".",
    ];
    let odd = [" ", " x", "-", "+", "a", "\t", "\n", "\x0b", "%lo"];
    let v6 = [":", ":", "::", "0", "1", "ffff", "FFFF", "abcd", "1.2.3.4", "12345", "01"];
    let mut texts: Vec<String> = (0..2000).map(|_| dice.pieces(&v4, 8)).collect();
    texts.extend((0..1000).map(|_| dice.pieces(&v4, 7) + odd[dice.throw(odd.len())]));
    texts.extend((0..3000).map(|_| dice.pieces(&v6, 17)));
    texts.extend((0..1000).map(|_| dice.pieces(&["1", "0", "fe80", ":"], 16) + odd[dice.throw(odd.len())]));
    let known =
        ["127.1", "1.2.3", "010.0.0.1", "01.2.3.4", "1.2.3.4 rest", "", "::", "::1", "1::", "::ffff:1.2.3.4"];
    texts.extend(known.map(String::from));
    texts
}

#[test]
fn texts_are_read_alike() {
    let texts = texts();
    let mut questions = Vec::new();
    for text in &texts {
        let text = text.as_bytes();
        questions.push(("aton", vec![text.to_vec()]));
        questions.push(("pton", vec![b"2".to_vec(), text.to_vec()]));
        questions.push(("pton", vec![b"10".to_vec(), text.to_vec()]));
    }
    for original in originals() {
        let answers = original.ask(&questions);
        for (text, answers) in texts.iter().zip(answers.chunks(3)) {
            let ours = inet_aton(text).ok().map(|ip| hex(&ip.octets()));
            assert_eq!(ours, answers[0].value(), "inet_aton({text:?}) in {original}");
            for (family, answer) in [(Family::INET, &answers[1]), (Family::INET6, &answers[2])] {
                let ours = inet_pton(family, text).ok().map(|ip| match ip {
                    std::net::IpAddr::V4(ip) => hex(&ip.octets()),
                    std::net::IpAddr::V6(ip) => hex(&ip.octets()),
                });
                assert_eq!(ours, answer.value(), "inet_pton({family}, {text:?}) in {original}");
            }
        }
    }
}

#[test]
fn addresses_are_written_alike() {
    let mut dice = Dice(2);
    let mut addresses: Vec<Vec<u8>> = Vec::new();
    for _ in 0..3000 {
        let mut address: Vec<u8> = (0..16).map(|_| [0, 0, 0, 1, 0xff, 0xa0][dice.throw(6)]).collect();
        let zeros = dice.throw(13);
        address[..zeros].fill(0);
        if dice.throw(4) == 0 {
            address[10..12].fill(0xff);
        }
        addresses.push(address);
    }
    addresses.extend([vec![0; 16], vec![0; 4], vec![0; 3], vec![255; 16], Vec::new()]);
    let mut questions = Vec::new();
    for address in &addresses {
        questions.push(("ntop", vec![b"10".to_vec(), address.clone()]));
        questions.push(("ntoa", vec![address[..address.len().min(4)].to_vec()]));
    }
    for original in originals() {
        for (address, answers) in addresses.iter().zip(original.ask(&questions).chunks(2)) {
            assert_eq!(
                inet_ntop(Family::INET6, address).ok(),
                answers[0].value(),
                "{address:?} in {original}"
            );
            assert_eq!(inet_ntoa(&address[..address.len().min(4)]).ok(), answers[1].value(), "in {original}");
        }
    }
}

#[test]
fn byte_order_is_turned_alike() {
    let mut dice = Dice(3);
    let words: Vec<u32> =
        (0..200).map(|_| (dice.throw(1 << 16) << 16 | dice.throw(1 << 16)) as u32).collect();
    let half = |word: u32| (word & 0xffff) as u16;
    let questions = words.iter().flat_map(|word| {
        let (short, long) = (half(*word).to_string(), word.to_string());
        [("htons", &short), ("ntohs", &short), ("htonl", &long), ("ntohl", &long)]
            .map(|(operation, number)| (operation, vec![number.clone().into_bytes()]))
    });
    let questions: Vec<_> = questions.collect();
    for original in originals() {
        for (word, answers) in words.iter().zip(original.ask(&questions).chunks(4)) {
            let short = half(*word);
            let ours = [htons(short).into(), ntohs(short).into(), htonl(*word), ntohl(*word)];
            assert_eq!(
                answers.iter().map(|answer| answer.number()).collect::<Vec<_>>(),
                ours,
                "in {original}"
            );
        }
    }
}

/// Where this machine has the files, the originals' answers are theirs.
#[test]
fn services_and_protocols_have_the_same_numbers() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (services, protocols) = (read("/etc/services"), read("/etc/protocols"));
    if services.is_empty() || protocols.is_empty() {
        println!("not looked at: this machine has no /etc/services or no /etc/protocols");
        return;
    }
    let (services, protocols) = (Services::parse(&services), Protocols::parse(&protocols));
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    for service in services.iter() {
        let over = service.protocol.as_bytes().to_vec();
        for name in [&service.name].into_iter().chain(&service.aliases) {
            questions.push(("service", vec![name.as_bytes().to_vec(), over.clone()]));
            ours.push(services.by_name(name, Some(&service.protocol)).expect("it is there").port.to_string());
        }
        questions.push(("port", vec![service.port.to_string().into_bytes(), over]));
        let by_port = services.by_port(service.port, Some(&service.protocol));
        ours.push(by_port.expect("it is there").name.to_string());
    }
    for protocol in protocols.iter() {
        for name in [&protocol.name].into_iter().chain(&protocol.aliases) {
            questions.push(("protocol", vec![name.as_bytes().to_vec()]));
            ours.push(protocols.by_name(name).expect("it is there").number.to_string());
        }
    }
    for original in originals() {
        for ((question, ours), answer) in questions.iter().zip(&ours).zip(original.ask(&questions)) {
            assert_eq!(Some(ours), answer.value().as_ref(), "{question:?} in {original}");
        }
    }
    check_built_in(&services, &protocols);
}

/// What is built in says nothing else than the machine's files, where they know the name.
fn check_built_in(services: &Services, protocols: &Protocols) {
    for service in Services::built_in().iter() {
        let over = Some(&*service.protocol);
        assert_eq!(getservbyname(&service.name, over), Ok(service.port));
        if let Ok(here) = services.by_name(&service.name, over) {
            assert_eq!(service.port, here.port, "{}", service.name);
        }
    }
    for protocol in Protocols::built_in().iter() {
        assert_eq!(getprotobyname(&protocol.name), Ok(protocol.number));
        if let Ok(here) = protocols.by_name(&protocol.name) {
            assert_eq!(protocol.number, here.number, "{}", protocol.name);
        }
    }
}

/// Each constant that the originals have on this system is here and has their number; the ones that only Python 3 has
/// may be missing.
#[test]
fn constants_have_the_same_numbers() {
    for original in originals() {
        let answers = original.ask(&[("constants", Vec::new())]);
        let all = answers[0].value().expect("a list");
        let mut compared = 0;
        for (name, value) in all.split(' ').filter_map(|pair| pair.split_once('=')) {
            match constants::lookup(name) {
                Some(ours) => assert_eq!(ours.to_string(), value, "{name} in {original}"),
                None => assert!(!original.is_old(), "{name} is missing"),
            }
            compared += usize::from(constants::lookup(name).is_some());
        }
        assert!(compared > 200, "{compared} constants were compared with {original}");
    }
}

/// The kernel takes our bytes and tells them again, and the originals read from them what we do.
#[test]
fn the_kernel_takes_our_bytes_and_the_originals_read_them_alike() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (index, original) in originals().into_iter().enumerate() {
        let path = folder.path().join(format!("socket-{index}"));
        let path = path.to_str().expect("an ordinary path");
        let name = format!("standpipe-{}-{index}", std::process::id());
        let cases = [
            (2, 1, "127.0.0.1:0".to_string()),
            (2, 2, "0.0.0.0:0".to_string()),
            (10, 1, "[::1]:0".to_string()),
            (10, 2, "[::]:0?flowinfo=5".to_string()),
            (1, 1, format!("unix:{path}")),
            (1, 2, format!("unix:@{name}\\x00\\xff")),
            (16, 3, "netlink:0,0x1".to_string()),
            (17, 2, "packet:1,0x800".to_string()),
        ];
        let addresses =
            cases.each_ref().map(|(_, _, text)| text.parse::<SocketAddress>().expect("a good text"));
        let questions: Vec<_> = cases
            .iter()
            .zip(&addresses)
            .map(|((family, kind, _), address)| {
                let [family, kind] = [*family, *kind].map(|number: i32| number.to_string().into_bytes());
                ("bind", vec![family, kind, address.to_bytes()])
            })
            .collect();
        for ((case, address), answer) in cases.iter().zip(&addresses).zip(original.ask(&questions)) {
            check_bound(case.0, address, &answer, &original.to_string());
        }
    }
}

/// A port or a number that the kernel has chosen is its own; all else is as it was asked for.
fn check_bound(family: i32, asked: &SocketAddress, answer: &Answer, original: &str) {
    let Some(told) = answer.value() else {
        // A machine may lack IPv6, or the right to see frames; the internet and Unix it has.
        assert!(family > 2, "{asked}: {answer:?} in {original}");
        println!("not looked at: {asked}: {answer:?}");
        return;
    };
    let (bytes, parts) = told.split_once(' ').expect("bytes and parts");
    let bytes = unhex(bytes);
    let address = SocketAddress::from_bytes(&bytes).expect("the kernel's own bytes");
    // Of a hardware address the kernel tells as many bytes as there are, of a Unix path also the NUL.
    assert!(address.to_bytes().starts_with(&bytes), "{address}: {bytes:?}");
    let ip = |address: &SocketAddress| address.ip().map(|ip| ip.to_string()).unwrap_or_default();
    assert_eq!(ip(&address), ip(asked));
    let expected = match &address {
        SocketAddress::Inet(inner) => format!("{},{}", hex(ip(&address).as_bytes()), inner.port()),
        SocketAddress::Inet6(inner) => {
            let text = inet_ntop(Family::INET6, &inner.ip().octets()).expect("sixteen bytes");
            format!("{},{},{},{}", hex(text.as_bytes()), inner.port(), inner.flowinfo(), inner.scope_id())
        }
        SocketAddress::Unix(inner) => {
            assert_eq!(&address, asked);
            let name = inner.as_abstract_name().map(|name| [&[0], name].concat());
            hex(name.as_deref().or(inner.as_path()).unwrap_or_default())
        }
        SocketAddress::Netlink(inner) => format!("{},{}", inner.pid, inner.groups),
        SocketAddress::Packet(inner) => {
            let interface = hex(b"lo");
            let (kind, hardware) = (inner.packet_type, hex(inner.hardware.as_bytes()));
            format!("{interface},{},{kind},{},{hardware}", inner.protocol, inner.hardware_type)
        }
        other => panic!("of no family that was asked for: {other}"),
    };
    assert_eq!(parts, expected, "{address} in {original}");
}

#[test]
fn what_the_reference_says_of_lax_addresses_is_so() {
    assert_eq!(inet_aton("010.0.0.1"), Ok(Ipv4Addr::new(8, 0, 0, 1)));
    assert_eq!(inet_aton("127.1"), Ok(Ipv4Addr::LOCALHOST));
    for strict in ["1.2.3", "01.2.3.4", "127.1", "1.2.3.4 "] {
        assert!(inet_pton(Family::INET, strict).is_err(), "{strict:?}");
    }
}

/// One answer, as the originals' tuple is shown.
fn shown(found: &Found) -> String {
    let name = hex(found.canonical_name.as_deref().unwrap_or_default().as_bytes());
    let ip = |address: &dyn ToString| hex(address.to_string().as_bytes());
    let address = match &found.address {
        SocketAddress::Inet(inner) => format!("{},{}", ip(inner.ip()), inner.port()),
        SocketAddress::Inet6(inner) => {
            format!("{},{},0,{}", ip(&inner.ip()), inner.port(), inner.scope_id())
        }
        other => panic!("no address of the internet: {other}"),
    };
    format!("{},{},{name},{address}", found.socket_type, found.protocol)
}

/// Where nobody has to be asked, and but for what is lax there, the answers are the C library's.
#[test]
fn addresses_are_looked_up_alike() {
    let services = Services::parse(&std::fs::read_to_string("/etc/services").unwrap_or_default());
    let mut lookups = Vec::new();
    for host in [None, Some("127.0.0.1"), Some("::1"), Some("::ffff:1.2.3.4"), Some("fe80::1%1")] {
        for service in
            [None, Some("0"), Some("80"), Some("65535"), Some("domain"), Some("ssh"), Some("no-such")]
        {
            for (family, socket_type, protocol) in [
                (0, 0, 0),
                (2, 1, 0),
                (10, 2, 0),
                (0, 1, 6),
                (0, 1, 17),
                (0, 0, 17),
                (0, 3, 0),
                (0, 3, 9),
                (0, 99, 0),
            ] {
                for flags in [0, 1, 2, 4, 8, 1024, 1 << 20] {
                    let family = Family(family);
                    lookups.push(Lookup { host, service, family, socket_type, protocol, flags });
                }
            }
        }
    }
    let text = |text: Option<&str>| text.unwrap_or_default().as_bytes().to_vec();
    let number = |number: i32| number.to_string().into_bytes();
    let questions = lookups.iter().map(|lookup| {
        let hints = [lookup.family.0.into(), lookup.socket_type, lookup.protocol, lookup.flags];
        let texts = [text(lookup.host), text(lookup.service)];
        ("addresses", texts.into_iter().chain(hints.map(number)).collect())
    });
    let questions: Vec<_> = questions.collect();
    for original in originals() {
        for (lookup, answer) in lookups.iter().zip(original.ask(&questions)) {
            if services.is_empty() && lookup.service == Some("domain") {
                continue;
            }
            let found = lookup.hosts().and_then(|hosts| lookup.complete(&hosts.expect("numbers"), &services));
            let sorted = |mut parts: Vec<String>| {
                parts.sort();
                parts
            };
            let ours = found.map(|found| sorted(found.iter().map(shown).collect()));
            // Python 2 writes the scope into the host as well: `%lo`.
            let theirs = answer.value().map(|value| value.replace("256c6f", ""));
            let theirs = theirs.map(|value| sorted(value.split(';').map(String::from).collect()));
            assert_eq!(
                ours.as_ref().ok(),
                theirs.as_ref(),
                "{lookup:?}: {ours:?} and {answer:?} in {original}"
            );
        }
    }
}

#[test]
fn addresses_have_the_same_names() {
    let services = Services::parse(&std::fs::read_to_string("/etc/services").unwrap_or_default());
    let mut questions = Vec::new();
    let mut ours = Vec::new();
    for (host, port) in [("127.0.0.1", 80), ("::1", 53), ("192.0.2.1", 65535), ("::ffff:1.2.3.4", 514)] {
        for flags in [1, 1 | 2, 1 | 16, 1 | 2 | 16] {
            let flags_text = flags.to_string().into_bytes();
            questions.push(("name", vec![host.into(), port.to_string().into_bytes(), flags_text]));
            let address = std::net::SocketAddr::new(host.parse().expect("a number"), port);
            let (host, service) = name_info(&address.into(), &services, flags).expect("an internet address");
            ours.push(format!("{},{}", hex(host.as_bytes()), hex(service.as_bytes())));
        }
    }
    for original in originals() {
        for ((question, ours), answer) in questions.iter().zip(&ours).zip(original.ask(&questions)) {
            assert_eq!(Some(ours), answer.value().as_ref(), "{question:?} in {original}");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
