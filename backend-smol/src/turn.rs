//! One turn's operations: [`Turn`], and what is registered with the reactor: [`Registered`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use async_io::Async;
use standpipe_core::{Done, Duty, Io, Lend, Outcome, Pending, Port, Window};
use standpipe_sys::{Ends, PortIo, Readiness};

use crate::pool::ThreadPool;

/// The descriptors of a machine's ports as the reactor has them. Each is let go before it is closed.
#[derive(Debug, Default)]
pub(crate) struct Registered(Vec<Option<Async<Arc<OwnedFd>>>>);

impl Registered {
    pub(crate) fn get(&self, port: Port) -> Option<&Async<Arc<OwnedFd>>> {
        self.0.get(port.index()).and_then(Option::as_ref)
    }

    pub(crate) fn add(&mut self, port: Port, ends: &Ends, ready: &mut Readiness) -> io::Result<()> {
        let Some(fd) = ends.descriptor(port).filter(|_| self.get(port).is_none()) else { return Ok(()) };
        if self.0.len() <= port.index() {
            self.0.resize_with(port.index() + 1, || None);
        }
        // Not `Async::new`, which would set a flag on a description that may be others' as well.
        match Async::new_nonblocking(fd.clone()) {
            Ok(registered) => self.0[port.index()] = Some(registered),
            // epoll refuses what never blocks, such as a regular file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => ready.set_always(port),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn remove(&mut self, port: Port) {
        self.0.get_mut(port.index()).map(Option::take);
    }
}

/// One turn's operations: what [`PortIo`] does, and registration kept in step with what duties open and close.
pub(crate) struct Turn<'a> {
    pub(crate) io: PortIo<'a, ThreadPool>,
    pub(crate) registered: &'a mut Registered,
}

impl Lend for Turn<'_> {
    fn take(&mut self) -> Box<[u8]> {
        self.io.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.io.give(buffer);
    }
}

impl Io for Turn<'_> {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        self.io.try_read(port, window)
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.io.try_write(port, pending)
    }

    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        if self.io.ends().is_closed_by(port, duty) {
            self.registered.remove(port);
        }
        let done = self.io.try_duty(port, duty);
        if done != Done::Blocked {
            return done;
        }
        let (ends, ready) = self.io.parts();
        match self.registered.add(port, ends, ready) {
            Ok(()) => done,
            Err(error) => Done::Failed(standpipe_sys::fault::of(&error)),
        }
    }
}
