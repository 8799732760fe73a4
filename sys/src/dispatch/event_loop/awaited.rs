//! How the passes of an [`EventLoop`] are awaited: [`Await`], [`Awaited`].

use std::future::poll_fn;
use std::io;
use std::mem::take;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use standpipe_core::dispatch::{Key, Ready, Registry};
use standpipe_core::{Blocked, Moment};

use super::{EventLoop, Slot, Wait};

/// How a loop has a task wait, by the reactor of a runtime.
pub trait Await: Wait {
    /// Queues whom it concerns, told what is ready. Ready where somebody stands in the queue, where the descriptor that wakes is
    /// readable, which it says, or at this moment; otherwise this task is woken then.
    ///
    /// # Errors
    /// Waiting failed.
    fn poll_wait(
        &mut self,
        until: Option<Instant>,
        slots: &mut Registry<Slot<'_, Awaited<Self>>>,
        queue: &mut Ready,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<bool>>;
}

/// What a loop waits by whose passes are awaited. It is no [`Block`](super::Block), so that nobody runs such a loop in a way that stops the
/// executor: `run` and its like are futures.
#[derive(Debug)]
pub struct Awaited<W> {
    by: W,
    /// A pass was made since the task last gave others their turn.
    has_passed: bool,
    /// The next pass is due: the task gave others their turn when it was.
    is_due: bool,
}

impl<W: Wait> Wait for Awaited<W> {
    type Watch = W::Watch;
    type Reactor<'r> = W::Reactor<'r>;

    fn new(woken: &Arc<OwnedFd>) -> io::Result<Self> {
        Ok(Self { by: W::new(woken)?, has_passed: false, is_due: false })
    }

    fn reactor<'r>(&'r mut self, key: Key, watch: &'r mut W::Watch) -> W::Reactor<'r> {
        self.by.reactor(key, watch)
    }

    fn note(watch: &mut W::Watch, blocked: Blocked) {
        W::note(watch, blocked);
    }
}

/// Each of these may be dropped at its await, which is between two passes: nothing is closed, lost or told twice, and whoever runs the
/// loop again goes on from there. Meanwhile it stands still: what comes for it stays in the kernel, and what is due is late.
///
/// A loop that always has work gives the executor's other tasks their turn after each pass.
impl<W: Await> EventLoop<'_, Awaited<W>> {
    /// Runs until there is nothing left: no listener, no connection, no resident but in the background, no call that is still to
    /// come.
    ///
    /// # Errors
    /// Waiting failed; nothing is lost by that.
    pub async fn run(&mut self) -> io::Result<()> {
        while self.run_once(None).await? {}
        Ok(())
    }

    /// Runs so many passes at most, each waiting so long at most: the `timeout` and the `count` of asyncore's loop.
    ///
    /// # Errors
    /// As [`EventLoop::run`].
    pub async fn run_count(&mut self, timeout: Option<Duration>, count: usize) -> io::Result<()> {
        for _ in 0..count {
            if !self.run_once(timeout).await? {
                break;
            }
        }
        Ok(())
    }

    /// One pass: waits until something is ready or due, so long at most, and gives one turn to each whom it concerns. Whether there
    /// is anything left.
    ///
    /// # Errors
    /// As [`EventLoop::run`].
    pub async fn run_once(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        let until = timeout.map(|wait| self.now() + wait);
        if poll_fn(|context| self.poll_work(until, context)).await? {
            self.serve();
            self.waiting.has_passed = true;
        }
        Ok(self.end_pass())
    }

    /// Waits until there is something to do, or it is time for a pass all the same. Not at all where there will be nothing, and says so.
    fn poll_work(&mut self, until: Option<Moment>, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.take_calls();
        if !self.has_work() {
            return Poll::Ready(Ok(false));
        }
        let is_due = self.poll_wait(until, context)?.is_ready() || self.waiting.is_due;
        // What has woken the loop is told once.
        self.waiting.is_due = take(&mut self.waiting.has_passed) && is_due;
        if self.waiting.is_due {
            context.waker().wake_by_ref();
        }
        match is_due && !self.waiting.is_due {
            true => Poll::Ready(Ok(true)),
            false => Poll::Pending,
        }
    }

    fn poll_wait(&mut self, until: Option<Moment>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.ask_followers();
        let due = until.into_iter().chain(self.timers.earliest()).min();
        let at = due.map(|at| self.clock.instant(at));
        let waited = self.waiting.by.poll_wait(at, &mut self.slots, &mut self.queue, context);
        // Who is in the background has a pass, but nobody waits for it.
        if waited.is_pending() && self.has_anything() && due.is_none_or(|at| at > self.clock.now()) {
            return Poll::Pending;
        }
        if let Poll::Ready(is_woken) = waited
            && is_woken?
        {
            self.take_wakes();
        }
        Poll::Ready(Ok(()))
    }
}
