//! Faults that the model of [`Secured`] and of its halves has found, each as the shortest history that shows it.

use std::time::Duration;

use standpipe_core::tls::Provider;
use standpipe_core::{
    BUDGET, Duty, End, Fault, FaultKind, Machine, Moment, Progress, Secured, SecuredOptions, Side, Timer,
    Wants, advance,
};
use standpipe_sys::halves::{Receive, Transmit, split};
use standpipe_tests::sim::Readiness;
use standpipe_tests::tls::cipher::{Version, sealed_record};
use standpipe_tests::tls::{Lender, Link, Wire, provider, sessions};

const SECOND: Duration = Duration::from_secs(1);
const BEGIN: Moment = Moment::from_nanos(1 << 40);
const GONE: Fault = Fault::new(FaultKind::BrokenPipe, 32);

/// One side's machine and what it is run with.
struct Run<M> {
    machine: M,
    lender: Lender,
    side: bool,
}

impl<M: Machine> Run<M> {
    fn run(&mut self, link: &mut Link, now: Moment) -> Progress {
        let ready = &mut Readiness::whole();
        let mut wire = Wire { link, side: self.side, ready, lender: &mut self.lender };
        advance(&mut self.machine, &mut wire, now, BUDGET)
    }
}

impl Run<Secured> {
    fn rest(&mut self, link: &mut Link, now: Moment) {
        while self.machine.next_event().is_some() || self.run(link, now) == Progress::Events {}
    }
}

fn two(options: SecuredOptions, capacity: usize) -> (Run<Secured>, Run<Secured>, Link) {
    let (client, server) = sessions(Provider::Custom(provider(Version::Tls13)));
    let end = |session, side| Run {
        machine: Secured::new(Box::new(session), options),
        lender: Lender::default(),
        side,
    };
    (end(client, false), end(server, true), Link::new(capacity))
}

/// Two sides that have shaken hands.
fn agreed(capacity: usize) -> (Run<Secured>, Run<Secured>, Link) {
    let (mut client, mut server, mut link) = two(SecuredOptions::default(), capacity);
    talk(&mut client, &mut server, &mut link, BEGIN);
    assert!(client.machine.is_agreed() && server.machine.is_agreed());
    (client, server, link)
}

fn talk(client: &mut Run<Secured>, server: &mut Run<Secured>, link: &mut Link, now: Moment) {
    for _ in 0..100 {
        client.rest(link, now);
        server.rest(link, now);
    }
}

/// With nothing to be sent it used to close as if all was well.
#[test]
fn whoever_gives_up_resets() {
    let (mut client, _, _) = agreed(1 << 20);
    client.machine.abort();
    assert_eq!(client.machine.wants(Secured::SOCKET).duty, Some(Duty::Reset));
    let (_, mut server, mut link) = two(SecuredOptions::default(), 1 << 20);
    server.rest(&mut link, BEGIN);
    server.machine.handle_now(BEGIN + 10 * SECOND);
    assert_eq!(server.machine.end(), Some(End::TimedOut(Timer::Handshake)));
    assert_eq!(server.machine.wants(Secured::SOCKET).duty, Some(Duty::Reset));
}

/// The close deadline used to begin at the last turn, and had passed before the first of the close.
#[test]
fn an_idle_connection_has_all_the_time_to_close() {
    let (mut client, mut server, mut link) = agreed(1 << 20);
    let later = BEGIN + 60 * SECOND;
    client.machine.close();
    talk(&mut client, &mut server, &mut link, later);
    assert_eq!(client.machine.sending_end(), Some(End::Clean));
    assert_eq!(server.machine.receiving_end(), Some(End::Clean));
    assert_eq!(client.machine.end(), None, "the peer's end is awaited");
    client.rest(&mut link, later + 5 * SECOND);
    assert!(client.machine.is_done());
}

/// It used to begin at the half-close, however long ago that was.
#[test]
fn a_half_closed_connection_has_all_the_time_to_close() {
    let (mut client, mut server, mut link) = agreed(1 << 20);
    client.machine.close_write();
    talk(&mut client, &mut server, &mut link, BEGIN);
    client.machine.close();
    client.rest(&mut link, BEGIN + 60 * SECOND);
    assert_eq!(client.machine.end(), None, "the peer's end is awaited");
    assert!(client.machine.wake().is_some());
}

/// It used to wait for ever.
#[test]
fn a_close_after_a_failed_write_has_a_deadline() {
    let (mut client, _, mut link) = agreed(1 << 20);
    assert_eq!(client.machine.send(b"x", &mut client.lender), Ok(1));
    client.machine.handle_failed(Secured::SOCKET, Side::Write, GONE);
    client.machine.close();
    client.rest(&mut link, BEGIN);
    assert!(!client.machine.is_done());
    client.rest(&mut link, BEGIN + 5 * SECOND);
    assert!(client.machine.is_done());
}

