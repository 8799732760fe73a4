//! Two sessions in memory, cut in every way.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]

use std::sync::Arc;

use standpipe_core::tls::{
    Context, ContextOptions, Identity, Provider, Roots, Session, Trust, Version, WallClock,
};
use standpipe_core::{LENT_SIZE, Layer, Lend, PeerEnd, Pool, TlsReason};

#[cfg(feature = "ring")]
const PROVIDER: Provider = Provider::Ring;
#[cfg(not(feature = "ring"))]
const PROVIDER: Provider = Provider::AwsLcRs;

struct Clock;

impl WallClock for Clock {
    fn unix_seconds(&self) -> Option<u64> {
        Some(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
    }
}

fn options(oldest: Version) -> ContextOptions {
    ContextOptions { oldest, alpn: vec![b"x".to_vec()], ..ContextOptions::new(PROVIDER, Arc::new(Clock)) }
}

fn contexts(oldest: Version) -> (Context, Context) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    let identity =
        Identity::from_pem(made.cert.pem().as_bytes(), made.signing_key.serialize_pem().as_bytes()).unwrap();
    let mut roots = Roots::default();
    roots.add_der(made.cert.der().to_vec()).unwrap();
    let server = Context::server(identity, None, options(oldest)).unwrap();
    (Context::client(Trust::Roots(roots), None, options(oldest)).unwrap(), server)
}

/// Moves at most `cut` bytes of what one side has to say to the other.
fn carry(from: &mut Session, to: &mut Session, cut: usize, pool: &mut Pool) -> bool {
    if !from.wants_write() || !to.wants_read() {
        return false;
    }
    let n = from.pending().len().min(cut);
    let window = to.window(pool);
    let n = n.min(window.len());
    window[..n].copy_from_slice(&from.pending()[..n]);
    to.handle_read(n);
    from.handle_written(n);
    from.settle(pool);
    to.settle(pool);
    true
}

fn take(session: &mut Session, into: &mut Vec<u8>, pool: &mut Pool) {
    into.extend_from_slice(session.plain());
    session.consume(session.plain().len());
    session.settle(pool);
}

fn exchange(cut: usize, oldest: Version, payload: &[u8]) {
    let (client, server) = contexts(oldest);
    let mut pool = Pool::default();
    let mut client = Session::client(&client, "localhost").unwrap();
    let mut server = Session::server(&server).unwrap();
    client.start();
    let (mut up, mut down, mut sent, mut answered) = (Vec::new(), Vec::new(), 0, 0);
    for round in 0.. {
        assert!(
            round < 60 + 3 * (payload.len() + 8000) / cut,
            "{cut}: {client:?} {server:?} {sent} {answered} {} {}",
            up.len(),
            down.len()
        );
        sent += client.seal(&payload[sent..], &mut pool);
        answered += server.seal(&payload[answered..], &mut pool);
        if sent == payload.len() {
            client.close_notify(&mut pool);
        }
        if answered == payload.len() && server.peer_end().is_some() && server.plain().is_empty() {
            server.close_notify(&mut pool);
        }
        let moved =
            carry(&mut client, &mut server, cut, &mut pool) | carry(&mut server, &mut client, cut, &mut pool);
        take(&mut server, &mut up, &mut pool);
        take(&mut client, &mut down, &mut pool);
        if !moved && !client.wants_write() && !server.wants_write() {
            break;
        }
    }
    assert_eq!((client.fault(), server.fault()), (None, None));
    assert!(up == payload && down == payload);
    assert_eq!(
        (client.peer_end(), server.peer_end()),
        (Some(PeerEnd::CloseNotify), Some(PeerEnd::CloseNotify))
    );
    let negotiated = server.negotiated().unwrap();
    assert!(
        negotiated.cipher.starts_with("TLS_") && negotiated.cipher.contains("_SHA"),
        "{}",
        negotiated.cipher
    );
    assert_eq!(negotiated.alpn.as_deref(), Some(&b"x"[..]));
    assert_eq!(negotiated.server_name.as_deref(), Some("localhost"), "{cut}");
}

#[test]
fn any_cutting_gives_the_same_bytes() {
    let payload: Vec<u8> = (0..200_000u32).map(|n| (n * 7 % 251) as u8).collect();
    for oldest in [Version::Tls12, Version::Tls13] {
        for cut in [LENT_SIZE, 16_407, 16_406, 4096, 100, 6, 5, 3, 2, 1] {
            exchange(cut, oldest, &payload[..if cut < 10 { 40_000 } else { payload.len() }]);
        }
    }
}

