//! One turn's operations: [`Turn`].

use std::io;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Interest, Registry};
use standpipe_core::{Done, Duty, Io, Lend, Outcome, Pending, Pool, Port, Ports, Window};
use standpipe_sys::{Ends, PortIo, Readiness};

use crate::Key;

/// Which ports of a task are registered. Each is registered once, for all it can do, and let go before it is closed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Registered(Ports);

impl Registered {
    pub(crate) fn add(
        &mut self,
        registry: &Registry,
        key: Key,
        port: Port,
        ends: &Ends,
        ready: &mut Readiness,
    ) -> io::Result<()> {
        let Some(fd) = ends.descriptor(port).filter(|_| !self.0.contains(port)) else { return Ok(()) };
        let interest = Interest::READABLE | Interest::WRITABLE;
        match registry.register(&mut SourceFd(&fd.as_raw_fd()), key.token(port), interest) {
            Ok(()) => self.0.insert(port),
            // epoll refuses what never blocks, such as a regular file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => ready.set_always(port),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, registry: &Registry, port: Port, ends: &Ends) {
        if !self.0.contains(port) {
            return;
        }
        self.0.remove(port);
        if let Some(fd) = ends.descriptor(port) {
            // It is about to be closed, which would take it out of the kernel's table as well.
            let _ = registry.deregister(&mut SourceFd(&fd.as_raw_fd()));
        }
    }

    pub(crate) fn remove_all(&mut self, registry: &Registry, ends: &Ends) {
        self.0.iter().for_each(|port| self.remove(registry, port, ends));
    }
}

/// One turn's operations: what [`PortIo`] does, and registration kept in step with what duties open and close.
pub(crate) struct Turn<'a> {
    pub(crate) io: PortIo<'a, Pool>,
    pub(crate) registered: &'a mut Registered,
    pub(crate) registry: &'a Registry,
    pub(crate) key: Key,
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
            self.registered.remove(self.registry, port, self.io.ends());
        }
        let done = self.io.try_duty(port, duty);
        let (ends, ready) = self.io.parts();
        match self.registered.add(self.registry, self.key, port, ends, ready) {
            Ok(()) => done,
            Err(error) => Done::Failed(standpipe_sys::fault::of(&error)),
        }
    }
}
