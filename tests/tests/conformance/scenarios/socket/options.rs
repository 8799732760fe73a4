//! Options of every level, set and read back.

use std::net::Ipv4Addr;
use std::time::Duration;

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, OptionError, OptionKind, OptionValue, SocketOption};
use standpipe_sys::socket::OptionCallError;
use standpipe_tests::harness::{Condition, Scenario, Socket, Sockets, Verdict};

use super::support::{
    CONNECTED, accept, bound, connect, connection, fine, known, listener, pair, plain, receive, send, set,
    socket, system,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    plain("options_of_every_level_are_read_back", every_level),
    plain("a_family_a_type_and_a_protocol_are_options", identity),
    plain("a_listener_is_known_by_an_option", listens),
    plain("a_buffer_is_as_large_as_the_kernel_makes_it", buffers),
    plain("a_time_is_rounded_up", times),
    plain("an_error_is_taken_once", error),
    plain("an_option_without_a_name_is_refused", nameless),
    plain("a_value_of_another_kind_is_refused", wrong_kind),
    plain("an_option_of_another_protocol_is_refused", wrong_protocol),
    plain("an_option_that_is_only_told_is_not_set", only_told),
    Scenario { under: UNPRIVILEGED, ..plain("a_mark_is_for_the_privileged", mark) },
    plain("what_is_accepted_has_the_listeners_options", inherited),
];

const UNPRIVILEGED: &[Condition] = &[Condition::Unprivileged];

fn every_level(on: &dyn Sockets) -> Verdict {
    let (yes, number) = (OptionValue::Bool(true), OptionValue::Int);
    let linger = OptionValue::Linger(Some(Duration::from_secs(3)));
    let rows = [
        (Family::INET, SOCK_STREAM, "SO_REUSEADDR", yes.clone()),
        (Family::INET, SOCK_STREAM, "SO_KEEPALIVE", yes.clone()),
        (Family::INET, SOCK_STREAM, "SO_LINGER", linger),
        (Family::INET, SOCK_STREAM, "SO_LINGER", OptionValue::Linger(None)),
        (Family::INET, SOCK_DGRAM, "SO_BROADCAST", yes.clone()),
        (Family::UNIX, SOCK_STREAM, "SO_PASSCRED", yes.clone()),
        (Family::UNIX, SOCK_STREAM, "SO_RCVTIMEO", OptionValue::Time(Duration::from_secs(2))),
        (Family::INET, SOCK_STREAM, "IP_TTL", number(77)),
        (Family::INET, SOCK_DGRAM, "IP_TOS", number(0x10)),
        (Family::INET, SOCK_DGRAM, "IP_MULTICAST_TTL", number(3)),
        (Family::INET, SOCK_DGRAM, "IP_MULTICAST_LOOP", OptionValue::Bool(false)),
        (Family::INET, SOCK_DGRAM, "IP_MULTICAST_IF", OptionValue::Address(Ipv4Addr::LOCALHOST)),
        (Family::INET6, SOCK_STREAM, "IPV6_V6ONLY", yes.clone()),
        (Family::INET6, SOCK_DGRAM, "IPV6_UNICAST_HOPS", number(9)),
        (Family::INET6, SOCK_DGRAM, "IPV6_MULTICAST_LOOP", OptionValue::Bool(false)),
        (Family::INET6, SOCK_DGRAM, "IPV6_TCLASS", number(0x20)),
        (Family::INET, SOCK_STREAM, "TCP_NODELAY", yes.clone()),
        (Family::INET6, SOCK_STREAM, "TCP_CORK", yes),
        (Family::INET, SOCK_STREAM, "TCP_KEEPIDLE", number(99)),
        (Family::INET, SOCK_STREAM, "TCP_USER_TIMEOUT", number(12345)),
    ];
    for (family, kind, name, value) in rows {
        let mut socket = socket(on, family, kind);
        set(&mut *socket, name, &value);
        assert_eq!(socket.option(known(name)), Ok(value), "{name}");
    }
    fine()
}

fn int(socket: &dyn Socket, name: &str) -> i32 {
    match socket.option(known(name)) {
        Ok(OptionValue::Int(number)) => number,
        other => panic!("{name}: {other:?}"),
    }
}

/// SOC-78.
fn identity(on: &dyn Sockets) -> Verdict {
    let rows = [
        (Family::INET, SOCK_STREAM, IPPROTO_TCP),
        (Family::INET6, SOCK_DGRAM, IPPROTO_UDP),
        (Family::UNIX, SOCK_SEQPACKET, 0),
    ];
    for (family, kind, protocol) in rows {
        let socket = socket(on, family, kind);
        let told = ["SO_DOMAIN", "SO_TYPE", "SO_PROTOCOL"].map(|name| int(&*socket, name));
        assert_eq!(told, [family.0.into(), kind, protocol]);
    }
    fine()
}

fn listens(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (mut server, _) = bound(on, family, kind);
        let listens = known("SO_ACCEPTCONN");
        assert_eq!(server.option(listens), Ok(OptionValue::Bool(false)));
        server.listen(1).expect("it has connections");
        assert_eq!(server.option(listens), Ok(OptionValue::Bool(true)));
    }
    let refused = socket(on, Family::INET, SOCK_DGRAM).listen(1);
    assert_eq!(refused, Err(system(Operation::Listen, Errno::OPNOTSUPP)));
    fine()
}

