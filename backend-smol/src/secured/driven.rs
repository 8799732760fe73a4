//! A machine over its descriptor, polled by one task or two: [`Driven`].

use std::io;
use std::task::{Context, Poll, ready};

use standpipe_core::{End, Machine, Secured, Side};
use standpipe_sys::halves::{Receive, Transmit};
use standpipe_sys::{Ends, fault};

use crate::Waiter;
use crate::turn::Turn;
use crate::wakers::Wakers;

/// A machine over its descriptor.
#[derive(Debug)]
pub(super) struct Driven<M> {
    pub(super) machine: M,
    pub(super) ends: Ends,
    pub(super) waiter: Waiter,
    pub(super) wakers: Wakers,
    pub(super) turn: Turn,
}

impl<M: Machine> Driven<M> {
    pub(super) fn new(machine: M, stream: standpipe_sys::Stream) -> Self {
        Self {
            machine,
            ends: Ends::default().with(Secured::SOCKET, stream),
            waiter: Waiter::default(),
            wakers: Wakers::default(),
            turn: Turn::default(),
        }
    }

    /// For the task that uses this side; another one may use the other.
    pub(super) fn poll_run(&mut self, side: Side, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut context = Context::from_waker(self.wakers.with(side, context.waker()));
        let told = self.waiter.poll_run(&mut self.machine, &mut self.ends, &mut context);
        match told {
            Poll::Ready(_) => self.wakers.wake_other(side),
            Poll::Pending => self.turn.begin(),
        }
        told
    }

    /// The error for an end. What is still to be said of it leaves first, as far as it goes without waiting: an alert.
    pub(super) fn error(&mut self, side: Side, end: End, context: &mut Context<'_>) -> io::Error {
        let _any = self.poll_run(side, context);
        fault::end_error(end)
    }
}

impl<M: Receive> Driven<M> {
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.turn.poll_go_on(context));
        loop {
            let Some(taken) = self.machine.take(into) else {
                ready!(self.poll_run(Side::Read, context))?;
                continue;
            };
            self.waiter.settle(&mut self.machine);
            self.turn.moved(*taken.as_ref().unwrap_or(&0));
            return Poll::Ready(taken.map_err(|end| self.error(Side::Read, end, context)));
        }
    }
}

impl<M: Transmit> Driven<M> {
    /// What was taken before is gone first, so that what lies here is bounded and a taken byte is never taken twice.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.turn.poll_go_on(context));
        loop {
            ready!(self.poll_flush(context))?;
            let sealed = self.machine.send(data, self.waiter.lender());
            let sealed = sealed.map_err(|end| self.error(Side::Write, end, context))?;
            if sealed > 0 {
                // As much as goes without waiting; the rest goes with the next write, flush or close.
                let _ = self.poll_flush(context)?;
            }
            if sealed > 0 || data.is_empty() {
                self.turn.moved(sealed);
                return Poll::Ready(Ok(sealed));
            }
            ready!(self.poll_run(Side::Write, context))?;
        }
    }

    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.machine.is_flushed() && !self.machine.is_done() {
            ready!(self.poll_run(Side::Write, context))?;
        }
        Poll::Ready(match self.machine.sending_end() {
            Some(end) if !end.is_clean() => Err(self.error(Side::Write, end, context)),
            _ => Ok(()),
        })
    }

    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.machine.close_write();
        self.poll_flush(context)
    }
}
