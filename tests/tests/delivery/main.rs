//! The delivery table: for each way in which a sender ends, what arrives by each transport, and what is told of the end.
//!
//! Every cell is executed again and again, with as many bytes as chance gives. Nothing that was accepted may be lost
//! unless the end says so, and no end may be taken for another. The table is a page of the documentation.

mod children;
mod sockets;
mod table;

use std::fs;
use std::path::Path;

use standpipe_tests::client::pattern;
use table::{CELLS, ROUNDS, Transport, Way, page};

/// With this variable set, the table is written down instead of compared.
const DRAW: &str = "STANDPIPE_DRAW";

/// What came of a sender.
struct Delivery {
    bytes: Vec<u8>,
    /// How the end was told.
    end: String,
}

/// The most bytes of one delivery: more than a pipe or a socket holds.
const MOST: usize = 400 << 10;

fn perform(transport: Transport, way: Way, n: usize) -> Delivery {
    match transport {
        Transport::Pipe | Transport::Terminal => children::perform(transport, way, n),
        Transport::Tcp | Transport::Unix | Transport::Tls => sockets::perform(transport, way, n),
    }
}

/// Executes a cell: what arrived each time, and the one end that was told.
fn cell(transport: Transport, way: Way) -> String {
    let mut told = None;
    for round in 0..ROUNDS {
        let n = sizes(round);
        let delivery = perform(transport, way, n);
        let sent = pattern(0, n);
        if way == Way::Reset {
            assert!(sent.starts_with(&delivery.bytes), "{transport:?} {way:?}: nothing else, and in order");
        } else {
            assert!(sent == delivery.bytes, "{transport:?} {way:?}: {} of {n} bytes", delivery.bytes.len());
        }
        let end = told.get_or_insert_with(|| delivery.end.clone());
        assert_eq!(*end, delivery.end, "{transport:?} {way:?}: an end is told alike each time");
    }
    let what = if way == Way::Reset { "what had arrived" } else { "everything" };
    format!("{what}; {}", told.unwrap_or_default())
}

/// From nothing to the most, all over the range.
fn sizes(round: usize) -> usize {
    match round {
        0 => 0,
        1 => 1,
        round => (round * 7_919 * 41) % MOST,
    }
}

#[test]
fn what_is_accepted_is_delivered_and_every_end_is_told_apart() {
    let rows = CELLS.map(|(way, transports)| (way, transports.map(|made| made.map(|it| cell(it, way)))));
    let page = page(&rows);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/delivery.md");
    if std::env::var_os(DRAW).is_some() {
        fs::write(&file, &page).expect("it can be written");
    }
    let advice = format!("look at what {DRAW}=1 cargo test -p standpipe-tests --test delivery changes");
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), page, "{advice}");
}
