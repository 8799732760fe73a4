//! Reaching a loop from other threads: [`Waker`].

use std::fmt;
use std::sync::mpsc::Sender;

use standpipe_core::signal::Signal;

use super::{EventLoop, Wait};
use crate::Control;

/// What another thread has a loop do.
pub(super) type Call<'a, W> = Box<dyn FnOnce(&mut EventLoop<'a, W>) + Send + 'a>;

/// Reaches an [`EventLoop`] from any thread.
pub struct Waker<'a, W: Wait> {
    pub(super) control: Control,
    pub(super) calls: Sender<Call<'a, W>>,
}

impl<W: Wait> Clone for Waker<'_, W> {
    fn clone(&self) -> Self {
        Self { control: self.control.clone(), calls: self.calls.clone() }
    }
}

impl<'a, W: Wait> Waker<'a, W> {
    /// Ends the wait of the loop, or the next one. It makes async-signal-safe system calls and nothing else, so a signal handler of
    /// the program's own may call it, which keeps `errno` as any handler has to.
    pub fn wake(&self) {
        self.control.ask(Signal::CHLD);
    }

    /// As [`EventLoop::stop`].
    pub fn stop(&self) {
        self.call(EventLoop::stop);
    }

    /// Has the loop's thread call this, in order. Whether the loop is still there.
    pub fn call(&self, call: impl FnOnce(&mut EventLoop<'a, W>) + Send + 'a) -> bool {
        let is_there = self.calls.send(Box::new(call)).is_ok();
        self.wake();
        is_there
    }
}

impl<W: Wait> fmt::Debug for Waker<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waker").finish_non_exhaustive()
    }
}
