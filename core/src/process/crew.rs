//! Children that are one to whoever waits for them: [`Crew`].

use alloc::vec::Vec;

use crate::process::{Child, ChildEvent, Exit, Stop, StopStep};
use crate::signal::Signal;
use crate::{Done, Duty, Machine, Moment, Target, Wake, Wants};

/// One child, or several in one process group that the first leads: signalled together, stopped together, and over when
/// all of them are.
///
/// Of several the leader is reaped last, so that the group's number is its own for as long as it is signalled.
#[derive(Debug)]
pub(super) struct Crew {
    leader: Child,
    others: Vec<Child>,
}

impl Crew {
    /// Children that were just spawned, one at least.
    pub(super) fn new(stages: u8) -> Self {
        let others: Vec<Child> = (1..stages).map(|_| Child::new()).collect();
        let mut leader = Child::new();
        if !others.is_empty() {
            leader.hold();
        }
        Self { leader, others }
    }

    /// How many there are.
    pub(super) fn stages(&self) -> u8 {
        self.others.len() as u8 + 1
    }

    pub(super) fn leader(&self) -> &Child {
        &self.leader
    }

    fn all(&self) -> impl Iterator<Item = &Child> {
        core::iter::once(&self.leader).chain(&self.others)
    }

    fn stage_mut(&mut self, index: usize) -> Option<&mut Child> {
        match index.checked_sub(1) {
            None => Some(&mut self.leader),
            Some(other) => self.others.get_mut(other),
        }
    }

    pub(super) fn exits(&self) -> impl Iterator<Item = Option<Exit>> {
        self.all().map(Child::exit)
    }

    /// How they ended: as the last one that failed, or well. `None` while one runs.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.exits()
            .try_fold(Exit::Code(0), |last, exit| exit.map(|exit| if exit.success() { last } else { exit }))
    }

    /// Begins to bring them to their end: the one child as is said, several as a group.
    pub(super) fn stop(&mut self, stop: &Stop) {
        let stop = stop.clone();
        self.leader.stop(&if self.others.is_empty() { stop } else { stop.whole_group() });
    }

    /// Passes a signal on to the group.
    pub(super) fn signal(&mut self, signal: Signal) {
        self.leader.signal(Target::Group, signal);
    }

    /// The next step of a stop that is to be told.
    pub(super) fn next_step(&mut self) -> Option<StopStep> {
        match self.leader.next_event() {
            Some(ChildEvent::Step(step)) => Some(step),
            _ => None,
        }
    }

    pub(super) fn has_event(&self) -> bool {
        self.leader.has_event()
    }

    pub(super) fn wants(&self, index: usize) -> Wants {
        self.all().nth(index).map_or(Wants::NOTHING, |stage| stage.wants(Child::EXIT))
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        self.leader.wake()
    }

    pub(super) fn handle_now(&mut self, now: Moment) {
        self.leader.handle_now(now);
        self.others.iter_mut().for_each(|stage| stage.handle_now(now));
    }

    pub(super) fn handle_done(&mut self, index: usize, duty: Duty, done: Done) {
        if let Some(stage) = self.stage_mut(index) {
            stage.handle_done(Child::EXIT, duty, done);
        }
        if self.exit().is_some() {
            self.leader.release();
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.all().all(Machine::is_done)
    }
}
