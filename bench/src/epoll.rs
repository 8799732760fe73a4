//! epoll(7), level-triggered and for reading: [`Epoll`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{CreateFlags, Event, EventData, EventFlags, add, create, wait};

/// How many events are fetched at once.
const EVENTS: usize = 1024;

/// What tells who is readable.
pub(crate) struct Epoll {
    epoll: OwnedFd,
    events: Vec<Event>,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { epoll: create(CreateFlags::CLOEXEC)?, events: Vec::with_capacity(EVENTS) })
    }

    /// Has it tell of this descriptor, by this number, until it is closed.
    pub(crate) fn add(&self, fd: impl AsFd, number: usize) -> io::Result<()> {
        Ok(add(&self.epoll, fd, EventData::new_u64(number as u64), EventFlags::IN)?)
    }

    /// The numbers of those that are readable; none where nobody was for so long.
    pub(crate) fn wait(&mut self, at_most: Option<Duration>) -> io::Result<impl Iterator<Item = usize>> {
        let at_most = at_most.map(|wait| Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: 0 });
        self.events.clear();
        wait(&self.epoll, spare_capacity(&mut self.events), at_most.as_ref())?;
        Ok(self.events.iter().map(|event| event.data.u64() as usize))
    }
}
