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
    pub(crate) rows: Vec<Series>,
    #[serde(skip)]
    pub(crate) ratios: Vec<Ratio>,
}

/// How figures are shown.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Unit {
    /// Microseconds for each of these.
    MicrosecondsPer(&'static str),
    /// Units are bytes; CPU is shown in seconds a gigabyte.
    GigabytesPerSecond,
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
        }
    }

    fn heading(self) -> String {
        match self {
            Self::MicrosecondsPer(what) => format!("us/{what}"),
            Self::GigabytesPerSecond => "GB/s".to_owned(),
        }
    }

    fn cpu(self) -> (f64, &'static str) {
        match self {
            Self::MicrosecondsPer(_) => (1e6, "us"),
            Self::GigabytesPerSecond => (1e9, "s/GB"),
        }
    }
}

impl Table {
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n", self.title);
        let (_, cpu) = self.unit.cpu();
        let ratios = self.ratios.iter().map(|ratio| format!(" {} |", ratio.label)).collect::<String>();
        let heading = self.unit.heading();
        let _ =
            writeln!(text, "| | {heading} median (min-max) | own CPU {cpu} | children CPU {cpu} |{ratios}");
        let _ = writeln!(text, "|{}", "---|".repeat(4 + self.ratios.len()));
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
        let (scale, _) = self.unit.cpu();
        let own = row.values(|sample| sample.own / sample.units * scale);
        let children = row.values(|sample| sample.children / sample.units * scale);
        let mut text = format!("| {}{} | {} |", row.name, row.failed(), spread(&figures));
        for column in [own, children] {
            let _ = write!(text, " {} |", short(median(&column)));
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

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

/// Three significant digits.
fn short(value: f64) -> String {
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
