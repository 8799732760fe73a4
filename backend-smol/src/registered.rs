//! What is registered with the reactor: [`Watched`], [`Registered`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_io::Async;
use standpipe_core::{Port, Ports, Side};
use standpipe_sys::{Ends, Readiness, Register};

/// A descriptor as the reactor has it, and another where what is written goes elsewhere than what is read comes from.
#[derive(Debug)]
pub(crate) struct Watched {
    read: Async<Arc<OwnedFd>>,
    write: Option<Async<Arc<OwnedFd>>>,
}

impl Watched {
    /// Both may be one.
    pub(crate) fn new(read: &Arc<OwnedFd>, write: &Arc<OwnedFd>) -> io::Result<Self> {
        // Not `Async::new`, which would set a flag on a description that may be others' as well.
        let watch = |fd: &Arc<OwnedFd>| Async::new_nonblocking(fd.clone());
        let write = (!Arc::ptr_eq(read, write)).then_some(write);
        Ok(Self { read: watch(read)?, write: write.map(watch).transpose()? })
    }

    pub(crate) fn poll_ready(&self, side: Side, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match side {
            Side::Read => self.read.poll_readable(context),
            Side::Write => self.write.as_ref().unwrap_or(&self.read).poll_writable(context),
        }
    }
}

/// The descriptors of a machine's ports as the reactor has them. Each is let go before it is closed.
#[derive(Debug, Default)]
pub(crate) struct Registered(Vec<Option<Watched>>);

impl Registered {
    pub(crate) fn get(&self, port: Port) -> Option<&Watched> {
        self.0.get(port.index()).and_then(Option::as_ref)
    }

    pub(crate) fn add(&mut self, port: Port, ends: &Ends, ready: &mut Readiness) -> io::Result<()> {
        let Some(read) = ends.descriptor(port).filter(|_| self.get(port).is_none()) else { return Ok(()) };
        if self.0.len() <= port.index() {
            self.0.resize_with(port.index() + 1, || None);
        }
        match Watched::new(read, ends.descriptor_for(port, Side::Write).unwrap_or(read)) {
            Ok(watched) => self.0[port.index()] = Some(watched),
            // epoll refuses what never blocks, such as a regular file.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => ready.set_always(port),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Lets go of what a turn has half-closed.
    pub(crate) fn follow(&mut self, ends: &Ends) {
        for (watched, port) in self.0.iter_mut().zip(Port::first(Ports::CAPACITY as u8)) {
            let Some(Watched { read, write: write @ Some(_) }) = watched else { continue };
            if ends.descriptor_for(port, Side::Write).is_none_or(|fd| Arc::ptr_eq(fd, read.get_ref())) {
                *write = None;
            }
        }
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
