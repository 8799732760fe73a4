//! What becomes of records that somebody changes on their way.

use std::io::{ErrorKind, Read, Write};

use standpipe_core::{Alert, TlsReason};
use standpipe_tests::harness::{SecuredStream, Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, MANY, secured};
use super::sides::{ROLES, Role, agree, agreed, beside, fault, kind, layer, ours, reason, stranger};
use super::stranger::{Stranger, alert};
use super::wire::{ALERT, DATA, Wire};

pub(super) const CASES: &[Case] = &[
    secured("a_flipped_bit_is_noticed_and_told", flipped).under(MANY),
    secured("what_came_before_a_flipped_bit_is_delivered", before_flipped),
    secured("a_record_that_was_cut_short_is_noticed", cut_short),
    secured("a_record_that_comes_twice_is_noticed", twice),
    secured("records_that_change_places_are_noticed", swapped),
    secured("a_record_that_was_taken_out_is_noticed", taken_out),
    secured("a_record_from_the_other_direction_is_noticed", reflected),
    secured("a_record_that_is_too_long_is_refused_behind_the_handshake", too_long),
    secured("garbage_behind_the_handshake_is_refused", garbage),
    secured("a_record_of_no_known_type_is_refused", unknown_type),
    secured("an_alert_that_was_put_in_is_no_alert", alert_put_in),
    secured("a_farewell_that_was_put_in_is_no_end", farewell_put_in),
    secured("a_farewell_that_was_changed_is_no_end", farewell_changed),
    secured("a_farewell_that_was_taken_out_is_no_end", farewell_taken_out),
    secured("half_a_record_is_no_data", half_a_record),
    secured("a_hello_that_was_changed_leads_to_no_agreement", hello_changed),
];

/// Both sides after their handshake, and who sits between them.
fn across(on: &dyn Securing, terms: Terms, role: Role) -> (Box<dyn SecuredStream>, Stranger, Wire) {
    let (socket, other, wire) = Wire::new();
    let (ours, stranger) = agree(ours(on, socket, layer(terms, role)), stranger(terms, role, other));
    (ours, stranger, wire)
}

fn flip_last(mut record: Vec<u8>) -> Vec<u8> {
    *record.last_mut().expect("a record is not empty") ^= 1;
    record
}

/// What our side comes to, in either role, when the record of a stranger's data becomes this.
fn changed(on: &dyn Securing, terms: Terms, reason: TlsReason, edit: fn(Vec<u8>) -> Vec<u8>) {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        wire.edit(edit);
        stranger.write_all(b"data").expect("it is taken");
        let told = fault(ours.read(&mut [0]));
        assert_eq!((told.reason(), told.alert()), (reason, None), "{role:?}");
        assert_eq!(fault(ours.read(&mut [0])), told, "{role:?}: it stays an error");
        assert_eq!(fault(ours.write(b"x")), told, "{role:?}: in both directions");
    }
}

fn flipped(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        wire.edit(flip_last);
        stranger.write_all(b"data").expect("it is taken");
        assert_eq!(reason(ours.read(&mut [0])), TlsReason::Decrypt, "{role:?}");
        let told = stranger.read(&mut [0]).expect_err("it is told");
        assert_eq!(Alert::from(alert(&told)), Alert::BAD_RECORD_MAC, "{role:?}");
    }
    Ok(Log::new())
}

fn before_flipped(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        let mut passed = 0;
        wire.edit(move |record| {
            passed += 1;
            if passed < 3 { record } else { flip_last(record) }
        });
        for data in [b"good", b"fine", b"evil"] {
            stranger.write_all(data).expect("it is taken");
        }
        let mut came = Vec::new();
        assert_eq!(reason(ours.read_to_end(&mut came)), TlsReason::Decrypt, "{role:?}");
        assert_eq!(came, b"goodfine", "{role:?}");
    }
    Ok(Log::new())
}

fn cut_short(on: &dyn Securing, terms: Terms) -> Verdict {
    changed(on, terms, TlsReason::Decrypt, |mut record| {
        record.pop();
        // All of them are short.
        record[4] -= 1;
        record
    });
    Ok(Log::new())
}

fn twice(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        wire.edit(|record| record.repeat(2));
        stranger.write_all(b"once").expect("it is taken");
        let mut came = Vec::new();
        assert_eq!(reason(ours.read_to_end(&mut came)), TlsReason::Decrypt, "{role:?}");
        assert_eq!(came, b"once", "{role:?}");
    }
    Ok(Log::new())
}

