//! One call under one deadline: [`Waiting`], and what it waits at: [`Watch`].

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_io::{Async, Timer};
use futures_lite::future::{or, yield_now};
use standpipe_core::socket::{Operation, SocketError};
use standpipe_core::{Moment, Side};
use standpipe_sys::socket::{Timed, Tried};

use super::Socket;

/// So many operations in a row, and the task yields.
const TURN: u8 = 128;

/// How long a pause is at first, and at most.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(64);

/// A descriptor as the reactor has it, from the first wait on.
#[derive(Debug, Default)]
pub(super) struct Watch {
    watched: OnceLock<Async<Arc<OwnedFd>>>,
    making: Mutex<()>,
    operations: AtomicU8,
}

impl Watch {
    /// Not by `Async::new`, which would set a flag on a description that may be others' as well.
    fn of(&self, fd: &Arc<OwnedFd>) -> io::Result<&Async<Arc<OwnedFd>>> {
        if let Some(watched) = self.watched.get() {
            return Ok(watched);
        }
        // The reactor takes a descriptor once; what another thread has made meanwhile is taken below.
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = self.watched.get() {
            return Ok(watched);
        }
        let watched = Async::new_nonblocking(fd.clone())?;
        Ok(self.watched.get_or_init(|| watched))
    }

    async fn ready(&self, fd: &Arc<OwnedFd>, side: Side) -> io::Result<()> {
        let watched = self.of(fd)?;
        match side {
            Side::Read => watched.readable().await,
            Side::Write => watched.writable().await,
        }
    }

    /// Lets others have their turn where a turn is over.
    async fn go_on(&self) {
        if self.operations.fetch_add(1, Ordering::Relaxed) % TURN == TURN - 1 {
            yield_now().await;
        }
    }
}

/// One call on a socket, from its beginning to its deadline, however many operations it takes.
pub(super) struct Waiting<'a> {
    socket: &'a Socket,
    timed: Timed,
}

impl<'a> Waiting<'a> {
    pub(super) fn begin(socket: &'a Socket, operation: Operation) -> Self {
        Self { socket, timed: Timed::begin(operation, socket.timeout()) }
    }

    /// Tries until the operation does not block any more. `done` bytes were moved by this call before.
    pub(super) async fn attempt<T>(
        &self,
        side: Side,
        done: usize,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> Result<T, SocketError> {
        self.socket.watch.go_on().await;
        loop {
            match self.timed.judge(done, operation())? {
                Tried::Done(value) => return Ok(value),
                Tried::Again => {}
                Tried::Wait(until) => self.wait(side, until).await?,
            }
        }
    }

    /// The same where no readiness tells when it is worth trying again: after a pause that grows.
    pub(super) async fn attempt_in_vain<T>(
        &self,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> Result<T, SocketError> {
        let mut pause = SHORTEST;
        loop {
            match self.timed.judge(0, operation())? {
                Tried::Done(value) => return Ok(value),
                Tried::Again => {}
                Tried::Wait(until) => {
                    let again = async {
                        Timer::after(pause).await;
                    };
                    or(self.until(until), again).await;
                    pause = (pause * 2).min(LONGEST);
                }
            }
        }
    }

    /// Waits until this side may be ready.
    async fn wait(&self, side: Side, until: Option<Moment>) -> Result<(), SocketError> {
        let ready = self.socket.watch.ready(self.socket.descriptor(), side);
        let late = async {
            self.until(until).await;
            Ok(())
        };
        or(ready, late).await.map_err(|error| self.timed.failed(&error))
    }

    async fn until(&self, moment: Option<Moment>) {
        match moment {
            Some(at) => {
                Timer::at(self.timed.clock().instant(at)).await;
            }
            None => pending().await,
        }
    }
}
