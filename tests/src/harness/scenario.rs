//! Something that is to come out the same on every backend: [`Scenario`].

use super::Backend;
use crate::log::Log;

/// What a scenario comes to: its event log, which is the same for all backends, or why it was not run.
pub type Verdict = Result<Log, Skip>;

/// Why a scenario was not run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skip(pub String);

/// Something that is to come out the same on every backend.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is about; a part of its name.
    pub area: &'static str,
    /// What happens in it.
    pub name: &'static str,
    /// Under which conditions it is run as well.
    pub under: &'static [Condition],
    /// Whether processes are left when it is over.
    pub leaves: bool,
    /// Runs it; panics when something does not come out as it should.
    pub run: fn(&dyn Backend) -> Verdict,
}

/// What the process of a scenario has to put up with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Nothing.
    Plain,
    /// A caught signal every millisecond.
    SignalStorm,
    /// Descriptors 0, 1 and 2 are closed.
    StandardClosed,
    /// Another thread reaps whatever child has ended.
    ForeignReaper,
    /// It runs as a user who may nothing.
    Unprivileged,
    /// SIGTERM is ignored when it starts.
    TermIgnored,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Plain,
        Self::SignalStorm,
        Self::StandardClosed,
        Self::ForeignReaper,
        Self::Unprivileged,
        Self::TermIgnored,
    ];
}
