//! What a picture shows of a table: [`Drawn`].

use crate::figure::median;
use crate::report::Recorded;
use crate::rounds::Series;
use crate::sample::Sample;
use crate::table::Unit;

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

impl From<&Recorded> for Drawn {
    fn from(table: &Recorded) -> Self {
        let mut panels = vec![panel(table, table.unit.heading(), |sample| table.unit.figure(sample))];
        panels.extend(cpu(table));
        Self { title: table.title.clone(), panels }
    }
}

/// Where somebody's CPU is the finding.
fn cpu(table: &Recorded) -> Option<Panel> {
    let (scale, unit) = table.unit.cpu().filter(|_| table.cpu.spread)?;
    let unit = match &table.unit {
        Unit::MicrosecondsPer(what) => format!("{unit}/{what}"),
        _ => unit.to_owned(),
    };
    let unit = format!("CPU of the {}, {unit}", table.cpu.children);
    Some(panel(table, unit, |sample| sample.children_per_unit() * scale))
}

fn panel(table: &Recorded, unit: String, figure: impl Fn(&Sample) -> f64) -> Panel {
    Panel { unit, bars: table.rows.iter().filter_map(|row| bar(row, &figure)).collect() }
}

fn bar(row: &Series, figure: impl Fn(&Sample) -> f64) -> Option<Bar> {
    let mut values = row.values(figure);
    values.sort_by(f64::total_cmp);
    let (least, most) = (*values.first()?, *values.last()?);
    Some(Bar { name: row.name.replace("**", ""), least, median: median(&values), most })
}

#[cfg(test)]
mod tests {
    use super::Drawn;

    #[test]
    fn a_row_that_failed_throughout_has_no_bar() {
        let text = r#"{
            "title": "echo", "unit": { "MicrosecondsPer": "line" },
            "cpu": { "own": "client", "children": "server", "spread": true },
            "rows": [
                { "name": "**ours**", "failures": [], "samples": [
                    { "wall": 3.0, "own": 0.0, "children": 1.0, "units": 1e6 }, null,
                    { "wall": 1.0, "own": 0.0, "children": 2.0, "units": 1e6 }] },
                { "name": "theirs", "failures": [], "samples": [null] }]
        }"#;
        let drawn = Drawn::from(&serde_json::from_str(text).expect("it is as reported"));
        let [time, cpu] = &drawn.panels[..] else { panic!("two panels") };
        assert_eq!((time.unit.as_str(), cpu.unit.as_str()), ("us/line", "CPU of the server, us/line"));
        let [bar] = &time.bars[..] else { panic!("one bar") };
        assert_eq!((bar.name.as_str(), bar.least, bar.median, bar.most), ("ours", 1.0, 2.0, 3.0));
    }
}
