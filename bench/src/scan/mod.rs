//! Lines found in memory: text that comes in chunks, and one line without an end.

mod goals;
mod peers;
mod text;

use std::process::Command;

use crate::memory::resident;
use crate::options::Options;
use crate::process::python;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};
pub(crate) use goals::GOALS;
use peers::{PEERS, Run};

const LIMIT: Ratio = Ratio { to: PEERS[0].0, label: "x limit", of: Sample::wall_per_unit };
const COPY: Ratio = Ratio { to: peers::COPY, label: "x memcpy", ..LIMIT };
const TOKIO: Ratio = Ratio { to: peers::TOKIO, label: "x tokio read_until", ..LIMIT };

/// The rows that are no functions of this program, each with what its script is told.
const PYTHON: [(&str, &str); 3] = [
    ("Python asynchat", "asynchat"),
    ("Python asyncio, readuntil", "asyncio"),
    ("Python io.BufferedReader", "io"),
];

/// What comes, and how.
#[derive(Clone, Copy)]
struct Case<'a> {
    /// How long a line is on average; 0 is one line that ends last.
    length: usize,
    text: &'a [u8],
    chunk: usize,
}

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let bytes = options.amount(2 << 20, 64 << 20);
    let mut tables = Vec::new();
    for length in [16, 80, 1024] {
        let text = text::lines(length, bytes);
        for chunk in [4096, 65536] {
            tables.push(Case { length, text: &text, chunk }.table(options));
        }
        let less = text::lines(length, bytes >> 4);
        tables.push(Case { length, text: &less, chunk: 1 }.table(options));
    }
    let long = text::one_line(options.amount(8 << 20, 64 << 20));
    tables.push(Case { length: 0, text: &long, chunk: 4096 }.table(options));
    tables
}

impl Case<'_> {
    fn table(&self, options: &Options) -> Table {
        let Self { length, text, chunk } = self;
        let what = if *length == 0 { "one line".to_owned() } else { format!("lines of {length} B") };
        let title = format!("scan: {what} in chunks of {chunk} B, {}", amount(text.len()));
        let lines = memchr::memmem::find_iter(text, b"\r\n").count();
        let ours = PEERS.iter().map(|(name, run)| Peer::new(*name, move || self.measure(name, *run, lines)));
        let bytes = self.bytes_for_python(options);
        let python = PYTHON.iter().map(|(name, kind)| {
            Peer::new(format!("{name} ({})", amount(bytes)), move || self.measure_python(kind, bytes))
        });
        let rows = rounds::run(&title, options, ours.chain(python).collect());
        let ratios = vec![LIMIT, COPY, TOKIO];
        Table { title, unit: Unit::GigabytesPerSecond, cpu: Cpu::PROCESSES, rows, ratios }
    }

    fn measure(&self, name: &str, run: Run, lines: usize) -> Outcome {
        let mut found = None;
        let before = resident("self");
        let sample = Sample::of(|| {
            found = run(self.text, self.chunk);
            self.text.len() as f64
        });
        match found {
            Some(found) if found != lines => Err(format!("{name}: {found} lines of {lines}")),
            _ => Ok(Sample { peak: sample.peak - before, ..sample }),
        }
    }

    /// As many as take it about half a second.
    fn bytes_for_python(&self, options: &Options) -> usize {
        match self {
            Self { chunk: 1, .. } => options.amount(16 << 10, 128 << 10),
            Self { length: 0, text, .. } => text.len(),
            Self { .. } => options.amount(1 << 19, 4 << 20),
        }
    }

    fn measure_python(&self, kind: &str, bytes: usize) -> Outcome {
        let script = include_str!("../../py/scan.py");
        let numbers = [self.length, bytes, self.chunk].map(|number| number.to_string());
        Sample::from_helper(Command::new(python()).args(["-c", script, kind]).args(numbers))
    }
}

fn amount(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}
