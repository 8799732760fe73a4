//! The page of results, written from the notes and the reports that lie beside them: [`run`].

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::goals;
use crate::machine::Machine;
use crate::options::{folders, package};
use crate::report::Report;

/// The workloads in the order of the page, under headings.
pub(crate) const SECTIONS: [(&str, &[&str]); 5] = [
    ("Lines in memory", &["scan"]),
    ("Children", &["spawn", "communicate"]),
    ("Relays", &["relay", "tcp-link", "tls-link", "tls-exec"]),
    ("TLS", &["tls-bulk", "tls-memory", "tls-handshake", "tls-handshake-memory"]),
    ("Many connections", &["echo", "echo-growth", "echo-among-idle", "idle", "tls-idle-many", "tls-idle"]),
];

const HEAD: &str = "# Performance

<!-- Written by `standpipe-bench page` from bench/notes and bench/results: change those. -->

What standpipe costs beside its peers and beside what the kernel allows. How to measure again, and how to read a table:
[bench/README.md](../bench/README.md). In the pictures a bar is the median of all rounds, the line over it goes from the least to
the most; grey is the limit, blue is standpipe, sand are the peers.
";

/// Writes `docs/performance.md`.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let [results, into] = folders(arguments, ["results", "../docs"])?;
    let text = page(&reports(&results)?)?;
    let page = into.join("performance.md");
    fs::write(&page, text).map_err(|error| format!("{}: {error}", page.display()))?;
    println!("{}", page.display());
    Ok(())
}

/// A workload that was measured.
struct Measured {
    workload: &'static str,
    report: Report,
}

fn reports(folder: &Path) -> Result<Vec<Measured>, String> {
    let all = SECTIONS.iter().flat_map(|(_, workloads)| workloads.iter().copied());
    let file = |workload: &str| folder.join(format!("{workload}.json"));
    let measured = all.filter(|workload| file(workload).is_file());
    measured.map(|workload| Ok(Measured { workload, report: Report::read(&file(workload))? })).collect()
}

fn page(all: &[Measured]) -> Result<String, String> {
    let mut text = HEAD.to_owned();
    let newest = all.iter().map(|measured| &measured.report.machine).max_by_key(|machine| &machine.date);
    if let Some(machine) = newest {
        let _ = write!(text, "\n## The measurement\n\n{}\n", machine.markdown());
    }
    text += &goals(all);
    for (heading, workloads) in SECTIONS {
        let _ = write!(text, "\n## {heading}\n");
        for measured in all.iter().filter(|measured| workloads.contains(&measured.workload)) {
            text += &measured.section(newest)?;
        }
    }
    Ok(text)
}

fn goals(all: &[Measured]) -> String {
    let line = |measured: &Measured| {
        let goals = goals::of(measured.workload);
        goals.map(|goal| goal.markdown(&measured.report) + "\n").collect::<String>()
    };
    let lines: String = all.iter().map(line).collect();
    if lines.is_empty() {
        return lines;
    }
    format!(
        "\n## Goals\n\nA ratio is the median of those of single rounds, and of several tables the worst.\n\n\
         | workload | what | at most | reached | |\n|---|---|---|---|---|\n{lines}"
    )
}

impl Measured {
    fn section(&self, newest: Option<&Machine>) -> Result<String, String> {
        let Self { workload, report } = self;
        let mut text = format!("\n### {workload}\n\n![{workload}](performance/{workload}.svg)\n\n");
        text += &note(workload)?;
        let _ = write!(text, "\n{}", report.head());
        if newest.is_some_and(|newest| !newest.is_like(&report.machine)) {
            text += &report.machine.markdown();
            text += "\n";
        }
        for table in &report.tables {
            text += "\n";
            text += &table.markdown("####");
        }
        Ok(text)
    }
}

/// What is to be said of a workload.
fn note(workload: &str) -> Result<String, String> {
    let path: PathBuf = package().join("notes").join(format!("{workload}.md"));
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WORKLOADS;

    #[test]
    fn every_workload_has_its_place_and_its_note() {
        for (workload, _) in WORKLOADS {
            assert!(SECTIONS.iter().any(|(_, names)| names.contains(&workload)), "{workload} has no section");
            assert!(note(workload).is_ok(), "{workload} has no note");
        }
    }

    #[test]
    fn a_page_has_everything_of_a_workload() {
        let report = r#"{ "command": "standpipe-bench scan", "rounds": 7,
            "machine": { "date": "2026-11-27", "commit": "abc" },
            "tables": [{ "title": "scan: one line", "unit": "GigabytesPerSecond",
                "cpu": { "own": "own", "children": "children", "spread": false }, "rows": [] }] }"#;
        let report = serde_json::from_str(report).expect("it is as reported");
        let text = page(&[Measured { workload: "scan", report }]).expect("it has a note");
        for part in ["2026-11-27, commit abc", "| scan | ", "scan.svg", "7 rounds", "#### scan: one line"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
