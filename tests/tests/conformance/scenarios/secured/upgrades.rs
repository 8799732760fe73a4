//! Connections that begin in plain text, and those that go back to it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use standpipe_core::{SecuredOptions, TlsReason};
use standpipe_tests::harness::{Terms, Transport, UpgradedStream, Upgrading, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, MANY, upgraded};
use super::sides::{
    ROLES, Role, SHORT, beside, connection, context, kind, options, reason, session, stranger,
};
use super::stranger::Stranger;
use super::wire::{ALERT, HANDSHAKE};

pub(super) const CASES: &[Case] = &[
    upgraded("a_connection_goes_on_over_tls", goes_on).under(MANY),
    upgraded("what_was_put_in_behind_the_command_is_never_data", put_in).under(MANY),
    upgraded("more_than_any_handshake_begins_with_is_refused", too_much),
    upgraded("data_and_an_end_instead_of_a_handshake_are_no_data", ended),
    upgraded("a_handshake_that_was_read_ahead_is_not_lost", read_ahead),
    upgraded("plain_text_goes_both_ways_after_we_have_parted_first", parted_first),
    upgraded("plain_text_goes_both_ways_after_the_peer_has_parted_first", parted_second),
    upgraded("what_came_over_tls_and_what_came_behind_it_are_told_apart", told_apart).under(MANY),
    upgraded("a_peer_that_never_parts_is_waited_for_only_so_long", never_parts),
    upgraded("an_end_instead_of_a_farewell_is_told", ended_instead),
    upgraded("a_flood_while_tls_is_taken_off_is_bounded", flood),
];

/// Puts TLS on what has begun in plain text, and keeps what comes behind it.
fn begin(
    on: &dyn Upgrading,
    terms: Terms,
    role: Role,
    socket: TcpStream,
    read_ahead: &[u8],
) -> Box<dyn UpgradedStream> {
    let session = session(role, &context(role, options(terms))).keeping_left_over();
    let limits = SecuredOptions::default();
    on.upgrade(Transport::Socket(socket.into()), Box::new(session), limits, read_ahead)
}

/// Both sides after their handshake.
fn agreed(on: &dyn Upgrading, terms: Terms, role: Role) -> (Box<dyn UpgradedStream>, Stranger) {
    let (socket, other) = connection();
    let (mut ours, mut stranger) = (begin(on, terms, role, socket, b""), stranger(terms, role, other));
    let (theirs, own) = beside(|| stranger.handshake(), || ours.handshake());
    theirs.expect("it agrees");
    own.expect("we agree");
    (ours, stranger)
}

fn goes_on(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut socket, mut other) = connection();
        other.write_all(b"220 go ahead\r\n").expect("there is room");
        let mut said = [0; 14];
        socket.read_exact(&mut said).expect("it comes");
        socket.write_all(b"STARTTLS\r\n").expect("there is room");
        other.read_exact(&mut said[..10]).expect("it comes");
        let mut ours = begin(on, terms, role, socket, b"");
        let mut stranger = stranger(terms, role, other);
        let (came, ()) = beside(
            || stranger.read_all().expect("a clean end"),
            || {
                ours.write_all(b"secret").expect("it is taken");
                ours.close_write().expect("the peer is there");
            },
        );
        assert_eq!(came, b"secret", "{role:?}");
    }
    Ok(Log::new())
}

/// CVE-2011-0411: what stands behind the command was obeyed after the handshake. The peer of a server is told so at once; a
/// client's has its hello before.
fn put_in(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for (role, first) in [(Role::Client, HANDSHAKE), (Role::Server, ALERT)] {
        let (socket, mut other) = connection();
        let mut ours = begin(on, terms, role, socket, b"MAIL FROM:<mallory>\r\n");
        assert_eq!(reason(ours.handshake()), TlsReason::NotTls, "{role:?}");
        assert_eq!(reason(ours.read(&mut [0; 64])), TlsReason::NotTls, "{role:?}: never data");
        assert_eq!(reason(ours.write(b"secret")), TlsReason::NotTls, "{role:?}: nothing is sent");
        drop(ours);
        let mut told = Vec::new();
        other.read_to_end(&mut told).expect("the end");
        assert_eq!(told.first(), Some(&first), "{role:?}");
    }
    Ok(Log::new())
}

fn too_much(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, _other) = connection();
        // The header of the longest record, and no end of what is in it.
        let flood = [&[HANDSHAKE, 3, 1, 0x40, 0][..], &vec![0; 1 << 20]].concat();
        let mut ours = begin(on, terms, role, socket, &flood);
        assert!(ours.handshake().is_err(), "{role:?}");
        assert!(ours.read(&mut [0]).is_err() && ours.write(b"secret").is_err(), "{role:?}");
    }
    Ok(Log::new())
}

