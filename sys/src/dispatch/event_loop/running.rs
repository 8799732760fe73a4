//! How the thread that calls runs an [`EventLoop`]: [`Block`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use standpipe_core::dispatch::{Ready, Registry};

use super::{EventLoop, Slot, Wait};

/// How a loop has its thread wait.
pub trait Block: Wait {
    /// Waits, so long at most, and queues whom it concerns, told what is ready. Whether the descriptor that wakes is readable. One
    /// that a signal has interrupted is over.
    ///
    /// # Errors
    /// Waiting failed.
    fn wait(
        &mut self,
        woken: BorrowedFd<'_>,
        at_most: Option<Duration>,
        slots: &mut Registry<Slot<'_, Self>>,
        queue: &mut Ready,
    ) -> io::Result<bool>;
}

impl<W: Block> EventLoop<'_, W> {
    /// Runs until there is nothing left: no listener, no connection, no resident but in the background, no call that is still to
    /// come.
    ///
    /// # Errors
    /// Waiting failed; nothing is lost by that.
    pub fn run(&mut self) -> io::Result<()> {
        while self.run_once(None)? {}
        Ok(())
    }

    /// Runs so many passes at most, each waiting so long at most: the `timeout` and the `count` of asyncore's loop.
    ///
    /// # Errors
    /// As [`EventLoop::run`].
    pub fn run_count(&mut self, timeout: Option<Duration>, count: usize) -> io::Result<()> {
        for _ in 0..count {
            if !self.run_once(timeout)? {
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
    pub fn run_once(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        self.take_calls();
        if !self.has_work() {
            return Ok(self.end_pass());
        }
        // Who is in the background has a pass, but nobody waits for it.
        self.wait(if self.has_anything() { timeout } else { Some(Duration::ZERO) })?;
        self.serve();
        Ok(self.end_pass())
    }

    /// Waits, and not at all where somebody has work.
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.ask_followers();
        let at_most = timeout.into_iter().chain(self.timeout()).min();
        if self.waiting.wait(self.woken.as_fd(), at_most, &mut self.slots, &mut self.queue)? {
            self.take_wakes();
        }
        Ok(())
    }
}
