//! What TLS in memory is to come to.

use crate::goals::Goal;
use crate::sample::Sample;

pub(crate) const GOALS: &[Goal] = &[
    BULK,
    Goal { text: "full handshake in memory against rustls by hand", table: "full handshakes", ..HANDSHAKE },
    Goal {
        text: "resumed handshake in memory against rustls by hand",
        table: "resumed handshakes",
        ..HANDSHAKE
    },
    Goal {
        text: "full handshake in memory against rustls' buffered connection",
        table: "full handshakes",
        ..BUFFERED
    },
    Goal {
        text: "resumed handshake in memory against rustls' buffered connection",
        table: "resumed handshakes",
        ..BUFFERED
    },
];

const BULK: Goal = Goal {
    text: "TLS in memory against rustls by hand",
    workload: "tls-memory",
    table: "tls-memory",
    rows: "**standpipe",
    to: "rustls unbuffered by hand",
    of: Sample::cpu_per_unit,
    at_most: 1.05,
    note: "a copy of each record to where it is lent",
};
/// By callgrind, for both ends of one.
const SESSION: &str = "in instructions there is nothing to it (callgrind: 3.326 million full and 1.870 resumed, buffered 3.328 and 1.863, by hand 3.382 and 1.927); what is left is the noise of the machine, and 10 to 26 allocations of 157 to 224";

const HANDSHAKE: Goal = Goal { workload: "tls-handshake-memory", at_most: 1.02, note: SESSION, ..BULK };
/// The row of its name alone: that of ring begins with it as well.
const BUFFERED: Goal = Goal { to: "rustls buffered", ..HANDSHAKE };
