//! What an idle secured connection is to hold at most.

use super::{BARE, TOKIO};
use crate::goals::Goal;
use crate::sample::Sample;

pub(crate) const GOALS: &[Goal] = &[
    HELD,
    Goal {
        text: "an idle TLS connection of an event loop against tokio-rustls with a buffered reader",
        to: TOKIO.name,
        at_most: 0.25,
        ..HELD
    },
];

const HELD: Goal = Goal {
    text: "an idle TLS connection of an event loop against the bare state",
    workload: "tls-idle-many",
    table: "5000 idle connections",
    rows: "**standpipe mio",
    to: BARE,
    of: Sample::memory_per_unit,
    at_most: 1.15,
    note: "boxes of 360 B for the connection, 224 for the session and 368 for a handler of lines, and a slot",
};
