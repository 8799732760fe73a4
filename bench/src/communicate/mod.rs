//! A large input through `cat`: its output collected in memory, its output taken as it comes, and a pipeline.

mod capture;
mod goals;
mod pipeline;
mod raw_poll;
mod sink;

use std::process::Command;

use crate::options::Options;
use crate::process::{self, is_installed};
use crate::raw::in_huge_pages;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;

/// Feeds the input.
enum Run {
    /// And returns what has come through.
    Collect(fn(&'static [u8]) -> Vec<u8>),
    /// And tells how many bytes of it have come through.
    Count(fn(&'static [u8]) -> usize),
}

/// One way to do it.
struct Row {
    name: &'static str,
    run: Run,
    /// Which part of the input it gets: one of so many, where all of it takes too long.
    share: usize,
}

impl Row {
    const fn collect(name: &'static str, run: fn(&'static [u8]) -> Vec<u8>) -> Self {
        Self { name, run: Run::Collect(run), share: 1 }
    }

    const fn count(name: &'static str, run: fn(&'static [u8]) -> usize) -> Self {
        Self { name, run: Run::Count(run), share: 1 }
    }

    /// Measures it; an error where less has come through, or something else.
    fn sample(&self, input: &'static [u8]) -> Outcome {
        let mut collected = None;
        let sample = Sample::of(|| match self.run {
            Run::Collect(run) => collected.insert(run(input)).len() as f64,
            Run::Count(run) => run(input) as f64,
        });
        if sample.units != input.len() as f64 || collected.is_some_and(|bytes| bytes != input) {
            return Err(format!(
                "{}: {} bytes came through of {}, or others",
                self.name,
                sample.units,
                input.len()
            ));
        }
        Ok(sample)
    }
}

/// What is done with the output.
struct Mode {
    /// As a helper, and the script, are told.
    name: &'static str,
    title: &'static str,
    /// How much goes through it, in a full run.
    bytes: usize,
    /// The first is the limit.
    rows: &'static [Row],
    /// What else is compared with.
    also: &'static [Ratio],
}

const MODES: [Mode; 3] = [
    Mode {
        name: "capture",
        title: "through cat, collected",
        bytes: 1 << 30,
        rows: capture::ROWS,
        also: capture::ALSO,
    },
    Mode {
        name: "sink",
        title: "through cat, taken as it comes",
        bytes: 1 << 30,
        rows: sink::ROWS,
        also: &[],
    },
    Mode {
        name: "pipeline",
        title: "through cat | tr | wc",
        bytes: 128 << 20,
        rows: pipeline::ROWS,
        also: &[],
    },
];

const INTERPRETER: &str = "python3";

pub(crate) fn run(options: &Options) -> Vec<Table> {
    MODES.iter().map(|mode| mode.table(options)).collect()
}

impl Mode {
    fn table(&self, options: &Options) -> Table {
        let bytes = options.amount(64 << 20, self.bytes);
        let title = format!("communicate: {} MiB {}", bytes >> 20, self.title);
        let peers = self.rows.iter().map(|row| Peer::new(row.name, move || self.measure(row, bytes)));
        let rows = rounds::run(&title, options, peers.chain([self.python(bytes)]).collect());
        let limit = Ratio { to: self.rows[0].name, label: "x limit", of: Sample::wall_per_unit };
        let limit_cpu = Ratio { label: "x limit, CPU", of: Sample::cpu_per_unit, ..limit };
        let ratios = [limit, limit_cpu].into_iter().chain(self.also.iter().copied()).collect();
        Table { title, unit: Unit::GigabytesPerSecond, cpu: Cpu::PROCESSES, rows, ratios }
    }

    fn measure(&self, row: &Row, bytes: usize) -> Outcome {
        Sample::from_helper(helper("communicate").args([self.name, row.name, &bytes.to_string()]))
    }

    /// The row that is no function of this program.
    fn python(&self, bytes: usize) -> Peer<'_> {
        const NAME: &str = "Python subprocess";
        if !is_installed(INTERPRETER) {
            return Peer::missing(NAME, "python3 is not installed");
        }
        Peer::new(NAME, move || {
            let script = include_str!("../../py/communicate.py");
            Sample::from_helper(Command::new(process::python()).args([
                "-c",
                script,
                self.name,
                &bytes.to_string(),
            ]))
        })
    }
}

/// `MODE NAME BYTES`
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let [mode, name, bytes] = arguments else {
        return Err("a mode, a name and a number are missing".to_owned());
    };
    let bytes: usize = bytes.parse().map_err(|_| "no number of bytes")?;
    let mode = MODES.iter().find(|known| known.name == *mode).ok_or("no such mode")?;
    let row = mode.rows.iter().find(|row| row.name == *name).ok_or("no such row")?;
    row.sample(in_huge_pages(b'x', bytes / row.share)).map(|sample| sample.print())
}
