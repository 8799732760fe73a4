//! How this backend waits: [`Waiter`].

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_io::Timer;
use futures_lite::Future;
use standpipe_core::{BUDGET, Blocked, Lend, Machine, Moment, Progress, Side, Wake, advance};
use standpipe_sys::{Clock, Ends, PortIo, Readiness, ThreadPool};

use crate::guess::Guess;
use crate::registered::Registered;

/// Advances one machine and waits until one of its wanted descriptors is ready or its next time limit has come.
#[derive(Debug)]
pub struct Waiter {
    clock: Clock,
    pool: ThreadPool,
    ready: Readiness,
    budget: usize,
    registered: Registered,
    guess: Guess,
    timer: Option<(Moment, Timer)>,
}

impl Default for Waiter {
    fn default() -> Self {
        Self {
            clock: Clock::start(),
            pool: ThreadPool,
            ready: Readiness::default(),
            budget: BUDGET,
            registered: Registered::default(),
            guess: Guess::default(),
            timer: None,
        }
    }
}

impl Waiter {
    /// One whose turns move at most so many bytes, instead of core's default, before it yields.
    pub fn with_budget(budget: usize) -> Self {
        Self { budget, ..Self::default() }
    }

    /// One that goes on with the time of this one.
    pub(crate) fn successor(&self) -> Self {
        Self { clock: self.clock, ..Self::default() }
    }

    /// The time, for a deadline.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Registers every descriptor before anything is waited for.
    pub(crate) fn register(&mut self, ends: &Ends) -> io::Result<()> {
        ends.ports().iter().try_for_each(|port| self.registered.add(port, ends, &mut self.ready))
    }

    /// Advances the machine as far as it goes without waiting. Whether it has events to be taken.
    pub(crate) fn turn<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> bool {
        loop {
            match self.advance(machine, ends) {
                Progress::Budget => {}
                progress => return progress == Progress::Events,
            }
        }
    }

    fn advance<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> Progress {
        let now = self.clock.now();
        self.ready.refresh(machine.wake(), now);
        let mut io = PortIo::new(ends, &mut self.ready, &mut self.pool, &mut self.registered);
        let progress = advance(machine, &mut io, now, self.budget);
        self.registered.follow(ends);
        progress
    }

    /// Runs the machine to its next event or its end. A machine that is out of its budget yields.
    ///
    /// Dropping the future at any await loses nothing: the machine and its ends have whatever was read and not yet
    /// written, and running them again goes on from there.
    ///
    /// # Errors
    /// The reactor cannot watch a descriptor.
    pub async fn run<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> io::Result<()> {
        poll_fn(|context| self.poll_run(machine, ends, context)).await
    }

    /// The same, for those who are polled themselves.
    pub(crate) fn poll_run<M: Machine + ?Sized>(
        &mut self,
        machine: &mut M,
        ends: &mut Ends,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_run_before(machine, ends, None, context).map_ok(drop)
    }

    /// The same until the deadline at most, which is told by `false`.
    pub(crate) fn poll_run_before<M: Machine + ?Sized>(
        &mut self,
        machine: &mut M,
        ends: &mut Ends,
        deadline: Option<Moment>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        let limit = deadline.map(|at| Wake { at, why: standpipe_core::Timer::Deadline });
        loop {
            let mut blocked = match self.advance(machine, ends) {
                Progress::Events | Progress::Done => {
                    self.guess.found();
                    return Poll::Ready(Ok(true));
                }
                Progress::Budget => {
                    self.guess.found();
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Progress::Blocked(blocked) => blocked,
            };
            self.guess.missed();
            if deadline.is_some_and(|at| at <= self.now()) {
                return Poll::Ready(Ok(false));
            }
            self.guess.took(self.ready.last_read());
            if !blocked.read.is_empty() && self.guess.make() {
                blocked.read.iter().for_each(|port| self.ready.set(port, Side::Read));
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            blocked.wake = Wake::earliest(blocked.wake, limit);
            ready!(self.poll_wait(ends, blocked, context))?;
        }
    }

    /// Lends buffers, which go back by [`Waiter::settle`] or in a turn.
    pub(crate) fn lender(&mut self) -> &mut dyn Lend {
        &mut self.pool
    }

    /// Gives back what the machine was lent and needs no more.
    pub(crate) fn settle<M: Machine + ?Sized>(&mut self, machine: &mut M) {
        machine.settle(&mut self.pool);
    }

    fn poll_wait(
        &mut self,
        ends: &Ends,
        blocked: Blocked,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        for port in blocked.read.iter().chain(blocked.write.iter()) {
            self.registered.add(port, ends, &mut self.ready)?;
            if self.ready.is_always(port) {
                return Poll::Ready(Ok(()));
            }
        }
        if self.poll_timer(blocked.wake, context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.poll_ready(blocked, context)
    }

    fn poll_timer(&mut self, wake: Option<Wake>, context: &mut Context<'_>) -> Poll<()> {
        let Some(wake) = wake else {
            self.timer = None;
            return Poll::Pending;
        };
        if self.timer.as_ref().is_none_or(|(at, _)| *at != wake.at) {
            self.timer = Some((wake.at, Timer::at(self.clock.instant(wake.at))));
        }
        let Some((_, timer)) = &mut self.timer else { return Poll::Pending };
        ready!(Pin::new(timer).poll(context));
        // It fires once; a machine that finds its time not quite come waits anew.
        self.timer = None;
        Poll::Ready(())
    }

    fn poll_ready(&mut self, blocked: Blocked, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut any = Poll::Pending;
        for (ports, side) in [(blocked.read, Side::Read), (blocked.write, Side::Write)] {
            for port in ports.iter() {
                let Some(watched) = self.registered.get(port) else { continue };
                if let Poll::Ready(result) = watched.poll_ready(side, context) {
                    result?;
                    self.ready.set(port, side);
                    any = Poll::Ready(Ok(()));
                }
            }
        }
        any
    }
}
