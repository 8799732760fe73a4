//! One call under one deadline: [`Waiting`].

use std::io;
use std::os::fd::BorrowedFd;

use standpipe_core::socket::{Call, Operation, SocketError, TimeoutMode, WouldBlock};
use standpipe_core::{Moment, Side};
use standpipe_sys::socket::error::system;
use standpipe_sys::{Clock, PollSet};

/// One call on a descriptor, from its beginning to its deadline, however many operations it takes.
pub(super) struct Waiting<'a> {
    fd: BorrowedFd<'a>,
    operation: Operation,
    clock: Clock,
    call: Call,
}

impl<'a> Waiting<'a> {
    pub(super) fn begin(fd: BorrowedFd<'a>, operation: Operation, mode: TimeoutMode) -> Self {
        let clock = Clock::start();
        Self { fd, operation, clock, call: Call::begin(mode, clock.now()) }
    }

    /// Tries until the operation does not block any more. `done` bytes were moved by this call before.
    pub(super) fn attempt<T>(
        &self,
        side: Side,
        done: usize,
        mut operation: impl FnMut(BorrowedFd<'a>) -> io::Result<T>,
    ) -> Result<T, SocketError> {
        loop {
            match operation(self.fd) {
                Ok(value) => return Ok(value),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(side, done)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => drop(self.until(done)?),
                Err(error) => return Err(system(self.operation, &error)),
            }
        }
    }

    /// Waits until this side may be ready. A signal ends the wait early, and nothing else: the deadline stays.
    pub(super) fn wait(&self, side: Side, done: usize) -> Result<(), SocketError> {
        let until = self.until(done)?;
        let mut set = PollSet::default();
        set.add(self.fd, side);
        set.wait(until.map(|at| self.clock.until(at))).map_err(|error| system(self.operation, &error))
    }

    /// Until when an operation that would block is waited for.
    pub(super) fn until(&self, done: usize) -> Result<Option<Moment>, SocketError> {
        let operation = self.operation;
        match self.call.would_block(self.clock.now()) {
            WouldBlock::Wait { until } => Ok(until),
            WouldBlock::Fail => Err(SocketError::WouldBlock { operation, done }),
            WouldBlock::TimedOut => Err(SocketError::TimedOut { operation, done }),
        }
    }

    /// How long an operation that the kernel waits for may take.
    pub(super) fn left(&self, done: usize) -> Result<Option<std::time::Duration>, SocketError> {
        Ok(self.until(done)?.map(|at| self.clock.until(at)))
    }
}
