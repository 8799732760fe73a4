//! What is peculiar to the internet's families: two versions in one, scopes, groups, everybody at once, raw packets.

use std::fs;
use std::io::IoSliceMut;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{
    ControlMessage, Family, Inet6Address, Membership, NetlinkAddress, Operation, OptionValue, SocketAddress,
    SocketError,
};
use standpipe_core::{Fault, FaultKind};
use standpipe_tests::harness::{Condition, Scenario, Skip, Sockets, Verdict};

use super::support::{
    bound, bounded, bytes, connect, fine, known, many, plain, receive_from, send_to, set, socket, system,
    whole,
};

const UNPRIVILEGED: &[Condition] = &[Condition::Unprivileged];

pub(super) const SCENARIOS: &[Scenario] = &[
    many("an_ipv6_socket_hears_ipv4_and_says_so", both_versions),
    many("an_ipv6_socket_alone_leaves_ipv4_to_another", one_version),
    plain("a_link_local_address_wants_its_scope", scope),
    plain("everybody_at_once_is_refused_without_the_option", broadcast),
    plain("a_group_is_heard_by_who_has_joined_it", group),
    plain("what_has_no_address_here_is_not_bound", foreign),
    many("an_address_that_is_taken_is_refused", taken),
    many("two_that_agree_share_a_port", shared),
    Scenario { under: UNPRIVILEGED, ..plain("a_raw_socket_is_made_or_forbidden", raw_or_forbidden) },
    plain("a_raw_socket_gets_packets_with_their_headers", raw_packets),
    many("what_a_header_says_comes_beside_the_bytes", header),
    Scenario {
        under: UNPRIVILEGED,
        ..plain("a_low_port_is_for_the_privileged_where_the_system_says_so", low_port)
    },
    plain("netlink_has_addresses_of_its_own", netlink),
    plain("a_family_or_type_that_is_not_there_is_told", unknown),
];

fn both_versions(on: &dyn Sockets) -> Verdict {
    let mut server = socket(on, Family::INET6, SOCK_DGRAM);
    set(&mut *server, "IPV6_V6ONLY", &OptionValue::Bool(false));
    server.bind(&"[::]:0".parse().expect("a good address")).expect("a port is free");
    let port = server.local().ok().and_then(|local| local.port()).expect("it has one");
    for to in [SocketAddress::from(SocketAddr::from((Ipv4Addr::LOCALHOST, port))), v6(port)] {
        let (client, own) = bound(on, to.family(), SOCK_DGRAM);
        assert_eq!(send_to(&*client, b"x", &to), Ok(1));
        let (received, from) = receive_from(&*server, &mut [0; 8]).expect("it has come");
        assert_eq!((received, from.as_ref().map(SocketAddress::family)), (whole(1), Some(Family::INET6)));
        assert_eq!(from.as_ref().and_then(SocketAddress::ip), own.ip());
        assert_eq!(send_to(&*server, b"back", &from.expect("it has one")), Ok(4));
        assert_eq!(bytes(&*client, 8), Ok(b"back".to_vec()));
    }
    fine()
}

fn v6(port: u16) -> SocketAddress {
    SocketAddr::from((Ipv6Addr::LOCALHOST, port)).into()
}

fn one_version(on: &dyn Sockets) -> Verdict {
    let mut six = socket(on, Family::INET6, SOCK_STREAM);
    set(&mut *six, "IPV6_V6ONLY", &OptionValue::Bool(true));
    six.bind(&"[::]:0".parse().expect("a good address")).expect("a port is free");
    let port = six.local().ok().and_then(|local| local.port()).expect("it has one");
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into();
    let mut four = socket(on, Family::INET, SOCK_STREAM);
    match four.bind(&everywhere) {
        Ok(()) => {}
        Err(error) if error == system(Operation::Bind, Errno::ADDRINUSE) => return one_version(on),
        Err(error) => panic!("{error}"),
    }
    six.listen(1).expect("it listens");
    four.listen(1).expect("it listens");
    let client = connect(on, &SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into(), SOCK_STREAM);
    assert_eq!(four.accept().expect("one comes").1, client.local().ok());
    let client = connect(on, &v6(port), SOCK_STREAM);
    assert_eq!(six.accept().expect("one comes").1, client.local().ok());
    fine()
}

/// A link-local address of this machine and its interface, where there is one that is in use.
fn link_local() -> Option<(Ipv6Addr, u32)> {
    let table = fs::read_to_string("/proc/net/if_inet6").ok()?;
    let entry = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let ip = Ipv6Addr::from(u128::from_str_radix(fields.first()?, 16).ok()?);
        let interface = u32::from_str_radix(fields.get(1)?, 16).ok()?;
        ip.is_unicast_link_local().then_some((ip, interface))
    };
    table.lines().find_map(entry)
}

