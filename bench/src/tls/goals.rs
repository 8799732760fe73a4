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
    note: "blocking asks ppoll before each read, for its deadlines, and its code is cold in each new thread (`perf`: both spread over all); the command on smol has an executor of two threads, one of which may wake the other for each task (inferred: the server of a few lines has one)",
};
