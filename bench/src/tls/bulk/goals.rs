//! What TLS in bulk is to come to.

use crate::goals::Goal;
use crate::sample::Sample;

pub(crate) const GOALS: &[Goal] = &[
    Goal { text: "TLS in bulk, 64 KiB a write, against rustls' `Stream`", to: "rustls Stream", ..NARROW },
    Goal {
        text: "TLS in bulk, 64 KiB a write, against tokio-rustls",
        to: "tokio-rustls",
        note: CIPHERS,
        ..NARROW
    },
    Goal { text: "TLS in bulk, 64 KiB a write, against plain TCP", ..PLAIN },
    Goal {
        text: "TLS in bulk, 128 KiB a write, against rustls' `Stream`",
        table: "128 KiB a write",
        to: "rustls Stream",
        ..NARROW
    },
    Goal {
        text: "TLS in bulk, 128 KiB a write, against tokio-rustls",
        table: "128 KiB a write",
        to: "tokio-rustls",
        note: CIPHERS,
        ..NARROW
    },
    Goal { text: "TLS in bulk, 128 KiB a write, against plain TCP", table: "128 KiB a write", ..PLAIN },
    Goal {
        text: "TLS in bulk on smol, 128 KiB a write, against futures-rustls",
        table: "128 KiB a write",
        rows: "**standpipe smol",
        to: "futures-rustls",
        note: CIPHERS,
        ..NARROW
    },
];

/// What it has of these depends on where malloc has put their buffers, and with them the ciphers' row.
const CIPHERS: &str = "rustls' ciphers alone take 0.51 to 1.0 of it";

const NARROW: Goal = Goal {
    text: "",
    workload: "tls-bulk",
    table: "64 KiB a write",
    rows: "**standpipe",
    to: "rustls Stream",
    of: Sample::cpu_per_unit,
    at_most: 0.62,
    note: "below what rustls' ciphers take alone",
};
const PLAIN: Goal = Goal { to: "plain TCP", at_most: 1.5, ..NARROW };
