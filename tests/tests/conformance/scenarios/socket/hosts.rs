//! Connections to a host by its name, which may have several addresses.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rustix::io::Errno;
use standpipe_core::Fault;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, ResolveFault, SocketAddress, SocketError};
use standpipe_sys::socket::error::ConnectionError;
use standpipe_tests::harness::{Scenario, Socket, Sockets, Verdict};

use super::support::{
    LIMIT, accept, bound, bytes, filled, fine, late, listener, many, named, receive, send, socket,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_number_is_a_host_with_one_address", number),
    many("the_limit_of_a_connection_is_its_mode_afterwards", mode),
    many("a_connection_comes_from_the_address_it_was_given", source),
    many("an_address_of_another_machine_is_no_source", foreign_source),
    many("a_text_that_is_no_name_is_not_connected_to", no_name),
    named("a_name_that_nobody_has_is_told", unknown),
    named("addresses_that_refuse_are_passed_over", passed_over),
    named("the_first_address_that_answers_is_the_one", first),
    named("every_reason_of_a_host_that_refuses_is_kept", reasons),
    named("families_take_turns", turns),
    named("an_address_that_does_not_answer_is_overtaken", overtaken),
    named("one_deadline_is_over_all_addresses", deadline),
    named("an_address_of_the_other_family_has_no_such_source", fitting),
];

fn reasons_of(error: ConnectionError) -> (Vec<(SocketAddress, Errno)>, bool) {
    let ConnectionError::Failed { reasons, timed_out } = error else { panic!("{error}") };
    let errno = |(address, fault): (_, Fault)| (address, Errno::from_raw_os_error(fault.raw()));
    (reasons.into_iter().map(errno).collect(), timed_out)
}

/// The address of [`MANY`] with this index.
fn own(index: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 2 + index)
}

/// A host of three addresses, in this order.
const MANY: &str = "many.test";

/// Sockets at one port of each address of [`MANY`], so that nobody else has it. None listens yet.
fn neighbours(on: &dyn Sockets) -> (u16, [Box<dyn Socket>; 3]) {
    let at = |index: u8, port| {
        let mut socket = socket(on, Family::INET, SOCK_STREAM);
        socket.bind(&SocketAddr::from((own(index), port)).into()).ok().map(|()| socket)
    };
    let all = || {
        let first = at(0, 0).expect("a port is free");
        let port = first.local().ok().and_then(|local| local.port()).expect("it has one");
        Some((port, [first, at(1, port)?, at(2, port)?]))
    };
    std::iter::repeat_with(all).take(100).flatten().next().expect("a port is free at all of them")
}

fn addresses(port: u16) -> [SocketAddress; 3] {
    [0, 1, 2].map(|index| SocketAddr::from((own(index), port)).into())
}

fn port(address: &SocketAddress) -> u16 {
    address.port().expect("it has one")
}

fn number(on: &dyn Sockets) -> Verdict {
    for (family, host) in [(Family::INET, "127.0.0.1"), (Family::INET6, "::1")] {
        let (server, local) = listener(on, family, SOCK_STREAM);
        let client = on.create_connection(host, port(&local), Some(LIMIT), None).expect("it listens");
        let peer = accept(&*server);
        assert_eq!(client.peer(), Ok(local));
        assert_eq!((send(&*client, b"x"), bytes(&*peer, 2)), (Ok(1), Ok(b"x".to_vec())));
    }
    fine()
}

fn mode(on: &dyn Sockets) -> Verdict {
    let (_server, local) = listener(on, Family::INET, SOCK_STREAM);
    let short = Duration::from_secs(1);
    let client = on.create_connection("127.0.0.1", port(&local), Some(short), None).expect("it listens");
    assert_eq!(receive(&*client, &mut [0]), Err(late(Operation::Receive)));
    fine()
}

fn source(on: &dyn Sockets) -> Verdict {
    let (server, local) = listener(on, Family::INET, SOCK_STREAM);
    let source = SocketAddr::from(([127, 0, 0, 9], 0));
    let client = on.create_connection("127.0.0.1", port(&local), Some(LIMIT), Some(source));
    let client = client.expect("it listens");
    let (_peer, from) = server.accept().expect("one comes");
    assert_eq!(
        (&from, client.local().ok().and_then(|own| own.ip())),
        (&client.local().ok(), Some(source.ip()))
    );
    fine()
}

