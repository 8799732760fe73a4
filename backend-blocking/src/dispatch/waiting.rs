//! Whom poll(2) is asked about: [`Waiting`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use standpipe_core::dispatch::{Key, Ready, Registry};
use standpipe_core::{Port, Side};
use standpipe_sys::PollSet;

use super::slot::Slot;

/// The set of one wait, and what its entries are for. Named anew for each, and by key, so that what a wait has shown of one that
/// is gone by then reaches nobody (ACO-T6).
#[derive(Debug, Default)]
pub(super) struct Waiting {
    set: PollSet,
    entries: Vec<(Key, Port, Option<Side>)>,
}

impl Waiting {
    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.set.clear();
        self.entries.clear();
    }

    /// Waits for what this one is blocked by as well.
    pub(super) fn add(&mut self, key: Key, slot: &Slot<'_>) {
        let Some(ends) = slot.ends() else { return };
        for (ports, side) in [(slot.blocked.read, Side::Read), (slot.blocked.write, Side::Write)] {
            for port in ports.iter() {
                if let Some(fd) = ends.descriptor_for(port, side) {
                    self.set.add(fd.as_fd(), side);
                    self.entries.push((key, port, Some(side)));
                }
            }
        }
        for port in slot.blocked.urgent.iter() {
            if let Some(fd) = ends.descriptor(port) {
                self.set.add_urgent(fd.as_fd());
                self.entries.push((key, port, None));
            }
        }
    }

    /// Waits, and queues whom it concerns. Whether `also` is readable.
    pub(super) fn wait(
        &mut self,
        also: BorrowedFd<'_>,
        at_most: Option<Duration>,
        slots: &mut Registry<Slot<'_>>,
        queue: &mut Ready,
    ) -> io::Result<bool> {
        self.set.add(also, Side::Read);
        self.set.wait(at_most)?;
        for (index, (key, port, side)) in self.entries.iter().enumerate() {
            if !self.set.is_ready(index) {
                continue;
            }
            if let Some(slot) = slots.get_mut(*key) {
                if let Some(side) = side {
                    slot.ready().set(*port, *side);
                }
                queue.push(*key);
            }
        }
        Ok(self.set.is_ready(self.entries.len()))
    }
}