fn ended(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, mut other) = connection();
        other.write_all(b"QUIT\r\n").expect("there is room");
        other.shutdown(Shutdown::Write).expect("it is open");
        let mut ours = begin(on, terms, role, socket, b"");
        assert_eq!(reason(ours.read(&mut [0; 64])), TlsReason::NotTls, "{role:?}");

        let (socket, other) = connection();
        other.shutdown(Shutdown::Write).expect("it is open");
        let mut ours = begin(on, terms, role, socket, b"");
        assert_eq!(kind(ours.read(&mut [0; 64])), ErrorKind::UnexpectedEof, "{role:?}");
    }
    Ok(Log::new())
}

/// It came in one piece with the plain text: the first bytes of the client's hello, then the rest.
fn read_ahead(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for cut in [1, 5, 6, 50, 100] {
        let (socket, other) = connection();
        let mut stranger = stranger(terms, Role::Server, other);
        let ((), came) = beside(
            || {
                stranger.write_all(b"hello").expect("it is taken");
                stranger.end();
            },
            || {
                let mut first = vec![0; cut];
                (&socket).read_exact(&mut first).expect("the client speaks first");
                let mut came = String::new();
                let mut ours = begin(on, terms, Role::Server, socket, &first);
                ours.read_to_string(&mut came).expect("a clean end");
                came
            },
        );
        assert_eq!(came, "hello", "cut behind {cut} bytes");
    }
    Ok(Log::new())
}

/// The stranger answers our farewell, and then speaks in plain text.
fn parted_first(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let (answer, ()) = beside(
            move || {
                assert_eq!(stranger.read_all().expect("a farewell"), b"over TLS");
                stranger.close_notify();
                bare(stranger.socket)
            },
            || {
                ours.write_all(b"over TLS").expect("it is taken");
                answer_bare(ours);
            },
        );
        assert_eq!(&answer, b"read", "{role:?}");
    }
    Ok(Log::new())
}

fn parted_second(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.close_notify();
        assert_eq!(ours.read(&mut [0]).expect("a farewell"), 0, "{role:?}");
        let (answer, ()) = beside(
            move || {
                assert_eq!(stranger.read_all().expect("a farewell"), b"");
                bare(stranger.socket)
            },
            || answer_bare(ours),
        );
        assert_eq!(&answer, b"read", "{role:?}");
    }
    Ok(Log::new())
}

/// Says something in plain text, and has its answer.
fn bare(mut socket: TcpStream) -> [u8; 4] {
    let mut answer = [0; 4];
    socket.write_all(b"bare").expect("it is taken");
    socket.read_exact(&mut answer).expect("an answer");
    answer
}

/// Takes TLS off, and answers in plain text.
fn answer_bare(ours: Box<dyn UpgradedStream>) {
    let mut unwrapped = ours.unwrap().expect("both sides part");
    assert_eq!(unwrapped.secured, b"");
    let mut text = unwrapped.left_over;
    let mut rest = vec![0; 4 - text.len()];
    unwrapped.stream.read_exact(&mut rest).expect("it comes");
    text.extend(rest);
    assert_eq!(text, b"bare");
    unwrapped.stream.write_all(b"read").expect("it is taken");
}

/// All of it in one write: data, the farewell, and plain text right behind (SSL-80).
fn told_apart(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, mut stranger) = agreed(on, terms, role);
        let mut together = stranger.sealed(b"unread");
        stranger.connection.send_close_notify();
        together.extend(stranger.records());
        together.extend(b"in plain text");
        stranger.socket.write_all(&together).expect("there is room");
        stranger.end_transport();
        let mut unwrapped = ours.unwrap().expect("both sides part");
        assert_eq!(unwrapped.secured, b"unread", "{role:?}");
        let mut bare = unwrapped.left_over;
        unwrapped.stream.read_to_end(&mut bare).expect("the end");
        assert_eq!(bare, b"in plain text", "{role:?}");
    }
    Ok(Log::new())
}

fn never_parts(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other) = connection();
        let limits = SecuredOptions { close: SHORT, ..SecuredOptions::default() };
        let layer = Box::new(session(role, &context(role, options(terms))));
        let mut ours = on.upgrade(Transport::Socket(socket.into()), layer, limits, b"");
        let mut stranger = stranger(terms, role, other);
        let (theirs, own) = beside(|| stranger.handshake(), || ours.handshake());
        theirs.expect("it agrees");
        own.expect("we agree");
        assert_eq!(kind(ours.unwrap()), ErrorKind::TimedOut, "{role:?}");
    }
    Ok(Log::new())
}

fn ended_instead(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, stranger) = agreed(on, terms, role);
        stranger.end_transport();
        assert_eq!(kind(ours.unwrap()), ErrorKind::UnexpectedEof, "{role:?}");
    }
    Ok(Log::new())
}

fn flood(on: &dyn Upgrading, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, mut stranger) = agreed(on, terms, role);
        let ((), unwrapped) = beside(
            // Until the other side has had enough.
            move || while stranger.write_all(&[0; 64 << 10]).is_ok() {},
            || ours.unwrap(),
        );
        assert_eq!(kind(unwrapped), ErrorKind::InvalidData, "{role:?}");
    }
    Ok(Log::new())
}
