//! What a measurement is to come to: [`Goal`].

use crate::sample::Sample;

/// A bound for the ratio of some rows to another one, round by round, of which the median counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// What is asked for, without the figure: "plain spawn against clone and execve".
    pub(crate) text: &'static str,
    /// The workload as it is called.
    pub(crate) workload: &'static str,
    /// Words in the title of the table.
    pub(crate) table: &'static str,
    /// How the names of our rows begin, most often `**standpipe`; all that do are looked at.
    pub(crate) rows: &'static str,
    /// How the name of the row begins that they are compared with.
    pub(crate) to: &'static str,
    /// What is compared.
    pub(crate) of: fn(&Sample) -> f64,
    /// The greatest ratio that meets it.
    pub(crate) at_most: f64,
    /// Why it is missed where it is, and what was tried; empty where it is met.
    pub(crate) note: &'static str,
}
