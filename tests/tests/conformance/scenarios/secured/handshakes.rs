//! How secured streams begin, and what may come in the place of a handshake.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;
use standpipe_core::{SecuredOptions, TlsReason};
use standpipe_tests::harness::{SecuredStream, Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, MANY, secured};
use super::sides::{
    ROLES, Role, SHORT, agreed, beside, connection, fault, kind, layer, met, ours, reason, within,
};
use super::wire::{ALERT, DATA, HANDSHAKE};

pub(super) const CASES: &[Case] = &[
    secured("the_first_read_performs_it", first_read),
    secured("the_first_write_performs_it", first_write),
    secured("once_performed_it_is_performed", once),
    secured("nothing_is_told_before_it_is_over", told_afterwards),
    secured("a_silent_peer_is_given_up", silent).under(MANY),
    secured("a_peer_that_stops_in_the_midst_of_it_is_given_up", stops),
    secured("an_end_before_it_is_told", ended_before),
    secured("an_end_in_the_midst_of_it_is_told", ended_within),
    secured("a_reset_in_the_midst_of_it_is_told", reset),
    secured("an_alert_ends_it_and_what_follows_is_not_parsed", alert).under(MANY),
    secured("a_request_in_plain_text_is_answered_with_an_alert", plain_request),
    secured("an_answer_in_plain_text_is_no_handshake", plain_answer),
    secured("garbage_is_no_handshake", garbage).under(MANY),
    secured("a_record_that_is_too_long_is_refused_by_its_header", too_long),
    secured("data_before_it_is_refused", data_first),
    secured("a_message_that_is_no_hello_is_refused", no_hello),
    secured("an_error_in_it_stays_the_same", sticky),
];

/// What TLS 1.2 calls itself in a record.
const HEADER: [u8; 2] = [3, 3];

/// A record with this payload.
fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("a short one").to_be_bytes();
    [&[kind], &HEADER[..], &len[..], payload].concat()
}

/// Our side of a connection whose other one is nobody's yet.
fn alone(on: &dyn Securing, terms: Terms, role: Role) -> (Box<dyn SecuredStream>, TcpStream) {
    let (socket, other) = connection();
    (ours(on, socket, layer(terms, role)), other)
}

/// Our side, which gives up soon.
fn impatient(on: &dyn Securing, terms: Terms, role: Role) -> (Box<dyn SecuredStream>, TcpStream) {
    let (socket, other) = connection();
    let options = SecuredOptions { handshake: Some(SHORT), ..SecuredOptions::default() };
    (within(on, socket, layer(terms, role), options), other)
}

/// What the other side is sent when these bytes come in the place of a handshake, and for what reason that fails here.
fn refused(on: &dyn Securing, terms: Terms, role: Role, bytes: &[u8]) -> (Vec<u8>, TlsReason) {
    let (mut ours, mut other) = alone(on, terms, role);
    other.write_all(bytes).expect("there is room");
    let why = reason(ours.handshake());
    assert!(ours.write(b"secret").is_err() && ours.negotiated().is_none());
    drop(ours);
    let mut told = Vec::new();
    // Bytes that were not read any more make a reset of the end.
    let _ = other.read_to_end(&mut told);
    (told, why)
}

fn first_read(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = met(on, terms, role);
        let mut came = [0; 5];
        let (wrote, read) =
            beside(|| stranger.write_all(b"hello"), || ours.read_exact(&mut came).map(|()| came));
        wrote.expect("it is taken");
        assert_eq!(&read.expect("it comes"), b"hello", "{role:?}");
    }
    Ok(Log::new())
}

fn first_write(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = met(on, terms, role);
        let (came, wrote) = beside(|| stranger.read_some(5), || ours.write_all(b"hello"));
        wrote.expect("it is taken");
        assert_eq!(came, b"hello", "{role:?}");
    }
    Ok(Log::new())
}

/// SSL-63.
fn once(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let before = ours.negotiated();
        ours.handshake().expect("it is over");
        assert_eq!(ours.negotiated(), before);
        ours.write_all(b"x").expect("it is taken");
        assert_eq!(stranger.read_some(1), b"x", "{role:?}");
    }
    Ok(Log::new())
}

/// SSL-75.
fn told_afterwards(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = met(on, terms, role);
        assert!(ours.negotiated().is_none());
        let (theirs, own) = beside(|| stranger.handshake(), || ours.handshake());
        theirs.expect("it agrees");
        own.expect("we agree");
        let agreed = ours.negotiated().expect("it is over");
        assert_eq!(agreed.version, terms.version.name(), "{role:?}");
        let theirs = stranger.connection.negotiated_cipher_suite().expect("it is over").suite();
        // rustls has names of its own for those of TLS 1.3.
        assert_eq!(agreed.cipher, theirs.as_str().expect("a name").replace("TLS13_", "TLS_"), "{role:?}");
        assert_eq!(agreed.server_name.as_deref(), Some("localhost"), "{role:?}");
    }
    Ok(Log::new())
}

