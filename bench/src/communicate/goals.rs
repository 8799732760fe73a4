//! What talking to a child is to come to: [`GOALS`].

use crate::goals::Goal;
use crate::sample::Sample;

const CAPTURE: Goal = Goal {
    text: "capture against raw collect",
    workload: "communicate",
    table: "collected",
    rows: "**standpipe",
    to: "raw poll, 1 MiB pipes, room reserved",
    of: Sample::wall_per_unit,
    at_most: 1.05,
    note: "mostly page faults of a fresh GiB; tried were reads into spare room, no zeroing, and bigger pipes earlier; a machine that is short of pages moves it by half from run to run",
};

const SINK: Goal = Goal {
    text: "output taken as it comes against raw poll and discard",
    table: "taken as it comes",
    to: "raw poll, 1 MiB pipes, discarded",
    at_most: 1.15,
    ..CAPTURE
};

/// That a backend is no slower than another one by more than a tenth.
const fn within(text: &'static str, rows: &'static str, to: &'static str, mode: Goal) -> Goal {
    Goal { text, rows, to, at_most: 1.1, ..mode }
}

const BLOCKING: &str = "**standpipe blocking**";
const MIO: &str = "**standpipe mio**";
const SMOL: &str = "**standpipe smol**";

pub(crate) const GOALS: &[Goal] = &[
    CAPTURE,
    Goal { text: "capture against the subprocess crate", to: "subprocess crate", at_most: 0.75, ..CAPTURE },
    Goal { text: "capture against Python", to: "Python subprocess", at_most: 0.3, ..CAPTURE },
    within("capture: blocking against mio", BLOCKING, MIO, CAPTURE),
    within("capture: smol against mio", SMOL, MIO, CAPTURE),
    within("capture: mio against blocking", MIO, BLOCKING, CAPTURE),
    SINK,
    within("as it comes: blocking against mio", BLOCKING, MIO, SINK),
    within("as it comes: smol against mio", SMOL, MIO, SINK),
    within("as it comes: mio against blocking", MIO, BLOCKING, SINK),
];
