//! How an [`EventLoop`] comes to its end.

use standpipe_core::dispatch::Key;

use super::lease::Lease;
use super::slot::{Job, Slot};
use super::{Due, EventLoop, Wait};

impl<W: Wait> EventLoop<'_, W> {
    /// Asks it to stop: listeners close, handlers are told
    /// ([`Dispatcher::handle_stop`](crate::dispatch::Dispatcher::handle_stop)), and what is still open when the drain is over is reset. Asked
    /// again, that is done at once. A loop with nothing in it has stopped already.
    pub fn stop(&mut self) {
        if self.slots.is_empty() {
            return;
        }
        if self.draining.is_some() {
            return self.abort_all();
        }
        let at = self.now() + self.drain;
        self.draining = Some(self.timers.set(at, Due::Abort));
        for key in self.slots.keys().collect::<Vec<_>>() {
            if let Some(listen) = self.listener(key) {
                listen.stop();
                continue;
            }
            let now = self.now();
            let Some(mut lease) = Lease::new(self, key) else { continue };
            if let (_, Some(Job::Member(member))) = lease.parts() {
                member.stop(now);
            }
            lease.give_back();
            self.queue.push(key);
        }
    }

    /// Closes everything at once, by a reset, and tells each handler so (ACO-68). Where one of them panics, the others are closed
    /// all the same.
    pub fn close_all(&mut self) {
        self.abort_all();
        self.end_drain();
        let now = self.clock.now();
        for (key, mut slot) in self.slots.drain() {
            self.queue.remove(key);
            self.timers.follow(&mut slot.timer, None, Due::Turn(key));
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
            if let Some(mut channel) = self.channel(key) {
                channel.abort();
            }
        }
    }

    pub(super) fn abort_those_of(&mut self, listener: Key) {
        for key in self.slots.keys().collect::<Vec<_>>() {
            let slot = self.slots.get_mut(key);
            let of = slot.and_then(Slot::member).and_then(|member| member.listener());
            if of == Some(listener)
                && let Some(mut channel) = self.channel(key)
            {
                channel.abort();
            }
        }
    }

    pub(super) fn end_drain(&mut self) {
        if let Some(timer) = self.draining.take() {
            self.timers.cancel(timer);
        }
    }
}
