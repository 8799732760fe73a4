//! How this backend waits for a loop: [`Polling`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use standpipe_core::dispatch::{Key, Ready, Registry};
use standpipe_core::{Blocked, Port, Side};
use standpipe_sys::PollSet;
use standpipe_sys::dispatch::{Block, Slot, Wait};

/// poll(2): the set of one wait, and what its entries are for. Named anew for each, and by key, so that what a wait has shown of one
/// that is gone by then reaches nobody (ACO-T6). A wait costs as much as there are connections.
#[derive(Debug, Default)]
pub struct Polling {
    set: PollSet,
    entries: Vec<(Key, Port, Option<Side>)>,
}

impl Polling {
    /// Waits for what this one is blocked by as well.
    fn add(&mut self, key: Key, slot: &Slot<'_, Self>) {
        let (Some(ends), blocked) = (slot.ends(), slot.watched()) else { return };
        for (ports, side) in [(blocked.read, Side::Read), (blocked.write, Side::Write)] {
            for port in ports.iter() {
                if let Some(fd) = ends.descriptor_for(port, side) {
                    self.set.add(fd.as_fd(), side);
                    self.entries.push((key, port, Some(side)));
                }
            }
        }
        for port in blocked.urgent.iter() {
            if let Some(fd) = ends.descriptor(port) {
                self.set.add_urgent(fd.as_fd());
                self.entries.push((key, port, None));
            }
        }
    }
}

impl Wait for Polling {
    /// What the slot is blocked by.
    type Watch = Blocked;
    type Reactor<'r> = ();

    fn new(_: &Arc<OwnedFd>) -> io::Result<Self> {
        Ok(Self::default())
    }

    fn reactor(&mut self, _: Key, _: &mut Blocked) {}

    fn note(watch: &mut Blocked, blocked: Blocked) {
        *watch = blocked;
    }
}

impl Block for Polling {
    fn wait(
        &mut self,
        woken: BorrowedFd<'_>,
        at_most: Option<Duration>,
        slots: &mut Registry<Slot<'_, Self>>,
        queue: &mut Ready,
    ) -> io::Result<bool> {
        self.set.clear();
        self.entries.clear();
        for (key, slot) in slots.iter() {
            self.add(key, slot);
        }
        self.set.add(woken, Side::Read);
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
