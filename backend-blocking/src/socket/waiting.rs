//! One call under one deadline: [`Waiting`].

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use standpipe_core::socket::{Operation, SocketError, TimeoutMode};
use standpipe_core::{Moment, Side};
use standpipe_sys::PollSet;
use standpipe_sys::socket::{Timed, Tried};

/// One call on a descriptor, from its beginning to its deadline, however many operations it takes.
pub(super) struct Waiting<'a> {
    fd: BorrowedFd<'a>,
    timed: Timed,
}

impl<'a> Waiting<'a> {
    pub(super) fn begin(fd: BorrowedFd<'a>, operation: Operation, mode: TimeoutMode) -> Self {
        Self { fd, timed: Timed::begin(operation, mode) }
    }

    /// Tries until the operation does not block any more. `done` bytes were moved by this call before.
    pub(super) fn attempt<T>(
        &self,
        side: Side,
        done: usize,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> Result<T, SocketError> {
        loop {
            match self.timed.judge(done, operation())? {
                Tried::Done(value) => return Ok(value),
                Tried::Again => {}
                Tried::Wait(until) => self.wait(side, until)?,
            }
        }
    }

    /// Waits until this side may be ready.
    fn wait(&self, side: Side, until: Option<Moment>) -> Result<(), SocketError> {
        let mut set = PollSet::default();
        set.add(self.fd, side);
        set.wait(until.map(|at| self.timed.clock().until(at))).map_err(|error| self.timed.failed(&error))
    }

    /// How long an operation that the kernel waits for may take.
    pub(super) fn left(&self, done: usize) -> Result<Option<Duration>, SocketError> {
        self.timed.left(done)
    }
}
