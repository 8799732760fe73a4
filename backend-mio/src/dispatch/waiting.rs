//! How this backend waits for a loop: [`Watching`].

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use mio::event::{Event, Source};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use standpipe_core::Side;
use standpipe_core::dispatch::{Key, Ready, Registry};
use standpipe_sys::dispatch::{Block, Slot, Wait};
use standpipe_sys::{Readiness, Registered};

use crate::registered::{Reactor, Watched};

/// A [`mio::Poll`]: each descriptor is registered once, for all it can do, and what it has become ready for is remembered until an
/// operation would block. Events bear the key of whom they are for, which never comes again, so that one for somebody who
/// is gone reaches nobody (ACO-T6).
#[derive(Debug)]
pub struct Watching {
    poll: Poll,
    events: Events,
}

/// How many events are fetched at once.
const EVENTS: usize = 256;

const WOKEN: Token = Token(Key::RESERVED_TOKEN as usize);

impl Wait for Watching {
    type Watch = Registered;
    type Reactor<'r> = Reactor<'r>;

    fn new(woken: &Arc<OwnedFd>) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.registry().register(&mut SourceFd(&woken.as_raw_fd()), WOKEN, Interest::READABLE)?;
        Ok(Self { poll, events: Events::with_capacity(EVENTS) })
    }

    fn reactor<'r>(&'r mut self, key: Key, watch: &'r mut Registered) -> Reactor<'r> {
        Reactor { registered: watch, selector: Watched(self.poll.registry()), key }
    }
}

impl Block for Watching {
    fn wait(
        &mut self,
        _: BorrowedFd<'_>,
        at_most: Option<Duration>,
        slots: &mut Registry<Slot<'_, Self>>,
        queue: &mut Ready,
    ) -> io::Result<bool> {
        let (mut is_woken, mut at_most) = (false, at_most);
        loop {
            match self.poll.poll(&mut self.events, at_most) {
                // Whatever was not told yet is told by the next wait.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(is_woken),
                result => result?,
            }
            is_woken |= self.tell_all(slots, queue);
            if self.events.iter().count() < EVENTS {
                return Ok(is_woken);
            }
            at_most = Some(Duration::ZERO);
        }
    }
}

impl Watching {
    /// Hands out what was fetched. Whether the loop is woken.
    fn tell_all(&self, slots: &mut Registry<Slot<'_, Self>>, queue: &mut Ready) -> bool {
        let mut is_woken = false;
        for event in &self.events {
            let (key, port) = Key::of(event.token().0 as u64);
            is_woken |= event.token() == WOKEN;
            let Some(slot) = slots.get_mut(key) else { continue };
            tell(slot.ready(), event, port);
            queue.push(key);
        }
        is_woken
    }
}

/// A loop lives in another one by this: it is readable when a pass has something to do. See [`Loop`](super::Loop).
impl Source for Watching {
    fn register(&mut self, registry: &mio::Registry, token: Token, interests: Interest) -> io::Result<()> {
        SourceFd(&self.poll.as_raw_fd()).register(registry, token, interests)
    }

    fn reregister(&mut self, registry: &mio::Registry, token: Token, interests: Interest) -> io::Result<()> {
        SourceFd(&self.poll.as_raw_fd()).reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &mio::Registry) -> io::Result<()> {
        SourceFd(&self.poll.as_raw_fd()).deregister(registry)
    }
}

/// What an event has shown of a port.
pub(crate) fn tell(ready: &mut Readiness, event: &Event, port: standpipe_core::Port) {
    if event.is_readable() {
        ready.set(port, Side::Read);
    }
    if event.is_read_closed() || event.is_error() {
        ready.set_hung_up(port);
    }
    if event.is_writable() || event.is_write_closed() || event.is_error() {
        ready.set(port, Side::Write);
    }
}
