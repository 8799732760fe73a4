//! Addresses for names, names for addresses, services and protocols, and what is told where there are none.

use std::net::IpAddr;

use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Found, HostFault, Lookup, ResolveFault, SocketAddress, SocketError};
use standpipe_sys::socket::{
    Host, fqdn, get_protocol_by_name, get_service_by_name, get_service_by_port, host_name,
};
use standpipe_tests::harness::{Scenario, Sockets, Verdict};

use super::support::{fine, named, plain};

pub(super) const SCENARIOS: &[Scenario] = &[
    plain("a_number_is_its_own_address", numbers),
    plain("a_question_that_has_no_answer_says_why", no_answer),
    plain("no_host_is_this_machine_or_every_interface", no_host),
    plain("each_type_of_socket_has_an_answer", types),
    plain("a_number_is_its_own_name", own_names),
    named("a_name_has_all_of_its_addresses", all_addresses),
    named("a_family_that_is_asked_for_is_answered_alone", one_family),
    named("a_name_that_nobody_has_is_told_apart", nobody),
    named("a_name_is_told_as_the_host_is_called_first", canonical),
    named("a_host_has_all_of_its_names", by_name),
    named("a_host_is_known_by_its_address", by_address),
    named("an_address_is_looked_back_to_its_name", back),
    named("the_first_name_with_a_dot_is_the_full_one", full_name),
    plain("services_have_ports_and_ports_have_services", services),
    plain("this_machine_has_a_name", own_name),
];

fn asked<'a>(host: Option<&'a str>, service: Option<&'a str>) -> Lookup<'a> {
    Lookup { host, service, socket_type: SOCK_STREAM, ..Lookup::default() }
}

fn texts(found: Result<Vec<Found>, SocketError>) -> Vec<String> {
    found.expect("there are some").into_iter().map(|found| found.address.to_string()).collect()
}

fn address(text: &str) -> SocketAddress {
    text.parse().expect("a good address")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("a good address")
}

fn numbers(on: &dyn Sockets) -> Verdict {
    let rows = [
        ("192.0.2.1", "80", "192.0.2.1:80"),
        ("::1", "http", "[::1]:80"),
        ("fe80::1%1", "7", "[fe80::1%1]:7"),
        ("127.0.0.1", "0", "127.0.0.1:0"),
    ];
    for (host, service, address) in rows {
        assert_eq!(texts(on.addresses(&asked(Some(host), Some(service)))), [address]);
    }
    fine()
}

fn no_answer(on: &dyn Sockets) -> Verdict {
    let number = asked(Some("192.0.2.1"), None);
    let rows = [
        (asked(None, None), ResolveFault::NoName),
        (asked(Some(""), Some("80")), ResolveFault::NoName),
        (Lookup { flags: AI_NUMERICHOST, ..asked(Some("localhost"), None) }, ResolveFault::NoName),
        (Lookup { flags: AI_NUMERICSERV, ..asked(Some("::1"), Some("http")) }, ResolveFault::NoName),
        (asked(Some("192.0.2.1"), Some("no such service")), ResolveFault::Service),
        (asked(Some("192.0.2.1"), Some("65536")), ResolveFault::Service),
        (Lookup { family: Family::INET6, ..number }, ResolveFault::AddressFamily),
        (Lookup { family: Family::UNIX, ..number }, ResolveFault::Family),
        (Lookup { socket_type: SOCK_STREAM, protocol: IPPROTO_UDP, ..number }, ResolveFault::SocketType),
        (Lookup { flags: 1 << 30, ..number }, ResolveFault::BadFlags),
    ];
    for (lookup, fault) in rows {
        assert_eq!(on.addresses(&lookup), Err(fault.into()), "{lookup:?}");
    }
    fine()
}

fn no_host(on: &dyn Sockets) -> Verdict {
    assert_eq!(texts(on.addresses(&asked(None, Some("80")))), ["[::1]:80", "127.0.0.1:80"]);
    let passive = Lookup { flags: AI_PASSIVE, ..asked(None, Some("80")) };
    assert_eq!(texts(on.addresses(&passive)), ["[::]:80", "0.0.0.0:80"]);
    fine()
}

fn types(on: &dyn Sockets) -> Verdict {
    let any = Lookup { socket_type: 0, ..asked(Some("::1"), Some("80")) };
    let found = on.addresses(&any).expect("a number");
    let types: Vec<_> = found.iter().map(|found| (found.socket_type, found.protocol)).collect();
    assert_eq!(types, [(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP), (SOCK_RAW, 0)]);
    fine()
}

fn own_names(on: &dyn Sockets) -> Verdict {
    let flags = NI_NUMERICHOST | NI_NUMERICSERV;
    let rows = [
        ("127.0.0.1:80", flags, ("127.0.0.1", "80")),
        ("127.0.0.1:80", NI_NUMERICHOST, ("127.0.0.1", "http")),
        ("[::1]:7", flags, ("::1", "7")),
    ];
    for (text, flags, (host, service)) in rows {
        assert_eq!(on.names(&address(text), flags), Ok((host.into(), service.into())));
    }
    assert!(on.names(&address("unix:/x"), flags).is_err());
    fine()
}

