//! Whether the cost of a line follows the work, and not the number of connections: tables of one server each.

use super::server::{self, KINDS, Kind};
use super::{CPU, Case, LIMIT, MOST_SECONDS, measure};
use crate::options::Options;
use crate::process::{pin, raise_descriptor_limit};
use crate::rounds::{self, Peer};
use crate::table::{Ratio, Table, Unit};

/// How the names of the servers begin that are looked at.
const WHO: [&str; 5] = [
    KINDS[0].name,
    "**standpipe mio, MessageHandler",
    "**standpipe smol, MessageHandler",
    "**standpipe smol, Stream**, read_until",
    server::TOKIO,
];

/// All of them talk, each with one line on its way.
const COUNTS: [usize; 4] = [1, 64, 1_000, 10_000];

const ONE: Ratio = Ratio { to: "1 connection", label: "x 1 connection, server CPU", ..LIMIT };
const FEW: Ratio = Ratio { to: "64 connections", label: "x 64 connections, server CPU", ..LIMIT };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    raise_descriptor_limit();
    let _pinned = pin(server::CORE + 1);
    let kinds = KINDS.iter().filter(|kind| WHO.iter().any(|name| kind.name.starts_with(name)));
    kinds.filter(|kind| options.keeps(kind.name)).map(|kind| table(kind, options)).collect()
}

fn table(kind: &'static Kind, options: &Options) -> Table {
    let title = format!("echo-growth: {}, by the connections that talk", kind.name);
    let row = |count: usize| {
        let name = if count == 1 { "1 connection".to_owned() } else { format!("{count} connections") };
        // A line of one connection costs both sides a wake-up, and ten times as much as one of many.
        let lines = options.amount(3_000, 20_000) * if count == 1 { 1 } else { 8 };
        let case = Case { connections: count, outstanding: 1, idle: 0, lines: (lines, lines) };
        Peer::new(name, move || measure(kind, &case, lines, options.amount(MOST_SECONDS.0, MOST_SECONDS.1)))
    };
    // Which of the servers are measured is said by their names, of which these rows have none.
    let rows = rounds::run(&title, &options.keeping_all(), COUNTS.map(row).into());
    Table { title, unit: Unit::MicrosecondsPer("line"), cpu: CPU, rows, ratios: vec![ONE, FEW] }
}
