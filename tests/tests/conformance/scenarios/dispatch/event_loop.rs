//! A backend's loop as programs have it: [`Loop`].

use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::OwnedFd;
use std::time::Duration;

use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_core::socket::{Address, DatagramOptions};
use standpipe_sys::Stream;
use standpipe_sys::dispatch::{ConnectionOptions, DatagramHandler, Dispatcher, ListenerOptions, LoopEvent};
use standpipe_sys::socket::{Bound, Destination, Endpoint};
use standpipe_tests::harness::{Dispatching, EventLoop};

/// The verbs that take handlers and closures take them as they are; all others are the loop's own.
#[derive(Debug)]
pub(super) struct Loop<'a>(Box<dyn EventLoop<'a> + 'a>);

impl<'a> Loop<'a> {
    pub(super) fn new(on: &dyn Dispatching) -> io::Result<Self> {
        on.event_loop().map(Self)
    }

    pub(super) fn set_log(&mut self, log: impl FnMut(LoopEvent) + 'a) {
        self.0.set_log(Box::new(log));
    }

    pub(super) fn listen<D: Dispatcher + 'a>(
        &mut self,
        address: &Address,
        mut make: impl FnMut(&Endpoint) -> D + 'a,
    ) -> io::Result<Key> {
        self.0.listen(address, Box::new(move |peer| Box::new(make(peer))))
    }

    pub(super) fn listen_with<D: Dispatcher + 'a>(
        &mut self,
        bound: Bound,
        options: ListenerOptions,
        mut make: impl FnMut(&Endpoint) -> D + 'a,
    ) -> Key {
        self.0.listen_with(bound, options, Box::new(move |peer| Box::new(make(peer))))
    }

    pub(super) fn connect(&mut self, address: &Address, handler: impl Dispatcher + 'a) -> io::Result<Key> {
        self.0.connect(address, Box::new(handler))
    }

    pub(super) fn connect_with(
        &mut self,
        to: impl Into<Destination>,
        options: ConnectionOptions,
        handler: impl Dispatcher + 'a,
    ) -> Key {
        self.0.connect_with(to.into(), options, Box::new(handler))
    }

    pub(super) fn insert_datagrams(
        &mut self,
        socket: impl Into<OwnedFd>,
        options: DatagramOptions,
        handler: impl DatagramHandler + 'a,
    ) -> io::Result<Key> {
        self.0.insert_datagrams(socket.into(), options, Box::new(handler))
    }

    pub(super) fn insert(
        &mut self,
        stream: Stream,
        options: ConnectionOptions,
        handler: impl Dispatcher + 'a,
    ) -> Key {
        self.0.insert(stream, options, Box::new(handler))
    }

    pub(super) fn call_after(
        &mut self,
        after: Duration,
        call: impl FnOnce(&mut dyn EventLoop<'a>) + 'a,
    ) -> TimerKey {
        self.0.call_after(after, Box::new(call))
    }
}

impl<'a> Deref for Loop<'a> {
    type Target = dyn EventLoop<'a> + 'a;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl DerefMut for Loop<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut *self.0
    }
}
