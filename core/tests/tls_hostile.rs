//! A session against rustls' own buffered connection, and against peers that do what they must not.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]

mod peer;

use peer::{Ours, Peer, VERSIONS, client, each, server, server_in_pieces};
use standpipe_core::tls::Provider;
use standpipe_core::{Layer, PeerEnd, TlsReason};

/// Says what a failed session must: a reason, an alert for the peer, and nothing else ever again.
fn failed(ours: &mut Ours, reason: TlsReason) -> Vec<u8> {
    assert_eq!(ours.session.fault().map(|fault| fault.reason()), Some(reason));
    assert!(!ours.session.wants_read() && !ours.session.may_send());
    assert_eq!(ours.seal(b"secret"), 0, "nothing follows a failure");
    let alert = ours.say();
    assert!((7..100).contains(&alert.len()), "an alert: {} bytes", alert.len());
    assert_eq!(ours.lent(), 0);
    alert
}

/// The peer is told what was wrong.
fn told(peer: &mut Peer, alert: &[u8]) {
    let heard = peer.hear(alert);
    assert!(matches!(heard, Err(rustls::Error::AlertReceived(_))), "{heard:?}");
}

#[test]
fn a_key_update_is_answered_by_who_has_nothing_to_say() {
    each(&VERSIONS[..1], |provider, version| {
        for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
            ours.agree(&mut peer);
            for round in 0..100 {
                peer.refresh();
                ours.hear(&peer.say(), 7);
                let answer = ours.say();
                assert!((20..60).contains(&answer.len()), "round {round}: {} bytes", answer.len());
                peer.hear(&answer).unwrap();
                ours.exchange(&mut peer);
            }
            assert_eq!((ours.session.fault(), ours.lent()), (None, 0));
        }
    });
}

#[test]
fn key_updates_in_one_breath_are_answered_once() {
    each(&VERSIONS[..1], |provider, version| {
        for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
            ours.agree(&mut peer);
            (0..32).for_each(|_| peer.refresh());
            ours.hear(&peer.say(), usize::MAX);
            let answer = ours.say();
            assert!((20..60).contains(&answer.len()), "{} bytes", answer.len());
            peer.hear(&answer).unwrap();
            ours.exchange(&mut peer);
        }
    });
}

#[test]
fn a_flood_of_key_updates_is_refused() {
    each(&VERSIONS[..1], |provider, version| {
        for cut in [1, 100, usize::MAX] {
            let (mut ours, mut peer) = server(provider, version);
            ours.agree(&mut peer);
            (0..1000).for_each(|_| peer.refresh());
            ours.hear(&peer.say(), cut);
            assert_eq!(ours.session.fault().unwrap().reason(), TlsReason::Misbehaved);
            assert!(ours.say().len() < 33 * 60, "one answer each at most, and an alert");
        }
    });
}

#[test]
fn a_peer_that_asks_and_never_reads_is_read_no_more() {
    each(&VERSIONS[..1], |provider, version| {
        let (mut ours, mut peer) = server(provider, version);
        ours.agree(&mut peer);
        let mut asked = 0;
        while ours.session.wants_read() {
            assert!(asked < 10_000, "answers without bound");
            peer.refresh();
            // Data in between keeps it from being a flood.
            peer.write(b"x");
            ours.hear(&peer.say(), usize::MAX);
            asked += 1;
        }
        assert_eq!((ours.session.fault(), ours.received.len()), (None, asked));
        let answers = ours.say();
        assert!((64 << 10..(64 << 10) + 100).contains(&answers.len()), "{} bytes", answers.len());
        assert!(ours.session.wants_read(), "what has left makes room");
    });
}

#[test]
fn a_key_update_after_our_end_is_not_answered() {
    each(&VERSIONS[..1], |provider, version| {
        let (mut ours, mut peer) = server(provider, version);
        ours.agree(&mut peer);
        ours.close_notify();
        peer.hear(&ours.say()).unwrap();
        peer.refresh();
        peer.write(b"still here");
        ours.hear(&peer.say(), usize::MAX);
        assert_eq!(ours.received, b"still here");
        assert!(!ours.session.wants_write(), "nothing follows close_notify");
    });
}

