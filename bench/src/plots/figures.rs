//! What a picture shows of a table: [`Drawn`].

use serde::Deserialize;

use crate::sample::Sample;
use crate::table::median;

/// A table, as far as it is drawn.
pub(super) struct Drawn {
    pub(super) title: String,
    pub(super) panels: Vec<Panel>,
}

/// Bars of one unit.
pub(super) struct Panel {
    pub(super) unit: String,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    pub(super) name: String,
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
}

#[derive(Deserialize)]
struct Report {
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    title: String,
    unit: Unit,
    cpu: Option<Cpu>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
enum Unit {
    MicrosecondsPer(String),
    GigabytesPerSecond,
    BytesPer(String),
}

#[derive(Deserialize)]
struct Cpu {
    children: String,
    #[serde(default)]
    spread: bool,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    samples: Vec<Option<Sample>>,
}

type Figure = fn(&Sample) -> f64;

/// The tables of one file of samples.
pub(super) fn tables(text: &str) -> serde_json::Result<Vec<Drawn>> {
    let report: Report = serde_json::from_str(text)?;
    Ok(report.tables.into_iter().map(Table::drawn).collect())
}

impl Table {
    fn drawn(self) -> Drawn {
        let (unit, figure): (_, Figure) = match &self.unit {
            Unit::MicrosecondsPer(what) => (format!("us/{what}"), |sample| sample.wall_per_unit() * 1e6),
            Unit::GigabytesPerSecond => ("GB/s".to_owned(), |sample| sample.units / sample.wall / 1e9),
            Unit::BytesPer(what) => (format!("bytes/{what}"), Sample::memory_per_unit),
        };
        let mut panels = vec![self.panel(unit, figure)];
        panels.extend(self.cpu());
        Drawn { title: self.title, panels }
    }

    /// Where somebody's CPU is the finding.
    fn cpu(&self) -> Option<Panel> {
        let cpu = self.cpu.as_ref().filter(|cpu| cpu.spread)?;
        let (unit, figure): (_, Figure) = match &self.unit {
            Unit::MicrosecondsPer(what) => (format!("us/{what}"), |sample| sample.children_per_unit() * 1e6),
            Unit::GigabytesPerSecond => ("s/GB".to_owned(), |sample| sample.children_per_unit() * 1e9),
            Unit::BytesPer(_) => return None,
        };
        Some(self.panel(format!("CPU of the {}, {unit}", cpu.children), figure))
    }

    fn panel(&self, unit: String, figure: Figure) -> Panel {
        Panel { unit, bars: self.rows.iter().filter_map(|row| row.bar(figure)).collect() }
    }
}

impl Row {
    fn bar(&self, figure: Figure) -> Option<Bar> {
        let mut values: Vec<f64> = self.samples.iter().flatten().map(figure).collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        Some(Bar { name: self.name.replace("**", ""), least, median: median(&values), most })
    }
}

#[cfg(test)]
mod tests {
    use super::tables;

    #[test]
    fn a_row_that_failed_throughout_has_no_bar() {
        let text = r#"{ "tables": [{
            "title": "echo", "unit": { "MicrosecondsPer": "line" },
            "cpu": { "own": "client", "children": "server", "spread": true },
            "rows": [
                { "name": "**ours**", "samples": [
                    { "wall": 3.0, "own": 0.0, "children": 1.0, "units": 1e6 }, null,
                    { "wall": 1.0, "own": 0.0, "children": 2.0, "units": 1e6 }] },
                { "name": "theirs", "samples": [null] }]
        }]}"#;
        let tables = tables(text).expect("it is as reported");
        let [time, cpu] = &tables[0].panels[..] else { panic!("two panels") };
        assert_eq!((time.unit.as_str(), cpu.unit.as_str()), ("us/line", "CPU of the server, us/line"));
        let [bar] = &time.bars[..] else { panic!("one bar") };
        assert_eq!((bar.name.as_str(), bar.least, bar.median, bar.most), ("ours", 1.0, 2.0, 3.0));
    }
}
