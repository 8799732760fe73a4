//! What a relay from TLS to TCP is to come to.

use super::KINDS;
use crate::goals::Goal;
use crate::sample::Sample;
use crate::tls::server::Kind;

const OURS: &str = "**standpipe";

pub(crate) const GOALS: &[Goal] = &[
    Goal {
        text: "TLS to TCP against tokio-rustls: CPU of the relay",
        workload: "tls-link",
        table: "one way",
        rows: OURS,
        to: KINDS[5].name,
        of: Sample::children_per_unit,
        at_most: 0.55,
        note: "the bare unbuffered state is hardly below it",
    },
    Goal {
        text: "TLS to TCP against haproxy: CPU of the relay",
        workload: "tls-link",
        table: "one way",
        rows: OURS,
        to: Kind::HAPROXY.name,
        of: Sample::children_per_unit,
        at_most: 0.5,
        note: "the bare unbuffered state is above it",
    },
];
