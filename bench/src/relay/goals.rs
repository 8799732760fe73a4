//! What the rows of a relay to a program are to come to.

use super::server::{KINDS, SPLICE};
use crate::goals::Goal;
use crate::sample::Sample;

const SOCKETS: &str = "**standpipe --stdio socket**";
const SPLICED: &str = "**standpipe --splice**";
const PIPES: &str = "**standpipe --stdio pipe**";

pub(crate) const GOALS: &[Goal] = &[
    Goal {
        text: "a program that has the connection itself, against handing it over by hand: time a byte",
        workload: "relay",
        table: "there and back",
        rows: SOCKETS,
        to: KINDS[0].name,
        of: Sample::wall_per_unit,
        at_most: 1.05,
        note: "",
    },
    Goal {
        text: "a program that has the connection itself, against handing it over by hand: CPU of server and program a byte",
        workload: "relay",
        table: "there and back",
        rows: SOCKETS,
        to: KINDS[0].name,
        of: Sample::children_per_unit,
        at_most: 1.05,
        note: "",
    },
    Goal {
        text: "a program that has the connection itself, against handing it over by hand: CPU of server and program a connection",
        workload: "relay",
        table: "connections",
        rows: SOCKETS,
        to: KINDS[0].name,
        of: Sample::children_per_unit,
        at_most: 1.05,
        note: "smol alone: its reactor is told of a connection, and of a child, by some calls more; inferred, not traced",
    },
    Goal {
        text: "a program behind pipes, against handing the connection over by hand: time a byte",
        workload: "relay",
        table: "there and back",
        rows: PIPES,
        to: KINDS[0].name,
        of: Sample::wall_per_unit,
        at_most: 1.05,
        note: "each byte is copied twice more; that is what `--stdio socket` is for",
    },
    Goal {
        text: "a program behind pipes, against pipes and splice: CPU of server and program a byte",
        workload: "relay",
        table: "there and back",
        rows: PIPES,
        to: SPLICE,
        of: Sample::children_per_unit,
        at_most: 1.0,
        note: "splice leaves copies to its clients, whose CPU is not in this figure; that is what `--splice` is for",
    },
    Goal {
        text: "a program behind pipes, spliced, against pipes and splice by hand: CPU of server and program a byte",
        workload: "relay",
        table: "there and back",
        rows: SPLICED,
        to: SPLICE,
        of: Sample::children_per_unit,
        at_most: 1.0,
        note: "by hand each direction has a thread, which waits in its calls",
    },
    Goal {
        text: "a program behind pipes, against handing the connection over by hand: CPU of server and program a connection",
        workload: "relay",
        table: "connections",
        rows: PIPES,
        to: KINDS[0].name,
        of: Sample::children_per_unit,
        at_most: 1.05,
        note: "a connection is accepted, watched and ended beside the birth of a `cat`",
    },
];
