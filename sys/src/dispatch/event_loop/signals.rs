//! Signals as events of an [`EventLoop`].

use std::io;

use standpipe_core::signal::Signal;

use super::{EventLoop, Key, Wait};
use crate::dispatch::SignalHandler;
use crate::dispatch::catching::{Alarm, Catching};
use crate::signals::Ignored;

impl<'a, W: Wait> EventLoop<'a, W> {
    /// Catches these signals from now on, and tells the handler of each that comes. One that is ignored stays so, as nohup(1) and the
    /// background of a shell want it. What was in place before is called as well where it is a handler, and is in place again when they
    /// are dismissed ([`EventLoop::dismiss`]) or the loop is dropped.
    ///
    /// # Errors
    /// The descriptor limit; or a signal that cannot be caught, such as SIGKILL or SIGSEGV, and then nothing has changed and the
    /// [`SignalError`](standpipe_core::signal::SignalError) is within.
    pub fn signals(
        &mut self,
        signals: impl IntoIterator<Item = Signal>,
        handler: impl SignalHandler<'a, W> + 'a,
    ) -> io::Result<Key> {
        self.signals_with(signals, Ignored::Leave, handler)
    }

    /// As [`EventLoop::signals`], and says what becomes of signals that are ignored.
    ///
    /// # Errors
    /// As [`EventLoop::signals`].
    pub fn signals_with(
        &mut self,
        signals: impl IntoIterator<Item = Signal>,
        ignored: Ignored,
        handler: impl SignalHandler<'a, W> + 'a,
    ) -> io::Result<Key> {
        let catching = Catching::new(signals.into_iter().collect(), ignored)?;
        let alarm = Alarm::new(catching, handler)?;
        self.adopt(alarm)
    }

    /// Has these signals stop the loop: the first lets what is open drain, the second resets it ([`EventLoop::stop`]).
    ///
    /// # Errors
    /// As [`EventLoop::signals`].
    pub fn stop_on(&mut self, signals: impl IntoIterator<Item = Signal>) -> io::Result<Key> {
        self.signals(signals, |event_loop: &mut Self, _| event_loop.stop())
    }

    /// Signals that are caught, to be closed, say. `None` when they are not any more, or their handler has the word.
    pub fn catching(&mut self, key: Key) -> Option<&mut Catching> {
        self.resident(key)
    }
}
