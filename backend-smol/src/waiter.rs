//! How this backend waits: [`Waiter`].

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_io::Timer;
use futures_lite::future::yield_now;
use futures_lite::{Future, FutureExt};
use standpipe_core::{BUDGET, Blocked, Machine, Moment, Progress, Side, advance};
use standpipe_sys::{Clock, Ends, PortIo, Readiness};

use crate::pool::ThreadPool;
use crate::registered::Registered;

/// Advances one machine and waits until one of its wanted descriptors is ready or its next time limit has come.
#[derive(Debug)]
pub struct Waiter {
    clock: Clock,
    pool: ThreadPool,
    ready: Readiness,
    budget: usize,
    registered: Registered,
}

impl Default for Waiter {
    fn default() -> Self {
        Self {
            clock: Clock::start(),
            pool: ThreadPool,
            ready: Readiness::default(),
            budget: BUDGET,
            registered: Registered::default(),
        }
    }
}

impl Waiter {
    /// One whose turns move at most so many bytes, instead of core's default, before it yields.
    pub fn with_budget(budget: usize) -> Self {
        Self { budget, ..Self::default() }
    }

    /// The time, for a deadline.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Registers every descriptor before anything is waited for.
    pub(crate) fn register(&mut self, ends: &Ends) -> io::Result<()> {
        ends.ports().iter().try_for_each(|port| self.registered.add(port, ends, &mut self.ready))
    }

    /// Runs the machine to its next event or its end. A machine that is out of its budget yields.
    ///
    /// Dropping the future at any await loses nothing: the machine and its ends have whatever was read and not yet
    /// written, and running them again goes on from there.
    ///
    /// # Errors
    /// The reactor cannot watch a descriptor.
    pub async fn run<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> io::Result<()> {
        loop {
            let now = self.clock.now();
            self.ready.refresh(machine.wake(), now);
            let mut io = PortIo::new(ends, &mut self.ready, &mut self.pool, &mut self.registered);
            match advance(machine, &mut io, now, self.budget) {
                Progress::Events | Progress::Done => return Ok(()),
                Progress::Budget => yield_now().await,
                Progress::Blocked(blocked) => self.wait(ends, blocked).await?,
            }
        }
    }

    async fn wait(&mut self, ends: &Ends, blocked: Blocked) -> io::Result<()> {
        let wanted = blocked.read.iter().chain(blocked.write.iter());
        for port in wanted {
            self.registered.add(port, ends, &mut self.ready)?;
            if self.ready.is_always(port) {
                return Ok(());
            }
        }
        let timer = blocked.wake.map(|wake| Timer::at(self.clock.instant(wake.at)));
        let ready = poll_fn(|context| self.poll_ready(blocked, context));
        match timer {
            None => ready.await,
            Some(mut timer) => {
                ready.or(poll_fn(|context| Pin::new(&mut timer).poll(context).map(|_| Ok(())))).await
            }
        }
    }

    fn poll_ready(&mut self, blocked: Blocked, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut any = Poll::Pending;
        for (ports, side) in [(blocked.read, Side::Read), (blocked.write, Side::Write)] {
            for port in ports.iter() {
                let Some(registered) = self.registered.get(port) else { continue };
                let polled = match side {
                    Side::Read => registered.poll_readable(context),
                    Side::Write => registered.poll_writable(context),
                };
                if let Poll::Ready(result) = polled {
                    result?;
                    self.ready.set(port, side);
                    any = Poll::Ready(Ok(()));
                }
            }
        }
        any
    }
}
