//! One call under one deadline, but for the wait: [`Timed`].

use std::io;
use std::time::Duration;

use standpipe_core::Moment;
use standpipe_core::socket::{Call, Operation, SocketError, TimeoutMode, WouldBlock};

use super::error::system;
use crate::Clock;

/// One call, from its beginning to its deadline, however many operations it takes.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    operation: Operation,
    clock: Clock,
    call: Call,
}

/// What has come of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Tried<T> {
    /// It is done.
    Done(T),
    /// It is to be tried again at once.
    Again,
    /// It would block, and is to be tried again when the descriptor is ready, or when this moment of the call's
    /// [clock](Timed::clock) has come.
    Wait(Option<Moment>),
}

impl Timed {
    /// A call that begins now, by the mode of its handle.
    pub fn begin(operation: Operation, mode: TimeoutMode) -> Self {
        let clock = Clock::start();
        Self { operation, clock, call: Call::begin(mode, clock.now()) }
    }

    /// What it counts its time by.
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// What follows from an operation that was tried. `done` bytes were moved by this call before. A signal ends a wait early,
    /// and nothing else: the deadline stays.
    ///
    /// # Errors
    /// What the kernel has said; or the mode's limit.
    pub fn judge<T>(&self, done: usize, result: io::Result<T>) -> Result<Tried<T>, SocketError> {
        match result {
            Ok(value) => Ok(Tried::Done(value)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.until(done).map(Tried::Wait),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.until(done).map(|_| Tried::Again)
            }
            Err(error) => Err(system(self.operation, &error)),
        }
    }

    /// The call's error for a wait that has failed.
    pub fn failed(&self, error: &io::Error) -> SocketError {
        system(self.operation, error)
    }

    /// Until when an operation that would block is waited for.
    ///
    /// # Errors
    /// The mode's limit.
    pub fn until(&self, done: usize) -> Result<Option<Moment>, SocketError> {
        let operation = self.operation;
        match self.call.would_block(self.clock.now()) {
            WouldBlock::Wait { until } => Ok(until),
            WouldBlock::Fail => Err(SocketError::WouldBlock { operation, done }),
            WouldBlock::TimedOut => Err(SocketError::TimedOut { operation, done }),
        }
    }

    /// How long an operation that the kernel waits for may take.
    ///
    /// # Errors
    /// The mode's limit.
    pub fn left(&self, done: usize) -> Result<Option<Duration>, SocketError> {
        Ok(self.until(done)?.map(|at| self.clock.until(at)))
    }
}
