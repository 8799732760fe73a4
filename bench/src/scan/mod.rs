//! Lines found in memory: text that comes in chunks, and one line without an end.

mod peers;
mod text;

use crate::options::Options;
use crate::rounds::{self, Peer};
use crate::sample::Sample;
use crate::table::{Cpu, Ratio, Table, Unit};
use peers::PEERS;

const LIMIT: Ratio = Ratio { to: PEERS[0].0, label: "x limit", of: Sample::wall_per_unit };
const COPY: Ratio = Ratio { to: peers::COPY, label: "x memcpy", ..LIMIT };
const TOKIO: Ratio = Ratio { to: peers::TOKIO, label: "x tokio read_until", ..LIMIT };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let bytes = options.amount(32 << 20, 256 << 20);
    let mut tables = Vec::new();
    for length in [16, 80, 1024] {
        let text = text::lines(length, bytes);
        for chunk in [4096, 65536] {
            tables.push(table(options, &format!("lines of {length} B"), &text, chunk));
        }
        let less = text::lines(length, bytes >> 6);
        tables.push(table(options, &format!("lines of {length} B"), &less, 1));
    }
    let long = text::one_line(options.amount(8 << 20, 64 << 20));
    tables.push(table(options, "one line", &long, 4096));
    tables
}

fn table(options: &Options, what: &str, text: &[u8], chunk: usize) -> Table {
    let title = format!("scan: {what}, {} MiB in chunks of {chunk} B", text.len() >> 20);
    let lines = memchr::memmem::find_iter(text, b"\r\n").count();
    let row = |(name, run): &(&'static str, peers::Run)| {
        let (name, run) = (*name, *run);
        Peer::new(name, move || {
            let mut found = None;
            let sample = Sample::of(|| {
                found = run(text, chunk);
                text.len() as f64
            });
            match found {
                Some(found) if found != lines => Err(format!("{name}: {found} lines of {lines}")),
                _ => Ok(sample),
            }
        })
    };
    let rows = rounds::run(&title, options, PEERS.iter().map(row).collect());
    let cpu = Cpu::PROCESSES;
    Table { title, unit: Unit::GigabytesPerSecond, cpu, rows, ratios: vec![LIMIT, COPY, TOKIO] }
}