#[test]
fn data_goes_both_ways_under_either_version() {
    each(VERSIONS, |provider, version| {
        for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
            ours.agree(&mut peer);
            let name = if *version == rustls::version::TLS12 { "TLSv1.2" } else { "TLSv1.3" };
            assert_eq!(ours.session.negotiated().unwrap().version, name);
            (0..10).for_each(|_| ours.exchange(&mut peer));
            peer.close();
            ours.hear(&peer.say(), 1);
            assert_eq!(ours.session.peer_end(), Some(PeerEnd::CloseNotify));
            ours.close_notify();
            assert!(peer.hear(&ours.say()).unwrap().has_ended);
        }
    });
}

#[test]
fn an_end_in_mid_handshake_is_a_fault_and_comes_to_rest() {
    each(VERSIONS, |provider, version| {
        for cut in [1, 11, usize::MAX] {
            let (mut ours, mut peer) = server(provider, version);
            let close_notify = [21, 3, 3, 0, 2, 1, 0];
            let wire = [&peer.say()[..], &close_notify.repeat(10), b"junk"].concat();
            ours.hear(&wire, cut);
            let fault = ours.session.fault().expect("typed");
            assert!(matches!(fault.reason(), TlsReason::Refused | TlsReason::Misbehaved), "{fault}");
            assert_eq!((ours.session.peer_end(), ours.lent()), (None, 0), "no clean end");
            assert!(ours.received.is_empty() && ours.say().len() < 4096);
        }
    });
}

#[test]
fn what_follows_the_peers_end_is_dropped() {
    each(VERSIONS, |provider, version| {
        for cut in [1, 64, usize::MAX] {
            for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
                ours.agree(&mut peer);
                peer.write(b"last words");
                peer.close();
                let end = peer.say();
                let mut sealed = Vec::new();
                for _ in 0..64 {
                    peer.write(&[7; 1024]);
                    sealed.extend(peer.say());
                }
                ours.hear(&[&end[..], &sealed, b"junk that is no record"].concat(), cut);
                assert_eq!(ours.received, b"last words");
                assert_eq!(ours.session.peer_end(), Some(PeerEnd::CloseNotify));
                assert!(!ours.session.wants_read(), "so nothing can grow");
                assert_eq!((ours.session.fault(), ours.lent()), (None, 0));
                ours.session.handle_eof();
                assert_eq!(ours.session.peer_end(), Some(PeerEnd::CloseNotify), "told once");
                assert_eq!(ours.seal(b"answer"), 6, "our side is still open");
                assert!(peer.hear(&ours.say()).is_ok_and(|heard| heard.data == b"answer"));
            }
        }
    });
}

#[test]
fn plain_text_around_the_beginning_of_tls_is_never_taken_for_secure() {
    let evil = b"EVIL\r\n";
    let record = [&[23, 3, 3, 0, 6][..], evil].concat();
    each(VERSIONS, |provider, version| {
        for bytes in [&evil[..], &record] {
            for cut in [1, usize::MAX] {
                let (mut ours, mut peer) = server(provider, version);
                ours.hear(&[bytes, &peer.say()].concat(), cut);
                assert!(ours.session.fault().is_some() && ours.received.is_empty(), "in front of the hello");

                let (mut ours, mut peer) = server(provider, version);
                ours.hear(&[&peer.say(), bytes].concat(), cut);
                assert!(ours.session.fault().is_some() && ours.received.is_empty(), "behind it");

                let (mut ours, mut peer) = client(provider, version);
                peer.hear(&ours.say()).unwrap();
                ours.hear(&[bytes, &peer.say()].concat(), cut);
                assert!(ours.session.fault().is_some() && ours.received.is_empty(), "in front of the answer");
                assert_eq!(ours.seal(b"secret"), 0);
            }
        }
    });
}

#[test]
fn a_client_without_a_trusted_certificate_gets_nothing() {
    each(VERSIONS, |provider, version| {
        for (has_one, reason) in [(true, TlsReason::UnknownIssuer), (false, TlsReason::NoCertificate)] {
            let (mut ours, mut peer) = peer::choosy_server(provider, version, has_one);
            ours.hear(&peer.say(), usize::MAX);
            peer.hear(&ours.say()).unwrap();
            peer.write(b"let me in");
            ours.hear(&peer.say(), usize::MAX);
            assert!(ours.received.is_empty() && ours.session.negotiated().is_none());
            let alert = failed(&mut ours, reason);
            told(&mut peer, &alert);
        }
    });
}

#[test]
fn a_header_is_refused_however_slowly_it_comes() {
    each(&VERSIONS[..1], |provider, version| {
        for cut in [1, 2, 5, usize::MAX] {
            let (mut ours, _) = server(provider, version);
            ours.hear(b"GET / HTTP/1.1\r\n", cut);
            failed(&mut ours, TlsReason::NotTls);
        }
    });
}