/// SSL-12.
fn silent(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, other) = impatient(on, terms, role);
        assert_eq!(kind(ours.handshake()), ErrorKind::TimedOut, "{role:?}");
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::TimedOut, "{role:?}");
        assert_eq!(kind(ours.write(b"x")), ErrorKind::TimedOut, "{role:?}");
        drop(other);
    }
    Ok(Log::new())
}

/// SSL trap 5: what comes in between is no reason to begin to wait again.
fn stops(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut other) = impatient(on, terms, role);
        other.write_all(&[HANDSHAKE, 3, 3, 0, 200, 1, 0]).expect("there is room");
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::TimedOut, "{role:?}");
    }
    Ok(Log::new())
}

fn ended_before(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, other) = alone(on, terms, role);
        other.shutdown(std::net::Shutdown::Write).expect("it is open");
        assert_eq!(kind(ours.handshake()), ErrorKind::UnexpectedEof, "{role:?}");
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::UnexpectedEof, "{role:?}");
    }
    Ok(Log::new())
}

fn ended_within(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut other) = alone(on, terms, role);
        other.write_all(&[HANDSHAKE, 3, 3, 0, 200, 1, 0]).expect("there is room");
        other.shutdown(std::net::Shutdown::Write).expect("it is open");
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::UnexpectedEof, "{role:?}");
        assert!(ours.write(b"secret").is_err(), "{role:?}");
    }
    Ok(Log::new())
}

/// After our client's hello, so that it is no write that fails.
fn reset(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut other) = alone(on, terms, role);
        let ((), handshake) = beside(
            move || {
                if role == Role::Client {
                    other.read_exact(&mut [0]).expect("it speaks first");
                }
                other.write_all(&[HANDSHAKE, 3, 3, 0, 200, 1, 0]).expect("there is room");
                SockRef::from(&other).set_linger(Some(Duration::ZERO)).expect("TCP");
            },
            || ours.handshake(),
        );
        assert_eq!(kind(handshake), ErrorKind::ConnectionReset, "{role:?}");
    }
    Ok(Log::new())
}

const FATAL: u8 = 2;
const HANDSHAKE_FAILURE: u8 = 40;

/// SSL trap 2.
fn alert(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut other) = alone(on, terms, role);
        let alert = record(ALERT, &[FATAL, HANDSHAKE_FAILURE]);
        other.write_all(&[&alert[..], b"no record at all"].concat()).expect("there is room");
        let told = fault(ours.handshake());
        assert_eq!((told.reason(), told.alert()), (TlsReason::Refused, Some(HANDSHAKE_FAILURE)), "{role:?}");
        assert_eq!(fault(ours.read(&mut [0])), told, "{role:?}");
    }
    Ok(Log::new())
}

fn plain_request(on: &dyn Securing, terms: Terms) -> Verdict {
    let (told, why) = refused(on, terms, Role::Server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((told.first(), why), (Some(&ALERT), TlsReason::NotTls));
    Ok(Log::new())
}

/// Behind the client's hello.
fn plain_answer(on: &dyn Securing, terms: Terms) -> Verdict {
    let (told, why) = refused(on, terms, Role::Client, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!((told.first(), why), (Some(&HANDSHAKE), TlsReason::NotTls));
    Ok(Log::new())
}

fn garbage(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (_, why) = refused(on, terms, role, &[0xa5; 1000]);
        assert_eq!(why, TlsReason::NotTls, "{role:?}");
    }
    Ok(Log::new())
}

/// Of the record itself nothing comes, and nothing is waited for.
fn too_long(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (_, why) = refused(on, terms, role, &[HANDSHAKE, 3, 3, 0xff, 0xff]);
        assert_eq!(why, TlsReason::TooLarge, "{role:?}");
    }
    Ok(Log::new())
}

fn data_first(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (_, why) = refused(on, terms, role, &record(DATA, b"data"));
        assert_eq!(why, TlsReason::Misbehaved, "{role:?}");
    }
    Ok(Log::new())
}

/// The end of a handshake instead of its beginning.
fn no_hello(on: &dyn Securing, terms: Terms) -> Verdict {
    let finished = [&[20, 0, 0, 12][..], &[0; 12]].concat();
    for role in ROLES {
        let (_, why) = refused(on, terms, role, &record(HANDSHAKE, &finished));
        assert_eq!(why, TlsReason::Misbehaved, "{role:?}");
    }
    Ok(Log::new())
}

/// SSL trap 2: whatever is asked of it, and in whatever order.
fn sticky(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut other) = alone(on, terms, role);
        other.write_all(b"no TLS at all").expect("there is room");
        for _ in 0..2 {
            assert_eq!(reason(ours.read(&mut [0])), TlsReason::NotTls, "{role:?}");
            assert_eq!(reason(ours.write(b"x")), TlsReason::NotTls, "{role:?}");
            assert_eq!(reason(ours.handshake()), TlsReason::NotTls, "{role:?}");
        }
        assert!(ours.close().is_err(), "{role:?}");
    }
    Ok(Log::new())
}