#[test]
fn an_end_without_close_notify_is_told_apart() {
    let (client, _) = contexts(Version::Tls13);
    let mut session = Session::client(&client, "localhost").unwrap();
    session.handle_eof();
    assert_eq!(session.peer_end(), Some(PeerEnd::Truncated));
}

#[test]
fn the_wrong_name_is_refused_on_both_sides() {
    let (client, server) = contexts(Version::Tls13);
    let mut pool = Pool::default();
    let mut client = Session::client(&client, "elsewhere").unwrap();
    let mut server = Session::server(&server).unwrap();
    client.start();
    while carry(&mut client, &mut server, usize::MAX, &mut pool)
        | carry(&mut server, &mut client, usize::MAX, &mut pool)
    {}
    let refused = client.fault().unwrap();
    assert_eq!(refused.reason(), TlsReason::WrongName);
    assert_eq!(refused.to_string(), "the peer's certificate is for another name");
    assert_eq!(client.seal(b"secret", &mut pool), 0);
    let told = server.fault().unwrap();
    assert_eq!((told.reason(), told.alert()), (TlsReason::Refused, Some(42)));
}

/// The server fails in the midst of its answer.
#[test]
fn who_has_no_protocol_in_common_is_told() {
    for oldest in [Version::Tls12, Version::Tls13] {
        let (_, server) = contexts(oldest);
        let other = ContextOptions { alpn: vec![b"y".to_vec()], ..options(oldest) };
        let client = Context::client(Trust::Anybody, None, other).unwrap();
        let mut pool = Pool::default();
        let mut client = Session::client(&client, "localhost").unwrap();
        let mut server = Session::server(&server).unwrap();
        client.start();
        while carry(&mut client, &mut server, usize::MAX, &mut pool)
            | carry(&mut server, &mut client, usize::MAX, &mut pool)
        {}
        assert_eq!(server.fault().unwrap().reason(), TlsReason::NoProtocol);
        let told = client.fault().unwrap();
        assert_eq!((told.reason(), told.alert()), (TlsReason::Refused, Some(120)));
    }
}

#[test]
fn what_is_no_tls_is_answered_with_an_alert() {
    let (_, server) = contexts(Version::Tls13);
    let mut pool = Pool::default();
    let mut server = Session::server(&server).unwrap();
    let text = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    server.window(&mut pool)[..text.len()].copy_from_slice(text);
    server.handle_read(text.len());
    assert_eq!(server.fault().unwrap().reason(), TlsReason::NotTls);
    assert!(server.wants_write());
}

/// What bytes that must not come are to a server, before the handshake and after it.
fn reasons(bytes: &[u8]) -> [TlsReason; 2] {
    [false, true].map(|is_secured| {
        let (client, server) = contexts(Version::Tls13);
        let mut pool = Pool::default();
        let mut client = Session::client(&client, "localhost").unwrap();
        let mut server = Session::server(&server).unwrap();
        client.start();
        while is_secured
            && carry(&mut client, &mut server, usize::MAX, &mut pool)
                | carry(&mut server, &mut client, usize::MAX, &mut pool)
        {}
        server.window(&mut pool)[..bytes.len()].copy_from_slice(bytes);
        server.handle_read(bytes.len());
        server.fault().unwrap().reason()
    })
}

#[test]
fn a_record_that_announces_too_much_is_told_as_that() {
    assert_eq!(reasons(&[23, 3, 3, 0x48, 1, 0]), [TlsReason::TooLarge; 2]);
}

/// It does speak TLS, since it got there.
#[test]
fn what_is_no_tls_after_the_handshake_is_misbehaviour() {
    assert_eq!(reasons(b"GET / HTTP/1.1\r\n\r\n"), [TlsReason::NotTls, TlsReason::Misbehaved]);
}

#[test]
fn an_idle_session_owns_no_buffer() {
    struct Counting(i32);
    impl Lend for Counting {
        fn take(&mut self) -> Box<[u8]> {
            self.0 += 1;
            vec![0; LENT_SIZE].into()
        }
        fn give(&mut self, _: Box<[u8]>) {
            self.0 -= 1;
        }
    }
    let (client, _) = contexts(Version::Tls13);
    let mut lend = Counting(0);
    let mut session = Session::client(&client, "localhost").unwrap();
    session.start();
    assert_eq!(lend.0, 0);
    session.handle_written(session.pending().len());
    session.window(&mut lend)[0] = 22;
    session.handle_read(1);
    session.settle(&mut lend);
    assert_eq!(lend.0, 0);
}

