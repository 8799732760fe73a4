//! Something that is to come out the same on every backend: [`Scenario`].

use super::{Backend, Children, Processes, Securing, Terms, Upgrading};
#[cfg(feature = "sockets")]
use super::{Chats, Dispatching, Sockets};
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
    /// What happens in it, and what it takes of a backend.
    pub run: Run,
}

/// The body of a scenario, by what it takes of a backend; it panics when something does not come out as it should.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Every backend runs it, the simulation as well.
    Everywhere(fn(&dyn Backend) -> Verdict),
    /// Those that have real processes run it.
    Processes(fn(&dyn Processes) -> Verdict),
    /// Those that have handles of children run it.
    Children(fn(&dyn Children) -> Verdict),
    /// Those that have signals run it.
    Signals(fn(&dyn Backend) -> Verdict),
    /// Those that have sockets run it.
    #[cfg(feature = "sockets")]
    Sockets(fn(&dyn Sockets) -> Verdict),
    /// Those that have loops over dispatchers run it.
    #[cfg(feature = "sockets")]
    Dispatching(fn(&dyn Dispatching) -> Verdict),
    /// Those that have dialogues in messages run it.
    #[cfg(feature = "sockets")]
    Chats(fn(&dyn Chats) -> Verdict),
    /// Those that have secured streams run it, on these terms.
    Secured(Terms, fn(&dyn Securing, Terms) -> Verdict),
    /// Those whose secured streams may begin and end in plain text run it, on these terms.
    Upgraded(Terms, fn(&dyn Upgrading, Terms) -> Verdict),
}

impl Scenario {
    /// Runs it; `None` where the backend has not what it takes.
    pub fn run(&self, backend: &dyn Backend) -> Option<Verdict> {
        match self.run {
            Run::Everywhere(run) => Some(run(backend)),
            Run::Processes(run) => backend.processes().map(run),
            Run::Children(run) => backend.children().map(run),
            Run::Signals(run) => backend.signalling().map(|_| run(backend)),
            #[cfg(feature = "sockets")]
            Run::Sockets(run) => backend.sockets().map(run),
            #[cfg(feature = "sockets")]
            Run::Dispatching(run) => backend.dispatching().map(run),
            #[cfg(feature = "sockets")]
            Run::Chats(run) => backend.chats().map(run),
            Run::Secured(terms, run) => backend.securing().map(|securing| run(securing, terms)),
            Run::Upgraded(terms, run) => backend.upgrading().map(|upgrading| run(upgrading, terms)),
        }
    }

    /// Whether the backend has what it takes.
    pub fn is_for(&self, backend: &dyn Backend) -> bool {
        match self.run {
            Run::Everywhere(_) => true,
            Run::Processes(_) => backend.processes().is_some(),
            Run::Children(_) => backend.children().is_some(),
            Run::Signals(_) => backend.signalling().is_some(),
            #[cfg(feature = "sockets")]
            Run::Sockets(_) => backend.sockets().is_some(),
            #[cfg(feature = "sockets")]
            Run::Dispatching(_) => backend.dispatching().is_some(),
            #[cfg(feature = "sockets")]
            Run::Chats(_) => backend.chats().is_some(),
            Run::Secured(..) => backend.securing().is_some(),
            Run::Upgraded(..) => backend.upgrading().is_some(),
        }
    }

    /// On which terms its connections are secured, where it is run on several.
    pub fn terms(&self) -> Option<Terms> {
        match self.run {
            Run::Secured(terms, _) | Run::Upgraded(terms, _) => Some(terms),
            _ => None,
        }
    }
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
    /// SIGTERM is blocked when it starts.
    TermBlocked,
    /// SIGCHLD is ignored when it starts, so that the kernel keeps no status of a child.
    DeathsIgnored,
    /// A handful of descriptors is left.
    DescriptorLimit,
    /// Names are looked up in the suite's own files. A scenario under it is not run in plain.
    OwnNames,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Plain,
        Self::SignalStorm,
        Self::StandardClosed,
        Self::ForeignReaper,
        Self::Unprivileged,
        Self::TermIgnored,
        Self::TermBlocked,
        Self::DeathsIgnored,
        Self::DescriptorLimit,
        Self::OwnNames,
    ];
}
