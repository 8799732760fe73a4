//! What the search for lines is to come to.

use super::peers::{COPY, TOKIO};
use crate::goals::Goal;
use crate::sample::Sample;

const MESSAGES: Goal = Goal {
    text: "whole lines of 80 B in 4 KiB against one memmem pass",
    workload: "scan",
    table: "lines of 80 B in chunks of 4096 B",
    rows: "**standpipe Messages",
    to: "memmem",
    of: Sample::wall_per_unit,
    at_most: 1.10,
    note: "see its text",
};

/// In every table of lines.
const AHEAD: Goal = Goal { table: "scan:", rows: "**standpipe", at_most: 1.0, ..MESSAGES };

pub(crate) const GOALS: &[Goal] = &[
    MESSAGES,
    Goal {
        text: "whole lines of 80 B in 4 KiB against tokio's read_until",
        to: TOKIO,
        at_most: 0.80,
        ..MESSAGES
    },
    Goal {
        text: "one line of 64 MiB in pieces against memcpy",
        table: "one line",
        rows: "**standpipe Scanner",
        to: COPY,
        at_most: 1.25,
        ..MESSAGES
    },
    Goal { text: "every table: ahead of std's read_until", to: "std BufReader", ..AHEAD },
    Goal { text: "every table: ahead of tokio's read_until", to: TOKIO, ..AHEAD },
    Goal { text: "every table: ahead of futures-lite's read_until", to: "futures-lite", ..AHEAD },
    Goal { text: "every table: ahead of LinesCodec", to: "tokio-util FramedRead, LinesCodec", ..AHEAD },
    Goal { text: "every table: ahead of AnyDelimiterCodec", to: "tokio-util FramedRead, Any", ..AHEAD },
    Goal { text: "every table: ahead of Python's asynchat", to: "Python asynchat", ..AHEAD },
    Goal { text: "every table: ahead of Python's asyncio", to: "Python asyncio", ..AHEAD },
    Goal { text: "every table: ahead of Python's io", to: "Python io", ..AHEAD },
];
