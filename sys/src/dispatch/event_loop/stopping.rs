//! How an [`EventLoop`] comes to its end.

use standpipe_core::dispatch::Key;

use super::lease::Lease;
use super::slot::{Job, Owed, Slot};
use super::{Due, EventLoop, Wait};

impl<'a, W: Wait> EventLoop<'a, W> {
    /// Asks it to stop: listeners close, handlers are told
    /// ([`Dispatcher::handle_stop`](crate::dispatch::Dispatcher::handle_stop)), residents as well
    /// ([`Resident::stop`](crate::dispatch::Resident::stop)), and what is still open when the drain is over is reset or aborted. Asked again,
    /// that is done at once. A loop with nothing in it has stopped already.
    pub fn stop(&mut self) {
        if self.is_left_alone() {
            return;
        }
        if self.draining.is_some() {
            return self.abort_all();
        }
        let at = self.now() + self.drain;
        self.draining = Some(self.timers.set(at, Due::Abort));
        for key in self.slots.keys().collect::<Vec<_>>() {
            self.stop_one(key);
        }
    }

    /// Whether it was asked to stop and has not yet.
    pub fn is_stopping(&self) -> bool {
        self.draining.is_some()
    }

    pub(super) fn stop_one(&mut self, key: Key) {
        if let Some(listen) = self.listener(key) {
            return listen.stop();
        }
        let now = self.now();
        let Some(mut lease) = Lease::new(self, key) else {
            return self.slots.get_mut(key).into_iter().for_each(|slot| slot.owe(Owed::Stop));
        };
        match lease.parts() {
            (_, Some(Job::Member(member))) => member.stop(now),
            (event_loop, Some(Job::Resident(resident))) => resident.stop(event_loop, key),
            _ => {}
        }
        lease.give_back();
        self.touched(key);
    }

    /// Closes everything at once, by a reset, and tells each handler so (ACO-68). Where one of them panics, the others are closed
    /// all the same.
    pub fn close_all(&mut self) {
        self.abort_all();
        self.end_drain();
        self.close_residents();
        let now = self.clock.now();
        for (key, mut slot) in self.slots.drain() {
            self.queue.remove(key);
            self.timers.follow(&mut slot.timer, None, Due::Turn(key));
            self.in_background -= usize::from(slot.in_background);
            while let Some(member) = slot.member()
                && !member.is_done()
            {
                let _ = slot.advance(key, &mut self.waiting, &mut self.pool, now, usize::MAX);
                slot.member().map(|member| member.attend(now));
            }
        }
    }

    pub(super) fn abort_all(&mut self) {
        for key in self.slots.keys().collect::<Vec<_>>() {
            self.abort_one(key);
        }
    }

    pub(super) fn abort_one(&mut self, key: Key) {
        let now = self.now();
        if let Some(slot) = self.slots.get_mut(key) {
            slot.abort(now);
            self.queue.push(key);
        }
    }

    pub(super) fn abort_those_of(&mut self, listener: Key) {
        for key in self.slots.keys().collect::<Vec<_>>() {
            let slot = self.slots.get_mut(key);
            let of = slot.and_then(Slot::member).and_then(|member| member.listener());
            if of == Some(listener) {
                self.abort_one(key);
            }
        }
    }

    pub(super) fn end_drain(&mut self) {
        if let Some(timer) = self.draining.take() {
            self.timers.cancel(timer);
        }
    }
}
