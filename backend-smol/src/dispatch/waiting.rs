//! How this backend waits for a loop: [`Watching`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use async_io::{Async, Timer};
use futures_lite::Future;
use standpipe_core::dispatch::{Key, Ready, Registry};
use standpipe_sys::dispatch::{Await, Awaited, Slot, Wait};
use standpipe_sys::{Epoll, Registered, Registering, Selector};

/// An epoll instance of the loop's own, whose descriptor is the one thing that async-io's reactor watches for it: a pass costs as much as has
/// happened, however many are idle, and sees all that is ready, whoever drives the reactor. Each descriptor is registered once, for
/// all it can do. Events bear the key of whom they are for, which never comes again, so that one for somebody who is gone
/// reaches nobody (ACO-T6).
#[derive(Debug)]
pub struct Watching {
    epoll: Epoll,
    reactor: Async<Arc<OwnedFd>>,
    timer: Option<(Instant, Timer)>,
}

impl Wait for Watching {
    type Watch = Registered;
    type Reactor<'r> = Registering<'r, &'r Epoll>;

    fn new(woken: &Arc<OwnedFd>) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(woken.as_fd(), Key::RESERVED_TOKEN)?;
        let reactor = Async::new_nonblocking(epoll.descriptor().clone())?;
        Ok(Self { epoll, reactor, timer: None })
    }

    fn reactor<'r>(&'r mut self, key: Key, watch: &'r mut Registered) -> Registering<'r, &'r Epoll> {
        Registering { registered: watch, selector: &self.epoll, key }
    }
}

impl Await for Watching {
    fn poll_wait(
        &mut self,
        until: Option<Instant>,
        slots: &mut Registry<Slot<'_, Awaited<Self>>>,
        queue: &mut Ready,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        loop {
            // Before the reactor is asked: in a busy loop that saves the way through it.
            let is_woken = self.look(slots, queue)?;
            if is_woken || !queue.is_empty() {
                return Poll::Ready(Ok(is_woken));
            }
            if self.reactor.poll_readable(context)?.is_pending() {
                return self.poll_timer(until, context).map(|()| Ok(false));
            }
        }
    }
}

impl Watching {
    /// Tells all whom something has happened to, and queues them. Whether the loop is woken.
    fn look(&mut self, slots: &mut Registry<Slot<'_, Awaited<Self>>>, queue: &mut Ready) -> io::Result<bool> {
        let mut is_woken = false;
        loop {
            let may_be_more = self.epoll.fetch()?;
            for (token, shown) in self.epoll.events() {
                is_woken |= token == Key::RESERVED_TOKEN;
                let (key, port) = Key::of(token);
                let Some(slot) = slots.get_mut(key) else { continue };
                shown.tell(slot.ready(), port);
                queue.push(key);
            }
            if !may_be_more {
                return Ok(is_woken);
            }
        }
    }

    /// A timer that comes earlier stays: of deadlines that move with all that happens, none has to be set anew each time.
    fn poll_timer(&mut self, until: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(until) = until else { return Poll::Pending };
        loop {
            let (at, timer) = match &mut self.timer {
                Some((at, timer)) if *at <= until => (*at, timer),
                late => {
                    let (at, timer) = late.insert((until, Timer::at(until)));
                    (*at, timer)
                }
            };
            ready!(Pin::new(timer).poll(context));
            self.timer = None;
            if at == until {
                return Poll::Ready(());
            }
        }
    }
}