/// A buffer with what cannot be sent any more used to be held for as long as the peer still sent.
#[test]
fn what_cannot_be_written_is_given_back() {
    let (mut client, _, mut link) = agreed(1 << 20);
    assert_eq!(client.machine.send(b"x", &mut client.lender), Ok(1));
    client.machine.handle_failed(Secured::SOCKET, Side::Write, GONE);
    client.rest(&mut link, BEGIN);
    assert_eq!(client.lender.out(), 0);
}

/// The handshake used not to be over for whoever said the end with its last message, and timed out.
#[test]
fn an_early_half_close_is_no_failed_handshake() {
    let (mut client, mut server, mut link) = two(SecuredOptions::default(), 1 << 20);
    client.machine.close_write();
    talk(&mut client, &mut server, &mut link, BEGIN);
    assert!(client.machine.is_agreed());
    let later = BEGIN + 10 * SECOND;
    assert_eq!(server.machine.send(b"answer", &mut server.lender), Ok(6));
    server.rest(&mut link, later);
    client.rest(&mut link, later);
    assert_eq!(client.machine.plain(), b"answer");
}

/// The transport's end used to overtake what was taken out to be written.
#[test]
fn the_end_of_a_half_comes_after_what_was_sent() {
    let (client, mut server, mut link) = agreed(50);
    let (mut read, write) = split(client.machine).expect("a handshake");
    let mut write = Run { machine: write, lender: client.lender, side: false };
    assert_eq!(write.machine.send(&[7; 100], &mut write.lender), Ok(100));
    write.machine.close_write();
    for _ in 0..10 {
        let _ = write.run(&mut link, BEGIN);
        server.rest(&mut link, BEGIN);
    }
    let mut came = [0; 200];
    assert_eq!(server.machine.take(&mut came), Some(Ok(100)));
    server.rest(&mut link, BEGIN);
    assert_eq!(server.machine.receiving_end(), Some(End::Clean));
    assert_eq!(Receive::take(&mut read, &mut came), None);
}

/// While the reader was writing the end, the writer used to take it for written.
#[test]
fn the_end_comes_after_what_the_other_half_writes() {
    let (client, _, _) = agreed(1 << 20);
    let (mut read, mut write) = split(client.machine).expect("a handshake");
    let mut lender = client.lender;
    write.close_write();
    let _out = read.pending(Secured::SOCKET, &mut lender);
    assert_eq!(write.wants(Secured::SOCKET).duty, None);
    assert!(!write.is_flushed());
}

/// What was out when the connection failed used to be dropped.
#[test]
fn a_failure_waits_for_what_is_being_written() {
    let (client, _, _) = agreed(1 << 20);
    let (mut read, mut write) = split(client.machine).expect("a handshake");
    let mut lender = client.lender;
    assert_eq!(write.send(b"on its way", &mut lender), Ok(10));
    let _out = write.pending(Secured::SOCKET, &mut lender);
    read.handle_eof(Secured::SOCKET);
    write.settle(&mut lender);
    assert_eq!(write.sending_end(), Some(End::Truncated));
    assert!(write.wants(Secured::SOCKET).write);
}

#[test]
fn halves_want_nothing_elsewhere() {
    let (client, _, _) = agreed(1 << 20);
    let (read, mut write) = split(client.machine).expect("a handshake");
    let mut lender = client.lender;
    assert_eq!(write.send(b"x", &mut lender), Ok(1));
    let elsewhere = standpipe_core::Port::new(1);
    assert_eq!((read.wants(elsewhere), write.wants(elsewhere)), (Wants::NOTHING, Wants::NOTHING));
}

/// Answers that were written by a half used to count for ever, until nothing more was read.
#[test]
fn answers_of_a_half_are_forgotten_once_written() {
    let (client, _, mut link) = agreed(1 << 20);
    let (read, _write) = split(client.machine).expect("a handshake");
    let mut read = Run { machine: read, lender: client.lender, side: false };
    let update = sealed_record(Version::Tls13, 22, &[24, 0, 0, 1, 1]);
    let record = [update, sealed_record(Version::Tls13, 23, b"x")].concat();
    for _ in 0..5000 {
        link.inject(true, &record);
        let _ = read.run(&mut link, BEGIN);
        assert_eq!(Receive::take(&mut read.machine, &mut [0; 2]), Some(Ok(1)));
        let _ = read.run(&mut link, BEGIN);
    }
}
