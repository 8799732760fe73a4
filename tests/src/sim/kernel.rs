//! The modelled kernel: processes, groups, and numbers that are given away again at once.

use std::collections::BTreeMap;

use standpipe_core::signal::Signal;
use standpipe_core::{Moment, Target};

use super::Readiness;
use super::process::{Descriptors, Process, Stepped};
use crate::program::Program;

/// A process number.
pub type Pid = u32;

/// No such child: somebody else has reaped it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoChild;

/// The processes of a simulated machine.
///
/// The moment a child is reaped its number belongs to a stranger, so that a signal sent too late always hits one.
#[derive(Debug, Default)]
pub struct Kernel {
    table: BTreeMap<Pid, Entry>,
    last: Pid,
    strangers_hit: usize,
}

#[derive(Debug)]
struct Entry {
    group: Pid,
    state: State,
    /// Whether its parent is gone, so that the system reaps it.
    orphan: bool,
}

#[derive(Debug)]
enum State {
    Runs(Box<Process>),
    Zombie(i32),
    Stranger,
}

impl Kernel {
    /// Starts a child in a group of its own.
    pub fn spawn(&mut self, program: &Program, descriptors: Descriptors) -> Pid {
        self.spawn_in(None, program, descriptors)
    }

    /// Starts a child in the group that another one leads.
    pub fn spawn_in(&mut self, leader: Option<Pid>, program: &Program, descriptors: Descriptors) -> Pid {
        self.add(leader.unwrap_or(self.last + 1), Process::new(program, descriptors), false)
    }

    /// Starts a process that is nobody's child.
    pub fn start(&mut self, program: &Program, descriptors: Descriptors) -> Pid {
        self.add(self.last + 1, Process::new(program, descriptors), true)
    }

    fn add(&mut self, group: Pid, process: Process, orphan: bool) -> Pid {
        self.last += 1;
        let state = State::Runs(Box::new(process));
        self.table.insert(self.last, Entry { group, state, orphan });
        self.last
    }

    /// Sends a signal.
    pub fn kill(&mut self, pid: Pid, target: Target, signal: Signal) {
        let group = self.table.get(&pid).map(|entry| entry.group);
        for (number, entry) in &mut self.table {
            let meant = match target {
                Target::Child => *number == pid,
                Target::Group => Some(entry.group) == group,
            };
            if meant {
                self.strangers_hit += usize::from(entry.kill(signal));
            }
        }
        self.forget_orphans();
    }

    /// The wait status of a child that has ended, which stays to be reaped.
    pub fn observe(&self, pid: Pid) -> Result<Option<i32>, NoChild> {
        match self.table.get(&pid).map(|entry| &entry.state) {
            Some(State::Runs(_)) => Ok(None),
            Some(State::Zombie(status)) => Ok(Some(*status)),
            Some(State::Stranger) | None => Err(NoChild),
        }
    }

    /// Reaps a child that has ended: its number is a stranger's from now on.
    pub fn reap(&mut self, pid: Pid) -> Result<Option<i32>, NoChild> {
        let status = self.observe(pid)?;
        if status.is_some() {
            self.table.insert(pid, Entry { group: pid, state: State::Stranger, orphan: true });
        }
        Ok(status)
    }

    /// How many signals went to processes that are none of ours.
    pub fn strangers_hit(&self) -> usize {
        self.strangers_hit
    }

    /// How many children have ended and were not reaped.
    pub fn zombies(&self) -> usize {
        self.table.values().filter(|entry| matches!(entry.state, State::Zombie(_))).count()
    }

    /// How many processes run, children of children included.
    pub fn running(&self) -> usize {
        self.table.values().filter(|entry| matches!(entry.state, State::Runs(_))).count()
    }

    /// Lets every process do one thing. Whether one did.
    pub(super) fn step(&mut self, now: Moment, readiness: &mut Readiness) -> bool {
        let mut moved = false;
        let mut forked = Vec::new();
        for entry in self.table.values_mut() {
            let State::Runs(process) = &mut entry.state else { continue };
            match process.step(now, readiness) {
                Stepped::Waits => continue,
                Stepped::Moved => {}
                Stepped::Forked(child) => forked.push((entry.group, child)),
                Stepped::Ended(status) => entry.state = State::Zombie(status),
            }
            moved = true;
        }
        for (group, child) in forked {
            self.add(group, child, true);
        }
        self.forget_orphans();
        moved
    }

    /// When a process next goes on by itself.
    pub(super) fn wake(&self) -> Option<Moment> {
        let wake = |entry: &Entry| match &entry.state {
            State::Runs(process) => process.wake(),
            State::Zombie(_) | State::Stranger => None,
        };
        self.table.values().filter_map(wake).min()
    }

    fn forget_orphans(&mut self) {
        self.table.retain(|_, entry| !(entry.orphan && matches!(entry.state, State::Zombie(_))));
    }
}

impl Entry {
    /// Whether a stranger was hit.
    fn kill(&mut self, signal: Signal) -> bool {
        match &self.state {
            State::Runs(process) => {
                if let Some(status) = process.ended_by(signal) {
                    self.state = State::Zombie(status);
                }
                false
            }
            State::Zombie(_) => false,
            State::Stranger => true,
        }
    }
}
