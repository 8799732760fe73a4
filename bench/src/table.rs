//! A table of one measurement, as markdown and as JSON: [`Table`].

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use crate::rounds::Series;
use crate::sample::Sample;

/// A finished measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) cpu: Cpu,
    pub(crate) rows: Vec<Series>,
    #[serde(skip)]
    pub(crate) ratios: Vec<Ratio>,
}

/// Whose CPU the two columns show.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cpu {
    pub(crate) own: &'static str,
    pub(crate) children: &'static str,
    /// Whether the least and the most are shown as well.
    pub(crate) spread: bool,
}

impl Cpu {
    /// The measuring process and its children.
    pub(crate) const PROCESSES: Self = Self { own: "own", children: "children", spread: false };
}

/// How figures are shown.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Unit {
    /// Microseconds for each of these.
    MicrosecondsPer(&'static str),
    /// Units are bytes; CPU is shown in seconds a gigabyte.
    GigabytesPerSecond,
    /// Bytes of memory for each of these; no CPU is shown.
    BytesPer(&'static str),
}

/// A column that compares every row with one of them, round by round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) to: &'static str,
    pub(crate) label: &'static str,
    pub(crate) of: fn(&Sample) -> f64,
}

impl Unit {
    fn figure(self, sample: &Sample) -> f64 {
        match self {
            Self::MicrosecondsPer(_) => sample.wall_per_unit() * 1e6,
            Self::GigabytesPerSecond => sample.units / sample.wall / 1e9,
            Self::BytesPer(_) => sample.memory_per_unit(),
        }
    }

    fn heading(self) -> String {
        match self {
            Self::MicrosecondsPer(what) => format!("us/{what}"),
            Self::GigabytesPerSecond => "GB/s".to_owned(),
            Self::BytesPer(what) => format!("bytes/{what}"),
        }
    }

    /// By how much CPU seconds for each unit are multiplied, and what they are then.
    fn cpu(self) -> Option<(f64, &'static str)> {
        match self {
            Self::MicrosecondsPer(_) => Some((1e6, "us")),
            Self::GigabytesPerSecond => Some((1e9, "s/GB")),
            Self::BytesPer(_) => None,
        }
    }
}

impl Table {
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n", self.title);
        let mut columns = vec![String::new(), format!("{} median (min-max)", self.unit.heading())];
        if let Some((_, unit)) = self.unit.cpu() {
            columns.extend([self.cpu.own, self.cpu.children].map(|whose| format!("{whose} CPU {unit}")));
        }
        columns.extend(self.ratios.iter().map(|ratio| ratio.label.to_owned()));
        let headings: String =
            columns.iter().map(|column| format!(" {column} |").replace("  ", " ")).collect();
        let _ = writeln!(text, "|{headings}");
        let _ = writeln!(text, "|{}", "---|".repeat(columns.len()));
        for row in &self.rows {
            let _ = writeln!(text, "{}", self.row(row));
        }
        let failures: BTreeSet<&String> = self.rows.iter().flat_map(|row| &row.failures).collect();
        for failure in failures {
            let _ = writeln!(text, "\nfailed: {failure}");
        }
        text
    }

    fn row(&self, row: &Series) -> String {
        let figures = row.values(|sample| self.unit.figure(sample));
        let mut text = format!("| {}{} | {} |", row.name, row.failed(), spread(&figures));
        if let Some((scale, _)) = self.unit.cpu() {
            let own = row.values(|sample| sample.own / sample.units * scale);
            let children = row.values(|sample| sample.children / sample.units * scale);
            for column in [own, children] {
                let _ = write!(text, " {} |", self.cpu.figure(&column));
            }
        }
        for ratio in &self.ratios {
            let _ = write!(text, " {} |", self.ratio(row, ratio));
        }
        text
    }

    /// The median of the ratios of single rounds, which a drifting machine does not touch.
    fn ratio(&self, row: &Series, ratio: &Ratio) -> String {
        let Some(base) = self.rows.iter().find(|row| row.name.starts_with(ratio.to)) else {
            return "-".to_owned();
        };
        let paired = row.samples.iter().zip(&base.samples);
        let both = paired.filter_map(|(ours, base)| Some((ours.as_ref()?, base.as_ref()?)));
        let ratios: Vec<f64> = both.map(|(ours, base)| (ratio.of)(ours) / (ratio.of)(base)).collect();
        short(median(&ratios))
    }
}

impl Cpu {
    fn figure(self, values: &[f64]) -> String {
        if self.spread { spread(values) } else { short(median(values)) }
    }
}

impl Series {
    fn values(&self, of: impl Fn(&Sample) -> f64) -> Vec<f64> {
        self.samples.iter().flatten().map(of).collect()
    }

    fn failed(&self) -> String {
        match self.failures.len() {
            0 => String::new(),
            failed => format!(" ({failed} of {} runs failed)", self.samples.len()),
        }
    }
}

fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{} ({}-{})", short(median(values)), short(least), short(most))
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

/// Three significant digits.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        size if size >= 0.1 => 3,
        _ => 4,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::{median, short};

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[3.0, 1.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn figures_have_three_digits() {
        let texts = [1419.3, 31.25, 1.0449, 0.4, 0.0063, f64::NAN].map(short);
        assert_eq!(texts, ["1419", "31.2", "1.04", "0.400", "0.0063", "-"]);
    }
}
