//! Memory of idle connections that have echoed a line each, in plain TCP.

use crate::echo::{ASYNC_NET, KINDS, Kind, TOKIO, open};
use crate::held::held;
use crate::options::Options;
use crate::process::raise_descriptor_limit;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};

const COUNTS: [usize; 2] = [5_000, 10_000];

/// The limit has no ratio to it: what it holds of a connection is less than a page shows.
const TOKIO_MEMORY: Ratio = Ratio { to: TOKIO, label: "x tokio", of: Sample::memory_per_unit };

const SMOL_MEMORY: Ratio = Ratio { to: ASYNC_NET, label: "x async-net", ..TOKIO_MEMORY };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    raise_descriptor_limit();
    COUNTS.iter().map(|count| table(options.amount(count / 10, *count), options)).collect()
}

fn table(count: usize, options: &Options) -> Table {
    let title = format!("idle: memory of {count} idle connections");
    let row = |kind: &'static Kind| Peer::new(kind.name, move || measure(kind, count));
    let rows = rounds::run(&title, options, KINDS.iter().map(row).collect());
    let unit = Unit::BytesPer("connection");
    Table { title, unit, cpu: Cpu::PROCESSES, rows, ratios: vec![TOKIO_MEMORY, SMOL_MEMORY] }
}

fn measure(kind: &Kind, count: usize) -> Outcome {
    let (server, port) = kind.start()?;
    held(&server, count, |count| open(port, count).map_err(|error| format!("{}: {error}", kind.name)))
}
