//! What one run of one peer costs: [`Sample`].

use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::raw::{self, Whose};
use crate::{allocations, memory};

/// What one run of one peer costs, in seconds and bytes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) wall: f64,
    /// CPU of the measuring process.
    pub(crate) own: f64,
    /// CPU of its children, or of a server and its children.
    pub(crate) children: f64,
    /// How much work was done: spawns, connections, bytes.
    pub(crate) units: f64,
    /// Memory that is held, where that is what is measured.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub(crate) memory: f64,
    /// The most memory that was resident meanwhile, in the process that was measured or in a server and its children.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub(crate) peak: f64,
    /// How often the same allocated, where that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allocations: Option<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's")]
fn is_nothing(value: &f64) -> bool {
    *value == 0.0
}

/// A sample, or why there is none.
pub(crate) type Outcome = Result<Sample, String>;

impl Sample {
    /// Measures work that returns its units.
    pub(crate) fn of(work: impl FnOnce() -> f64) -> Self {
        memory::forget_peak("self");
        let allocated = allocations::own();
        let (own, children) = (raw::cpu(Whose::Own), raw::cpu(Whose::ReapedChildren));
        let start = Instant::now();
        let units = work();
        Self {
            wall: start.elapsed().as_secs_f64(),
            own: raw::cpu(Whose::Own) - own,
            children: raw::cpu(Whose::ReapedChildren) - children,
            units,
            memory: 0.0,
            allocations: allocations::between(allocated, allocations::own()),
            peak: memory::peak("self"),
        }
    }

    /// A sample of nothing but memory.
    pub(crate) fn of_memory(memory: f64, units: f64) -> Self {
        Self { units, memory, ..Self::default() }
    }

    /// What sending has cost, with the CPU of a receiver as that of the children, and the rest of both together.
    pub(crate) fn with_receiver(self, receiver: &Self) -> Self {
        let both = self.allocations.zip(receiver.allocations);
        Self {
            children: receiver.own,
            peak: self.peak + receiver.peak,
            allocations: both.map(|(ours, theirs)| ours + theirs),
            ..self
        }
    }

    /// Runs a helper that prints its sample as JSON.
    pub(crate) fn from_helper(helper: &mut Command) -> Outcome {
        let output = helper.output().map_err(|error| format!("{helper:?}: {error}"))?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("{helper:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }

    pub(crate) fn print(&self) {
        println!("{}", serde_json::to_string(self).expect("a sample is plain numbers"));
    }

    pub(crate) fn wall_per_unit(&self) -> f64 {
        self.wall / self.units
    }

    pub(crate) fn cpu_per_unit(&self) -> f64 {
        (self.own + self.children) / self.units
    }

    pub(crate) fn children_per_unit(&self) -> f64 {
        self.children / self.units
    }

    pub(crate) fn memory_per_unit(&self) -> f64 {
        self.memory / self.units
    }
}

/// This program again, as a helper: a fresh process, so that no peer inherits another's memory or descriptors.
pub(crate) fn helper(workload: &str) -> Command {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(["helper", workload]);
    command
}
