//! A large input through `cat`, its output collected in memory.

mod peers;
mod raw_poll;

use std::process::Command;

use crate::options::Options;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};
use peers::PEERS;

/// The row that is no function of this program.
const PYTHON: &str = "Python Popen.communicate";

const LIMIT: Ratio = Ratio { to: PEERS[0].0, label: "x limit", of: Sample::wall_per_unit };
const LIMIT_CPU: Ratio = Ratio { label: "x limit, CPU", of: Sample::cpu_per_unit, ..LIMIT };
const CRATE: Ratio = Ratio { to: peers::SUBPROCESS, label: "x subprocess crate", ..LIMIT };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let bytes = options.amount(64 << 20, 1 << 30);
    let title = format!("communicate: {} MiB through cat, collected", bytes >> 20);
    let mut rows: Vec<Peer<'_>> =
        PEERS.iter().map(|(name, _)| Peer::new(*name, move || measure(name, bytes))).collect();
    rows.push(Peer::new(PYTHON, move || python(bytes)));
    let rows = rounds::run(&title, options, rows);
    vec![Table {
        title,
        unit: Unit::GigabytesPerSecond,
        cpu: Cpu::PROCESSES,
        rows,
        ratios: vec![LIMIT, LIMIT_CPU, CRATE],
    }]
}

fn measure(name: &str, bytes: usize) -> Outcome {
    Sample::from_helper(helper("communicate").args([name, &bytes.to_string()]))
}

fn python(bytes: usize) -> Outcome {
    let script = include_str!("../../py/communicate.py");
    Sample::from_helper(Command::new("python3").args(["-c", script, &bytes.to_string()]))
}

/// `NAME BYTES`
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, bytes] = arguments else { return Err("a name and a number are missing".to_owned()) };
    let bytes: usize = bytes.parse().map_err(|_| "no number of bytes")?;
    let (_, run) = PEERS.iter().find(|(peer, _)| peer == name).ok_or("no such peer")?;
    let input: &'static [u8] = vec![b'x'; bytes].leak();
    let mut collected = Vec::new();
    let sample = Sample::of(|| {
        collected = run(input);
        bytes as f64
    });
    if collected != input {
        return Err(format!("{name}: {} bytes came back of {bytes}, or others", collected.len()));
    }
    sample.print();
    Ok(())
}
