//! Whatever else lives in an [`EventLoop`]: taken in, reached, told, and let go.

use std::any::Any;
use std::io;

use standpipe_core::dispatch::Key;

use super::slot::{Job, Owed, Slot};
use super::{Due, EventLoop, Wait};
use crate::dispatch::{LoopEvent, Resident};

impl<'a, W: Wait> EventLoop<'a, W> {
    /// Takes in a machine and whoever is told of it.
    ///
    /// # Errors
    /// What stands behind its ports cannot be watched, such as for the kernel's limit; it is dropped.
    pub fn adopt(&mut self, resident: impl Resident<'a, W> + 'a) -> io::Result<Key> {
        let in_background = resident.is_background();
        let key = self.slots.insert(Slot::new(Job::Resident(Box::new(resident))));
        if let Some(slot) = self.slots.get_mut(key) {
            slot.in_background = in_background;
            self.in_background += usize::from(in_background);
            let watched = slot.watch(key, &mut self.waiting);
            if watched.is_err() {
                self.dismiss(key);
            }
            watched?;
        }
        self.queue.push(key);
        Ok(key)
    }

    /// What a resident gives out ([`Resident::as_any`]) where it is of this type; it has a turn before the loop waits. `None` when it
    /// is gone, is something else, or is being told something right now.
    pub fn resident<T: Any>(&mut self, key: Key) -> Option<&mut T> {
        let Some(Job::Resident(resident)) = &mut self.slots.get_mut(key)?.job else { return None };
        let part = resident.as_any()?.downcast_mut()?;
        self.queue.push(key);
        Some(part)
    }

    /// Drops a resident, which is told nothing any more; one that is being told something right now when it has been. Whether it was
    /// there.
    pub fn dismiss(&mut self, key: Key) -> bool {
        match self.slots.get_mut(key) {
            Some(slot) if slot.job.is_none() => {
                slot.owe(Owed::Dismissal);
                true
            }
            _ => self.take_out(key).is_some(),
        }
    }

    /// Takes a resident out, its descriptors let go.
    pub(super) fn take_out(&mut self, key: Key) -> Option<Box<dyn Resident<'a, W> + 'a>> {
        let job = self.slots.get_mut(key)?.job.take_if(|job| matches!(job, Job::Resident(_)))?;
        self.bury(key, &job);
        match job {
            Job::Resident(resident) => Some(resident),
            _ => None,
        }
    }

    /// It has another turn. What has come behind a resident's ports is watched from here on.
    pub(super) fn touched(&mut self, key: Key) {
        self.queue.push(key);
        let Some(slot) = self.slots.get_mut(key) else { return };
        let Some(Job::Resident(resident)) = &slot.job else { return };
        self.in_background -= usize::from(slot.in_background);
        slot.in_background = resident.is_background();
        self.in_background += usize::from(slot.in_background);
        if let Err(error) = slot.watch(key, &mut self.waiting) {
            slot.abort(self.clock.now());
            (self.log)(LoopEvent::Failed { key, peer: None, error });
        }
    }

    /// Forgets all of them, each of which ends at once.
    pub(super) fn close_residents(&mut self) {
        let residents = self.slots.iter().filter(|(_, slot)| slot.is_resident()).map(|(key, _)| key);
        for key in residents.collect::<Vec<_>>() {
            self.close_resident(key);
        }
    }

    fn close_resident(&mut self, key: Key) {
        let now = self.clock.now();
        let Some(slot) = self.slots.get_mut(key) else { return };
        let _ = slot.advance(key, &mut self.waiting, &mut self.pool, now, usize::MAX);
        let Some(mut resident) = self.take_out(key) else { return };
        match resident.is_done() {
            true => resident.finish(self),
            false => resident.close(self),
        }
    }

    /// Whether nobody is left whom the loop goes on for.
    pub(super) fn is_left_alone(&self) -> bool {
        self.slots.len() == self.in_background
    }

    /// Takes out of the books what has stood for this key.
    pub(super) fn strike(&mut self, key: Key, slot: &mut Slot<'a, W>) {
        self.in_background -= usize::from(slot.in_background);
        self.timers.follow(&mut slot.timer, None, Due::Turn(key));
        self.queue.remove(key);
    }
}
