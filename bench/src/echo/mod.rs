//! Lines that are echoed over TCP: what a message costs the server, by how many come at once.

mod goals;
mod growth;
mod load;
mod serve;
mod server;

use std::time::Instant;

use crate::options::Options;
use crate::process::{pin, raise_descriptor_limit};
use crate::rounds;
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};
use load::{LINE, Load};

pub(crate) use goals::GOALS;
pub(crate) use growth::run as growth;
pub(crate) use load::open;
pub(crate) use serve::{Messages, help};
pub(crate) use server::{ASYNC_NET, KINDS, Kind, THREADS, TOKIO, python};

const CPU: Cpu = Cpu { own: "client", children: "server", spread: true };

const LIMIT: Ratio = Ratio { to: KINDS[0].name, label: "x limit, server CPU", of: Sample::children_per_unit };
const TOKIO_CPU: Ratio = Ratio { to: TOKIO, label: "x tokio, server CPU", ..LIMIT };
const SMOL_CPU: Ratio = Ratio { to: ASYNC_NET, label: "x async-net, server CPU", ..LIMIT };
const THREADS_CPU: Ratio = Ratio { to: THREADS, label: "x std threads, server CPU", ..LIMIT };
const TIME: Ratio = Ratio { label: "x limit, time", of: Sample::wall_per_unit, ..LIMIT };

/// Who talks to the server.
#[derive(Clone, Copy, Debug)]
struct Case {
    connections: usize,
    /// How many lines of each connection are on their way.
    outstanding: usize,
    /// How many other connections say nothing.
    idle: usize,
    /// How many lines are echoed, in a short run and in a full one.
    lines: (usize, usize),
}

/// How much comes at once.
const BUSY: [Case; 4] = [
    Case { connections: 1, outstanding: 1, idle: 0, lines: (5_000, 20_000) },
    Case { connections: 64, outstanding: 1, idle: 0, lines: (30_000, 150_000) },
    Case { connections: 1000, outstanding: 1, idle: 0, lines: (30_000, 150_000) },
    Case { connections: 64, outstanding: 64, idle: 0, lines: (500_000, 4_000_000) },
];

/// One that is busy, among others.
const AMONG_IDLE: [Case; 2] = [
    Case { connections: 1, outstanding: 1, idle: 0, lines: (2_000, 10_000) },
    Case { connections: 1, outstanding: 1, idle: 10_000, lines: (2_000, 10_000) },
];

/// How the names of the servers begin that are looked at there: those whose only thread has all connections.
const AMONG: [&str; 8] = [
    KINDS[0].name,
    "**standpipe mio, MessageHandler",
    "**standpipe smol, MessageHandler",
    "**standpipe smol, Stream**, read_until",
    "**standpipe blocking, MessageHandler",
    TOKIO,
    ASYNC_NET,
    "Python asyncio, a protocol",
];

pub(crate) fn run(options: &Options) -> Vec<Table> {
    tables(&BUSY, &[""], options)
}

pub(crate) fn among_idle(options: &Options) -> Vec<Table> {
    raise_descriptor_limit();
    tables(&AMONG_IDLE, &AMONG, options)
}

/// Of the servers whose names begin so.
fn tables(cases: &[Case], names: &[&str], options: &Options) -> Vec<Table> {
    // The servers are on the other one.
    let _pinned = pin(server::CORE + 1);
    cases.iter().map(|case| table(case, names, options)).collect()
}

fn table(case: &Case, names: &[&str], options: &Options) -> Table {
    let Case { connections, outstanding, idle, lines } = *case;
    let beside = if idle == 0 { String::new() } else { format!(", {idle} idle beside") };
    let title =
        format!("echo: {LINE}-byte lines, {connections} connections{beside}, {outstanding} outstanding");
    let lines = options.amount(lines.0, lines.1);
    let seconds = options.amount(MOST_SECONDS.0, MOST_SECONDS.1);
    let row = |kind: &'static Kind| kind.row(move |kind| measure(kind, case, lines, seconds));
    let kinds = KINDS.iter().filter(|kind| names.iter().any(|name| kind.name.starts_with(name)));
    let rows = rounds::run(&title, options, kinds.map(row).collect());
    let unit = Unit::MicrosecondsPer("line");
    Table { title, unit, cpu: CPU, rows, ratios: vec![LIMIT, TOKIO_CPU, SMOL_CPU, THREADS_CPU, TIME] }
}

/// Echoes so many lines, or as many as it does in so many seconds.
fn measure(kind: &Kind, case: &Case, lines: usize, seconds: f64) -> Outcome {
    let failed = |error| format!("{}: {error}", kind.name);
    let (server, port) = kind.start()?;
    let _idle = open(port, case.idle).map_err(failed)?;
    let mut load = Load::open(port, case.connections).map_err(failed)?;
    let mut echo = |lines| load.echo(case.outstanding, lines).map_err(failed);
    // A fresh process is measured when it is warm.
    let (first, start) = (lines / FIRST, Instant::now());
    echo(first)?;
    let rate = first as f64 / start.elapsed().as_secs_f64();
    let lines = lines.min((rate * seconds) as usize);
    server.measure(|| echo(lines).map(|()| lines as f64))
}

/// Which part of all lines comes before those that are measured.
const FIRST: usize = 50;

/// Who writes each line by itself is measured with fewer of them, so that it takes no longer, in a short run and in a full one.
const MOST_SECONDS: (f64, f64) = (0.1, 0.2);