fn all_addresses(on: &dyn Sockets) -> Verdict {
    let many = on.addresses(&asked(Some("many.test"), Some("7")));
    assert_eq!(texts(many), ["127.0.0.2:7", "127.0.0.3:7", "127.0.0.4:7"]);
    let mut both = texts(on.addresses(&asked(Some("both.test"), Some("7"))));
    both.sort_unstable();
    assert_eq!(both, ["127.0.0.1:7", "[::1]:7"]);
    fine()
}

fn one_family(on: &dyn Sockets) -> Verdict {
    for (family, address) in [(Family::INET, "127.0.0.1:7"), (Family::INET6, "[::1]:7")] {
        let lookup = Lookup { family, ..asked(Some("both.test"), Some("7")) };
        let found = texts(on.addresses(&lookup));
        // The C library takes the one loopback address for the other, and so may have it twice.
        assert!(!found.is_empty() && found.iter().all(|found| found == address), "{found:?}");
    }
    let none = on.addresses(&Lookup { family: Family::INET6, ..asked(Some("many.test"), None) });
    let reasons = [ResolveFault::NoData, ResolveFault::AddressFamily, ResolveFault::NoName];
    assert!(reasons.iter().any(|reason| none == Err((*reason).into())), "{none:?}");
    fine()
}

/// By each of the three ways in which one may ask.
fn nobody(on: &dyn Sockets) -> Verdict {
    for name in ["nobody.test", "nul\0nul", "a..b", &"x".repeat(300)] {
        let none = on.addresses(&asked(Some(name), None));
        assert_eq!(none, Err(ResolveFault::NoName.into()), "{name}");
        assert_eq!(on.host_by_name(name, Family::INET), Err(HostFault::NotFound.into()), "{name}");
    }
    assert_eq!(on.host_by_address(ip("192.0.2.1")), Err(HostFault::NotFound.into()));
    let wanted = on.names(&address("192.0.2.1:7"), NI_NAMEREQD);
    assert_eq!(wanted, Err(ResolveFault::NoName.into()));
    fine()
}

fn canonical(on: &dyn Sockets) -> Verdict {
    let lookup = Lookup { flags: AI_CANONNAME, ..asked(Some("laser.test"), None) };
    let found = on.addresses(&lookup).expect("it is known");
    assert_eq!(found[0].canonical_name.as_deref(), Some("printer"));
    fine()
}

fn printer() -> Host {
    Host {
        name: "printer".into(),
        aliases: vec!["laser.test".into(), "ink.test".into()],
        addresses: vec![ip("127.0.0.5")],
    }
}

fn by_name(on: &dyn Sockets) -> Verdict {
    for name in ["printer", "laser.test", "ink.test"] {
        assert_eq!(on.host_by_name(name, Family::INET), Ok(printer()));
    }
    let many = on.host_by_name("many.test", Family::INET).expect("it is known");
    assert_eq!(many.addresses, ["127.0.0.2", "127.0.0.3", "127.0.0.4"].map(ip));
    let six = on.host_by_name("both.test", Family::INET6).expect("it is known");
    assert_eq!(six.addresses, [ip("::1")]);
    fine()
}

fn by_address(on: &dyn Sockets) -> Verdict {
    assert_eq!(on.host_by_address(ip("127.0.0.5")), Ok(printer()));
    assert_eq!(on.host_by_address(ip("::1")).expect("it is known").name, "both.test");
    fine()
}

fn back(on: &dyn Sockets) -> Verdict {
    for flags in [0, NI_NAMEREQD] {
        assert_eq!(on.names(&address("127.0.0.5:80"), flags), Ok(("printer".into(), "http".into())));
    }
    assert_eq!(on.names(&address("192.0.2.1:80"), 0), Ok(("192.0.2.1".into(), "http".into())));
    fine()
}

/// SOC-41.
fn full_name(_: &dyn Sockets) -> Verdict {
    let names = [("printer", "laser.test"), ("localhost", "localhost"), ("nobody.test", "nobody.test")];
    for (name, full) in names {
        assert_eq!(fqdn(Some(name)).expect("no system error"), full);
    }
    fine()
}

fn services(_: &dyn Sockets) -> Verdict {
    assert_eq!(get_service_by_name("http", Some("tcp")), Ok(80));
    assert_eq!(get_service_by_name("domain", None), Ok(53));
    assert_eq!(get_service_by_port(443, Some("tcp")), Ok("https".into()));
    assert_eq!(["tcp", "udp", "icmp"].map(get_protocol_by_name), [Ok(6), Ok(17), Ok(1)]);
    let none = [
        get_service_by_name("no such service", None).map(drop),
        get_service_by_name("http", Some("no such protocol")).map(drop),
        get_service_by_port(1, Some("no such protocol")).map(drop),
        get_protocol_by_name("no such protocol").map(drop),
    ];
    assert!(none.iter().all(Result::is_err), "{none:?}");
    fine()
}

fn own_name(_: &dyn Sockets) -> Verdict {
    let name = host_name().expect("it is told");
    assert!(!name.is_empty() && !name.as_encoded_bytes().contains(&0));
    fine()
}