/// SOC-T16.
fn scope(on: &dyn Sockets) -> Verdict {
    let Some((ip, interface)) = link_local() else {
        return Err(Skip("no interface has a link-local address".into()));
    };
    let at = |scope| SocketAddress::from(Inet6Address::new(ip, 0, 0, scope).expect("no flow"));
    let mut server = socket(on, Family::INET6, SOCK_STREAM);
    assert_eq!(server.bind(&at(0)), Err(system(Operation::Bind, Errno::INVAL)));
    server.bind(&at(interface)).expect("it is ours");
    server.listen(1).expect("it listens");
    let local = server.local().expect("it has an address");
    assert!(matches!(&local, SocketAddress::Inet6(local) if local.scope_id() == interface), "{local}");
    assert_eq!(local.to_string().parse(), Ok(local.clone()));
    let client = connect(on, &local, SOCK_STREAM);
    let (_peer, from) = server.accept().expect("one comes");
    assert!(matches!(&from, Some(SocketAddress::Inet6(from)) if from.scope_id() == interface), "{from:?}");
    assert_eq!((client.peer().ok(), client.local().ok()), (Some(local), from));
    fine()
}

fn broadcast(on: &dyn Sockets) -> Verdict {
    let mut server = socket(on, Family::INET, SOCK_DGRAM);
    server.bind(&"0.0.0.0:0".parse().expect("a good address")).expect("a port is free");
    let port = server.local().ok().and_then(|local| local.port()).expect("it has one");
    let everybody = SocketAddr::from(([127, 255, 255, 255], port)).into();
    let mut client = socket(on, Family::INET, SOCK_DGRAM);
    assert_eq!(send_to(&*client, b"x", &everybody), Err(system(Operation::Send, Errno::ACCESS)));
    set(&mut *client, "SO_BROADCAST", &OptionValue::Bool(true));
    assert_eq!(send_to(&*client, b"to all", &everybody), Ok(6));
    assert_eq!(bytes(&*server, 8), Ok(b"to all".to_vec()));
    fine()
}

/// By the interface that leads to this machine alone.
fn group(on: &dyn Sockets) -> Verdict {
    let group = Ipv4Addr::new(239, 255, 77, 77);
    let mut server = socket(on, Family::INET, SOCK_DGRAM);
    server.bind(&"0.0.0.0:0".parse().expect("a good address")).expect("a port is free");
    let port = server.local().ok().and_then(|local| local.port()).expect("it has one");
    let member = Membership::V4 { group, interface: Ipv4Addr::LOCALHOST };
    set(&mut *server, "IP_ADD_MEMBERSHIP", &OptionValue::Membership(member));
    let mut client = socket(on, Family::INET, SOCK_DGRAM);
    set(&mut *client, "IP_MULTICAST_IF", &OptionValue::Address(Ipv4Addr::LOCALHOST));
    let to = SocketAddr::from((group, port)).into();
    assert_eq!((send_to(&*client, b"to us", &to), bytes(&*server, 8)), (Ok(5), Ok(b"to us".to_vec())));
    set(&mut *server, "IP_DROP_MEMBERSHIP", &OptionValue::Membership(member));
    let again = server.set_option(known("IP_DROP_MEMBERSHIP"), &OptionValue::Membership(member));
    assert!(again.is_err(), "it is no member any more");
    fine()
}

fn foreign(on: &dyn Sockets) -> Verdict {
    for (family, address) in [(Family::INET, "192.0.2.1:0"), (Family::INET6, "[2001:db8::1]:0")] {
        let refused = socket(on, family, SOCK_STREAM).bind(&address.parse().expect("a good address"));
        assert_eq!(refused, Err(system(Operation::Bind, Errno::ADDRNOTAVAIL)));
    }
    fine()
}

fn taken(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        for kind in [SOCK_STREAM, SOCK_DGRAM] {
            let (mut first, local) = bound(on, family, kind);
            let other = socket(on, family, kind).bind(&local);
            assert_eq!(other, Err(system(Operation::Bind, Errno::ADDRINUSE)));
            assert_eq!(first.bind(&local), Err(system(Operation::Bind, Errno::INVAL)), "it has one already");
        }
    }
    fine()
}

