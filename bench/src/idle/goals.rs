//! What an idle connection is to hold at most.

use crate::echo::TOKIO;
use crate::goals::Goal;
use crate::sample::Sample;

/// 512 bytes, by what tokio's held where the goal was set: 9,076 bytes.
const PLAIN: f64 = 0.056;

pub(crate) const GOALS: &[Goal] = &[Goal {
    text: "an idle plain connection of an event loop: 512 B, as a part of what tokio holds",
    workload: "idle",
    table: "5000 idle connections",
    rows: "**standpipe mio",
    to: TOKIO,
    of: Sample::memory_per_unit,
    at_most: PLAIN,
    note: "the search for lines: a box of 368 B for its handler",
}];
