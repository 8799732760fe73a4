//! What a measurement is to come to: [`Goal`].

use crate::figure::short;
use crate::report::Report;
use crate::sample::Sample;
use crate::{communicate, echo, idle, link, relay, scan, spawn, tls};

/// A bound for the ratio of some rows to another one, round by round, of which the median counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// What is asked for, without the figure: "plain spawn against clone and execve".
    pub(crate) text: &'static str,
    /// The workload as it is called.
    pub(crate) workload: &'static str,
    /// Words in the title of the table; of several tables the worst ratio counts.
    pub(crate) table: &'static str,
    /// How the names of our rows begin, most often `**standpipe`; all that do are looked at.
    pub(crate) rows: &'static str,
    /// How the name of the row begins that they are compared with.
    pub(crate) to: &'static str,
    /// What is compared.
    pub(crate) of: fn(&Sample) -> f64,
    /// The greatest ratio that meets it.
    pub(crate) at_most: f64,
    /// Why it is missed where it is, and what was tried.
    pub(crate) note: &'static str,
}

/// Those of each workload.
const LISTS: [&[Goal]; 7] =
    [spawn::GOALS, communicate::GOALS, relay::GOALS, link::GOALS, echo::GOALS, idle::GOALS, scan::GOALS];

/// All goals for a workload.
pub(crate) fn of(workload: &str) -> impl Iterator<Item = &'static Goal> {
    LISTS.into_iter().chain(tls::GOALS).flatten().filter(move |goal| goal.workload == workload)
}

/// What one of our rows came to: its worst ratio in all tables that were asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Reached<'a> {
    row: &'a str,
    ratio: f64,
}

impl Goal {
    /// What each row has reached that was measured.
    pub(crate) fn reached<'a>(&self, report: &'a Report) -> Vec<Reached<'a>> {
        let mut all: Vec<Reached<'_>> = Vec::new();
        for table in report.tables.iter().filter(|table| table.title.contains(self.table)) {
            let Some(base) = table.rows.iter().find(|row| row.name.starts_with(self.to)) else { continue };
            for row in table.rows.iter().filter(|row| row.name.starts_with(self.rows)) {
                let Some(ratio) = row.ratio(base, self.of) else { continue };
                match all.iter_mut().find(|reached| reached.row == row.name) {
                    Some(reached) => reached.ratio = reached.ratio.max(ratio),
                    None => all.push(Reached { row: &row.name, ratio }),
                }
            }
        }
        all
    }

    /// Its line in the table of goals.
    pub(crate) fn markdown(&self, report: &Report) -> String {
        let Self { text, workload, at_most, note, .. } = self;
        let reached = self.reached(report);
        let ratios: Vec<String> = reached.iter().map(Reached::to_string).collect();
        let over = reached.iter().map(|reached| reached.ratio - at_most).reduce(f64::max);
        let is_met = over.is_some_and(|over| over <= 0.0);
        let verdict = match over {
            None => "not measured".to_owned(),
            Some(_) if is_met => "met".to_owned(),
            Some(over) => format!("**missed by {}**", short(over)),
        };
        let note = if is_met || note.is_empty() { String::new() } else { format!(": {note}") };
        let ratios = ratios.join("; ");
        format!("| {workload} | {text} | {} | {ratios} | {verdict}{note} |", short(*at_most))
    }
}

impl std::fmt::Display for Reached<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.row.replace("**", "");
        write!(to, "{} {}", name.trim_start_matches("standpipe "), short(self.ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal {
        text: "lines against theirs",
        workload: "echo",
        table: "lines",
        rows: "**standpipe",
        to: "theirs",
        of: Sample::wall_per_unit,
        at_most: 1.5,
        note: "",
    };

    fn report(walls: [f64; 2]) -> Report {
        let row = |name: &str, wall: f64| {
            format!(
                r#"{{ "name": "{name}", "failures": [],
                "samples": [{{ "wall": {wall}, "own": 0, "children": 0, "units": 1 }}] }}"#
            )
        };
        let table = |wall| {
            format!(
                r#"{{ "title": "lines", "unit": "GigabytesPerSecond",
                "cpu": {{ "own": "own", "children": "children", "spread": false }}, "rows": [{}, {}] }}"#,
                row("**standpipe mio**", wall),
                row("theirs", 2.0)
            )
        };
        let tables = walls.map(table).join(",");
        let text = format!(r#"{{ "command": "", "machine": {{}}, "tables": [{tables}] }}"#);
        serde_json::from_str(&text).expect("it is as reported")
    }

    #[test]
    fn why_it_is_missed_is_told_where_it_is() {
        let goal = Goal { note: "why", ..GOAL };
        assert!(goal.markdown(&report([2.0, 4.0])).ends_with("| **missed by 0.500**: why |"));
        assert!(goal.markdown(&report([2.0, 3.0])).ends_with("| met |"));
    }

    #[test]
    fn the_worst_table_counts() {
        let line = GOAL.markdown(&report([2.0, 4.0]));
        assert_eq!(line, "| echo | lines against theirs | 1.50 | mio 2.00 | **missed by 0.500** |");
        assert!(GOAL.markdown(&report([2.0, 3.0])).ends_with("| met |"));
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        let goal = Goal { to: "nobody", note: "why", ..GOAL };
        assert!(goal.markdown(&report([2.0, 2.0])).ends_with("| not measured: why |"));
    }
}