fn shared(on: &dyn Sockets) -> Verdict {
    let agreeing = || {
        let mut socket = socket(on, Family::INET, SOCK_STREAM);
        set(&mut *socket, "SO_REUSEPORT", &OptionValue::Bool(true));
        socket
    };
    let mut servers = [agreeing(), agreeing()];
    servers[0].bind(&"127.0.0.1:0".parse().expect("a good address")).expect("a port is free");
    let local = servers[0].local().expect("it has an address");
    servers[1].bind(&local).expect("they agree");
    let other = socket(on, Family::INET, SOCK_STREAM).bind(&local);
    assert_eq!(other, Err(system(Operation::Bind, Errno::ADDRINUSE)));
    servers.iter_mut().for_each(|server| server.listen(1).expect("it listens"));
    assert_eq!(connect(on, &local, SOCK_STREAM).peer(), Ok(local));
    fine()
}

fn raw_or_forbidden(on: &dyn Sockets) -> Verdict {
    match on.open(Family::INET, SOCK_RAW, IPPROTO_ICMP) {
        Ok(socket) => {
            let number = |name| socket.option(known(name));
            let expected = [SOCK_RAW, IPPROTO_ICMP].map(|number| Ok(OptionValue::Int(number)));
            assert_eq!([number("SO_TYPE"), number("SO_PROTOCOL")], expected);
        }
        Err(error) => assert_eq!(error, system(Operation::Open, Errno::PERM)),
    }
    fine()
}

/// A protocol that is for experiments (RFC 3692), so that nobody else has such packets.
const EXPERIMENTS: i32 = 253;

fn raw_packets(on: &dyn Sockets) -> Verdict {
    let forbidden = Fault::new(FaultKind::PermissionDenied, Errno::PERM.raw_os_error());
    let open = || match on.open(Family::INET, SOCK_RAW, EXPERIMENTS) {
        Err(SocketError::System { fault, .. }) if fault == forbidden => None,
        socket => Some(bounded(socket.expect("the kernel has it"))),
    };
    let (Some(mut server), Some(client)) = (open(), open()) else {
        return Err(Skip("raw sockets want CAP_NET_RAW".into()));
    };
    server.bind(&"127.0.0.7:0".parse().expect("a good address")).expect("it is ours");
    assert_eq!(send_to(&*client, b"raw", &"127.0.0.7:0".parse().expect("a good address")), Ok(3));
    let packet = bytes(&*server, 64).expect("it has come");
    assert_eq!((packet[0] >> 4, i32::from(packet[9]), &packet[20..]), (4, EXPERIMENTS, &b"raw"[..]));
    fine()
}

fn header(on: &dyn Sockets) -> Verdict {
    let (mut server, local) = bound(on, Family::INET, SOCK_DGRAM);
    set(&mut *server, "IP_RECVTOS", &OptionValue::Bool(true));
    let mut client = socket(on, Family::INET, SOCK_DGRAM);
    set(&mut *client, "IP_TOS", &OptionValue::Int(0x10));
    assert_eq!(send_to(&*client, b"x", &local), Ok(1));
    let mut buffer = [0; 8];
    let message = server.receive(&mut [IoSliceMut::new(&mut buffer)], 64, 0).expect("it has come");
    let tos = ControlMessage::Other { level: SOL_IP, kind: IP_TOS, data: vec![0x10] };
    assert_eq!((message.received, message.control, message.error), (whole(1), vec![tos], None));
    fine()
}

fn low_port(on: &dyn Sockets) -> Verdict {
    let lowest = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").expect("Linux has it");
    if lowest.trim() == "0" || rustix::process::getuid().is_root() {
        return fine();
    }
    let refused = socket(on, Family::INET, SOCK_STREAM).bind(&"127.0.0.1:1".parse().expect("a good address"));
    assert_eq!(refused, Err(system(Operation::Bind, Errno::ACCESS)));
    fine()
}

fn netlink(on: &dyn Sockets) -> Verdict {
    let mut socket = bounded(on.open(Family::NETLINK, SOCK_RAW, NETLINK_ROUTE).expect("Linux has it"));
    socket.bind(&NetlinkAddress { pid: 0, groups: 0 }.into()).expect("the kernel chooses");
    let local = socket.local().expect("it has an address");
    assert!(
        matches!(local, SocketAddress::Netlink(NetlinkAddress { pid, groups: 0 }) if pid != 0),
        "{local}"
    );
    fine()
}

fn unknown(on: &dyn Sockets) -> Verdict {
    let opened = [
        (Family(77), SOCK_STREAM, 0, Errno::AFNOSUPPORT),
        (Family::INET, 77, 0, Errno::INVAL),
        (Family::INET, SOCK_STREAM, IPPROTO_UDP, Errno::PROTONOSUPPORT),
        (Family::UNIX, SOCK_RDM, 0, Errno::SOCKTNOSUPPORT),
    ];
    for (family, kind, protocol, errno) in opened {
        let refused = on.open(family, kind, protocol).err();
        assert_eq!(refused, Some(system(Operation::Open, errno)), "{family} {kind} {protocol}");
    }
    fine()
}