#[test]
fn a_record_over_the_limit_is_refused_by_its_header() {
    each(VERSIONS, |provider, version| {
        let (mut ours, _) = server(provider, version);
        ours.hear(&[22, 3, 1, 0xff, 0xff], 1);
        failed(&mut ours, TlsReason::TooLarge);

        for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
            ours.agree(&mut peer);
            ours.hear(&[23, 3, 3, 0xff, 0xff], 1);
            let alert = failed(&mut ours, TlsReason::TooLarge);
            told(&mut peer, &alert);
        }
    });
}

#[test]
fn garbage_in_mid_stream_is_told_to_the_peer() {
    each(VERSIONS, |provider, version| {
        for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
            ours.agree(&mut peer);
            peer.write(b"before");
            ours.hear(&[&peer.say()[..], b"HTTP/1.1 400 Bad Request\r\n"].concat(), 3);
            assert_eq!(ours.received, b"before");
            let alert = failed(&mut ours, TlsReason::Misbehaved);
            told(&mut peer, &alert);
        }
    });
}

#[test]
fn an_alert_is_not_lost_behind_the_answer_to_a_key_update() {
    each(&VERSIONS[..1], |provider, version| {
        for (mut ours, mut peer) in [client(provider, version), server(provider, version)] {
            ours.agree(&mut peer);
            peer.refresh();
            ours.hear(&[&peer.say()[..], b"garbage"].concat(), usize::MAX);
            let said = failed(&mut ours, TlsReason::Misbehaved);
            told(&mut peer, &said);
        }
    });
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    each(VERSIONS, |provider, version| {
        for bit in [0, 5, 70, 8 * 30] {
            let (mut ours, mut peer) = server(provider, version);
            ours.agree(&mut peer);
            peer.write(b"before");
            let good = peer.say();
            peer.write(b"this one is changed");
            let mut bad = peer.say();
            bad[5 + bit / 8] ^= 1 << (bit % 8);
            ours.hear(&[good, bad].concat(), usize::MAX);
            assert_eq!(ours.received, b"before");
            let alert = failed(&mut ours, TlsReason::Decrypt);
            told(&mut peer, &alert);
        }
    });
}

#[test]
fn a_message_in_small_pieces_comes_byte_by_byte_while_we_write() {
    each(&VERSIONS[..1], |provider, version| {
        for cut in [1, 3, 40] {
            let (mut ours, mut peer) = server_in_pieces(provider, version, 1);
            peer.hear(&ours.say()).unwrap();
            ours.hear(&peer.say(), usize::MAX);
            peer.hear(&ours.say()).unwrap();
            let tickets = peer.say();
            assert!(tickets.len() > 500, "tickets of many pieces: {}", tickets.len());
            let mut sent = Vec::new();
            for (index, bytes) in tickets.chunks(cut).enumerate() {
                ours.hear(bytes, cut);
                sent.push(index as u8);
                assert_eq!(ours.seal(&[index as u8]), 1);
            }
            assert_eq!((ours.session.fault(), peer.hear(&ours.say()).unwrap().data), (None, sent));
            ours.exchange(&mut peer);
            assert_eq!(ours.lent(), 0);
        }
    });
}

#[test]
fn a_message_in_ever_more_pieces_is_refused() {
    each(&VERSIONS[..1], |provider, version| {
        let (mut ours, mut peer) = server_in_pieces(provider, version, 150);
        peer.hear(&ours.say()).unwrap();
        let flight = peer.say();
        assert!(flight.len() > 64 << 10, "{} bytes", flight.len());
        for bytes in flight.chunks(1000) {
            ours.hear(bytes, usize::MAX);
            assert!(ours.lent() <= 1);
        }
        assert_eq!(ours.session.fault().unwrap().reason(), TlsReason::TooLarge);
        assert_eq!((ours.lent(), ours.received.len()), (0, 0));
    });
}

#[test]
fn a_provider_of_ones_own_is_told_apart_by_what_it_is() {
    let own = |provider| Provider::Custom(Box::leak(Box::new(peer::crypto(provider))));
    each(&VERSIONS[..1], |provider, version| {
        let (one, other) = (own(provider), own(provider));
        assert_eq!(one, one);
        assert!(one != other && one != provider && provider == provider);
        assert_eq!(format!("{one:?}"), "Custom");
        let (mut ours, mut peer) = client(one, version);
        ours.agree(&mut peer);
        ours.exchange(&mut peer);
    });
}