/// Both sides of a connection, their handshake over.
fn agreed() -> (Session, Session, Pool) {
    let (client, server) = contexts(Version::Tls13);
    let mut pool = Pool::default();
    let mut client = Session::client(&client, "localhost").unwrap();
    let mut server = Session::server(&server).unwrap();
    client.start();
    while carry(&mut client, &mut server, usize::MAX, &mut pool)
        | carry(&mut server, &mut client, usize::MAX, &mut pool)
    {}
    assert!(client.may_send() && server.may_send());
    (client, server, pool)
}

#[test]
fn close_notify_follows_all_that_fills_the_output() {
    let (mut client, mut server, mut pool) = agreed();
    let block = vec![7; 100_000];
    let mut sealed = 0;
    loop {
        match server.seal(&block, &mut pool) {
            0 => break,
            n => sealed += n,
        }
    }
    server.close_notify(&mut pool);
    assert_eq!(server.seal(&block, &mut pool), 0, "nothing follows the end");
    let mut received = Vec::new();
    while carry(&mut server, &mut client, 5000, &mut pool) {
        take(&mut client, &mut received, &mut pool);
    }
    assert_eq!((received.len(), client.peer_end()), (sealed, Some(PeerEnd::CloseNotify)));
}

#[test]
fn two_that_only_send_both_receive() {
    let (mut client, mut server, mut pool) = agreed();
    let block = vec![7; 1 << 20];
    let (mut sent, mut up, mut down) = ((0, 0), Vec::new(), Vec::new());
    for _ in 0..100 {
        sent.0 += client.seal(&block[sent.0..], &mut pool);
        sent.1 += server.seal(&block[sent.1..], &mut pool);
        carry(&mut client, &mut server, usize::MAX, &mut pool);
        carry(&mut server, &mut client, usize::MAX, &mut pool);
        take(&mut server, &mut up, &mut pool);
        take(&mut client, &mut down, &mut pool);
    }
    assert_eq!((up.len(), down.len()), (block.len(), block.len()));
}

#[test]
fn an_alert_in_mid_handshake_ends_in_bounded_steps() {
    let (client, server) = contexts(Version::Tls13);
    let mut pool = Pool::default();
    let mut client = Session::client(&client, "localhost").unwrap();
    let mut server = Session::server(&server).unwrap();
    client.start();
    // The hello, then a warning that says the end, then more of it.
    let close_notify = [21, 3, 3, 0, 2, 1, 0];
    let wire = [client.pending(), &close_notify, &close_notify, &[0; 64]].concat();
    for chunk in wire.chunks(11) {
        if !server.wants_read() {
            break;
        }
        server.window(&mut pool)[..chunk.len()].copy_from_slice(chunk);
        server.handle_read(chunk.len());
        server.settle(&mut pool);
    }
    assert!(server.fault().is_some() || server.peer_end().is_some());
    assert!(!server.wants_read() && server.plain().is_empty());
}

mod relay {
    use super::*;
    use standpipe_core::flow::{Relay, RelayOptions};
    use standpipe_core::{
        BUDGET, Done, Duty, End, EofPolicy, Io, Machine, Moment, Outcome, Pending, Port, Progress, Window,
        advance,
    };

    /// A client of an echo, in memory: what it has to say is what the relay reads, and the other way round.
    struct Wire {
        client: Session,
        pool: Pool,
        cut: usize,
        eof: bool,
        /// Whether the end follows what was written most recently.
        said_last: bool,
        closed: Vec<Duty>,
    }

    impl Lend for Wire {
        fn take(&mut self) -> Box<[u8]> {
            self.pool.take()
        }
        fn give(&mut self, buffer: Box<[u8]>) {
            self.pool.give(buffer);
        }
    }

    impl Io for Wire {
        fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
            let Window::Slice(into) = window else { panic!("a relay reads into slices") };
            let n = self.client.pending().len().min(into.len()).min(self.cut);
            if n == 0 {
                return if self.eof { Outcome::Eof } else { Outcome::Blocked };
            }
            into[..n].copy_from_slice(&self.client.pending()[..n]);
            self.client.handle_written(n);
            Outcome::Ready(n)
        }

        fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
            let Pending::Slice(bytes) = pending else { panic!("a relay writes slices") };
            if !self.client.wants_read() {
                return Outcome::Blocked;
            }
            let window = self.client.window(&mut self.pool);
            let n = bytes.len().min(window.len()).min(self.cut);
            window[..n].copy_from_slice(&bytes[..n]);
            self.client.handle_read(n);
            self.said_last = false;
            Outcome::Ready(n)
        }

        fn try_last_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
            let outcome = self.try_write(port, pending);
            self.said_last = outcome != Outcome::Blocked;
            outcome
        }

        fn try_duty(&mut self, _: Port, duty: Duty) -> Done {
            self.closed.push(duty);
            Done::Ok(0)
        }
    }

    fn wire(cut: usize) -> (Relay, Wire) {
        let (client, server) = contexts(Version::Tls13);
        let session = Session::server(&server).unwrap();
        let relay = Relay::echo(RelayOptions::default()).with_layer(
            Relay::CLIENT,
            Box::new(session),
            EofPolicy::Error,
        );
        let mut client = Session::client(&client, "localhost").unwrap();
        client.start();
        (relay, Wire { client, pool: Pool::default(), cut, eof: false, said_last: false, closed: Vec::new() })
    }

    #[test]
    fn an_echo_over_tls_answers_all_and_ends_cleanly() {
        let payload: Vec<u8> = (0..100_000u32).map(|n| (n * 7 % 251) as u8).collect();
        for cut in [LENT_SIZE, 16_407, 100, 3] {
            let (mut relay, mut wire) = wire(cut);
            let (mut sent, mut back) = (0, Vec::new());
            while advance(&mut relay, &mut wire, Moment::ORIGIN, BUDGET) != Progress::Done {
                sent += wire.client.seal(&payload[sent..], &mut wire.pool);
                if sent == payload.len() {
                    wire.client.close_notify(&mut wire.pool);
                }
                take(&mut wire.client, &mut back, &mut wire.pool);
                assert!(relay.wake().is_none_or(|wake| wake.at > Moment::ORIGIN));
            }
            take(&mut wire.client, &mut back, &mut wire.pool);
            assert!(back == payload, "{cut}: {} bytes", back.len());
            assert_eq!(wire.client.peer_end(), Some(PeerEnd::CloseNotify));
            assert_eq!(wire.closed, [Duty::CloseWrite, Duty::Close]);
            assert!(wire.said_last, "close_notify leaves with the end: {cut}");
            assert_eq!(relay.report().unwrap().end, End::Clean);
        }
    }

    #[test]
    fn a_client_that_ends_without_close_notify_is_truncated() {
        let (mut relay, mut wire) = wire(LENT_SIZE);
        for _ in 0..8 {
            let _ = advance(&mut relay, &mut wire, Moment::ORIGIN, BUDGET);
        }
        assert_eq!(wire.client.seal(b"half", &mut wire.pool), 4);
        wire.eof = true;
        while advance(&mut relay, &mut wire, Moment::ORIGIN, BUDGET) != Progress::Done {
            take(&mut wire.client, &mut Vec::new(), &mut wire.pool);
        }
        assert_eq!(relay.report().unwrap().end, End::Truncated);
        assert_eq!(wire.closed, [Duty::Reset]);
    }

    #[test]
    fn a_silent_client_is_timed_out_in_the_handshake() {
        let (mut relay, mut wire) = wire(LENT_SIZE);
        wire.client.handle_written(wire.client.pending().len());
        let Progress::Blocked(what) = advance(&mut relay, &mut wire, Moment::ORIGIN, BUDGET) else {
            panic!()
        };
        let at = what.wake.unwrap().at;
        assert_eq!(advance(&mut relay, &mut wire, at, BUDGET), Progress::Done);
        assert_eq!(relay.report().unwrap().end, End::TimedOut(standpipe_core::Timer::Handshake));
    }

    #[test]
    fn garbage_is_answered_with_an_alert_before_the_connection_closes() {
        let (mut relay, mut wire) = wire(LENT_SIZE);
        struct Garbage(Wire, Vec<u8>, bool);
        impl Lend for Garbage {
            fn take(&mut self) -> Box<[u8]> {
                self.0.take()
            }
            fn give(&mut self, buffer: Box<[u8]>) {
                self.0.give(buffer);
            }
        }
        impl Io for Garbage {
            fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
                let Window::Slice(into) = window else { panic!() };
                if std::mem::replace(&mut self.2, true) {
                    return Outcome::Blocked;
                }
                into[..16].copy_from_slice(b"GET / HTTP/1.1\r\n");
                Outcome::Ready(16)
            }
            fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
                let Pending::Slice(bytes) = pending else { panic!() };
                self.1.extend_from_slice(bytes);
                Outcome::Ready(bytes.len())
            }
            fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
                self.0.try_duty(port, duty)
            }
        }
        wire.cut = 0;
        let mut garbage = Garbage(wire, Vec::new(), false);
        assert_eq!(advance(&mut relay, &mut garbage, Moment::ORIGIN, BUDGET), Progress::Done);
        assert_eq!(garbage.1.first(), Some(&21), "an alert");
        assert_eq!(garbage.0.closed, [Duty::Close]);
        assert!(
            matches!(relay.report().unwrap().end, End::Tls(fault) if fault.reason() == TlsReason::NotTls)
        );
    }
}
