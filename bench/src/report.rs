//! What a run of a workload has come to, as it is kept and shown: [`Report`].

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::allocations;
use crate::figure::{median, short, spread};
use crate::machine::Machine;
use crate::options::Options;
use crate::rounds::Series;
use crate::sample::Sample;
use crate::table::{Cpu, Ratio, Table, Unit};

/// All tables of a workload, with everything that is shown of them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) rounds: usize,
    /// Whether another round came before them.
    #[serde(default)]
    warmed_up: bool,
    pub(crate) machine: Machine,
    pub(crate) tables: Vec<Recorded>,
}

/// A table that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) title: String,
    pub(crate) unit: Unit<String>,
    pub(crate) cpu: Cpu<String>,
    pub(crate) rows: Vec<Series>,
    #[serde(default)]
    ratios: Vec<Column>,
}

/// A ratio of every row, `None` where there is none.
#[derive(Debug, Serialize, Deserialize)]
struct Column {
    label: String,
    values: Vec<Option<f64>>,
}

impl Report {
    pub(crate) fn new(options: &Options, machine: Machine, tables: Vec<Table>) -> Self {
        Self {
            command: options.command.clone(),
            rounds: options.rounds,
            warmed_up: options.warms_up(),
            machine,
            tables: tables.into_iter().map(Recorded::from).collect(),
        }
    }

    pub(crate) fn read(file: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| failed(&error))?;
        serde_json::from_str(&text).map_err(|error| failed(&error))
    }

    /// Puts tables and samples beside each other: `WORKLOAD.md` and `WORKLOAD.json`.
    pub(crate) fn write(&self, workload: &str, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(format!("{workload}.md")), self.markdown())?;
        let samples = serde_json::to_string_pretty(self)?;
        fs::write(folder.join(format!("{workload}.json")), samples + "\n")
    }

    /// A run that counts is slower, so it adds its counts to the report that is there already.
    pub(crate) fn with_what_is_there(self, file: &Path) -> Self {
        if allocations::own().is_none() {
            return self;
        }
        let Ok(mut measured) = Self::read(file) else { return self };
        measured.take_allocations(&self);
        measured
    }

    /// Takes over what a run that counts allocations has counted for each unit of work, and nothing else of it. Its amounts may be
    /// others, and with them its titles: the tables come in the same order.
    fn take_allocations(&mut self, counted: &Self) {
        for (table, counted) in self.tables.iter_mut().zip(&counted.tables) {
            for row in &mut table.rows {
                let twin = counted.rows.iter().find(|twin| twin.name == row.name);
                row.allocations = twin.and_then(|twin| twin.allocations).or(row.allocations);
            }
        }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = self.head();
        text += &self.machine.markdown();
        text += "\n";
        for table in &self.tables {
            text += "\n";
            text += &table.markdown("###");
        }
        text
    }

    /// What was run.
    pub(crate) fn head(&self) -> String {
        let Self { command, rounds, warmed_up, .. } = self;
        let warm_up = if *warmed_up { " after one of warm-up" } else { "" };
        let rounds = if *rounds == 1 { "1 round".to_owned() } else { format!("{rounds} rounds") };
        format!("`{command}`: {rounds}{warm_up}, ratios paired by round.\n")
    }
}

impl From<Table> for Recorded {
    fn from(table: Table) -> Self {
        let Table { title, unit, cpu, rows, ratios } = table;
        let ratios = ratios.iter().map(|ratio| Column::new(ratio, &rows)).collect();
        Self { title, unit: unit.to_owned(), cpu: cpu.to_owned(), rows, ratios }
    }
}

impl Column {
    fn new(ratio: &Ratio, rows: &[Series]) -> Self {
        let base = rows.iter().find(|row| row.name.starts_with(ratio.to));
        let value = |row: &Series| row.ratio(base?, ratio.of);
        Self { label: ratio.label.to_owned(), values: rows.iter().map(value).collect() }
    }
}

impl Recorded {
    /// The table under a heading of this depth.
    pub(crate) fn markdown(&self, depth: &str) -> String {
        let mut text = format!("{depth} {}\n\n", self.title);
        let columns = self.headings();
        let _ = writeln!(text, "| | {} |", columns.join(" | "));
        let _ = writeln!(text, "|---|{}", "---|".repeat(columns.len()));
        for (index, row) in self.rows.iter().enumerate() {
            let cells = self.cells(index).join(" | ");
            let _ = writeln!(text, "| {}{} | {cells} |", row.name, row.failed());
        }
        let failures: BTreeSet<&String> = self.rows.iter().flat_map(|row| &row.failures).collect();
        for failure in failures {
            let _ = writeln!(text, "\nfailed: {failure}");
        }
        text
    }

