//! A machine over its descriptor, and how long a call may wait for it: [`Driven`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use standpipe_core::{End, Machine, Moment, Progress, Secured};
use standpipe_sys::halves::{Receive, Transmit};
use standpipe_sys::{Ends, fault};

use crate::Waiter;

/// A machine over its descriptor.
#[derive(Debug)]
pub(super) struct Driven<M> {
    pub(super) machine: M,
    pub(super) ends: Ends,
    pub(super) waiter: Waiter,
    /// How long each call may wait.
    pub(super) timeout: Option<Duration>,
}

impl<M: Machine> Driven<M> {
    pub(super) fn new(machine: M, stream: standpipe_sys::Stream) -> Self {
        let ends = Ends::default().with(Secured::SOCKET, stream);
        Self { machine, ends, waiter: Waiter::default(), timeout: None }
    }

    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.ends.descriptor(Secured::SOCKET).map(|fd| fd.as_fd())
    }

    /// Until when a call that begins now may wait.
    pub(super) fn deadline(&self) -> Option<Moment> {
        self.timeout.map(|wait| self.waiter.now() + wait)
    }

    /// Runs the machine to its next event or its end.
    pub(super) fn run(&mut self, deadline: Option<Moment>) -> io::Result<()> {
        while let Progress::Blocked(blocked) = self.waiter.turn(&mut self.machine, &mut self.ends) {
            if !self.waiter.wait_before(&self.ends, blocked, deadline)? {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    /// The error for an end. What is still to be said of it leaves first, as far as it goes without waiting: an alert.
    pub(super) fn error(&mut self, end: End) -> io::Error {
        let _any = self.waiter.turn(&mut self.machine, &mut self.ends);
        fault::end_error(end)
    }
}

impl<M: Receive> Driven<M> {
    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let deadline = self.deadline();
        loop {
            let Some(taken) = self.machine.take(into) else {
                self.run(deadline)?;
                continue;
            };
            self.waiter.settle(&mut self.machine);
            return taken.map_err(|end| self.error(end));
        }
    }
}

impl<M: Transmit> Driven<M> {
    /// What was taken is ours: a time-out that comes before it has left is told by the next call, not by this one.
    pub(super) fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let deadline = self.deadline();
        loop {
            let sealed = self.machine.send(data, self.waiter.lender());
            let sealed = sealed.map_err(|end| self.error(end))?;
            if sealed == 0 && !data.is_empty() {
                self.run(deadline)?;
                continue;
            }
            return match self.flush_until(deadline) {
                Err(error) if sealed > 0 && self.is_late(&error) => Ok(sealed),
                flushed => flushed.map(|()| sealed),
            };
        }
    }

    /// Whether it is the call's own time-out, after which everything goes on.
    fn is_late(&self, error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::TimedOut && self.machine.sending_end().is_none()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.flush_until(self.deadline())
    }

    fn flush_until(&mut self, deadline: Option<Moment>) -> io::Result<()> {
        while !self.machine.is_flushed() && !self.machine.is_done() {
            self.run(deadline)?;
        }
        match self.machine.sending_end() {
            Some(end) if !end.is_clean() => Err(self.error(end)),
            _ => Ok(()),
        }
    }

    pub(super) fn close_write(&mut self) -> io::Result<()> {
        self.machine.close_write();
        self.flush()
    }
}
