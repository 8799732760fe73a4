//! What a relay from TCP to TCP is to come to.

use super::relay::{KINDS, TOKIO};
use crate::goals::Goal;
use crate::sample::Sample;

const SPLICED: &str = "**standpipe --splice**";
const READ: &str = "**standpipe**";

const NOT_SPLICED: &str = "each byte is copied twice by the relay; that is what `--splice` is for";

/// The relay's own CPU.
const RELAY: Goal = Goal {
    text: "TCP to TCP, spliced, against splice by hand: CPU of the relay",
    workload: "tcp-link",
    table: "one way",
    rows: SPLICED,
    to: KINDS[0].name,
    of: Sample::children_per_unit,
    at_most: 1.1,
    note: "the same calls and a wait for each side, where by hand the calls wait themselves",
};

/// And that of its neighbours.
const ALL: Goal = Goal {
    text: "TCP to TCP, spliced, against splice by hand: CPU of the relay and its neighbours",
    of: Sample::cpu_per_unit,
    at_most: 1.0,
    ..RELAY
};

pub(crate) const GOALS: &[Goal] = &[
    RELAY,
    ALL,
    Goal {
        text: "TCP to TCP, spliced, against tokio's copy_bidirectional: CPU of the relay",
        to: TOKIO,
        at_most: 0.75,
        ..RELAY
    },
    Goal {
        text: "TCP to TCP, read and written, against splice by hand: CPU of the relay",
        rows: READ,
        note: NOT_SPLICED,
        ..RELAY
    },
    Goal {
        text: "TCP to TCP, read and written, against splice by hand: CPU of the relay and its neighbours",
        rows: READ,
        note: "no default for all that: on another machine the neighbours have paid for what is spared",
        ..ALL
    },
    Goal {
        text: "TCP to TCP, read and written, against tokio's copy_bidirectional: CPU of the relay",
        rows: READ,
        to: TOKIO,
        at_most: 0.75,
        note: NOT_SPLICED,
        ..RELAY
    },
];
