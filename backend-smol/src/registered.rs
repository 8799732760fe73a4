//! What is registered with the reactor: [`Registered`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use async_io::Async;
use standpipe_core::Port;
use standpipe_sys::{Ends, Readiness, Register};

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
}

impl Register for &mut Registered {
    fn let_go(&mut self, port: Port, _: &Ends) {
        self.0.get_mut(port.index()).map(Option::take);
    }

    fn take_in(&mut self, port: Port, ends: &Ends, ready: &mut Readiness) -> io::Result<()> {
        self.add(port, ends, ready)
    }
}
