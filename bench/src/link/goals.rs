//! What a relay from TCP to TCP is to come to.

use super::relay::{KINDS, TOKIO};
use crate::goals::Goal;
use crate::sample::Sample;

const OURS: &str = "**standpipe";

pub(crate) const GOALS: &[Goal] = &[
    Goal {
        text: "TCP to TCP against splice: CPU of the relay",
        workload: "tcp-link",
        table: "one way",
        rows: OURS,
        to: KINDS[0].name,
        of: Sample::children_per_unit,
        at_most: 1.1,
        note: "nothing is spliced",
    },
    Goal {
        text: "TCP to TCP against splice: CPU of the relay and its neighbours",
        workload: "tcp-link",
        table: "one way",
        rows: OURS,
        to: KINDS[0].name,
        of: Sample::cpu_per_unit,
        at_most: 1.0,
        note: "nothing is spliced: on other machines its neighbours paid for what that spares the relay, here they do not",
    },
    Goal {
        text: "TCP to TCP against tokio's copy_bidirectional: CPU of the relay",
        workload: "tcp-link",
        table: "one way",
        rows: OURS,
        to: TOKIO,
        of: Sample::children_per_unit,
        at_most: 0.75,
        note: "both read and write as much at once; what they copy is the same",
    },
];
