//! Who has the word: [`Lease`].

use standpipe_core::dispatch::Key;

use super::slot::{Job, Owed};
use super::{EventLoop, Wait};

/// A job that is out of its slot while its handler has the word, so that the loop can be touched beside it. One that is not given
/// back has panicked: its own connection is reset and forgotten, and everybody else stays.
pub(super) struct Lease<'l, 'a, W: Wait> {
    pub(super) event_loop: &'l mut EventLoop<'a, W>,
    key: Key,
    job: Option<Job<'a, W>>,
}

impl<'l, 'a, W: Wait> Lease<'l, 'a, W> {
    pub(super) fn new(event_loop: &'l mut EventLoop<'a, W>, key: Key) -> Option<Self> {
        let job = event_loop.slots.get_mut(key)?.job.take()?;
        Some(Self { event_loop, key, job: Some(job) })
    }

    pub(super) fn parts(&mut self) -> (&mut EventLoop<'a, W>, Option<&mut Job<'a, W>>) {
        (self.event_loop, self.job.as_mut())
    }

    pub(super) fn give_back(mut self) {
        let (key, job) = (self.key, self.job.take());
        let Some(slot) = self.event_loop.slots.get_mut(key) else { return };
        slot.job = job;
        match std::mem::take(&mut slot.owed) {
            Owed::Nothing => {}
            Owed::Turn => drop(self.event_loop.queue.push(key)),
            Owed::Stop => self.event_loop.stop_one(key),
            Owed::Abort => self.event_loop.abort_one(key),
            Owed::Dismissal => drop(self.event_loop.take_out(key)),
        }
    }
}

impl<W: Wait> Drop for Lease<'_, '_, W> {
    fn drop(&mut self) {
        match self.job.take() {
            Some(Job::Listener(mut listener)) => {
                listener.give_up_making();
                if let Some(slot) = self.event_loop.slots.get_mut(self.key) {
                    slot.job = Some(Job::Listener(listener));
                }
                self.event_loop.queue.push(self.key);
            }
            Some(job) => self.event_loop.bury(self.key, &job),
            None => {}
        }
    }
}
