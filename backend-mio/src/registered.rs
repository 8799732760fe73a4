//! What is registered with mio: [`Registered`], [`Reactor`].

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use standpipe_core::dispatch::Key;
use standpipe_core::{Port, Ports, Side};
use standpipe_sys::{Ends, Readiness, Register};

/// Which ports of a task or a slot are registered. Each is registered once, for all it can do, and let go before it is closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registered(Ports);

/// All that a descriptor may become ready for. Urgent data is told where a system has a word for it.
fn interest() -> Interest {
    let both = Interest::READABLE | Interest::WRITABLE;
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let both = both | Interest::PRIORITY;
    both
}

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
        let token = Token(key.token(port) as usize);
        match registry.register(&mut SourceFd(&fd.as_raw_fd()), token, interest()) {
            Ok(()) => self.0.insert(port),
            // epoll refuses what never blocks, such as a regular file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => ready.set_always(port),
            Err(error) => return Err(error),
        }
        match other_way(port, ends) {
            Some(fd) => registry.register(&mut SourceFd(&fd.as_raw_fd()), token, interest()),
            None => Ok(()),
        }
    }

    pub(crate) fn remove(&mut self, registry: &Registry, port: Port, ends: &Ends) {
        if !self.0.contains(port) {
            return;
        }
        self.0.remove(port);
        for fd in ends.descriptor(port).into_iter().chain(other_way(port, ends)) {
            // It is about to be closed, which would take it out of the kernel's table as well.
            let _ = registry.deregister(&mut SourceFd(&fd.as_raw_fd()));
        }
    }

    pub(crate) fn remove_all(&mut self, registry: &Registry, ends: &Ends) {
        self.0.iter().for_each(|port| self.remove(registry, port, ends));
    }
}

/// The descriptor that a port writes to, where it is another than it reads from.
fn other_way(port: Port, ends: &Ends) -> Option<&Arc<OwnedFd>> {
    let written = ends.descriptor_for(port, Side::Write)?;
    ends.descriptor(port).filter(|read| !Arc::ptr_eq(read, written)).map(|_| written)
}

/// What is registered for one task or slot, and where.
#[derive(Debug)]
pub struct Reactor<'a> {
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
