//! What the tables of echoed lines are to come to.

use super::server::{ASYNC_NET, KINDS, THREADS, TOKIO};
use crate::goals::Goal;
use crate::sample::Sample;

const ALONE: &str = "1 connections, 1 outstanding";
const FEW: &str = "64 connections, 1 outstanding";
const MANY: &str = "1000 connections, 1 outstanding";
const PIPELINED: &str = "64 connections, 64 outstanding";

/// Who takes lines apart by a mio loop.
const MIO: &str = "**standpipe mio, MessageHandler";
const SMOL: &str = "**standpipe smol";
const BLOCKING: &str = "**standpipe blocking";

const TURN: &str = "some 4,000 instructions a turn, of which nothing leads";
const COPIES: &str =
    "by hand it is hardly less: a line is copied from the buffer it came in to the one it leaves from";
const PIECES: &str =
    "who reads 64 bytes at once makes a call for each line, where a `BufReader` makes one for many";
const ASYNC_IO: &str = "within the noise: nearly all is the reactor's";
const COLD: &str = "the code and the buffers of a `ChatStream` are cold in each of many threads; a wait within its read was tried";

pub(crate) const GOALS: &[Goal] = &[
    Goal {
        note: TURN,
        ..at_most("mio, 64 connections, against epoll by hand", FEW, MIO, KINDS[0].name, 1.10)
    },
    Goal {
        note: TURN,
        ..at_most("mio, 1,000 connections, against epoll by hand", MANY, MIO, KINDS[0].name, 1.10)
    },
    Goal {
        note: COPIES,
        ..at_most(
            "mio, 64 connections with 64 lines each, against epoll by hand",
            PIPELINED,
            MIO,
            KINDS[0].name,
            1.25,
        )
    },
    Goal {
        note: COPIES,
        ..at_most(
            "mio, 64 connections with 64 lines each, against tokio's LinesCodec forwarded",
            PIPELINED,
            MIO,
            TOKIO,
            0.65,
        )
    },
    Goal { note: ASYNC_IO, ..at_most("smol, 1 connection, against async-net", ALONE, SMOL, ASYNC_NET, 1.0) },
    Goal { note: ASYNC_IO, ..at_most("smol, 64 connections, against async-net", FEW, SMOL, ASYNC_NET, 1.0) },
    at_most("smol, 1,000 connections, against async-net", MANY, SMOL, ASYNC_NET, 1.0),
    Goal {
        note: PIECES,
        ..at_most(
            "smol, 64 connections with 64 lines each, against async-net",
            PIPELINED,
            SMOL,
            ASYNC_NET,
            1.0,
        )
    },
    Goal {
        note: COLD,
        ..at_most("blocking, 1 connection, against a thread each by std", ALONE, BLOCKING, THREADS, 1.0)
    },
    Goal {
        note: COLD,
        ..at_most("blocking, 64 connections, against a thread each by std", FEW, BLOCKING, THREADS, 1.0)
    },
    Goal {
        note: COLD,
        ..at_most("blocking, 1,000 connections, against a thread each by std", MANY, BLOCKING, THREADS, 1.0)
    },
    Goal {
        note: COLD,
        ..at_most(
            "blocking, 64 connections with 64 lines each, against a thread each by std",
            PIPELINED,
            BLOCKING,
            THREADS,
            1.0,
        )
    },
    Goal {
        workload: "echo-among-idle",
        note: TURN,
        ..at_most("one busy among 10,000 idle against epoll by hand", "10000 idle", MIO, KINDS[0].name, 1.10)
    },
    grows_at_most("a line by mio of 10,000 connections that talk against one of one", "1 connection"),
    grows_at_most("a line by mio of 10,000 connections that talk against one of 64", "64 connections"),
];

const fn grows_at_most(text: &'static str, to: &'static str) -> Goal {
    let note = "bare epoll grows as much: sockets leave the processor's cache";
    Goal { workload: "echo-growth", note, ..at_most(text, MIO, "10000 connections", to, 1.3) }
}

const fn at_most(
    text: &'static str,
    table: &'static str,
    rows: &'static str,
    to: &'static str,
    at_most: f64,
) -> Goal {
    Goal { text, workload: "echo", table, rows, to, of: Sample::children_per_unit, at_most, note: "" }
}