fn buffers(on: &dyn Sockets) -> Verdict {
    for name in ["SO_SNDBUF", "SO_RCVBUF"] {
        let mut socket = socket(on, Family::INET, SOCK_STREAM);
        set(&mut *socket, name, &OptionValue::Int(1));
        let least = int(&*socket, name);
        set(&mut *socket, name, &OptionValue::Int(1 << 14));
        assert!(least > 1 && int(&*socket, name) >= 1 << 14, "{least}");
    }
    fine()
}

/// Zero would be no limit, and no linger at all.
fn times(on: &dyn Sockets) -> Verdict {
    let mut socket = socket(on, Family::INET, SOCK_STREAM);
    let tiny = Duration::from_nanos(1);
    set(&mut *socket, "SO_SNDTIMEO", &OptionValue::Time(tiny));
    let told = socket.option(known("SO_SNDTIMEO"));
    assert!(matches!(told, Ok(OptionValue::Time(time)) if time > Duration::ZERO), "{told:?}");
    set(&mut *socket, "SO_LINGER", &OptionValue::Linger(Some(tiny)));
    let second = OptionValue::Linger(Some(Duration::from_secs(1)));
    assert_eq!(socket.option(known("SO_LINGER")), Ok(second));
    fine()
}

fn error(on: &dyn Sockets) -> Verdict {
    let (taken, nobody) = bound(on, Family::INET, SOCK_DGRAM);
    let mut client = socket(on, Family::INET, SOCK_DGRAM);
    client.connect(&nobody).expect("it is an address");
    drop(taken);
    assert_eq!(send(&*client, b"x"), Ok(1));
    let codes = [int(&*client, "SO_ERROR"), int(&*client, "SO_ERROR")];
    assert_eq!(codes, [Errno::CONNREFUSED.raw_os_error(), 0]);
    let [left, right] = pair(on, SOCK_STREAM);
    drop(left);
    assert!(receive(&*right, &mut [0]).is_ok(), "an end is no error");
    assert_eq!(int(&*right, "SO_ERROR"), 0);
    fine()
}

fn nameless(on: &dyn Sockets) -> Verdict {
    assert_eq!(SocketOption::by_name("SO_NONSENSE"), Err(OptionError::Unknown("SO_NONSENSE".into())));
    let nonsense = SocketOption { name: "nonsense", level: SOL_SOCKET, number: 7777, kind: OptionKind::Int };
    let mut socket = socket(on, Family::INET, SOCK_STREAM);
    let refused = |operation| OptionCallError::System {
        name: "nonsense",
        source: system(operation, Errno::NOPROTOOPT),
    };
    assert_eq!(socket.option(&nonsense), Err(refused(Operation::ReadOption)));
    assert_eq!(socket.set_option(&nonsense, &OptionValue::Int(1)), Err(refused(Operation::SetOption)));
    fine()
}

fn wrong_kind(on: &dyn Sockets) -> Verdict {
    let mut socket = socket(on, Family::INET, SOCK_STREAM);
    let keepalive = known("SO_KEEPALIVE");
    let refused = OptionError::Kind { name: keepalive.name, kind: OptionKind::Bool };
    assert_eq!(socket.set_option(keepalive, &OptionValue::Int(1)), Err(refused.into()));
    assert_eq!(socket.option(keepalive), Ok(OptionValue::Bool(false)), "the kernel was not asked");
    fine()
}

fn wrong_protocol(on: &dyn Sockets) -> Verdict {
    let rows = [(Family::INET, SOCK_DGRAM, "TCP_NODELAY"), (Family::UNIX, SOCK_STREAM, "IP_TTL")];
    for (family, kind, name) in rows {
        let refused = socket(on, family, kind).option(known(name));
        assert!(matches!(refused, Err(OptionCallError::System { .. })), "{name}: {refused:?}");
    }
    fine()
}

fn only_told(on: &dyn Sockets) -> Verdict {
    let mut socket = socket(on, Family::INET, SOCK_STREAM);
    let refused = socket.set_option(known("SO_TYPE"), &OptionValue::Int(SOCK_DGRAM));
    let source = system(Operation::SetOption, Errno::NOPROTOOPT);
    assert_eq!(refused, Err(OptionCallError::System { name: "SO_TYPE", source }));
    assert_eq!(int(&*socket, "SO_TYPE"), SOCK_STREAM);
    fine()
}

fn mark(on: &dyn Sockets) -> Verdict {
    let mut socket = socket(on, Family::INET, SOCK_STREAM);
    match socket.set_option(known("SO_MARK"), &OptionValue::Int(7)) {
        Ok(()) => assert_eq!(int(&*socket, "SO_MARK"), 7),
        Err(error) => {
            let source = system(Operation::SetOption, Errno::PERM);
            assert_eq!(error, OptionCallError::System { name: "SO_MARK", source });
        }
    }
    fine()
}

fn inherited(on: &dyn Sockets) -> Verdict {
    let (mut server, local) = listener(on, Family::INET, SOCK_STREAM);
    set(&mut *server, "SO_KEEPALIVE", &OptionValue::Bool(true));
    set(&mut *server, "TCP_KEEPCNT", &OptionValue::Int(5));
    let _client = connect(on, &local, SOCK_STREAM);
    let peer = accept(&*server);
    assert_eq!(peer.option(known("SO_KEEPALIVE")), Ok(OptionValue::Bool(true)));
    assert_eq!(int(&*peer, "TCP_KEEPCNT"), 5);
    let [client, _peer] = connection(on, Family::INET, SOCK_STREAM);
    assert_eq!(client.option(known("SO_KEEPALIVE")), Ok(OptionValue::Bool(false)), "it is nobody else's");
    fine()
}
