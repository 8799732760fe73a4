//! Look-ups that ask this machine: its own names and files.

use standpipe_core::socket::constants::{AI_CANONNAME, NI_NAMEREQD, NI_NUMERICSERV, SOCK_STREAM};
use standpipe_core::socket::{Family, HostFault, Lookup, ResolveFault, SocketError};
use standpipe_sys::socket::{
    fqdn, get_addr_info, get_host_by_addr, get_host_by_name, get_name_info, get_protocol_by_name,
    get_service_by_name, get_service_by_port, host_name,
};

#[test]
fn a_name_has_addresses_and_its_own_name() {
    let lookup = Lookup {
        host: Some("localhost"),
        service: Some("http"),
        family: Family::INET,
        socket_type: SOCK_STREAM,
        flags: AI_CANONNAME,
        ..Lookup::default()
    };
    let found = get_addr_info(&lookup).expect("everybody has it");
    assert_eq!(found[0].address.to_string(), "127.0.0.1:80");
    assert!(found[0].canonical_name.is_some());
    assert!(found[1..].iter().all(|found| found.canonical_name.is_none()));
}

/// A name that no resolver has to be asked for: labels are not empty (RFC 1035), so no machine is called so.
#[test]
fn a_name_that_is_none_is_a_typed_error() {
    for host in ["a..b", "nul\0inside"] {
        let error = get_addr_info(&Lookup { host: Some(host), ..Lookup::default() }).expect_err("none");
        assert!(matches!(error, SocketError::Resolve(_)), "{error:?}");
    }
    let lookup = Lookup { host: Some("127.0.0.1"), service: Some("no-such-service"), ..Lookup::default() };
    assert_eq!(get_addr_info(&lookup), Err(ResolveFault::Service.into()));
    let unix = "unix:/x".parse().expect("a good address");
    assert_eq!(get_name_info(&unix, 0), Err(ResolveFault::Family.into()));
    assert_eq!(get_host_by_name("nul\0inside", Family::INET), Err(HostFault::NotFound.into()));
}

#[test]
fn addresses_have_names_both_ways() {
    let host = get_host_by_name("localhost", Family::INET).expect("everybody has it");
    assert!(host.addresses.contains(&[127, 0, 0, 1].into()));
    let back = get_host_by_addr([127, 0, 0, 1].into()).expect("everybody has it");
    assert_eq!(back.addresses, [std::net::IpAddr::from([127, 0, 0, 1])]);
    let address = "127.0.0.1:9".parse().expect("a good address");
    let (name, service) = get_name_info(&address, NI_NAMEREQD | NI_NUMERICSERV).expect("it has one");
    assert_eq!((&name, service.as_str()), (&back.name, "9"));
}

#[test]
fn this_machine_has_a_name() {
    let name = host_name().expect("it has one").to_string_lossy().into_owned();
    assert_eq!(
        std::fs::read_to_string("/proc/sys/kernel/hostname").map_or(name.clone(), |it| it.trim().into()),
        name
    );
    assert!(!fqdn(None).expect("it has a name").is_empty());
    assert_eq!(fqdn(Some("a..b")).expect("it stays"), "a..b");
}

#[test]
fn names_come_from_the_table_and_then_from_the_file() {
    assert_eq!((get_service_by_name("ssh", None), get_protocol_by_name("tcp")), (Ok(22), Ok(6)));
    assert_eq!(get_service_by_port(443, Some("tcp")).as_deref(), Ok("https"));
    assert!(get_service_by_name("no-such-service", None).is_err());
    assert!(get_service_by_port(1, Some("no-such-protocol")).is_err());
    assert!(get_protocol_by_name("no-such-protocol").is_err());
    // Whatever the file of this machine knows is known.
    let text = std::fs::read_to_string("/etc/services").unwrap_or_default();
    for service in standpipe_core::socket::Services::parse(&text).iter().take(500) {
        assert!(get_service_by_name(&service.name, Some(&service.protocol)).is_ok(), "{service:?}");
    }
}
