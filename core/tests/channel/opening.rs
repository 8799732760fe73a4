//! How a channel comes about.

use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::socket::ResolveFault;
use standpipe_core::{Done, Duty, End, Machine, Moment, Side, Wants};

use crate::scripted::{REFUSED, Talk};
use crate::{Told, connected, data};

fn connecting() -> Talk<Channel> {
    Talk::new(Channel::connecting(None, ChannelOptions::default()))
}

#[test]
fn a_connect_that_succeeds_is_told_once() {
    let mut talk = connecting();
    talk.peer.connects = Done::Blocked;
    assert_eq!(talk.told(), []);
    assert_eq!(talk.machine.wants(Channel::SOCKET).duty, Some(Duty::Connect(0)));
    talk.peer.connects = Done::Ok(0);
    assert_eq!(talk.told(), [Told::Connected]);
    assert_eq!(talk.told(), []);
}

/// Also where it succeeds at once: it is never told inside the call (ACO-43).
#[test]
fn a_connect_that_succeeds_at_once_is_told_later() {
    let mut talk = connecting();
    assert!(!talk.machine.has_event());
    talk.peer.says("hello");
    assert_eq!(talk.told(), [Told::Connected, data("hello")]);
    assert_eq!(talk.peer.duties, [Duty::Connect(0)]);
}

/// Its own state is there before its event is (ACO-T5).
#[test]
fn a_channel_is_connected_when_that_is_told() {
    let mut talk = connecting();
    assert!(!talk.machine.is_connected());
    let _progress = talk.run();
    assert!(matches!(talk.machine.next_event(), Some((ChannelEvent::Connected, _))));
    assert!(talk.machine.is_connected());
}

/// To close there stays closed: nothing is told but the end (ACO-T5).
#[test]
fn a_close_when_connected_is_told_is_a_close() {
    let mut talk = connecting();
    talk.peer.says("hello");
    talk.peer.ends();
    let told = talk.told_to(|told, out| {
        if *told == Told::Connected {
            out.close();
        }
    });
    assert_eq!(told, [Told::Connected, Told::Closed(End::Clean)]);
    assert!(!talk.machine.is_connected());
}

/// The first error stays, whatever is found later (ACO-T4).
#[test]
fn a_failed_connect_stays_failed() {
    let mut talk = connecting();
    talk.peer.connects = Done::Failed(REFUSED);
    let _progress = talk.run();
    talk.machine.handle_done(Channel::SOCKET, Duty::Connect(0), Done::Ok(0));
    talk.machine.handle_read(Channel::SOCKET, 5);
    talk.machine.handle_written(Channel::SOCKET, 5);
    assert_eq!(talk.told(), [Told::Closed(End::NotConnected(REFUSED))]);
    assert!(talk.machine.is_done() && !talk.machine.is_connected());
    assert_eq!(talk.peer.duties, [Duty::Connect(0), Duty::Close]);
}

/// Whoever looks its name up says so while it is connecting, and nobody is connected to afterwards.
#[test]
fn a_name_that_nobody_has_is_the_end() {
    let mut talk = connecting();
    talk.peer.connects = Done::Blocked;
    talk.machine.out().push(b"lost").expect("it is taken");
    assert_eq!(talk.told(), []);
    talk.machine.handle_unresolved(ResolveFault::NoName);
    talk.machine.handle_done(Channel::SOCKET, Duty::Connect(0), Done::Ok(0));
    talk.machine.handle_unresolved(ResolveFault::TryAgain);
    assert_eq!(talk.told(), [Told::Closed(End::Unresolved(ResolveFault::NoName))]);
    assert!(talk.machine.is_done());
}

#[test]
fn a_name_is_nothing_to_a_channel_that_is_connected() {
    let mut talk = connecting();
    assert_eq!(talk.told(), [Told::Connected]);
    talk.machine.handle_unresolved(ResolveFault::NoName);
    talk.peer.says("hello");
    assert_eq!(talk.told(), [data("hello")]);
}

/// Nothing is read or written before there is a connection (ACO-49, ACO-50), though something waits to be sent (ACH-28,
/// ACO-T12).
#[test]
fn what_is_pushed_before_there_is_a_connection_waits_for_it() {
    let mut talk = connecting();
    talk.peer.connects = Done::Blocked;
    talk.machine.out().push(b"GET / ").expect("it is taken");
    talk.machine.out().push_bytes("HTTP/1.0".into()).expect("it is taken");
    assert_eq!(talk.told(), []);
    let only = Wants { duty: Some(Duty::Connect(0)), ..Wants::NOTHING };
    assert_eq!((talk.machine.wants(Channel::SOCKET), talk.peer.heard().as_str()), (only, ""));
    talk.machine.handle_failed(Channel::SOCKET, Side::Write, REFUSED);
    talk.machine.handle_eof(Channel::SOCKET);
    talk.peer.connects = Done::Ok(0);
    assert_eq!(talk.told(), [Told::Connected]);
    assert_eq!(talk.peer.heard(), "GET / HTTP/1.0");
}

/// A client that has said all it has to say before it is connected.
#[test]
fn a_request_and_its_end_may_be_asked_for_at_once() {
    let mut talk = connecting();
    talk.machine.out().push(b"GET / HTTP/1.0\r\n\r\n").expect("it is taken");
    talk.machine.out().close_write();
    talk.peer.says("HTTP/1.0 200 OK\r\n\r\n");
    talk.peer.ends();
    let told = talk.told();
    assert_eq!(
        told,
        [Told::Connected, data("HTTP/1.0 200 OK\r\n\r\n"), Told::Ended, Told::Closed(End::Clean)]
    );
    assert_eq!(talk.peer.duties, [Duty::Connect(0), Duty::CloseWrite, Duty::Close]);
}

#[test]
fn a_close_before_there_is_a_connection_gives_it_up() {
    let mut talk = connecting();
    talk.peer.connects = Done::Blocked;
    assert_eq!(talk.told(), []);
    talk.machine.out().close();
    assert_eq!(talk.told(), [Told::Closed(End::Clean)]);
    assert_eq!(talk.peer.duties, [Duty::Close]);
}

/// Who is given a connected socket knows it already (ACO-32).
#[test]
fn a_channel_that_began_connected_is_not_told_so() {
    let mut talk = connected(ChannelOptions::default());
    assert!(talk.machine.is_connected());
    assert_eq!(talk.told(), []);
}

/// What is wanted follows from the state, and asking changes nothing (ACO-13, ACO-T8).
#[test]
fn to_ask_what_is_wanted_changes_nothing() {
    let mut talk = connecting();
    let seen = format!("{:?}", talk.machine);
    assert!(seen.contains("Connecting"), "its state is shown: {seen}");
    let wants = talk.machine.wants(Channel::SOCKET);
    assert_eq!((talk.machine.wants(Channel::SOCKET), format!("{:?}", talk.machine)), (wants, seen));
    talk.machine.handle_now(Moment::ORIGIN);
    assert_eq!(talk.machine.wants(Channel::SOCKET), wants);
}
