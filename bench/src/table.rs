//! A table of one measurement, as a workload gives it: [`Table`].

use serde::{Deserialize, Serialize};

use crate::rounds::Series;
use crate::sample::Sample;

/// A finished measurement.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) cpu: Cpu,
    pub(crate) rows: Vec<Series>,
    pub(crate) ratios: Vec<Ratio>,
}

/// Whose CPU the two columns show.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cpu<Text = &'static str> {
    pub(crate) own: Text,
    pub(crate) children: Text,
    /// Whether the least and the most are shown as well.
    pub(crate) spread: bool,
}

impl Cpu {
    /// The measuring process and its children.
    pub(crate) const PROCESSES: Self = Self { own: "own", children: "children", spread: false };

    pub(crate) fn to_owned(self) -> Cpu<String> {
        Cpu { own: self.own.to_owned(), children: self.children.to_owned(), spread: self.spread }
    }
}

/// How figures are shown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Unit<Text = &'static str> {
    /// Microseconds for each of these.
    MicrosecondsPer(Text),
    /// Units are bytes; CPU is shown in seconds a gigabyte.
    GigabytesPerSecond,
    /// Bytes of memory for each of these; no CPU is shown.
    BytesPer(Text),
}

impl Unit {
    pub(crate) fn to_owned(self) -> Unit<String> {
        match self {
            Self::MicrosecondsPer(what) => Unit::MicrosecondsPer(what.to_owned()),
            Self::GigabytesPerSecond => Unit::GigabytesPerSecond,
            Self::BytesPer(what) => Unit::BytesPer(what.to_owned()),
        }
    }
}

impl Unit<String> {
    pub(crate) fn figure(&self, sample: &Sample) -> f64 {
        match self {
            Self::MicrosecondsPer(_) => sample.wall_per_unit() * 1e6,
            Self::GigabytesPerSecond => sample.units / sample.wall / 1e9,
            Self::BytesPer(_) => sample.memory_per_unit(),
        }
    }

    pub(crate) fn heading(&self) -> String {
        match self {
            Self::MicrosecondsPer(what) => format!("us/{what}"),
            Self::GigabytesPerSecond => "GB/s".to_owned(),
            Self::BytesPer(what) => format!("bytes/{what}"),
        }
    }

    /// By how much CPU seconds for each unit are multiplied, and what they are then.
    pub(crate) fn cpu(&self) -> Option<(f64, &'static str)> {
        match self {
            Self::MicrosecondsPer(_) => Some((1e6, "us")),
            Self::GigabytesPerSecond => Some((1e9, "s/GB")),
            Self::BytesPer(_) => None,
        }
    }

    /// The same of allocations.
    pub(crate) fn allocations(&self) -> (f64, &str) {
        match self {
            Self::MicrosecondsPer(what) | Self::BytesPer(what) => (1.0, what),
            Self::GigabytesPerSecond => (1e6, "MB"),
        }
    }
}

/// A column that compares every row with one of them, round by round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) to: &'static str,
    pub(crate) label: &'static str,
    pub(crate) of: fn(&Sample) -> f64,
}