fn swapped(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        let mut kept = None;
        wire.edit(move |record| match kept.take() {
            Some(first) => [record, first].concat(),
            None => {
                kept = Some(record);
                Vec::new()
            }
        });
        stranger.write_all(b"first").expect("it is taken");
        stranger.write_all(b"second").expect("it is taken");
        let mut came = Vec::new();
        assert_eq!(reason(ours.read_to_end(&mut came)), TlsReason::Decrypt, "{role:?}");
        assert_eq!(came, b"", "{role:?}");
    }
    Ok(Log::new())
}

fn taken_out(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        let mut is_first = true;
        wire.edit(move |record| if std::mem::take(&mut is_first) { Vec::new() } else { record });
        stranger.write_all(b"first").expect("it is taken");
        stranger.write_all(b"second").expect("it is taken");
        assert_eq!(reason(ours.read(&mut [0])), TlsReason::Decrypt, "{role:?}");
    }
    Ok(Log::new())
}

/// The stranger sends back what it was sent.
fn reflected(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        ours.write_all(b"data").expect("it is taken");
        let mut record = [0; 100];
        let n = stranger.socket.read(&mut record).expect("it comes");
        stranger.socket.write_all(&record[..n]).expect("it is taken");
        assert_eq!(reason(ours.read(&mut [0])), TlsReason::Decrypt, "{role:?}");
    }
    Ok(Log::new())
}

/// By its header alone: nothing more comes, and nothing is waited for.
fn too_long(on: &dyn Securing, terms: Terms) -> Verdict {
    changed(on, terms, TlsReason::TooLarge, |_| vec![DATA, 3, 3, 0xff, 0xff]);
    Ok(Log::new())
}

/// Whoever got through the handshake does speak TLS.
fn garbage(on: &dyn Securing, terms: Terms) -> Verdict {
    changed(on, terms, TlsReason::Misbehaved, |_| b"garbage, and no end of it".to_vec());
    Ok(Log::new())
}

fn unknown_type(on: &dyn Securing, terms: Terms) -> Verdict {
    changed(on, terms, TlsReason::Misbehaved, |mut record| {
        record[0] = 99;
        record
    });
    Ok(Log::new())
}

const WARNING: u8 = 1;
const FATAL: u8 = 2;

/// In plain text, by somebody who has no key.
fn alert_put_in(on: &dyn Securing, terms: Terms) -> Verdict {
    changed(on, terms, TlsReason::Decrypt, |_| {
        vec![ALERT, 3, 3, 0, 2, FATAL, Alert::INTERNAL_ERROR.number()]
    });
    Ok(Log::new())
}

/// SSL trap 3: whoever can write into a connection cannot end it cleanly.
fn farewell_put_in(on: &dyn Securing, terms: Terms) -> Verdict {
    changed(on, terms, TlsReason::Decrypt, |_| {
        vec![ALERT, 3, 3, 0, 2, WARNING, Alert::CLOSE_NOTIFY.number()]
    });
    Ok(Log::new())
}

fn farewell_changed(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        wire.edit(flip_last);
        stranger.end();
        assert_eq!(reason(ours.read(&mut [0])), TlsReason::Decrypt, "{role:?}");
    }
    Ok(Log::new())
}

fn farewell_taken_out(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger, wire) = across(on, terms, role);
        stranger.write_all(b"data").expect("it is taken");
        ours.read_exact(&mut [0; 4]).expect("it comes");
        wire.edit(|_| Vec::new());
        stranger.end();
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::UnexpectedEof, "{role:?}");
    }
    Ok(Log::new())
}

/// What it holds could not be checked.
fn half_a_record(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let record = stranger.sealed(&[b'x'; 1000]);
        stranger.socket.write_all(&record[..500]).expect("it is taken");
        stranger.end_transport();
        let mut came = Vec::new();
        assert_eq!(kind(ours.read_to_end(&mut came)), ErrorKind::UnexpectedEof, "{role:?}");
        assert_eq!(came, b"", "{role:?}");
    }
    Ok(Log::new())
}

/// Behind the header of the record, that of the message and the version: in the random bytes, to which anything goes.
const WITHIN_RANDOM: usize = 5 + 4 + 2 + 10;

/// It is found out by whoever compares what both have heard.
fn hello_changed(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other, wire) = Wire::new();
        let mut is_first = true;
        wire.edit(move |mut record| {
            if std::mem::take(&mut is_first) {
                record[WITHIN_RANDOM] ^= 1;
            }
            record
        });
        let mut ours = ours(on, socket, layer(terms, role));
        let mut stranger = stranger(terms, role, other);
        let (theirs, own) = beside(|| stranger.handshake(), || ours.handshake());
        fault(own);
        assert!(theirs.is_err() || terms.version.name() == "TLSv1.3", "{role:?}");
        assert!(ours.write(b"secret").is_err(), "{role:?}");
    }
    Ok(Log::new())
}
