//! What handshakes over TCP are to come to.

use crate::goals::Goal;
use crate::sample::Sample;

pub(crate) const GOALS: &[Goal] = &[
    FULL,
    Goal { text: "resumed handshake over TCP against rustls' `Stream`", table: "resumed handshakes", ..FULL },
];

const FULL: Goal = Goal {
    text: "full handshake over TCP against rustls' `Stream`",
    workload: "tls-handshake",
    table: "full handshakes",
    rows: "**standpipe",
    to: "rustls Stream, thread",
    of: Sample::children_per_unit,
    at_most: 1.02,
    note: "smol: waking a task may wake another thread of its executor (inferred); blocking pays for a thread each, and was not profiled",
};
