//! What a handler may touch: [`DatagramSocket`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use standpipe_core::dispatch::{Key, TimerKey, Timers};
use standpipe_core::socket::{DatagramOptions, Datagrams, SocketAddress};
use standpipe_core::{Bytes, Moment};

use crate::dispatch::others::{Errand, Others};
use crate::socket::{call, datagrams};
use crate::{Ends, fault};

/// A socket for datagrams, as its handler or the owner of the loop has it. Nothing is sent before a handler has returned.
#[derive(Debug)]
pub struct DatagramSocket<'a>(pub(in crate::dispatch) &'a mut Post);

/// What stands behind it.
#[derive(Debug)]
pub(in crate::dispatch) struct Post {
    pub(super) machine: Datagrams,
    pub(super) ends: Ends,
    pub(super) timers: Timers<()>,
    pub(super) errands: Vec<Errand>,
    pub(in crate::dispatch) key: Key,
    pub(in crate::dispatch) now: Moment,
}

impl Post {
    pub(super) fn new(socket: OwnedFd, options: DatagramOptions) -> io::Result<Self> {
        let (inbox, outbox) = datagrams(socket)?;
        Ok(Self {
            machine: Datagrams::new(options),
            ends: Ends::default().with(Datagrams::RECEIVE, inbox).with(Datagrams::SEND, outbox),
            timers: Timers::new(),
            errands: Vec::new(),
            key: Key::of(Key::RESERVED_TOKEN).0,
            now: Moment::ORIGIN,
        })
    }
}

impl DatagramSocket<'_> {
    /// Its name in its loop.
    pub fn key(&self) -> Key {
        self.0.key
    }

    /// The time, as its loop has it.
    pub fn now(&self) -> Moment {
        self.0.now
    }

    /// Its own address, a port that the system chose included.
    ///
    /// # Errors
    /// It is closed.
    pub fn local(&self) -> io::Result<SocketAddress> {
        let fd = self.0.ends.descriptor(Datagrams::SEND).ok_or(io::ErrorKind::NotConnected)?;
        call::local(fd.as_fd())
    }

    /// Sends a copy of these bytes, which may be none, to this address, behind all that waits to be sent. One for which a receiver of the
    /// Unix family has no room keeps those behind it waiting.
    ///
    /// # Errors
    /// `WouldBlock` when more waits than may, `BrokenPipe` when the socket is closing, each with the
    /// [`PushError`](standpipe_core::dispatch::PushError) inside. It is not sent then.
    pub fn send_to(&mut self, bytes: &[u8], to: &SocketAddress) -> io::Result<()> {
        self.send_bytes(Bytes::copy_from_slice(bytes), Some(to.clone()))
    }

    /// The same to the peer that the socket is connected to.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to). That there is none is told to the handler.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.send_bytes(Bytes::copy_from_slice(bytes), None)
    }

    /// Sends these very bytes; nothing is copied. For those that go to many.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to).
    pub fn send_bytes(&mut self, bytes: impl Into<Bytes>, to: Option<SocketAddress>) -> io::Result<()> {
        let bytes = bytes.into();
        let outbox = self.0.ends.outbox(Datagrams::SEND).ok_or(io::ErrorKind::BrokenPipe)?;
        self.0.machine.push(bytes.len()).map_err(fault::push_error)?;
        outbox.push(to, bytes);
        Ok(())
    }

    /// How much waits to be sent, as [`Datagrams`] counts it.
    pub fn unsent(&self) -> usize {
        self.0.machine.unsent()
    }

    /// Whether no more is taken to be sent until enough has left. Meanwhile none is told.
    pub fn is_full(&self) -> bool {
        self.0.machine.is_full()
    }

    /// Whether datagrams are wanted: `true` to begin with.
    pub fn set_reading(&mut self, reading: bool) {
        self.0.machine.set_reading(reading);
    }

    /// Closes it once what waits to be sent has left. None is told any more.
    pub fn close(&mut self) {
        self.0.machine.close();
    }

    /// Closes it now. What waits to be sent is lost.
    pub fn abort(&mut self) {
        self.0.machine.abort();
    }

    /// Has this called with the channels and the other sockets of the loop once the handler has returned, in order.
    pub fn afterwards(&mut self, errand: impl FnOnce(&mut dyn Others) + 'static) {
        self.0.errands.push(Errand(Box::new(errand)));
    }

    /// Has [`DatagramHandler::handle_timer`](super::DatagramHandler::handle_timer) called once, after so long.
    pub fn set_timer(&mut self, after: Duration) -> TimerKey {
        // Later than now: one that is due within the turn that set it would never let it end.
        self.0.timers.set(self.0.now + after.max(Duration::from_nanos(1)), ())
    }

    /// Takes a timer back. Whether it was still to come.
    pub fn cancel_timer(&mut self, timer: TimerKey) -> bool {
        self.0.timers.cancel(timer).is_some()
    }
}
