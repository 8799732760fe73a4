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
/// The moment a child is reaped its number belongs to a stranger, so that a signal sent too late always hits one. Of
/// several SIGCHLD that nobody has taken there is one.
#[derive(Clone, Debug, Default)]
pub struct Kernel {
    table: BTreeMap<Pid, Entry>,
    last: Pid,
    strangers_hit: usize,
    sigchld: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    /// That of its group, and of its session: a leader of either leads the other.
    group: Pid,
    state: State,
    pause: Pause,
    /// Whether its parent is gone, so that the system reaps it.
    orphan: bool,
}

/// Job control.
#[derive(Clone, Debug, Default)]
struct Pause {
    stopped: bool,
    /// What came while it was stopped.
    pending: Vec<Signal>,
    /// Whether it has stopped or goes on, as a wait status that nobody has taken yet.
    news: Option<i32>,
}

#[derive(Clone, Debug)]
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
        self.table.insert(self.last, Entry { group, state, pause: Pause::default(), orphan });
        self.last
    }

    /// Sends a signal.
    pub fn kill(&mut self, pid: Pid, target: Target, signal: Signal) {
        let group = self.table.get(&pid).map(|entry| entry.group);
        for (number, entry) in &mut self.table {
            let meant = match target {
                Target::Child => *number == pid,
                Target::Group | Target::Session => Some(entry.group) == group,
            };
            if meant {
                let before = entry.news();
                self.strangers_hit += usize::from(entry.kill(signal));
                self.sigchld |= entry.news() != before;
            }
        }
        self.forget_orphans();
    }

    /// Lets a process that runs end by itself.
    pub fn end(&mut self, pid: Pid, status: i32) {
        let entry = self.table.get_mut(&pid).filter(|entry| matches!(entry.state, State::Runs(_)));
        if let Some(entry) = entry {
            entry.end(status);
            self.sigchld = true;
        }
    }

    /// Whether there was a SIGCHLD, which is taken.
    pub fn take_sigchld(&mut self) -> bool {
        std::mem::take(&mut self.sigchld)
    }

    /// Whether a SIGCHLD waits to be taken.
    pub fn has_sigchld(&self) -> bool {
        self.sigchld
    }

    /// Whether a process runs, and whether it is stopped.
    pub fn is_stopped(&self, pid: Pid) -> Option<bool> {
        let entry = self.table.get(&pid).filter(|entry| matches!(entry.state, State::Runs(_)));
        entry.map(|entry| entry.pause.stopped)
    }

    /// The wait status of a child that has ended, which stays to be reaped.
    pub fn observe(&self, pid: Pid) -> Result<Option<i32>, NoChild> {
        match self.table.get(&pid).map(|entry| &entry.state) {
            Some(State::Runs(_)) => Ok(None),
            Some(State::Zombie(status)) => Ok(Some(*status)),
            Some(State::Stranger) | None => Err(NoChild),
        }
    }

    /// The same, or that it has stopped or goes on, which is told once.
    pub fn observe_stops(&mut self, pid: Pid) -> Result<Option<i32>, NoChild> {
        let news = self.table.get_mut(&pid).and_then(|entry| entry.pause.news.take());
        if news.is_some() { Ok(news) } else { self.observe(pid) }
    }

    /// Reaps a child that has ended: its number is a stranger's from now on.
    pub fn reap(&mut self, pid: Pid) -> Result<Option<i32>, NoChild> {
        let status = self.observe(pid)?;
        if status.is_some() {
            let (state, pause) = (State::Stranger, Pause::default());
            self.table.insert(pid, Entry { group: pid, state, pause, orphan: true });
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
        for entry in self.table.values_mut().filter(|entry| !entry.pause.stopped) {
            let State::Runs(process) = &mut entry.state else { continue };
            match process.step(now, readiness) {
                Stepped::Waits => continue,
                Stepped::Moved => {}
                Stepped::Forked(child) => forked.push((entry.group, child)),
                Stepped::Ended(status) => {
                    entry.end(status);
                    self.sigchld = true;
                }
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
            State::Runs(process) if !entry.pause.stopped => process.wake(),
            _ => None,
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
            State::Runs(_) => self.take(signal),
            State::Zombie(_) => {}
            State::Stranger => return true,
        }
        false
    }

    /// What its parent may learn by waiting.
    fn news(&self) -> Option<i32> {
        if let State::Zombie(status) = self.state { Some(status) } else { self.pause.news }
    }

    fn take(&mut self, signal: Signal) {
        match signal {
            Signal::STOP | Signal::TSTP | Signal::TTIN | Signal::TTOU if !self.pause.stopped => {
                self.pause.stopped = true;
                self.pause.news = Some(signal.number() << 8 | 0x7f);
            }
            Signal::CONT if self.pause.stopped => {
                self.pause.stopped = false;
                self.pause.news = Some(0xffff);
                std::mem::take(&mut self.pause.pending).into_iter().for_each(|signal| self.deliver(signal));
            }
            signal if self.pause.stopped && signal != Signal::KILL => self.pause.pending.push(signal),
            signal => self.deliver(signal),
        }
    }

    fn deliver(&mut self, signal: Signal) {
        let State::Runs(process) = &self.state else { return };
        if let Some(status) = process.ended_by(signal) {
            self.end(status);
        }
    }

    fn end(&mut self, status: i32) {
        (self.state, self.pause) = (State::Zombie(status), Pause::default());
    }
}
