//! What is registered with mio: [`Registered`], [`Reactor`].

use std::io;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use standpipe_core::dispatch::Key;
use standpipe_core::{Port, Ports};
use standpipe_sys::{Ends, Readiness, Register};

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
        match registry.register(&mut SourceFd(&fd.as_raw_fd()), Token(key.token(port) as usize), interest) {
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

/// What is registered for one task, and where.
pub(crate) struct Reactor<'a> {
    pub(crate) registered: &'a mut Registered,
    pub(crate) registry: &'a Registry,
    pub(crate) key: Key,
}

impl Register for Reactor<'_> {
    fn let_go(&mut self, port: Port, ends: &Ends) {
        self.registered.remove(self.registry, port, ends);
    }

    fn take_in(&mut self, port: Port, ends: &Ends, ready: &mut Readiness) -> io::Result<()> {
        self.registered.add(self.registry, self.key, port, ends, ready)
    }
}
