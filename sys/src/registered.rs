//! What is registered with a selector: [`Registered`], [`Registering`], [`Selector`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::dispatch::Key;
use standpipe_core::{Port, Ports, Side};

use crate::{Ends, Readiness, Register};

/// What tells of each change of many descriptors once, by their tokens: epoll, kqueue.
pub trait Selector {
    /// Watches a descriptor for all that it may become ready for, urgent data included where a system has a word for it.
    ///
    /// # Errors
    /// The descriptor limit; `PermissionDenied` for what never blocks, such as a regular file.
    fn add(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()>;

    /// Watches it no more.
    fn remove(&self, fd: BorrowedFd<'_>);
}

/// Which ports of a task or a slot are registered. Each is registered once, for all it can do, and let go before it is closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registered(Ports);

impl Registered {
    /// Registers a port, unless it is already. One that never blocks is told to be always ready.
    ///
    /// # Errors
    /// As [`Selector::add`], but for what never blocks.
    pub fn add(
        &mut self,
        selector: &impl Selector,
        key: Key,
        port: Port,
        ends: &Ends,
        ready: &mut Readiness,
    ) -> io::Result<()> {
        let Some(fd) = ends.descriptor(port).filter(|_| !self.0.contains(port)) else { return Ok(()) };
        let token = key.token(port);
        match selector.add(fd.as_fd(), token) {
            Ok(()) => self.0.insert(port),
            // epoll refuses what never blocks, such as a regular file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => ready.set_always(port),
            Err(error) => return Err(error),
        }
        match other_way(port, ends) {
            Some(fd) => selector.add(fd.as_fd(), token),
            None => Ok(()),
        }
    }

    /// Lets a port go.
    pub fn remove(&mut self, selector: &impl Selector, port: Port, ends: &Ends) {
        if !self.0.contains(port) {
            return;
        }
        self.0.remove(port);
        for fd in ends.descriptor(port).into_iter().chain(other_way(port, ends)) {
            selector.remove(fd.as_fd());
        }
    }

    /// Lets all of them go.
    pub fn remove_all(&mut self, selector: &impl Selector, ends: &Ends) {
        self.0.iter().for_each(|port| self.remove(selector, port, ends));
    }
}

/// The descriptor that a port writes to, where it is another than it reads from.
fn other_way(port: Port, ends: &Ends) -> Option<&Arc<OwnedFd>> {
    let written = ends.descriptor_for(port, Side::Write)?;
    ends.descriptor(port).filter(|read| !Arc::ptr_eq(read, written)).map(|_| written)
}

/// What is registered for one task or slot, and where.
#[derive(Debug)]
pub struct Registering<'a, S> {
    /// Its ports.
    pub registered: &'a mut Registered,
    /// Where.
    pub selector: S,
    /// Whose they are.
    pub key: Key,
}

impl<S: Selector> Register for Registering<'_, S> {
    fn let_go(&mut self, port: Port, ends: &Ends) {
        self.registered.remove(&self.selector, port, ends);
    }

    fn take_in(&mut self, port: Port, ends: &Ends, ready: &mut Readiness) -> io::Result<()> {
        self.registered.add(&self.selector, self.key, port, ends, ready)
    }
}

impl<S: Selector> Selector for &S {
    fn add(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        (**self).add(fd, token)
    }

    fn remove(&self, fd: BorrowedFd<'_>) {
        (**self).remove(fd);
    }
}
