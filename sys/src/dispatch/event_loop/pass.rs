//! One pass of an [`EventLoop`]: what is due, and who has a turn.

use standpipe_core::dispatch::{Key, Turn};
use standpipe_core::{Moment, Outcome, Progress, Window};

use super::lease::Lease;
use super::slot::{Job, Owed, Slot};
use super::{Due, EventLoop, Wait};
use crate::dispatch::others::Errand;
use crate::dispatch::{Listening, LoopEvent, Member};
use crate::socket::Endpoint;

/// What a step of a turn came to.
struct Step {
    progress: Progress,
    /// Its handler has asked for something that only advancing brings about.
    touched: bool,
    is_connection: bool,
    is_done: bool,
}

impl<'a, W: Wait> EventLoop<'a, W> {
    /// Takes what has woken it.
    pub(super) fn take_wakes(&mut self) {
        // To the last one: what lies there is no news to a wait that is told of changes alone.
        while let Outcome::Ready(_) = self.woken.try_read(Window::Slice(&mut [0; 64])) {}
    }

    /// Gives what is due, and a turn to each who stands in the queue now.
    pub(super) fn serve(&mut self) {
        self.take_timers();
        self.take_calls();
        self.queue.begin_round();
        while let Some(turn) = self.queue.next_turn() {
            self.turn(&turn);
        }
    }

    /// Whether there is anything left.
    pub(super) fn end_pass(&mut self) -> bool {
        if self.is_left_alone() {
            self.end_drain();
        }
        self.has_anything()
    }

    pub(super) fn ask_followers(&mut self) {
        let (slots, queue) = (&mut self.slots, &mut self.queue);
        self.followers.retain(|&key| {
            let Some(slot) = slots.get_mut(key) else { return false };
            if slot.has_changed_its_mind() {
                queue.push(key);
            }
            true
        });
    }

    pub(super) fn take_calls(&mut self) {
        while let Ok(call) = self.calls.try_recv() {
            call(self);
        }
        let now = self.clock.now();
        while let Some((key, found)) = self.lookups.next() {
            if let Some(slot) = self.slots.get_mut(key) {
                slot.found(key, &mut self.waiting, found, now);
                self.queue.push(key);
            }
        }
    }

    fn take_timers(&mut self) {
        let now = self.clock.now();
        while let Some((_, due)) = { self.timers.expired(now).next() } {
            match due {
                Due::Turn(key) => drop(self.queue.push(key)),
                Due::Call(call) => {
                    self.calls_due -= 1;
                    call(self);
                }
                Due::Abort => {
                    (self.log)(LoopEvent::Aborting);
                    self.abort_all();
                }
            }
        }
    }

    fn turn(&mut self, turn: &Turn) {
        let (key, now) = (turn.key(), self.clock.now());
        let Some(step) = self.take_steps(turn, now) else { return };
        if step.is_done {
            return self.remove(key);
        }
        let Some(slot) = self.slots.get_mut(key) else { return };
        let wake = slot.wake(step.progress);
        self.timers.follow(&mut slot.timer, wake, Due::Turn(key));
        if step.touched || step.progress.blocked().is_none() {
            self.touched(key);
        }
    }

    /// Advances one, and lets its handler have the word. What that has pushed leaves before anybody else's turn, so that its buffers
    /// are there for that one. `None` where it is gone.
    fn take_steps(&mut self, turn: &Turn, now: Moment) -> Option<Step> {
        let key = turn.key();
        let progress = self.advance(turn, now)?;
        let step = self.step(key, now, progress)?;
        if !step.touched || !step.is_connection || step.is_done {
            return Some(step);
        }
        let progress = self.advance(turn, now)?;
        if progress.blocked().is_some() && !self.has_changed_its_mind(key) {
            return Some(Step { progress, touched: false, ..step });
        }
        self.step(key, now, progress)
    }

    /// Does what can be done without waiting. `None` where it is gone, or is being told something right now.
    fn advance(&mut self, turn: &Turn, now: Moment) -> Option<Progress> {
        let slot = self.slots.get_mut(turn.key())?;
        if slot.job.is_none() {
            slot.owe(Owed::Turn);
            return None;
        }
        Some(slot.advance(turn.key(), &mut self.waiting, &mut self.pool, now, turn.left()))
    }

    /// Lets the handler have the word behind that. `None` where it is gone.
    fn step(&mut self, key: Key, now: Moment, progress: Progress) -> Option<Step> {
        let touched = self.attend(key, now);
        let job = self.slots.get_mut(key)?.job.as_mut()?;
        let is_connection = matches!(job, Job::Member(_));
        Some(Step { progress, touched, is_connection, is_done: job.is_done() })
    }

    fn has_changed_its_mind(&mut self, key: Key) -> bool {
        self.slots.get_mut(key).is_some_and(Slot::has_changed_its_mind)
    }

    /// Lets its handler have the word. Whether that has touched it.
    fn attend(&mut self, key: Key, now: Moment) -> bool {
        let Some(mut lease) = Lease::new(self, key) else { return false };
        let (touched, errands) = match lease.parts() {
            (event_loop, Some(Job::Member(member))) => {
                let touched = member.attend(now);
                (touched, event_loop.follow_up(key, member))
            }
            (event_loop, Some(Job::Listener(listener))) => {
                event_loop.accept(key, listener);
                (false, Vec::new())
            }
            (event_loop, Some(Job::Resident(resident))) => (resident.attend(event_loop, key), Vec::new()),
            (_, None) => (false, Vec::new()),
        };
        lease.give_back();
        errands.into_iter().for_each(|errand| errand.0(self));
        touched
    }

    /// Sees to what a handler has asked the loop for. What it wants of others comes when it is back in its slot.
    fn follow_up(&mut self, key: Key, member: &mut Member<'a>) -> Vec<Errand> {
        let Some(asks) = member.take_asks() else { return Vec::new() };
        for error in asks.errors {
            (self.log)(LoopEvent::Failed { key, peer: member.peer().cloned(), error });
        }
        for opening in asks.openings {
            self.open(opening);
        }
        if asks.stops_loop {
            self.stop();
        }
        asks.errands
    }

    fn accept(&mut self, key: Key, listener: &mut Listening<'a>) {
        if listener.must_abort(&mut *self.log) {
            (self.log)(LoopEvent::Aborting);
            self.abort_those_of(key);
        }
        while let Some(member) = listener.next_member(key, &mut *self.log) {
            self.take_in(Job::Member(Box::new(member)));
        }
    }

    fn remove(&mut self, key: Key) {
        let job = self.slots.get_mut(key).and_then(|slot| slot.job.take());
        let Some(job) = job else { return };
        self.bury(key, &job);
        if let Job::Resident(resident) = job {
            resident.finish(self);
        }
    }

    /// Forgets one that has ended.
    pub(super) fn bury(&mut self, key: Key, job: &Job<'a, W>) {
        if let Some(mut slot) = self.slots.remove(key) {
            slot.let_go(key, &mut self.waiting, job.ends());
            self.strike(key, &mut slot);
        }
        let Job::Member(member) = job else { return };
        if member.is_looking() {
            self.lookups.forget(key);
        }
        let Some(listener) = member.listener() else { return };
        if let Some(slot) = self.slots.get_mut(listener).and_then(Slot::listener) {
            slot.release(member.peer().and_then(Endpoint::ip));
            self.queue.push(listener);
        }
    }
}
