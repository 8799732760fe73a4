//! Connections to an address: made, refused, given up, made anew.

use std::net::Shutdown;
use std::thread;

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, Operation, Received, SocketAddress, TimeoutMode};
use standpipe_tests::harness::{Scenario, Sockets, Verdict};

use super::support::{
    CONNECTED, LONG, SHORT, accept, anywhere, blocked, bound, bytes, connect, filled, fine, late, listener,
    many, plain, receive, send, send_back, socket, system,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("every_family_echoes", echoes),
    many("both_ends_know_each_others_addresses", addresses),
    many("an_address_where_nobody_listens_refuses", refuses),
    many("a_refusal_disturbs_no_connection_that_is_open", undisturbed),
    plain("an_address_that_leads_nowhere_is_told", nowhere),
    plain("a_connection_is_made_once", once),
    many("a_socket_that_was_refused_is_connected_elsewhere", elsewhere),
    many("an_attempt_that_took_too_long_is_given_up", given_up),
    many("an_attempt_that_must_not_wait_is_asked_after_by_the_same_call", asked_after),
    many("a_full_unix_listener_is_waited_for_until_the_deadline", full_listener),
    many("a_client_of_a_port_of_its_own_is_known_by_it", own_port),
    many("a_hundred_connections_come_one_after_another", hundred),
];

fn echoes(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (server, local) = listener(on, family, kind);
        thread::scope(|scope| {
            scope.spawn(|| send_back(&*accept(&*server)));
            let client = connect(on, &local, kind);
            client.send_all(b"Hello, world").expect("it holds");
            assert_eq!(bytes(&*client, 64).expect("it is answered"), b"Hello, world");
            client.shutdown(Shutdown::Write).expect("it is connected");
            assert_eq!(receive(&*client, &mut [0; 64]), Ok(Received::Eof));
        });
    }
    fine()
}

/// SOC-63.
fn addresses(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (server, local) = listener(on, family, kind);
        let mut client = socket(on, family, kind);
        client.bind(&anywhere(family)).expect("it is free");
        assert_eq!(client.peer(), Err(system(Operation::Name, Errno::NOTCONN)));
        client.connect(&local).expect("somebody listens");
        let (peer, from) = server.accept().expect("one comes");
        assert_eq!((client.peer(), peer.local()), (Ok(local.clone()), Ok(local)));
        assert_eq!((peer.peer().ok(), from), (client.local().ok(), client.local().ok()));
    }
    fine()
}

/// The port is taken and nobody listens there, so nobody else can.
fn refuses(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (_taken, local) = bound(on, family, kind);
        let refused = socket(on, family, kind).connect(&local);
        assert_eq!(refused, Err(system(Operation::Connect, Errno::CONNREFUSED)), "{family}");
    }
    fine()
}

fn undisturbed(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (server, local) = listener(on, family, kind);
        let client = connect(on, &local, kind);
        let peer = accept(&*server);
        drop(server);
        let refused = socket(on, family, kind).connect(&local);
        assert_eq!(refused, Err(system(Operation::Connect, Errno::CONNREFUSED)), "{family}");
        assert_eq!((send(&*client, b"still"), bytes(&*peer, 8)), (Ok(5), Ok(b"still".to_vec())));
    }
    fine()
}

/// Nobody can be connected to at the address of a group.
fn nowhere(on: &dyn Sockets) -> Verdict {
    let group: SocketAddress = "224.0.0.1:7".parse().expect("a good address");
    let refused = socket(on, Family::INET, SOCK_STREAM).connect(&group);
    assert_eq!(refused, Err(system(Operation::Connect, Errno::NETUNREACH)));
    fine()
}

fn once(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (_server, local) = listener(on, family, kind);
        let (_other, elsewhere) = listener(on, family, kind);
        for again in [&local, &elsewhere] {
            let mut client = connect(on, &local, kind);
            assert_eq!(client.connect(again), Err(system(Operation::Connect, Errno::ISCONN)), "{family}");
            assert_eq!(client.peer().as_ref(), Ok(&local));
        }
    }
    fine()
}

fn elsewhere(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (_taken, nobody) = bound(on, family, kind);
        let (_server, local) = listener(on, family, kind);
        let mut client = socket(on, family, kind);
        assert!(client.connect(&nobody).is_err());
        assert_eq!((client.connect(&local), client.peer()), (Ok(()), Ok(local)), "{family}");
    }
    fine()
}

/// The kernel would go on with it (SOC-T17), and the socket could not be used again.
fn given_up(on: &dyn Sockets) -> Verdict {
    let (mut deaf, full) = bound(on, Family::INET, SOCK_STREAM);
    let _filling = filled(on, &mut *deaf);
    let mut client = socket(on, Family::INET, SOCK_STREAM);
    client.set_timeout(SHORT);
    assert_eq!(client.connect(&full), Err(late(Operation::Connect)));
    let (_server, local) = listener(on, Family::INET, SOCK_STREAM);
    client.set_timeout(LONG);
    assert_eq!((client.connect(&local), client.peer()), (Ok(()), Ok(local)));
    fine()
}

fn asked_after(on: &dyn Sockets) -> Verdict {
    let (server, local) = listener(on, Family::INET, SOCK_STREAM);
    let mut client = socket(on, Family::INET, SOCK_STREAM);
    client.set_timeout(TimeoutMode::NonBlocking);
    let begun = client.connect(&local);
    assert!(begun == Err(blocked(Operation::Connect)) || begun == Ok(()), "{begun:?}");
    let (_peer, from) = server.accept().expect("it was begun");
    if begun.is_err() {
        client.set_timeout(LONG);
        client.connect(&local).expect("it is there by now");
    }
    assert_eq!(from, client.local().ok());
    fine()
}

fn full_listener(on: &dyn Sockets) -> Verdict {
    let (mut server, local) = bound(on, Family::UNIX, SOCK_STREAM);
    server.listen(0).expect("it listens");
    let _first = connect(on, &local, SOCK_STREAM);
    let mut client = socket(on, Family::UNIX, SOCK_STREAM);
    client.set_timeout(SHORT);
    assert_eq!(client.connect(&local), Err(late(Operation::Connect)));
    client.set_timeout(TimeoutMode::NonBlocking);
    assert_eq!(client.connect(&local), Err(blocked(Operation::Connect)));
    client.set_timeout(LONG);
    thread::scope(|scope| {
        let connecting = scope.spawn(|| client.connect(&local));
        let _first = accept(&*server);
        assert_eq!(connecting.join().expect("no panic"), Ok(()));
    });
    fine()
}

fn own_port(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::INET6] {
        let (server, local) = listener(on, family, SOCK_STREAM);
        let (mut client, own) = bound(on, family, SOCK_STREAM);
        client.connect(&local).expect("somebody listens");
        assert_eq!(server.accept().expect("one comes").1, Some(own));
    }
    fine()
}

/// None of them is kept longer than it lives.
fn hundred(on: &dyn Sockets) -> Verdict {
    for (family, kind) in CONNECTED {
        let (server, local) = listener(on, family, kind);
        for round in 0..100_u8 {
            let client = connect(on, &local, kind);
            let peer = accept(&*server);
            assert_eq!((send(&*client, &[round]), bytes(&*peer, 2)), (Ok(1), Ok(vec![round])));
        }
    }
    fine()
}