/// Of a net that is for documents alone.
fn foreign_source(on: &dyn Sockets) -> Verdict {
    let (_server, local) = listener(on, Family::INET, SOCK_STREAM);
    let source = SocketAddr::from(([192, 0, 2, 1], 0));
    let error = on.create_connection("127.0.0.1", port(&local), Some(LIMIT), Some(source));
    let reasons = reasons_of(error.expect_err("it is not ours"));
    assert_eq!(reasons, (vec![(local, Errno::ADDRNOTAVAIL)], false));
    fine()
}

fn no_name(on: &dyn Sockets) -> Verdict {
    for text in ["", "a..b", "127.0.0.1:80", "nul\0nul"] {
        let error = on.create_connection(text, 7, Some(LIMIT), None).expect_err("no name");
        assert!(matches!(error, ConnectionError::Socket(SocketError::Resolve(_))), "{text}: {error:?}");
    }
    fine()
}

fn unknown(on: &dyn Sockets) -> Verdict {
    let error = on.create_connection("nobody.test", 7, Some(LIMIT), None).expect_err("nobody");
    assert_eq!(error, ConnectionError::Socket(ResolveFault::NoName.into()));
    fine()
}

fn passed_over(on: &dyn Sockets) -> Verdict {
    let (port, mut sockets) = neighbours(on);
    sockets[2].listen(1).expect("it listens");
    let client = on.create_connection(MANY, port, Some(LIMIT), None).expect("the last one listens");
    assert_eq!(client.peer().as_ref(), Ok(&addresses(port)[2]));
    fine()
}

fn first(on: &dyn Sockets) -> Verdict {
    let (port, mut sockets) = neighbours(on);
    sockets.iter_mut().for_each(|socket| socket.listen(1).expect("it listens"));
    let client = on.create_connection(MANY, port, Some(LIMIT), None).expect("all of them listen");
    assert_eq!(client.peer().as_ref(), Ok(&addresses(port)[0]));
    fine()
}

/// SOC-T13.
fn reasons(on: &dyn Sockets) -> Verdict {
    let (port, _sockets) = neighbours(on);
    let error = on.create_connection(MANY, port, Some(LIMIT), None).expect_err("nobody listens");
    let refused = addresses(port).map(|address| (address, Errno::CONNREFUSED));
    assert_eq!(reasons_of(error), (refused.to_vec(), false));
    fine()
}

fn turns(on: &dyn Sockets) -> Verdict {
    let (_free, local) = bound(on, Family::INET6, SOCK_STREAM);
    let mut other = socket(on, Family::INET, SOCK_STREAM);
    let four = SocketAddr::from((Ipv4Addr::LOCALHOST, port(&local))).into();
    if other.bind(&four).is_err() {
        return turns(on);
    }
    let error = on.create_connection("both.test", port(&local), Some(LIMIT), None);
    let (reasons, timed_out) = reasons_of(error.expect_err("nobody listens"));
    let (tried, errnos): (Vec<_>, Vec<_>) = reasons.into_iter().unzip();
    assert!(tried == [local.clone(), four.clone()] || tried == [four, local], "{tried:?}");
    assert_eq!((errnos, timed_out), (vec![Errno::CONNREFUSED; 2], false));
    fine()
}

fn overtaken(on: &dyn Sockets) -> Verdict {
    let (port, mut sockets) = neighbours(on);
    let [first, .., last] = &mut sockets;
    last.listen(1).expect("it listens");
    let _filling = filled(on, &mut **first);
    let client = on.create_connection(MANY, port, Some(LIMIT), None).expect("the last one listens");
    assert_eq!(client.peer().as_ref(), Ok(&addresses(port)[2]));
    fine()
}

/// Those that refuse are told as well as the one that does not answer.
fn deadline(on: &dyn Sockets) -> Verdict {
    let (port, mut sockets) = neighbours(on);
    let _filling = filled(on, &mut *sockets[1]);
    let limit = Duration::from_millis(500);
    let error = on.create_connection(MANY, port, Some(limit), None).expect_err("nobody answers");
    let [first, _, last] = addresses(port).map(|address| (address, Errno::CONNREFUSED));
    assert_eq!(reasons_of(error), (vec![first, last], true));
    fine()
}

fn fitting(on: &dyn Sockets) -> Verdict {
    let (_server, local) = listener(on, Family::INET, SOCK_STREAM);
    let source = SocketAddr::from(([127, 0, 0, 9], 0));
    let client = on.create_connection("both.test", port(&local), Some(LIMIT), Some(source));
    assert_eq!(client.expect("it listens").peer(), Ok(local));
    fine()
}
