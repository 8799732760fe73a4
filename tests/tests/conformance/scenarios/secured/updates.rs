//! Keys that are exchanged for new ones while the connection goes on.

use std::io::{Read, Write};

use standpipe_core::TlsReason;
use standpipe_core::tls::Version;
use standpipe_tests::harness::{Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, secured};
use super::sides::{ROLES, agreed, beside, reason};

pub(super) const CASES: &[Case] = &[
    secured("a_key_update_is_answered_by_who_only_reads", answered).only(&[Version::Tls13]),
    secured("data_goes_on_under_ever_new_keys", ever_new).only(&[Version::Tls13]),
    secured("a_flood_of_key_updates_is_refused", flood).only(&[Version::Tls13]),
];

/// SSL trap 6: it leaves although nothing is ever written.
fn answered(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, mut stranger) = agreed(on, terms, role);
        let (mut reader, _writer) = ours.split().expect("it is agreed");
        let ((), byte) = beside(
            || {
                stranger.connection.refresh_traffic_keys().expect("TLS 1.3");
                stranger.send_records().expect("it is taken");
                assert!(stranger.receive_records().expect("a good answer") > 0);
                stranger.write_all(b"x").expect("it is taken");
            },
            || {
                let mut byte = [0; 1];
                reader.read_exact(&mut byte).expect("a byte after the update");
                byte
            },
        );
        assert_eq!(&byte, b"x", "{role:?}");
    }
    Ok(Log::new())
}

fn ever_new(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        for number in 0..200 {
            stranger.connection.refresh_traffic_keys().expect("TLS 1.3");
            stranger.write_all(&[number]).expect("it is taken");
            let mut byte = [0; 1];
            ours.read_exact(&mut byte).expect("it comes");
            ours.write_all(&byte).expect("it is taken");
            assert_eq!(stranger.read_some(1), [number], "{role:?}");
        }
    }
    Ok(Log::new())
}

fn flood(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let mut updates = Vec::new();
        for _ in 0..100 {
            stranger.connection.refresh_traffic_keys().expect("TLS 1.3");
            updates.extend(stranger.records());
        }
        stranger.socket.write_all(&updates).expect("there is room");
        assert_eq!(reason(ours.read(&mut [0])), TlsReason::Misbehaved, "{role:?}");
        assert_eq!(reason(ours.write(b"x")), TlsReason::Misbehaved, "{role:?}");
    }
    Ok(Log::new())
}