    fn headings(&self) -> Vec<String> {
        let mut headings = vec![format!("{} median (min-max)", self.unit.heading())];
        if let Some((_, unit)) = self.unit.cpu() {
            headings.extend([&self.cpu.own, &self.cpu.children].map(|whose| format!("{whose} CPU {unit}")));
        }
        if self.has_peaks() {
            headings.push("peak MiB".to_owned());
        }
        if self.has_allocations() {
            headings.push(format!("allocations/{}", self.unit.allocations().1));
        }
        headings.extend(self.ratios.iter().map(|column| column.label.clone()));
        headings
    }

    fn cells(&self, index: usize) -> Vec<String> {
        let row = &self.rows[index];
        let mut cells = vec![spread(&row.values(|sample| self.unit.figure(sample)))];
        if let Some((scale, _)) = self.unit.cpu() {
            let own = row.values(|sample| sample.own / sample.units * scale);
            let children = row.values(|sample| sample.children_per_unit() * scale);
            cells.extend([own, children].map(|column| self.cpu.figure(&column)));
        }
        if self.has_peaks() {
            cells.push(short(median(&row.values(mebibytes))));
        }
        if self.has_allocations() {
            let (scale, _) = self.unit.allocations();
            cells.push(short(row.allocations.map_or(f64::NAN, |count| count * scale)));
        }
        let ratio = |column: &Column| column.values.get(index).copied().flatten().unwrap_or(f64::NAN);
        cells.extend(self.ratios.iter().map(|column| short(ratio(column))));
        cells
    }

    fn has_peaks(&self) -> bool {
        self.rows.iter().flat_map(|row| row.samples.iter().flatten()).any(|sample| sample.peak > 0.0)
    }

    fn has_allocations(&self) -> bool {
        self.rows.iter().any(|row| row.allocations.is_some())
    }
}

/// Nothing where it was not looked at.
fn mebibytes(sample: &Sample) -> f64 {
    if sample.peak > 0.0 { sample.peak / f64::from(1 << 20) } else { f64::NAN }
}

impl Cpu<String> {
    fn figure(&self, values: &[f64]) -> String {
        if self.spread { spread(values) } else { short(median(values)) }
    }
}

impl Series {
    fn failed(&self) -> String {
        match self.failures.len() {
            0 => String::new(),
            failed => format!(" ({failed} of {} runs failed)", self.samples.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(allocations: &str) -> Report {
        let sample = r#"{ "wall": 3.0, "own": 0.0, "children": 1.0, "units": 1e6, "peak": 2097152 }"#;
        let text = format!(
            r#"{{ "command": "standpipe-bench echo", "rounds": 1, "machine": {{}}, "tables": [{{
                "title": "echo", "unit": {{ "MicrosecondsPer": "line" }},
                "cpu": {{ "own": "client", "children": "server", "spread": false }},
                "rows": [
                    {{ "name": "**ours**", "samples": [{sample}], "failures": []{allocations} }},
                    {{ "name": "theirs", "samples": [null], "failures": ["no"] }}],
                "ratios": [{{ "label": "x limit", "values": [1.5, null] }}]
            }}] }}"#
        );
        serde_json::from_str(&text).expect("it is as reported")
    }

    #[test]
    fn what_was_not_measured_has_no_figure() {
        let table = report("").tables[0].markdown("###");
        let rows: Vec<&str> = table.lines().skip(2).take(4).collect();
        let wanted = [
            "| | us/line median (min-max) | client CPU us | server CPU us | peak MiB | x limit |",
            "|---|---|---|---|---|---|",
            "| **ours** | 3.00 (3.00-3.00) | 0 | 1.00 | 2.00 | 1.50 |",
            "| theirs (1 of 1 runs failed) | - (---) | - | - | - | - |",
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn allocations_come_from_a_run_of_their_own() {
        let mut measured = report("");
        measured.take_allocations(&report(r#", "allocations": 2.5"#));
        measured.take_allocations(&report(""));
        let table = measured.tables[0].markdown("###");
        assert!(table.contains("| allocations/line |") && table.contains("| 2.50 |"), "{table}");
    }
}
